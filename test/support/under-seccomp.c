/*
 * Starts a program under a seccomp filter: usage: under-seccomp PROGRAM ARG... The calls of NAMES (a generated header) are allowed, all
 * others end with EPERM, as in the container runtimes' profiles. Source: seccomp(2), seccomp_unotify's sample filter.
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define THIS_ARCH AUDIT_ARCH_X86_64
#else
#define THIS_ARCH AUDIT_ARCH_AARCH64
#endif

static const unsigned int allowed[] = {
#include "names.h"
};

#define COUNT (sizeof allowed / sizeof allowed[0])
#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define END(action) BPF_STMT(BPF_RET | BPF_K, action)

int main(int argc, char **argv) {
  static struct sock_filter code[2 * COUNT + 6];
  unsigned int at = 0;
  struct sock_filter load_arch = LOAD(arch), load_number = LOAD(nr), allow = END(SECCOMP_RET_ALLOW);
  struct sock_filter refuse = END(SECCOMP_RET_ERRNO | EPERM), is_arch = BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, THIS_ARCH, 1, 0);
  struct sock_fprog program = {.filter = code};
  if (argc < 2) return 64;
  code[at++] = load_arch;
  code[at++] = is_arch;
  code[at++] = refuse;
  code[at++] = load_number;
  for (unsigned int index = 0; index < COUNT; index += 1) {
    struct sock_filter is_call = BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, allowed[index], 0, 1);
    code[at++] = is_call;
    code[at++] = allow;
  }
  code[at++] = refuse;
  program.len = at;
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0) {
    fprintf(stderr, "under-seccomp: %s\n", strerror(errno));
    return 71;
  }
  execvp(argv[1], argv + 1);
  fprintf(stderr, "under-seccomp: %s: %s\n", argv[1], strerror(errno));
  return 127;
}
