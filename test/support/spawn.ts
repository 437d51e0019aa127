/**
 * Starts commands by posix_spawn(3). Node.js forks: it copies the page tables of a large process for each command, and both pay for
 * it with page faults afterwards, together more than most commands take.
 */
import { accessSync, closeSync, constants, openSync, readSync, writeSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';

/** Bun's own children are cheap, and it cannot load koffi. */
const koffi = process.versions['bun'] === undefined ? (await import('koffi')).default : undefined;

/** A command to start. Shape: `netns` is the path of the network namespace it is started in; ours if undefined. */
export type Command = {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly input: string;
  readonly cwd: string | undefined;
  readonly netns: string | undefined;
};

/** A started command. Shape: `stdout` and `stderr` are descriptors of pipes; its standard input is written. */
export type Started = { readonly pid: number; readonly stdout: number; readonly stderr: number };

/** The end of a command. Shape: the status of waitpid(2); `output` of stdout and stderr. */
export type Ended = { readonly status: number; readonly output: readonly Buffer[] };

/** Less than a pipe holds, so that no command needs to read. */
const MAX_INPUT_BYTES = 60_000;
/** Larger than any of libc's opaque structures here. */
const STRUCTURE_BYTES = 1024;
const CHUNK_BYTES = 65_536;
const POLLFD_BYTES = 8;
/** Source: fcntl.h, spawn.h, sched.h, poll.h, sys/wait.h, asm-generic/unistd.h. */
const [O_CLOEXEC, CLONE_NEWNET, POLLIN, WNOHANG, SYS_PIDFD_OPEN] = [0o2000000, 0x40000000, 1, 1, 434];
const POSIX_SPAWN_SETSIGDEF_SETSIGMASK = 0x04 | 0x08;

type Libc = ReturnType<typeof openLibc>;
let opened: Libc | undefined;

/** Declares the functions of libc. */
function openLibc(load: NonNullable<typeof koffi>) {
  const libc = load.load('libc.so.6');
  const declare = (prototype: string): ((...args: readonly unknown[]) => number) => libc.func(prototype);
  const attributes = Buffer.alloc(STRUCTURE_BYTES);
  const signals = Buffer.alloc(STRUCTURE_BYTES);
  declare('int posix_spawnattr_init(void *)')(attributes);
  declare('int posix_spawnattr_setflags(void *, short)')(attributes, POSIX_SPAWN_SETSIGDEF_SETSIGMASK);
  declare('int posix_spawnattr_setsigmask(void *, const void *)')(attributes, signals);
  declare('int sigfillset(void *)')(signals);
  declare('int posix_spawnattr_setsigdefault(void *, const void *)')(attributes, signals);
  return {
    attributes,
    pipe2: declare('int pipe2(void *, int)'),
    enter: declare('int setns(int, int)'),
    poll: declare('int poll(void *, unsigned long, int)'),
    waitpid: declare('int waitpid(int, void *, int)'),
    pidfdOpen: libc.func('syscall', 'long', ['long', 'int', 'unsigned int']) as (
      ...args: readonly number[]
    ) => number,
    spawn: declare('int posix_spawn(void *, const char *, void *, void *, const char **, const char **)'),
    init: declare('int posix_spawn_file_actions_init(void *)'),
    dup: declare('int posix_spawn_file_actions_adddup2(void *, int, int)'),
    chdir: declare('int posix_spawn_file_actions_addchdir_np(void *, const char *)'),
    destroy: declare('int posix_spawn_file_actions_destroy(void *)'),
  };
}

/** Returns the started command; undefined if it cannot be started this way, for any reason. */
export function startCommand(command: Command): Started | undefined {
  const file = fileOf(command);
  if (koffi === undefined || file === undefined || Buffer.byteLength(command.input) > MAX_INPUT_BYTES)
    return undefined;
  opened ??= openLibc(koffi);
  const libc = opened;
  const [input, stdout, stderr] = [makePipe(libc), makePipe(libc), makePipe(libc)];
  const actions = Buffer.alloc(STRUCTURE_BYTES);
  const pid = Buffer.alloc(4);
  libc.init(actions);
  try {
    writeSync(input.write, command.input);
    libc.dup(actions, input.read, 0);
    libc.dup(actions, stdout.write, 1);
    libc.dup(actions, stderr.write, 2);
    if (command.cwd !== undefined) libc.chdir(actions, command.cwd);
    const variables = Object.entries(command.env).flatMap(([name, value]) =>
      value === undefined ? [] : [`${name}=${value}`],
    );
    const spawned = within(libc, command.netns, () =>
      libc.spawn(pid, file, actions, libc.attributes, [...command.argv, null], [...variables, null]),
    );
    if (spawned === 0) return { pid: pid.readInt32LE(), stdout: stdout.read, stderr: stderr.read };
    for (const fd of [stdout.read, stderr.read]) closeSync(fd);
    return undefined;
  } finally {
    libc.destroy(actions);
    for (const fd of [input.read, input.write, stdout.write, stderr.write]) closeSync(fd);
  }
}

/** The program's path; undefined if PATH has none, or if it depends on the folder. */
function fileOf({ argv: [name = ''], env }: Command): string | undefined {
  if (name.includes('/')) return isAbsolute(name) ? name : undefined;
  return (env['PATH'] ?? '')
    .split(':')
    .map((folder) => join(folder, name))
    .find((path) => isAbsolute(path) && isExecutable(path));
}

/** Returns true for a file that we may execute. */
export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function makePipe(libc: Libc): { readonly read: number; readonly write: number } {
  const ends = Buffer.alloc(8);
  if (libc.pipe2(ends, O_CLOEXEC) !== 0) throw new Error('no pipe');
  return { read: ends.readInt32LE(0), write: ends.readInt32LE(4) };
}

/** Our thread is in the namespace for one call. Returns that call's result, or -1 if the namespace cannot be entered. */
function within(libc: Libc, netns: string | undefined, call: () => number): number {
  if (netns === undefined) return call();
  let [own, other]: (number | undefined)[] = [undefined, undefined];
  try {
    own = openSync('/proc/thread-self/ns/net', 'r');
    other = openSync(netns, 'r');
    if (libc.enter(other, CLONE_NEWNET) !== 0) return -1;
    const result = call();
    if (libc.enter(own, CLONE_NEWNET) !== 0)
      throw new Error('the test cannot return to its network namespace');
    return result;
  } catch (error) {
    if (error instanceof Error && 'code' in error) return -1;
    throw error;
  } finally {
    for (const fd of [own, other]) if (fd !== undefined) closeSync(fd);
  }
}

/** Returns the exit status of waitpid(2); undefined while the command runs. */
export function statusOf({ pid }: Started): number | undefined {
  const status = Buffer.alloc(4);
  return opened?.waitpid(pid, status, WNOHANG) === pid ? status.readInt32LE() : undefined;
}

/** Returns the end of a command; blocks. What it has started may hold its output for longer, but not beyond its time. */
export function waitForEnd(started: Started, timeoutMs: number): Ended {
  if (opened === undefined) throw new Error('nothing was started');
  const libc = opened;
  const chunks: readonly Buffer[][] = [[], []];
  const running = libc.pidfdOpen(SYS_PIDFD_OPEN, started.pid, 0);
  let open = [started.stdout, started.stderr, ...(running < 0 ? [] : [running])];
  const places = new Map(open.map((fd, index) => [fd, chunks[index]]));
  const deadline = performance.now() + timeoutMs;
  while (open.length > 0) {
    const leftMs = Math.ceil(deadline - performance.now());
    if (leftMs <= 0) process.kill(started.pid, 'SIGKILL');
    const ended =
      leftMs <= 0 ? open : readyOf(libc, open, leftMs).filter((fd) => !hasMore(fd, places.get(fd)));
    for (const fd of ended) closeSync(fd);
    open = open.filter((fd) => !ended.includes(fd));
  }
  const status = Buffer.alloc(4);
  libc.waitpid(started.pid, status, 0);
  return { status: status.readInt32LE(), output: chunks.map((some) => Buffer.concat(some)) };
}

/** The descriptors that can be read, or have ended, within the time. */
function readyOf(libc: Libc, fds: readonly number[], timeoutMs: number): readonly number[] {
  const asked = Buffer.alloc(POLLFD_BYTES * fds.length);
  for (const [index, fd] of fds.entries()) {
    asked.writeInt32LE(fd, index * POLLFD_BYTES);
    asked.writeInt16LE(POLLIN, index * POLLFD_BYTES + 4);
  }
  libc.poll(asked, fds.length, timeoutMs);
  return fds.filter((_, index) => asked.readInt16LE(index * POLLFD_BYTES + 6) !== 0);
}

/** Reads the next bytes of a pipe; false at its end, and for the descriptor of a process, which is ready when that has ended. */
function hasMore(fd: number, chunks: Buffer[] | undefined): boolean {
  if (chunks === undefined) return false;
  const chunk = Buffer.alloc(CHUNK_BYTES);
  const count = readSync(fd, chunk);
  chunks.push(chunk.subarray(0, count));
  return count > 0;
}
