/*
 * The executable that container runtimes start as azure-vnet and azure-vnet-ipam. It passes the CNI call to the node's
 * server, waits as long as the server is alive, and prints its answer. Without a server, it starts one for itself
 * and all other callers. If the server cannot take the call (another build, other namespaces, a hanging
 * server), the shim executes the program `vnet` beside it: every verb is idempotent. It decides nothing else.
 * Messages: plugin/serve/call-message.ts. No C library: a static program of some kilobytes starts in a tenth of a millisecond.
 *
 * Passing a call and its answer takes half of this file. The other half cannot be in the program, since it comes before
 * the program's start or after its end: the election and start of the server (about 105 lines), and the program as a
 * child whose output is withheld until it has ended, with the reason where it could not start or crashed (about 90).
 */
#include "kernel.h"

/* A live server sends ALIVE every second. Silence for this long means that it is stopped or hangs. */
#ifndef SILENCE_S
#define SILENCE_S 30
#endif
/* kubelet's timeout is two minutes: answer before it, if only with an error. */
#ifndef LIMIT_S
#define LIMIT_S 100
#endif

/* More than any runtime sends or receives. */
#define STDIN_BYTES (1024 * 1024)
#define ANSWER_BYTES (1024 * 1024)
#define PATH_BYTES 4096
/* The longest argument, and all arguments and variables. Source: linux/binfmts.h; fs/exec.c, bprm_stack_limits(). */
#define ARGUMENT_BYTES 131072
#define VARIABLES (6 * 1024 * 1024 / 8)
/* If servers keep dying, this call may be the cause: run it without a server. */
#define MOST_TRIES 8
#define NAP_NS 2000000

enum { CALL_FORMAT = 4, REFUSED = 0, TAKEN = 1, ALIVE = 2, ANSWER = 3, GO = 1 };
enum { IN = 0, OUT = 1, ERR = 2 };

static struct call_header {
  word format, program[2], netns[2], pod[2], name_bytes, environment_bytes, stdin_bytes;
} header = {.format = CALL_FORMAT};
static byte input[STDIN_BYTES];
static word input_bytes;
static union { byte bytes[ANSWER_BYTES]; struct { word code, err_bytes, out_bytes; } head; } answer;
static char program[PATH_BYTES + 8], called_as[ARGUMENT_BYTES + 64], *variables[VARIABLES];
static word variable_count;
static struct sockaddr_un address = {.sun_family = AF_UNIX};
static struct { word count; char **arguments, **variables, *block, *block_end; } own;
static const char *command, *root;
static word root_bytes;

/* ---- text ---- */

static word length_of(const char *text) { word n = 0; while (text[n]) n++; return n; }

static int begins(const char *text, const char *with) {
  while (*with) if (*text++ != *with++) return 0;
  return 1;
}

/* Returns the value, or 0. Of a duplicate variable the first counts, as in getenv(3). */
static const char *value_of(const char *name) {
  for (char **one = own.variables; *one; one++) if (begins(*one, name)) return *one + length_of(name);
  return 0;
}

static char *append(char *to, const char *text) { while ((*to = *text++)) to++; return to; }

static char *append_number(char *to, word number) {
  char digit[] = {'0' + number % 10, 0};
  return append(number >= 10 ? append_number(to, number / 10) : to, digit);
}

/* Returns the text after the last slash. */
static char *last_part(char *path) {
  char *part = path;
  for (; *path; path++) if (*path == '/') part = path + 1;
  return part;
}

/* Returns the path below the root, which is short: it fits into the address of a socket. */
static const char *below_root(const char *tail) {
  static char path[sizeof address.sun_path + 16];
  for (word i = 0; i < root_bytes; i++) path[i] = root[i];
  append(path + root_bytes, tail);
  return path;
}

/* ---- input and output ---- */

static word now_s(void) { struct timespec now; sys2(clock_gettime, CLOCK_MONOTONIC, &now); return now.tv_sec; }

/* As read(2), but also waits on a non-blocking stdin. */
static result read_some(byte *to, word size) {
  struct pollfd request = {.fd = IN, .events = POLLIN};
  result got;
  while ((got = sys3(read, IN, to, size)) == -EAGAIN) sys4(ppoll, &request, 1, 0, 0);
  return got;
}

/* Stops early if the reader has closed its end: no error of ours. */
static result write_all(int fd, const void *bytes, word length) {
  for (word done = 0; done < length;) {
    result wrote = sys3(write, fd, (const byte *)bytes + done, length - done);
    if (wrote <= 0) return wrote;
    done += wrote;
  }
  return length;
}

static void end(int code) { for (;;) sys1(exit_group, code); }

#define ERROR(code, message, details) \
  "{\"cniVersion\": \"0.4.0\", \"code\": " #code ", \"msg\": \"" message "\", \"details\": \"" details "\"}\n"

static void fail(const char *error) { write_all(OUT, error, length_of(error)); end(1); }

/* ---- executing the program ---- */

/* Replaces stdin by a file that holds the input already read and the remaining input. */
static void give_stdin_back(void) {
  int file = sys2(memfd_create, "stdin", MFD_CLOEXEC);
  for (result got = input_bytes; got > 0; got = read_some(input, STDIN_BYTES))
    if (write_all(file, input, got) <= 0)
      fail(ERROR(5, "stdin could not be handed on to vnet", "Is there memory left?"));
  sys3(lseek, file, 0, 0);
  sys3(dup3, file, IN, 0);
}

/* The last one stays 0, the end of the list. */
static void add_variable(char *variable) { if (variable_count < VARIABLES - 1) variables[variable_count++] = variable; }

/* Variables for the program's JavaScript engine: with BUN_BE_BUN=1 it would print its help and succeed. */
static int is_for_engine(const char *variable) {
  return begins(variable, "BUN_") || begins(variable, "JSC_") || begins(variable, "NODE_") ||
         begins(variable, "MIMALLOC_");
}

static void become_program(void) {
  append(append(called_as, "VNET_CALLED_AS="), own.count > 0 ? own.arguments[0] : "");
  add_variable(called_as);
  for (char **one = own.variables; *one; one++)
    if (!is_for_engine(*one) && !begins(*one, "VNET_CALLED_AS=")) add_variable(*one);
  /* The engine does not start in a deleted directory. */
  if (sys2(getcwd, answer.bytes, PATH_BYTES) < 0) sys1(chdir, "/");
  sys3(execve, program, own.arguments, variables);
  fail(ERROR(5, "vnet's program can't be started: it belongs in the folder of this plugin, under the name vnet",
             "install -m 0755 dist/bin/vnet /opt/cni/bin/vnet, on a file system that is not mounted noexec"));
}

/* Appends the resource limit if it is low enough to have killed the program. Units: bytes. */
static char *append_limit(char *to, const char *name, int resource, word enough) {
  struct rlimit limit;
  if (sys4(prlimit64, 0, resource, 0, &limit) < 0 || limit.rlim_cur >= enough) return to;
  return append(append_number(append(to, name), limit.rlim_cur), ", ");
}

/* Source: systemd.exec(5) for the names of the limits and of MemoryDenyWriteExecute. */
static void fail_for_program(word status) {
  static char text[2048];
  word signal = status & 0x7f, any = PROT_READ | PROT_WRITE | PROT_EXEC, most_data = 1UL << 40;
  char *end = append(text, "{\"cniVersion\": \"0.4.0\", \"code\": 5, \"msg\": \"vnet ended without an answer (");
  end = append_number(append(end, signal ? "signal " : "exit code "), signal ? signal : status >> 8);
  end = append(end, ")\", \"details\": \"");
  char *limits = end;
  end = append_limit(end, "LimitAS=", RLIMIT_AS, most_data);
  end = append_limit(end, "LimitDATA=", RLIMIT_DATA, most_data);
  end = append_limit(end, "LimitSTACK=", RLIMIT_STACK, 1 << 18);
  if (sys6(mmap, 0, 4096, any, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) < 0) end = append(end, "MemoryDenyWriteExecute=yes, ");
  append(end, end == limits ? "Its last words are on stderr.\"}\n" : "under which it can't run: raise it in the unit of the runtime.\"}\n");
  fail(text);
}

/* The program's output is kept in a file until it exits: if it crashes, only the error is printed. */
static void print_for_program(int file, word status) {
  int is_killed = status & 0x7f;
  if (is_killed || (status != 0 && sys3(lseek, file, 0, SEEK_END) == 0)) fail_for_program(status);
  sys3(lseek, file, 0, 0);
  for (result got; (got = sys3(read, file, answer.bytes, ANSWER_BYTES)) > 0;)
    if (write_all(OUT, answer.bytes, got) <= 0) break;
  end(status >> 8 & 0xff);
}

/* Runs the program as a child that receives our signals and is killed with us. Returns if there can be no child. */
static void run_program(void) {
  word all = ~0UL, before = 0, parent = sys1(getpid, 0);
  int file = sys2(memfd_create, "stdout", MFD_CLOEXEC);
  sys4(rt_sigprocmask, SIG_SETMASK, &all, &before, sizeof all);
  result child = file < 0 ? file : sys6(clone, SIGCHLD, 0, 0, 0, 0, 0);
  if (child <= 0) sys4(rt_sigprocmask, SIG_SETMASK, &before, 0, sizeof before);
  if (child < 0) return;
  if (child == 0) {
    sys2(prctl, PR_SET_PDEATHSIG, SIGKILL);
    if ((word)sys1(getppid, 0) != parent) end(1);
    sys3(dup3, file, OUT, 0);
    become_program();
  }
  for (unsigned status = 0;;) {
    result signal = sys4(rt_sigtimedwait, &all, 0, 0, sizeof all);
    if (signal != SIGCHLD) { if (signal > 0) sys2(kill, child, signal); continue; }
    if (sys4(wait4, child, &status, WNOHANG, 0) == child) print_for_program(file, status);
  }
}

/* ---- starting a server ---- */

enum { STARTED, CONNECTED, BUSY, IMPOSSIBLE };

static void nap(void) { struct timespec time = {0, NAP_NS}; sys2(nanosleep, &time, 0); }

static result lock(const char *path) {
  result fd = sys4(openat, AT_FDCWD, path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  result locked = fd < 0 ? fd : sys2(flock, fd, LOCK_EX | LOCK_NB);
  if (fd >= 0 && locked < 0) sys1(close, fd);
  return locked < 0 ? locked : fd;
}

/* Passes the descriptors as systemd does: 3 is the listening socket, 4 the lock. Source: sd_listen_fds(3). */
static void run_server(int listener, int held) {
  static char pid[32];
  static char *arguments[] = {"vnet", "serve", 0};
  append_number(append(pid, "LISTEN_PID="), sys1(getpid, 0));
  add_variable(pid);
  add_variable("LISTEN_FDS=2");
  /* A burst is too short for the optimising compiler, not for the simple one: 100 calls take a quarter less processor time. */
  add_variable("BUN_JSC_useDFGJIT=0");
  add_variable("BUN_JSC_thresholdForJITAfterWarmUp=200");
  add_variable("BUN_JSC_thresholdForJITSoon=200");
  add_variable("LISTEN_FDNAMES=calls:lock");
  /* No variables of this call: the server serves many. */
  for (char **one = own.variables; *one; one++)
    if (begins(*one, "PATH=") || (begins(*one, "VNET_") && !begins(*one, "VNET_CALLED_AS="))) add_variable(*one);
  /* Runtimes wait until every holder of their pipes has closed them, and signal process groups. */
  sys1(setsid, 0);
  word none = 0;
  sys4(rt_sigprocmask, SIG_SETMASK, &none, 0, sizeof none);
  sys1(umask, 022);
  sys1(chdir, "/");
  /* One process works for all callers, so it gets a larger share of a busy machine than each of them. */
  sys3(setpriority, PRIO_PROCESS, 0, -5);
  /* Each caller is a descriptor: raise the soft limit to the hard one. */
  struct rlimit files;
  if (sys4(prlimit64, 0, RLIMIT_NOFILE, 0, &files) == 0) {
    files.rlim_cur = files.rlim_max;
    sys4(prlimit64, 0, RLIMIT_NOFILE, &files, 0);
  }
  int null = sys4(openat, AT_FDCWD, "/dev/null", O_RDWR, 0);
  for (int fd = IN; fd <= ERR; fd++) if (null != fd) sys3(dup3, null, fd, 0);
  /* First move both away from 3 and 4: each may occupy the other's number. */
  int spare_listener = sys3(fcntl, listener, F_DUPFD, 10), spare_lock = sys3(fcntl, held, F_DUPFD, 10);
  sys3(dup3, spare_listener, 3, 0);
  sys3(dup3, spare_lock, 4, 0);
  if (sys3(close_range, 5, ~0U, 0) < 0) for (int fd = 5; fd < 1024; fd++) sys1(close, fd);
  sys3(execve, program, arguments, variables);
  end(127);
}

static result connect_to_server(void) {
  result fd = sys3(socket, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return fd;
  struct timeval silence = {SILENCE_S, 0};
  sys6(setsockopt, fd, SOL_SOCKET, SO_RCVTIMEO, &silence, sizeof silence, 0);
  sys6(setsockopt, fd, SOL_SOCKET, SO_SNDTIMEO, &silence, sizeof silence, 0);
  result connected = sys3(connect, fd, &address, sizeof address);
  if (connected < 0) sys1(close, fd);
  return connected < 0 ? connected : fd;
}

/* Waiters for the lock read its holder here. Layout: reconciler/os/lock.ts, RECORD_LENGTH. */
static void write_holder(int held, word pid) {
  char record[200];
  char *end = append(append_number(record, pid), " vnet serve");
  while (end < record + sizeof record - 1) *end++ = ' ';
  *end = '\n';
  write_all(held, record, sizeof record);
}

/* The lock gives the right to bind the socket; `vnet watch`, waiting to take over, holds the queue. */
static int listen_and_start(int held, const char *lock_path, int *connection) {
  struct stat mine, named;
  /* A lock on a deleted file excludes no other process. */
  if (sys2(fstat, held, &mine) < 0 || sys4(newfstatat, AT_FDCWD, lock_path, &named, 0) < 0) return BUSY;
  if (mine.st_ino != named.st_ino || mine.st_dev != named.st_dev) return BUSY;
  if ((*connection = connect_to_server()) >= 0) return CONNECTED;
  result listener = sys3(socket, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (listener < 0) return IMPOSSIBLE;
  sys3(unlinkat, AT_FDCWD, address.sun_path, 0);
  word mask = sys1(umask, 0177); /* only root may connect: a call creates interfaces */
  result bound = sys3(bind, listener, &address, sizeof address);
  sys1(umask, mask);
  /* From here on, connections queue for the starting server; none is refused. */
  if (bound < 0 || sys2(listen, listener, 4096) < 0) return IMPOSSIBLE;
  result child = sys6(clone, SIGCHLD, 0, 0, 0, 0, 0);
  if (child == 0) run_server(listener, held);
  sys1(close, listener);
  if (child > 0) write_holder(held, child);
  return child < 0 ? IMPOSSIBLE : STARTED;
}

static int start_server(int *connection) {
  /* The server changes to the root directory: a relative path would name another file. */
  if (address.sun_path[0] != '/') return IMPOSSIBLE;
  if (sys4(faccessat, AT_FDCWD, program, X_OK, 0) < 0) return IMPOSSIBLE;
  sys3(mkdirat, AT_FDCWD, below_root("/run"), 0755);
  sys3(mkdirat, AT_FDCWD, below_root("/run/vnet"), 0700);
  result queue = lock(below_root("/run/vnet/serve.lock.queue"));
  result held = queue < 0 ? queue : lock(below_root("/run/vnet/serve.lock"));
  if (queue >= 0) sys1(close, queue);
  if (held < 0) return held == -EAGAIN ? BUSY : IMPOSSIBLE;
  int how = listen_and_start(held, below_root("/run/vnet/serve.lock"), connection);
  sys1(close, held); /* the server keeps its copy; without a server, this frees the lock */
  return how;
}

/* ---- the call ---- */

/* Leaves the identity zero if there is no such file, or no path. */
static void identify(const char *path, word *identity) {
  struct stat found;
  if (sys4(newfstatat, AT_FDCWD, path, &found, 0) < 0) return;
  identity[0] = found.st_dev;
  identity[1] = found.st_ino;
}

static int send_call(int fd) {
  struct iovec parts[] = {{&header, sizeof header}, {own.arguments[0], header.name_bytes},
                          {own.block, header.environment_bytes}, {input, input_bytes}};
  struct msghdr message = {.vectors = parts, .count = 4};
  word all = sizeof header + header.name_bytes + header.environment_bytes + input_bytes;
  return sys3(sendmsg, fd, &message, MSG_NOSIGNAL) == (result)all;
}

/* Stopping and continuing the process interrupts the call. */
static result receive(int fd, void *to, word size) {
  result got;
  while ((got = sys6(recvfrom, fd, to, size, 0, 0, 0)) == -EINTR);
  return got;
}

enum { LOST, DECLINED, SILENT };

/* Prints nothing before the answer is complete: until then, another process can still run the call. */
static int print_answer(int fd) {
  word got = 0;
  while (got < ANSWER_BYTES) {
    result more = receive(fd, answer.bytes + got, ANSWER_BYTES - got);
    if (more == -EAGAIN) return SILENT;
    if (more <= 0) return LOST;
    got += more;
    if (got < sizeof answer.head) continue;
    word err_bytes = answer.head.err_bytes, out_bytes = answer.head.out_bytes;
    if (err_bytes > ANSWER_BYTES || out_bytes > ANSWER_BYTES) return DECLINED;
    if (got < sizeof answer.head + err_bytes + out_bytes) continue;
    write_all(ERR, answer.bytes + sizeof answer.head, err_bytes);
    write_all(OUT, answer.bytes + sizeof answer.head + err_bytes, out_bytes);
    end(answer.head.code);
  }
  return DECLINED;
}

/* Returns only if the call was not answered, with the reason. */
static int exchange(int fd, word deadline) {
  byte said, go = GO;
  if (!send_call(fd)) return LOST;
  while (now_s() <= deadline) {
    result got = receive(fd, &said, 1);
    if (got == -EAGAIN) return SILENT;
    if (got != 1) return LOST;
    if (said == REFUSED) return DECLINED;
    if (said == ANSWER) return print_answer(fd);
    /* The server starts only after our GO: a cancelled call must have no later effect. */
    if (said == TAKEN) sys6(sendto, fd, &go, 1, MSG_NOSIGNAL, 0, 0);
  }
  fail(ERROR(11, "vnet's server works, but has not answered within the time that runtimes wait",
             "Try again; `vnet status` and `ps` show what it does."));
  return LOST;
}

/* Returns if the call must be run by the program itself. */
static void ask_server(void) {
  int is_version = begins(command, "VERSION");
  /* A runtime may call VERSION with an empty stdin that it never closes. */
  if (!is_version)
    for (result got; input_bytes < STDIN_BYTES && (got = read_some(input + input_bytes, STDIN_BYTES - input_bytes)) > 0;)
      input_bytes += got;
  if (input_bytes == STDIN_BYTES) return;
  identify(program, header.program);
  identify("/proc/self/ns/net", header.netns);
  identify(value_of("CNI_NETNS="), header.pod);
  header.name_bytes = length_of(own.arguments[0]);
  header.environment_bytes = own.block_end - own.block;
  header.stdin_bytes = input_bytes;
  word deadline = now_s() + LIMIT_S;
  for (int tries = 0; tries < MOST_TRIES && now_s() <= deadline;) {
    int fd = connect_to_server();
    if (fd < 0) {
      if ((fd != -ENOENT && fd != -ECONNREFUSED) || is_version) return; /* VERSION alone starts no server */
      int how = start_server(&fd);
      if (how == IMPOSSIBLE) return;
      if (how == BUSY) nap();
      if (how == STARTED) tries++;
      if (how != CONNECTED) continue;
    }
    int how = exchange(fd, deadline);
    sys1(close, fd);
    if (how != LOST) return;
    tries++;
  }
}

/* ---- start ---- */

static void read_own(word *stack) {
  own.count = stack[0];
  own.arguments = (char **)(stack + 1);
  own.variables = own.arguments + own.count + 1;
  own.block = own.block_end = own.variables[0];
  for (char **one = own.variables; *one; one++) own.block_end = *one + length_of(*one) + 1;
  command = value_of("CNI_COMMAND=");
  root = value_of("VNET_ROOT=");
}

/* Returns 0 if the path below the root, which may end in slashes, is too long for a socket. */
static int find_socket(void) {
  static const char tail[] = "/run/vnet/calls.sock";
  word length = root ? length_of(root) : 0;
  while (length > 0 && root[length - 1] == '/') length--;
  if (length + sizeof tail > sizeof address.sun_path) return 0;
  root_bytes = length;
  append(address.sun_path, below_root(tail));
  return 1;
}

/* With arguments, it is a user asking for version or help; under another name, it is the command line. */
static int is_call(void) {
  return command && *command && !value_of("VNET_DIRECT=") && own.count == 1 && begins(last_part(own.arguments[0]), "azure-vnet");
}

__attribute__((used, noreturn)) void begin(word *stack) {
  read_own(stack);
  /* Without /proc the path stays empty and nothing is executed: the current directory must have no influence. */
  if (sys4(readlinkat, AT_FDCWD, "/proc/self/exe", program, PATH_BYTES - 1) > 0) append(last_part(program), "vnet");
  if (is_call() && find_socket()) ask_server();
  if (input_bytes > 0) give_stdin_back();
  if (command) run_program();
  become_program();
  for (;;) end(1);
}

#ifdef WITH_LIBC
/* For the sanitizers: the arguments are still where the kernel put them, after their count. */
int main(int count, char **arguments) { (void)count; begin((word *)arguments - 1); }
#else
__asm__(".globl _start\n_start:\n" START);
#endif
