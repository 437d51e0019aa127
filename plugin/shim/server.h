/*
 * The node's server of calls: connecting to it, and starting one. The lock elects the process that may bind the socket,
 * so concurrent calls start one server; `vnet watch`, waiting to take over, holds the lock's queue.
 */

/* A live server sends ALIVE every second. Silence for this long means that it is stopped or hangs. */
#ifndef SILENCE_S
#define SILENCE_S 30
#endif
#define QUEUE "/run/vnet/serve.lock.queue"
#define LOCK "/run/vnet/serve.lock"
#define SOCKET "/run/vnet/calls.sock"

static struct sockaddr_un address = {.sun_family = AF_UNIX};
static char path[sizeof address.sun_path + sizeof QUEUE], *root_end = path;

/* Returns the path below the root. The next call overwrites it. */
static const char *below_root(const char *tail) { append(root_end, tail); return path; }

/* Returns 0 if the path below the root, which may end in slashes, is too long for a socket. */
static int find_socket(void) {
  const char *root = value_of("VNET_ROOT=");
  word length = root ? length_of(root) : 0;
  while (length > 0 && root[length - 1] == '/') length--;
  if (length + sizeof SOCKET > sizeof address.sun_path) return 0;
  while (root_end < path + length) *root_end++ = *root++;
  append(address.sun_path, below_root(SOCKET));
  return 1;
}

static result connect_to_server(void) {
  result fd = sys(socket, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return fd;
  struct timeval silence = {SILENCE_S, 0};
  sys(setsockopt, fd, SOL_SOCKET, SO_RCVTIMEO, &silence, sizeof silence);
  sys(setsockopt, fd, SOL_SOCKET, SO_SNDTIMEO, &silence, sizeof silence);
  result connected = sys(connect, fd, &address, sizeof address);
  if (connected >= 0) return fd;
  sys(close, fd);
  return connected;
}

/* Passes the descriptors as systemd does: 3 is the listening socket, 4 the lock. Source: sd_listen_fds(3). */
_Noreturn static void run_server(int listener, int held) {
  static char pid[32];
  static char *arguments[] = {"vnet", "serve", 0};
  append_number(append(pid, "LISTEN_PID="), sys(getpid, 0));
  add_variable(pid);
  add_variable("LISTEN_FDS=2");
  add_variable("LISTEN_FDNAMES=calls:lock");
  /* A burst is too short for the optimising compiler, not for the simple one: 100 calls take a quarter less processor time. */
  add_variable("BUN_JSC_useDFGJIT=0");
  add_variable("BUN_JSC_thresholdForJITAfterWarmUp=200");
  add_variable("BUN_JSC_thresholdForJITSoon=200");
  /* No variables of this call: the server serves many. */
  for (char **one = own.variables; *one; one++)
    if (begins(*one, "PATH=") || (begins(*one, "VNET_") && !begins(*one, "VNET_CALLED_AS="))) add_variable(*one);
  /* Runtimes wait until every holder of their pipes has closed them, and signal process groups. */
  sys(setsid, 0);
  word none = 0;
  sys(rt_sigprocmask, SIG_SETMASK, &none, 0, sizeof none);
  sys(umask, 022);
  sys(chdir, "/");
  /* One process works for all callers, so it gets a larger share of a busy machine than each of them. */
  sys(setpriority, PRIO_PROCESS, 0, -5);
  int null = sys(openat, AT_FDCWD, "/dev/null", O_RDWR, 0);
  for (int fd = IN; fd <= ERR; fd++) if (null != fd) sys(dup3, null, fd, 0);
  /* First move both away from 3 and 4: each may occupy the other's number. */
  int spare_listener = sys(fcntl, listener, F_DUPFD, 10), spare_lock = sys(fcntl, held, F_DUPFD, 10);
  sys(dup3, spare_listener, 3, 0);
  sys(dup3, spare_lock, 4, 0);
  if (sys(close_range, 5, ~0U, 0) < 0) for (int fd = 5; fd < 1024; fd++) sys(close, fd);
  sys(execve, program, arguments, variables);
  end(127);
}

static result lock(const char *file) {
  result fd = sys(openat, AT_FDCWD, file, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return fd;
  result locked = sys(flock, fd, LOCK_EX | LOCK_NB);
  if (locked >= 0) return fd;
  sys(close, fd);
  return locked;
}

/* Waiters for the lock read its holder here. Layout: reconciler/os/lock.ts, RECORD_LENGTH. */
static void write_holder(int held, word pid) {
  char record[200];
  char *end = append(append_number(record, pid), " vnet serve");
  while (end < record + sizeof record - 1) *end++ = ' ';
  *end = '\n';
  write_all(held, record, sizeof record);
}

/* Returns as start_server. */
static result listen_and_start(int held) {
  struct stat mine, named;
  /* A lock on a deleted file excludes no other process. */
  if (sys(fstat, held, &mine) < 0 || sys(newfstatat, AT_FDCWD, below_root(LOCK), &named, 0) < 0) return -EAGAIN;
  if (mine.st_ino != named.st_ino || mine.st_dev != named.st_dev) return -EAGAIN;
  result connection = connect_to_server();
  if (connection >= 0) return connection;
  result listener = sys(socket, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (listener < 0) return -EIO;
  sys(unlinkat, AT_FDCWD, address.sun_path, 0);
  word mask = sys(umask, 0177); /* only root may connect: a call creates interfaces */
  result bound = sys(bind, listener, &address, sizeof address);
  sys(umask, mask);
  /* From here on, connections queue for the starting server; none is refused. */
  if (bound < 0 || sys(listen, listener, 4096) < 0) return -EIO;
  result child = sys(clone, SIGCHLD);
  if (child == 0) run_server(listener, held);
  sys(close, listener);
  if (child > 0) write_holder(held, child);
  return child < 0 ? -EIO : -EINPROGRESS;
}

/* Returns -EINPROGRESS if it has started one, -EAGAIN if another process may, a connection if there is one, else an error. */
static result start_server(void) {
  /* The server changes to the root directory: a relative path would name another file. */
  if (address.sun_path[0] != '/' || sys(faccessat, AT_FDCWD, program, X_OK) < 0) return -EIO;
  sys(mkdirat, AT_FDCWD, below_root("/run"), 0755);
  sys(mkdirat, AT_FDCWD, below_root("/run/vnet"), 0700);
  result queue = lock(below_root(QUEUE));
  if (queue < 0) return queue;
  result held = lock(below_root(LOCK));
  sys(close, queue);
  if (held < 0) return held;
  result how = listen_and_start(held);
  sys(close, held); /* the server keeps its copy; without a server, this frees the lock */
  return how;
}
