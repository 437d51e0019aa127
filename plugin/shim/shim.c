/*
 * The executable that container runtimes start as azure-vnet and azure-vnet-ipam. It passes the CNI call to the node's
 * server, waits as long as the server is alive, and prints its answer. Without a server, it starts one for itself and all
 * other callers (server.h). If the server cannot take the call (another build, other namespaces, a hanging server), the
 * shim runs the program `vnet` beside it (program.h): every verb is idempotent. It decides nothing else.
 * Messages: plugin/serve/call-message.ts. No C library: a static program of some kilobytes starts in a tenth of a millisecond.
 */

/*
 * Seconds; tests set fewer. LIMIT_S: kubelet's timeout is two minutes: answer before it, if only with an error. SILENCE_S:
 * a live server sends ALIVE every second; after such a silence it is stopped or hangs.
 */
#ifndef LIMIT_S
enum { LIMIT_S = 100, SILENCE_S = 30 };
#endif
/* If servers keep dying, this call may be the cause: run it without a server. NAP_NS: between looks at another's lock. */
enum { MAX_TRIES = 8, NAP_NS = 2000000 };

#include "process.h"
#include "program.h"
#include "server.h"

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

static int send_call(void) {
  identify(program, header.program);
  identify("/proc/self/ns/net", header.netns);
  identify(value_of("CNI_NETNS="), header.pod);
  header.name_bytes = length_of(own.arguments[0]);
  header.environment_bytes = own.block_end - own.block;
  header.stdin_bytes = input_bytes;
  struct iovec parts[] = {{&header, sizeof header}, {own.arguments[0], header.name_bytes},
                          {own.block, header.environment_bytes}, {input, input_bytes}};
  struct msghdr message = {.vectors = parts, .count = 4};
  word all = sizeof header + header.name_bytes + header.environment_bytes + input_bytes;
  return sys(sendmsg, connection, &message, MSG_NOSIGNAL) == (result)all;
}

/* The server keeps no call of a closed connection. */
_Noreturn static void decline_server(void) {
  sys(close, connection);
  run_program();
}

/* Returns 0 if the server has died. */
static int receive(void *to, word size) {
  for (word done = 0; done < size;) {
    result got = sys(recvfrom, connection, (byte *)to + done, size - done);
    if (got == -EINTR) continue; /* stopped and continued */
    if (got == -EAGAIN) decline_server();
    if (got <= 0) return 0;
    done += got;
  }
  return 1;
}

/* Prints nothing before the answer is complete: until then, another process can still run the call. */
static void print_answer(void) {
  struct { word code, err_bytes, out_bytes; } head;
  if (!receive(&head, sizeof head)) return;
  if (head.err_bytes > ANSWER_BYTES || head.out_bytes > ANSWER_BYTES - head.err_bytes) decline_server();
  if (!receive(answer, head.err_bytes + head.out_bytes)) return;
  write_all(ERR, answer, head.err_bytes);
  write_all(OUT, answer + head.err_bytes, head.out_bytes);
  end(head.code);
}

static word now_s(void) { struct timespec now; sys(clock_gettime, CLOCK_MONOTONIC, &now); return now.tv_sec; }

/* Returns if the server has died: another can take the call. */
static void exchange(word deadline) {
  byte said, go = GO;
  if (!send_call()) return;
  while (now_s() <= deadline) {
    if (!receive(&said, 1)) return;
    if (said == REFUSED) decline_server();
    if (said == ANSWER) return print_answer();
    /* The server starts only after our GO: a cancelled call must have no later effect. */
    if (said == TAKEN) sys(sendto, connection, &go, 1, MSG_NOSIGNAL);
  }
  fail(ERROR(11, "vnet's server works, but has not answered within the time that runtimes wait",
             "Try again; `vnet status` and `ps` show what it does."));
}

static void read_input(void) {
  for (result got; input_bytes < STDIN_BYTES; input_bytes += got)
    if ((got = read_some(input + input_bytes, STDIN_BYTES - input_bytes)) <= 0) return;
}

/* Returns if the program must run the call. */
static void ask_server(int is_version) {
  /* A runtime may call VERSION with an empty stdin that it never closes. */
  if (!is_version) read_input();
  if (input_bytes == STDIN_BYTES) return;
  struct timespec nap = {0, NAP_NS};
  word deadline = now_s() + LIMIT_S;
  for (int tries = 0; tries < MAX_TRIES && now_s() <= deadline;) {
    result how = connect_to_server();
    if (how >= 0) exchange(deadline);
    else if (is_version || (how != -ENOENT && how != -ECONNREFUSED)) return; /* VERSION alone starts no server */
    else how = start_server();
    if (how >= 0) tries++;
    else if (how == -EAGAIN) sys(nanosleep, &nap, 0);
    else return;
  }
}

/* With arguments, it is a user asking for version or help; under another name, it is the command line. */
static int is_call(const char *command) {
  return command && *command && !value_of("VNET_DIRECT=") && own.count == 1 &&
         begins(after_last_slash(own.arguments[0]), "azure-vnet");
}

__attribute__((used)) _Noreturn void begin(word *stack) {
  read_own(stack);
  const char *command = value_of("CNI_COMMAND=");
  if (is_call(command) && find_socket()) ask_server(begins(command, "VERSION"));
  run_program();
}

#ifdef WITH_LIBC
/* For the sanitizers: the arguments are still where the kernel put them, after their count. */
int main(int count, char **arguments) { (void)count; begin((word *)arguments - 1); }
#else
__asm__(".globl _start\n_start:\n" START);
#endif
