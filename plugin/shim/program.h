/*
 * Runs the call by the program `vnet`: as a child, whose output is printed once it has ended. If it crashes, the runtime
 * gets a CNI error with the reason instead of half an answer.
 */

/* For the executed program. Longer than any variable, or list of them, that Linux gives us: linux/binfmts.h, bprm_stack_limits(). */
static char called_as[128 * 1024 + 64], *variables[1024 * 1024];

_Noreturn static void execute(char **arguments) {
  sys(execve, program, arguments, variables);
  fail(ERROR(5, "vnet's program can't be started: it belongs in the folder of this plugin, under the name vnet",
             "install -m 0755 dist/bin/vnet /opt/cni/bin/vnet, on a file system that is not mounted noexec"));
}

/* Without variables for the JavaScript engine: with BUN_BE_BUN=1 it would print its help and succeed. */
static int is_passed_on(const char *variable) {
  return !begins(variable, "BUN_") && !begins(variable, "JSC_") && !begins(variable, "NODE_") &&
         !begins(variable, "MIMALLOC_") && !begins(variable, "VNET_CALLED_AS=");
}

_Noreturn static void become_program(void) {
  char **next = variables;
  append(append(called_as, "VNET_CALLED_AS="), own.count > 0 ? own.arguments[0] : "");
  *next++ = called_as;
  for (char **one = own.variables; *one; one++) if (is_passed_on(*one)) *next++ = *one;
  /* The engine does not start in a deleted directory. */
  if (sys(getcwd, answer, PATH_BYTES) < 0) sys(chdir, "/");
  execute(own.arguments);
}

/* Appends the resource limit if it is low enough to have killed the program. Units: bytes. */
static char *append_limit(char *to, const char *name, int resource, word enough) {
  struct rlimit limit;
  if (sys(prlimit64, 0, resource, 0, &limit) < 0 || limit.rlim_cur >= enough) return to;
  return append(append_number(append(to, name), limit.rlim_cur), ", ");
}

/* Source: systemd.exec(5) for the names of the limits and of MemoryDenyWriteExecute. */
_Noreturn static void fail_for_program(int status) {
  static char text[2048];
  int signal = status & 0x7f, any = PROT_READ | PROT_WRITE | PROT_EXEC;
  char *end = append(text, ERROR_HEAD(5) "vnet ended without an answer (");
  end = append_number(append(end, signal ? "signal " : "exit code "), signal ? signal : status >> 8);
  char *limits = end = append(end, ")\", \"details\": \"");
  end = append_limit(end, "LimitAS=", RLIMIT_AS, 1UL << 40);
  end = append_limit(end, "LimitDATA=", RLIMIT_DATA, 1UL << 40);
  end = append_limit(end, "LimitSTACK=", RLIMIT_STACK, 1UL << 18);
  if (sys(mmap, 0, 4096, any, MAP_PRIVATE | MAP_ANONYMOUS, -1) < 0) end = append(end, "MemoryDenyWriteExecute=yes, ");
  append(end, end == limits ? "The reason is on stderr.\"}\n"
                            : "under which it can't run: raise it in the unit of the runtime.\"}\n");
  fail(text);
}

_Noreturn static void print_for_program(int file, int status) {
  int is_killed = status & 0x7f, has_answer = status == 0 || sys(lseek, file, 0, SEEK_END) > 0;
  if (is_killed || !has_answer) fail_for_program(status);
  sys(lseek, file, 0, 0);
  for (result got; (got = sys(read, file, answer, ANSWER_BYTES)) > 0;) if (!write_all(OUT, answer, got)) break;
  end(status >> 8 & 0xff);
}

/* The child receives our signals and is killed with us. Returns if there can be no child. */
static void run_child(void) {
  word all = ~0UL, before = 0;
  int parent = sys(getpid, 0), file = sys(memfd_create, "stdout", MFD_CLOEXEC), status = 0;
  sys(rt_sigprocmask, SIG_SETMASK, &all, &before, sizeof all);
  result child = file < 0 ? file : sys(clone, SIGCHLD);
  if (child <= 0) sys(rt_sigprocmask, SIG_SETMASK, &before, 0, sizeof before);
  if (child < 0) return;
  if (child == 0) {
    sys(prctl, PR_SET_PDEATHSIG, SIGKILL);
    if (sys(getppid, 0) != parent) end(1);
    sys(dup3, file, OUT, 0);
    become_program();
  }
  for (;;) {
    result signal = sys(rt_sigtimedwait, &all, 0, 0, sizeof all);
    if (signal != SIGCHLD && signal > 0) sys(kill, child, signal);
    if (signal == SIGCHLD && sys(wait4, child, &status, WNOHANG, 0) == child) print_for_program(file, status);
  }
}

/* Replaces stdin by a file that holds the input already read and the remaining input. */
static void give_stdin_back(void) {
  int file = sys(memfd_create, "stdin", MFD_CLOEXEC);
  for (result got = input_bytes; got > 0; got = read_some(input, STDIN_BYTES))
    if (!write_all(file, input, got)) fail(ERROR(5, "no memory left to pass stdin to vnet", "Free memory, then try again."));
  sys(lseek, file, 0, 0);
  sys(dup3, file, IN, 0);
}

_Noreturn static void run_program(void) {
  if (input_bytes > 0) give_stdin_back();
  if (value_of("CNI_COMMAND=")) run_child();
  become_program();
}
