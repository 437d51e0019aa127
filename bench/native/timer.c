/*
 * Starts processes and times them as a container runtime sees a CNI plugin, without the overhead of a shell or an
 * interpreter. Runs in the node's network namespace and reads work from stdin:
 *
 *   <processes> <settle microseconds>\n
 *   then for each process: <argv> <environment> <bytes of stdin>\n, its strings, each ended by NUL, its stdin
 *
 * All processes of one batch are started at once. Answer on stdout, for the batch: <wall ns>\n, then for each process
 *   <pid> <wall ns> <user us> <system us> <max rss KiB> <exit code> <bytes of stdout> <bytes of stderr>\n and these bytes
 *
 * A process has ended when it was waited for and its stdout is closed in all processes, as for Go's exec.Cmd. CPU time
 * and memory are those of wait4(2): of the process and of its waited-for children.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct process {
  char **argv, **envp;
  char *input;
  size_t input_length;
  int input_fd, output_fd, error_fd, child_output_fd;
  pid_t pid;
  long long started, ended;
  struct rusage usage;
  int status;
  char *output;
  size_t output_length;
};

static void fail(const char *what) {
  fprintf(stderr, "timer: %s: %s\n", what, strerror(errno));
  exit(1);
}

static long long now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static char *read_bytes(size_t length) {
  char *bytes = malloc(length + 1);
  if (bytes == NULL || fread(bytes, 1, length, stdin) != length) fail("read stdin");
  bytes[length] = 0;
  return bytes;
}

static char **read_strings(unsigned count) {
  char **strings = calloc(count + 1, sizeof *strings);
  for (unsigned i = 0; i < count; i++) {
    size_t size = 0;
    if (getdelim(&strings[i], &size, 0, stdin) < 0) fail("read a string");
  }
  return strings;
}

static void read_process(struct process *p) {
  unsigned argc, envc;
  memset(p, 0, sizeof *p);
  if (scanf("%u %u %zu", &argc, &envc, &p->input_length) != 3 || getchar() != '\n') fail("read a process");
  p->argv = read_strings(argc);
  p->envp = read_strings(envc);
  p->input = read_bytes(p->input_length);
}

/* Everything is ready before the clock starts: the pipe already holds all of stdin. */
static void prepare(struct process *p) {
  int in[2], out[2];
  if (pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0) fail("pipe");
  if (p->input_length > 65536) fcntl(in[1], F_SETPIPE_SZ, 1 << 20);
  fcntl(in[1], F_SETFL, O_NONBLOCK);
  if (write(in[1], p->input, p->input_length) != (ssize_t)p->input_length) fail("fill stdin");
  close(in[1]);
  p->input_fd = in[0];
  p->output_fd = out[0];
  p->child_output_fd = out[1];
  if ((p->error_fd = memfd_create("stderr", MFD_CLOEXEC)) < 0) fail("memfd_create");
}

static void start(struct process *p) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, p->input_fd, 0);
  posix_spawn_file_actions_adddup2(&actions, p->child_output_fd, 1);
  posix_spawn_file_actions_adddup2(&actions, p->error_fd, 2);
  p->started = now();
  if ((errno = posix_spawn(&p->pid, p->argv[0], &actions, NULL, p->argv, p->envp)) != 0) fail(p->argv[0]);
  close(p->child_output_fd);
  close(p->input_fd);
  posix_spawn_file_actions_destroy(&actions);
}

/* Returns 1 if the process has ended. */
static int take_output(struct process *p) {
  char chunk[65536];
  ssize_t length = read(p->output_fd, chunk, sizeof chunk);
  if (length < 0) fail("read stdout");
  if (length > 0) {
    p->output = realloc(p->output, p->output_length + length);
    memcpy(p->output + p->output_length, chunk, length);
    p->output_length += length;
    return 0;
  }
  if (wait4(p->pid, &p->status, 0, &p->usage) < 0) fail("wait4");
  p->ended = now();
  close(p->output_fd);
  p->output_fd = -1;
  return 1;
}

static void wait_for_all(struct process *all, unsigned count) {
  struct pollfd *polls = calloc(count, sizeof *polls);
  for (unsigned left = count; left > 0;) {
    for (unsigned i = 0; i < count; i++) polls[i] = (struct pollfd){.fd = all[i].output_fd, .events = POLLIN};
    if (poll(polls, count, -1) < 0) fail("poll");
    for (unsigned i = 0; i < count; i++)
      if (polls[i].fd >= 0 && polls[i].revents != 0) left -= take_output(&all[i]);
  }
  free(polls);
}

static long long microseconds(struct timeval time) { return time.tv_sec * 1000000LL + time.tv_usec; }

static void answer(struct process *p) {
  off_t length = lseek(p->error_fd, 0, SEEK_END);
  char *error = malloc(length + 1);
  if (pread(p->error_fd, error, length, 0) != length) fail("read stderr");
  int code = WIFEXITED(p->status) ? WEXITSTATUS(p->status) : 128 + WTERMSIG(p->status);
  printf("%d %lld %lld %lld %ld %d %zu %zu\n", p->pid, p->ended - p->started, microseconds(p->usage.ru_utime),
         microseconds(p->usage.ru_stime), p->usage.ru_maxrss, code, p->output_length, (size_t)length);
  fwrite(p->output, 1, p->output_length, stdout);
  fwrite(error, 1, length, stdout);
  free(error);
  close(p->error_fd);
}

static void release(struct process *p) {
  for (char **s = p->argv; *s; s++) free(*s);
  for (char **s = p->envp; *s; s++) free(*s);
  free(p->argv);
  free(p->envp);
  free(p->input);
  free(p->output);
}

int main(void) {
  unsigned count, settle;
  while (scanf("%u %u", &count, &settle) == 2 && getchar() == '\n') {
    struct process *all = calloc(count, sizeof *all);
    for (unsigned i = 0; i < count; i++) read_process(&all[i]);
    for (unsigned i = 0; i < count; i++) prepare(&all[i]);
    long long started = now();
    for (unsigned i = 0; i < count; i++) start(&all[i]);
    wait_for_all(all, count);
    printf("%lld\n", now() - started);
    for (unsigned i = 0; i < count; i++) answer(&all[i]);
    for (unsigned i = 0; i < count; i++) release(&all[i]);
    fflush(stdout);
    free(all);
    usleep(settle);
  }
  return 0;
}
