/*
 * The node's server of calls: connecting to it, and starting one. The lock elects the process that may bind the socket,
 * so concurrent calls start one server; `vnet watch`, waiting to take over, holds the lock's queue.
 */
#define QUEUE "/run/vnet/serve.lock.queue"
#define LOCK "/run/vnet/serve.lock"
#define SOCKET "/run/vnet/calls.sock"

static struct sockaddr_un address = {.sun_family = AF_UNIX};
static char path[sizeof address.sun_path + sizeof QUEUE], *root_end = path;
static result connection = -1;

/* Returns the path below the root. The next call overwrites it. */
static const char *below_root(const char *tail) { append(root_end, tail); return path; }

/* Returns 0 if the path below the root is too long for a socket. */
static int find_socket(void) {
  const char *root = value_of("VNET_ROOT=");
  word length = root ? length_of(root) : 0;
  if (length + sizeof SOCKET > sizeof address.sun_path) return 0;
  while (root_end < path + length) *root_end++ = *root++;
  append(address.sun_path, below_root(SOCKET));
  return 1;
}

/* Replaces the connection. */
static result connect_to_server(void) {
  struct timeval silence = {SILENCE_S, 0};
  sys(close, connection);
  connection = sys(socket, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sys(setsockopt, connection, SOL_SOCKET, SO_RCVTIMEO, &silence, sizeof silence);
  sys(setsockopt, connection, SOL_SOCKET, SO_SNDTIMEO, &silence, sizeof silence);
  return sys(connect, connection, &address, sizeof address);
}

/* Passes the descriptors as systemd does: 3 is the listening socket, 4 the lock. Source: sd_listen_fds(3). */
_Noreturn static void run_server(int listener, int lock) {
  static char pid[32], *arguments[] = {"vnet", "serve", 0};
  char **next = variables;
  append_number(append(pid, "LISTEN_PID="), sys(getpid, 0));
  *next++ = pid;
  *next++ = "LISTEN_FDS=2";
  *next++ = "LISTEN_FDNAMES=calls:lock";
  /* A burst is too short for the optimising compiler, not for the simple one: 100 calls take a quarter less processor time. */
  *next++ = "BUN_JSC_useDFGJIT=0";
  *next++ = "BUN_JSC_thresholdForJITAfterWarmUp=200";
  *next++ = "BUN_JSC_thresholdForJITSoon=200";
  /* No variables of this call: the server serves many. */
  for (char **one = own.variables; *one; one++)
    if (begins(*one, "PATH=") || (begins(*one, "VNET_") && is_passed_on(*one))) *next++ = *one;
  /* Runtimes wait until every holder of their pipes has closed them, and signal process groups. */
  sys(setsid, 0);
  word none = 0;
  sys(rt_sigprocmask, SIG_SETMASK, &none, 0, sizeof none);
  sys(umask, 022);
  sys(chdir, "/");
  /* One process works for all callers, so it gets a larger share of a busy machine than each of them. */
  sys(setpriority, PRIO_PROCESS, 0, -5);
  /* First move both away from 3 and 4: each may occupy the other's number. */
  listener = sys(fcntl, listener, F_DUPFD, 10);
  lock = sys(fcntl, lock, F_DUPFD, 10);
  sys(dup3, listener, 3, 0);
  sys(dup3, lock, 4, 0);
  int null = sys(openat, AT_FDCWD, "/dev/null", O_RDWR, 0);
  for (int fd = IN; fd <= ERR; fd++) sys(dup3, null, fd, 0);
  if (sys(close_range, 5, ~0U, 0) < 0) for (int fd = 5; fd < 1024; fd++) sys(close, fd);
  execute(arguments);
}

/* A lock on a deleted file excludes no other process: -EAGAIN, as while another process holds it. */
static result take_lock(const char *file) {
  struct stat mine, named;
  result fd = sys(openat, AT_FDCWD, file, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return fd;
  result locked = sys(flock, fd, LOCK_EX | LOCK_NB);
  int is_known = sys(fstat, fd, &mine) >= 0 && sys(newfstatat, AT_FDCWD, file, &named, 0) >= 0;
  if (locked >= 0 && is_known && mine.st_ino == named.st_ino && mine.st_dev == named.st_dev) return fd;
  sys(close, fd);
  return locked < 0 ? locked : -EAGAIN;
}

/* Returns as start_server. */
static result listen_and_start(int lock) {
  if (connect_to_server() >= 0) return -EAGAIN;
  int listener = sys(socket, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sys(unlinkat, AT_FDCWD, address.sun_path, 0);
  word mask = sys(umask, 0177); /* only root may connect: a call creates interfaces */
  result bound = sys(bind, listener, &address, sizeof address);
  sys(umask, mask);
  /* From here on, connections queue for the starting server; none is refused. */
  if (bound < 0 || sys(listen, listener, 4096) < 0) return -EIO;
  result child = sys(clone, SIGCHLD);
  if (child == 0) run_server(listener, lock);
  sys(close, listener);
  return child < 0 ? -EIO : 0;
}

/* Returns 0 if it has started a server, -EAGAIN if another process may have, else another error. */
static result start_server(void) {
  /* The server changes to the root directory: a relative path would name another file. */
  if (address.sun_path[0] != '/' || sys(faccessat, AT_FDCWD, program, X_OK) < 0) return -EIO;
  sys(mkdirat, AT_FDCWD, below_root("/run"), 0755);
  sys(mkdirat, AT_FDCWD, below_root("/run/vnet"), 0700);
  result queue = take_lock(below_root(QUEUE));
  if (queue < 0) return queue;
  result lock = take_lock(below_root(LOCK));
  sys(close, queue);
  if (lock < 0) return lock;
  result how = listen_and_start(lock);
  sys(close, lock); /* the server keeps its copy; without a server, this frees the lock */
  return how;
}
