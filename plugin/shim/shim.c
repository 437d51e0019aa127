/*
 * The executable that container runtimes start as azure-vnet and azure-vnet-ipam. It passes the CNI call to the node's
 * server, waits as long as the server is alive, and prints its answer. Without a server, it starts one for itself and all
 * other callers (server.h). If the server cannot take the call (another build, other namespaces, a hanging server), the
 * shim runs the program `vnet` beside it (program.h): every verb is idempotent. It decides nothing else.
 * Messages: plugin/serve/call-message.ts. No C library: a static program of some kilobytes starts in a tenth of a millisecond.
 */
#include "process.h"
#include "program.h"
#include "server.h"

/* kubelet's timeout is two minutes: answer before it, if only with an error. */
#ifndef LIMIT_S
#define LIMIT_S 100
#endif
/* If servers keep dying, this call may be the cause: run it without a server. */
#define MOST_TRIES 8
/* Between looks at a lock that another process holds. */
#define NAP_NS 2000000

enum { CALL_FORMAT = 4, REFUSED = 0, TAKEN = 1, ALIVE = 2, ANSWER = 3, GO = 1 };

static struct {
  word format, program[2], netns[2], pod[2], name_bytes, environment_bytes, stdin_bytes;
} header = {.format = CALL_FORMAT};

/* Leaves the identity zero if there is no such file, or no path. */
static void identify(const char *file, word *identity) {
  struct stat found;
  if (sys(newfstatat, AT_FDCWD, file, &found, 0) < 0) return;
  identity[0] = found.st_dev;
  identity[1] = found.st_ino;
}

static void describe_call(void) {
  identify(program, header.program);
  identify("/proc/self/ns/net", header.netns);
  identify(value_of("CNI_NETNS="), header.pod);
  header.name_bytes = length_of(own.arguments[0]);
  header.environment_bytes = own.block_end - own.block;
  header.stdin_bytes = input_bytes;
}

static int send_call(int fd) {
  struct iovec parts[] = {{&header, sizeof header}, {own.arguments[0], header.name_bytes},
                          {own.block, header.environment_bytes}, {input, input_bytes}};
  struct msghdr message = {.vectors = parts, .count = 4};
  word all = sizeof header + header.name_bytes + header.environment_bytes + input_bytes;
  return sys(sendmsg, fd, &message, MSG_NOSIGNAL) == (result)all;
}

/* LOST: the server died, and another can take the call. DECLINED: the program must run it. */
enum { COMPLETE, LOST, DECLINED };

static int receive(int fd, void *to, word size) {
  for (word done = 0; done < size;) {
    result got = sys(recvfrom, fd, (byte *)to + done, size - done);
    if (got == -EINTR) continue; /* stopped and continued */
    if (got <= 0) return got == -EAGAIN ? DECLINED : LOST;
    done += got;
  }
  return COMPLETE;
}

/* Prints nothing before the answer is complete: until then, another process can still run the call. */
static int print_answer(int fd) {
  struct { word code, err_bytes, out_bytes; } head;
  int how = receive(fd, &head, sizeof head);
  if (how != COMPLETE) return how;
  if (head.err_bytes > ANSWER_BYTES || head.out_bytes > ANSWER_BYTES - head.err_bytes) return DECLINED;
  how = receive(fd, answer, head.err_bytes + head.out_bytes);
  if (how != COMPLETE) return how;
  write_all(ERR, answer, head.err_bytes);
  write_all(OUT, answer + head.err_bytes, head.out_bytes);
  end(head.code);
}

/* Returns only if the call was not answered: LOST or DECLINED. */
static int exchange(int fd, word deadline) {
  byte said, go = GO;
  if (!send_call(fd)) return LOST;
  while (now_s() <= deadline) {
    int how = receive(fd, &said, 1);
    if (how != COMPLETE) return how;
    if (said == REFUSED) return DECLINED;
    if (said == ANSWER) return print_answer(fd);
    /* The server starts only after our GO: a cancelled call must have no later effect. */
    if (said == TAKEN) sys(sendto, fd, &go, 1, MSG_NOSIGNAL);
  }
  fail(ERROR(11, "vnet's server works, but has not answered within the time that runtimes wait",
             "Try again; `vnet status` and `ps` show what it does."));
}

static void nap(void) { struct timespec time = {0, NAP_NS}; sys(nanosleep, &time, 0); }

static void read_input(void) {
  for (result got; input_bytes < STDIN_BYTES; input_bytes += got)
    if ((got = read_some(input + input_bytes, STDIN_BYTES - input_bytes)) <= 0) return;
}

/* Returns if the program must run the call. */
static void ask_server(int is_version) {
  /* A runtime may call VERSION with an empty stdin that it never closes. */
  if (!is_version) read_input();
  if (input_bytes == STDIN_BYTES) return;
  describe_call();
  word deadline = now_s() + LIMIT_S;
  for (int tries = 0; tries < MOST_TRIES && now_s() <= deadline;) {
    result fd = connect_to_server();
    if (fd == -ENOENT || fd == -ECONNREFUSED) {
      if (is_version) return; /* VERSION alone starts no server */
      fd = start_server();
      if (fd == -EINPROGRESS) tries++;
      if (fd == -EAGAIN) nap();
      if (fd == -EINPROGRESS || fd == -EAGAIN) continue;
    }
    if (fd < 0) return;
    int how = exchange(fd, deadline);
    sys(close, fd);
    if (how != LOST) return;
    tries++;
  }
}

/* With arguments, it is a user asking for version or help; under another name, it is the command line. */
static int is_call(const char *command) {
  return command && *command && !value_of("VNET_DIRECT=") && own.count == 1 && begins(last_part(own.arguments[0]), "azure-vnet");
}

__attribute__((used)) _Noreturn void begin(word *stack) {
  read_own(stack);
  const char *command = value_of("CNI_COMMAND=");
  if (is_call(command) && find_socket()) ask_server(begins(command, "VERSION"));
  if (input_bytes > 0) give_stdin_back();
  if (command) run_program();
  become_program();
}

#ifdef WITH_LIBC
/* For the sanitizers: the arguments are still where the kernel put them, after their count. */
int main(int count, char **arguments) { (void)count; begin((word *)arguments - 1); }
#else
__asm__(".globl _start\n_start:\n" START);
#endif
