/* This process: its arguments and variables, its input and output, and texts without a heap. */
#include "kernel.h"

/* Bytes. No runtime sends or receives more. */
enum { STDIN_BYTES = 1024 * 1024, ANSWER_BYTES = 1024 * 1024, PATH_BYTES = 4096 };
enum { IN = 0, OUT = 1, ERR = 2 };

static struct { word count; char **arguments, **variables, *block, *block_end; } own;
static char program[PATH_BYTES + 8]; /* vnet, beside this file */
static byte input[STDIN_BYTES], answer[ANSWER_BYTES];
static word input_bytes;

static word length_of(const char *text) { word n = 0; while (text[n]) n++; return n; }

static int begins(const char *text, const char *with) {
  while (*with) if (*text++ != *with++) return 0;
  return 1;
}

static char *append(char *to, const char *text) { while ((*to = *text++)) to++; return to; }

static char *append_number(char *to, word number) {
  char digit[] = {'0' + number % 10, 0};
  return append(number >= 10 ? append_number(to, number / 10) : to, digit);
}

static char *after_last_slash(char *path) {
  char *part = path;
  for (; *path; path++) if (*path == '/') part = path + 1;
  return part;
}

static void read_own(word *stack) {
  own.count = stack[0];
  own.arguments = (char **)(stack + 1);
  own.variables = own.arguments + own.count + 1;
  own.block = own.block_end = own.variables[0];
  for (char **one = own.variables; *one; one++) own.block_end = *one + length_of(*one) + 1;
  /* Without /proc the path stays empty and nothing is executed: the current directory must have no influence. */
  if (sys(readlinkat, AT_FDCWD, "/proc/self/exe", program, PATH_BYTES - 1) > 0) append(after_last_slash(program), "vnet");
}

/* Returns the value of `NAME=`, or 0. Of a duplicate variable the first counts, as in getenv(3). */
static const char *value_of(const char *name) {
  for (char **one = own.variables; *one; one++) if (begins(*one, name)) return *one + length_of(name);
  return 0;
}

/* As read(2), but also waits on a non-blocking stdin. */
static result read_some(byte *to, word size) {
  struct pollfd request = {.fd = IN, .events = POLLIN};
  result got;
  while ((got = sys(read, IN, to, size)) == -EAGAIN) sys(ppoll, &request, 1);
  return got;
}

/* Returns 0 if it cannot write all: the reader has closed its end, or no memory is left for a file. */
static int write_all(int fd, const void *bytes, word length) {
  for (word done = 0; done < length;) {
    result wrote = sys(write, fd, (const byte *)bytes + done, length - done);
    if (wrote <= 0) return 0;
    done += wrote;
  }
  return 1;
}

_Noreturn static void end(int code) { for (;;) sys(exit_group, code); }

/* A CNI error. Its details contain the remedy. */
#define ERROR_HEAD(code) "{\"cniVersion\": \"0.4.0\", \"code\": " #code ", \"msg\": \""
#define ERROR(code, message, details) ERROR_HEAD(code) message "\", \"details\": \"" details "\"}\n"

_Noreturn static void fail(const char *error) { write_all(OUT, error, length_of(error)); end(1); }
