/*
 * The executable that container runtimes start as azure-vnet and azure-vnet-ipam. It passes the CNI call to the node's
 * server, waits as long as the server is alive, and prints its answer. Without a server, it starts one for itself
 * and all other callers. If the server cannot take the call (another build, other namespaces, a hanging
 * server), the shim executes the program `vnet` beside it: every verb is idempotent. It decides nothing else.
 * Messages: plugin/serve/call-message.ts. No C library: a static program of some kilobytes starts in a tenth of a millisecond.
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
static byte input[STDIN_BYTES], answer[ANSWER_BYTES];
static word input_bytes;
static char program[PATH_BYTES + 8], called_as[ARGUMENT_BYTES + 64], lock_path[sizeof(struct sockaddr_un) + 16];
static char *variables[VARIABLES];
static struct sockaddr_un address = {.sun_family = AF_UNIX};
static word address_bytes;
static struct { word count; char **arguments, **variables, *block, *block_end; } own;
static const char *command, *pod_netns, *root, *is_direct;

/* ---- text ---- */

static word length_of(const char *text) { word n = 0; while (text[n]) n++; return n; }

static int begins(const char *text, const char *with) {
  while (*with) if (*text++ != *with++) return 0;
  return 1;
}

static char *append(char *to, const char *text) { while ((*to = *text++)) to++; return to; }

/* Returns the text after the last slash. */
static char *last_part(char *path) {
  char *part = path;
  for (; *path; path++) if (*path == '/') part = path + 1;
  return part;
}

static void *copy(void *to, const void *from, word length) {
  for (word i = 0; i < length; i++) ((byte *)to)[i] = ((const byte *)from)[i];
  return to;
}

static char *append_number(char *to, word number) {
  if (number >= 10) to = append_number(to, number / 10);
  *to++ = '0' + number % 10;
  *to = 0;
  return to;
}

/* ---- input and output ---- */

static word now_s(void) { struct timespec now; sys2(clock_gettime, CLOCK_MONOTONIC, &now); return now.seconds; }

/* As read(2), but also waits on a non-blocking stdin. */
static result read_some(byte *to, word size) {
  for (;;) {
    result got = sys3(read, IN, to, size);
    if (got != -EAGAIN) return got;
    struct pollfd request = {IN, POLLIN, 0};
    sys4(ppoll, &request, 1, 0, 0);
  }
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

/* Variables for the program's JavaScript engine: with BUN_BE_BUN=1 it would print its help and succeed. */
static int is_for_engine(const char *variable) {
  static const char *const prefixes[] = {"BUN_", "JSC_", "NODE_", "MIMALLOC_", "VNET_CALLED_AS="};
  for (word i = 0; i < sizeof prefixes / sizeof *prefixes; i++) if (begins(variable, prefixes[i])) return 1;
  return 0;
}

static void become_program(void) {
  append(append(called_as, "VNET_CALLED_AS="), own.count > 0 ? own.arguments[0] : "");
  word count = 0;
  variables[count++] = called_as;
  for (char **one = own.variables; *one && count < VARIABLES - 1; one++)
    if (!is_for_engine(*one)) variables[count++] = *one;
  variables[count] = 0;
  /* The engine does not start in a deleted directory. */
  if (sys2(getcwd, answer, PATH_BYTES) < 0) sys1(chdir, "/");
  sys3(execve, program, own.arguments, variables);
  fail(ERROR(5, "vnet's program can't be started: it belongs in the folder of this plugin, under the name vnet",
             "install -m 0755 dist/bin/vnet /opt/cni/bin/vnet, on a file system that is not mounted noexec"));
}

/* Appends the resource limit if it is low enough to have killed the program. Units: bytes. */
static char *append_limit(char *to, const char *name, int resource, word enough) {
  struct limit limit;
  if (sys4(prlimit64, 0, resource, 0, &limit) < 0 || limit.soft >= enough) return to;
  return append(append_number(append(to, name), limit.soft), ", ");
}

/* Source: systemd.exec(5) for the names of the limits and of MemoryDenyWriteExecute. */
static void fail_for_program(word status) {
  static char text[2048];
  static const word most_data = 1UL << 40;
  char *end = append(text, "{\"cniVersion\": \"0.4.0\", \"code\": 5, \"msg\": \"vnet ended without an answer (");
  end = append_number(append(end, status & 0x7f ? "signal " : "exit code "), status & 0x7f ? status & 0x7f : status >> 8);
  end = append(end, ")\", \"details\": \"");
  char *limits = end;
  end = append_limit(end, "LimitAS=", RLIMIT_AS, most_data);
  end = append_limit(end, "LimitDATA=", RLIMIT_DATA, most_data);
  end = append_limit(end, "LimitSTACK=", RLIMIT_STACK, 1 << 18);
  if (sys6(mmap, 0, 4096, PROT_ANY, MAP_PRIVATE_ANONYMOUS, -1, 0) < 0) end = append(end, "MemoryDenyWriteExecute=yes, ");
  append(end, end == limits ? "Its last words are on stderr.\"}\n" : "under which it can't run: raise it in the unit of the runtime.\"}\n");
  fail(text);
}

/* The program's output is kept in a file until it exits: if it crashes, only the error is printed. */
static void print_for_program(int file, word status) {
  int is_killed = status & 0x7f;
  if (is_killed || (status != 0 && sys3(lseek, file, 0, SEEK_END) == 0)) fail_for_program(status);
  sys3(lseek, file, 0, 0);
  for (result got; (got = sys3(read, file, answer, ANSWER_BYTES)) > 0;) if (write_all(OUT, answer, got) <= 0) break;
  end(status >> 8 & 0xff);
}

/*
 * Runs the program as a child that receives our signals and is killed with us. Returns if no child can be
 * created.
 */
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
  word count = 0;
  variables[count++] = pid;
  variables[count++] = "LISTEN_FDS=2";
  variables[count++] = "LISTEN_FDNAMES=calls:lock";
  /* No variables of this call: the server serves many. */
  for (char **one = own.variables; *one && count < VARIABLES - 1; one++)
    if (begins(*one, "PATH=") || (begins(*one, "VNET_") && !begins(*one, "VNET_CALLED_AS=")))
      variables[count++] = *one;
  variables[count] = 0;
  /* Runtimes wait until every holder of their pipes has closed them, and signal process groups. */
  sys1(setsid, 0);
  word none = 0;
  sys4(rt_sigprocmask, SIG_SETMASK, &none, 0, sizeof none);
  sys1(umask, 022);
  sys1(chdir, "/");
  /* One process works for all callers, so it gets a larger share of a busy machine than each of them. */
  sys3(setpriority, PRIO_PROCESS, 0, -5);
  /* Each caller is a descriptor: raise the soft limit to the hard one. */
  struct limit files;
  if (sys4(prlimit64, 0, RLIMIT_NOFILE, 0, &files) == 0) {
    files.soft = files.hard;
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
  struct timespec silence = {SILENCE_S, 0};
  sys6(setsockopt, fd, SOL_SOCKET, SO_RCVTIMEO, &silence, sizeof silence, 0);
  sys6(setsockopt, fd, SOL_SOCKET, SO_SNDTIMEO, &silence, sizeof silence, 0);
  result connected = sys3(connect, fd, &address, address_bytes);
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
static int listen_and_start(int held, int *connection) {
  struct file mine, named;
  /* A lock on a deleted file excludes no other process. */
  if (sys2(fstat, held, &mine) < 0 || sys4(newfstatat, AT_FDCWD, lock_path, &named, 0) < 0) return BUSY;
  if (mine.inode != named.inode || mine.device != named.device) return BUSY;
  if ((*connection = connect_to_server()) >= 0) return CONNECTED;
  result listener = sys3(socket, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (listener < 0) return IMPOSSIBLE;
  sys3(unlinkat, AT_FDCWD, address.sun_path, 0);
  word mask = sys1(umask, 0177); /* only root may connect: a call creates interfaces */
  result bound = sys3(bind, listener, &address, address_bytes);
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
  char *tail = append(lock_path, address.sun_path);
  /* The server changes to the root directory: a relative path would name another file. */
  if (address.sun_path[0] != '/') return IMPOSSIBLE;
  if (sys4(faccessat, AT_FDCWD, program, X_OK, 0) < 0) return IMPOSSIBLE;
  tail = last_part(lock_path);
  *--tail = 0; /* create the directory and its parent */
  char *parent = last_part(lock_path);
  parent[-1] = 0;
  sys3(mkdirat, AT_FDCWD, lock_path, 0755);
  parent[-1] = '/';
  sys3(mkdirat, AT_FDCWD, lock_path, 0700);
  append(tail, "/serve.lock.queue");
  result queue = lock(lock_path);
  append(tail, "/serve.lock");
  result held = queue < 0 ? queue : lock(lock_path);
  if (queue >= 0) sys1(close, queue);
  if (held < 0) return held == -EAGAIN ? BUSY : IMPOSSIBLE;
  int how = listen_and_start(held, connection);
  sys1(close, held); /* the server keeps its copy; without a server, this frees the lock */
  return how;
}

/* ---- the call ---- */

/* Leaves the identity zero if the file cannot be reached. */
static void identify(const char *path, word *identity) {
  struct file found;
  if (sys4(newfstatat, AT_FDCWD, path, &found, 0) < 0) return;
  identity[0] = found.device;
  identity[1] = found.inode;
}

static void describe_call(void) {
  identify(program, header.program);
  identify("/proc/self/ns/net", header.netns);
  if (pod_netns) identify(pod_netns, header.pod);
  header.name_bytes = length_of(own.arguments[0]);
  header.environment_bytes = own.block_end - own.block;
  header.stdin_bytes = input_bytes;
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
  for (;;) {
    result got = sys6(recvfrom, fd, to, size, 0, 0, 0);
    if (got != -EINTR) return got;
  }
}

enum { LOST, DECLINED, SILENT };

/* Prints nothing before the answer is complete: until then, another process can still run the call. */
static int print_answer(int fd) {
  word got = 0, head[3];
  while (got < ANSWER_BYTES) {
    result more = receive(fd, answer + got, ANSWER_BYTES - got);
    if (more == -EAGAIN) return SILENT;
    if (more <= 0) return LOST;
    got += more;
    if (got < sizeof head) continue;
    copy(head, answer, sizeof head);
    if (head[1] > ANSWER_BYTES || head[2] > ANSWER_BYTES) return DECLINED;
    if (got < sizeof head + head[1] + head[2]) continue;
    write_all(ERR, answer + sizeof head, head[1]);
    write_all(OUT, answer + sizeof head + head[1], head[2]);
    end(head[0]);
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
  describe_call();
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

/* Returns the value if `variable` has this name, unless an earlier one was found. */
static const char *value_of(const char *variable, const char *name, const char *before) {
  return !before && begins(variable, name) ? variable + length_of(name) : before;
}

static void read_own(word *stack) {
  own.count = stack[0];
  own.arguments = (char **)(stack + 1);
  own.variables = own.arguments + own.count + 1;
  own.block = own.block_end = own.variables[0];
  for (char **one = own.variables; *one; one++) {
    /* Of a duplicate variable the first counts, as in getenv(3). */
    command = value_of(*one, "CNI_COMMAND=", command);
    pod_netns = value_of(*one, "CNI_NETNS=", pod_netns);
    root = value_of(*one, "VNET_ROOT=", root);
    is_direct = value_of(*one, "VNET_DIRECT=", is_direct);
    own.block_end = *one + length_of(*one) + 1;
  }
}

/*
 * Without /proc the path stays empty and nothing is executed: the current directory must have no influence.
 */
static void find_program(void) {
  if (sys4(readlinkat, AT_FDCWD, "/proc/self/exe", program, PATH_BYTES - 1) > 0) append(last_part(program), "vnet");
}

/*
 * The socket's path is the root without trailing slashes plus `tail`. Returns 0 if it is too long for a
 * socket.
 */
static int find_socket(void) {
  static const char tail[] = "/run/vnet/calls.sock";
  word length = root ? length_of(root) : 0;
  while (length > 0 && root[length - 1] == '/') length--;
  if (length + sizeof tail > sizeof address.sun_path) return 0;
  copy(address.sun_path, root, length);
  char *end = append(address.sun_path + length, tail);
  address_bytes = end + 1 - (char *)&address;
  return 1;
}

/* With arguments, it is a user asking for version or help; under another name, it is the command line. */
static int is_call(void) {
  return command && *command && !is_direct && own.count == 1 &&
         begins(last_part(own.arguments[0]), "azure-vnet");
}

__attribute__((used, noreturn)) void begin(word *stack) {
  read_own(stack);
  find_program();
  if (own.count > 0 && is_call() && find_socket()) ask_server();
  if (input_bytes > 0) give_stdin_back();
  if (command) run_program();
  become_program();
  for (;;) end(1);
}

#ifdef WITH_LIBC
/*
 * For the sanitizers, which need a C library: the arguments are still where the kernel put them, after their
 * count.
 */
int main(int count, char **arguments) { (void)count; begin((word *)arguments - 1); }
#else
__asm__(".globl _start\n_start:\n" START);
#endif
