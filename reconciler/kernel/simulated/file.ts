/**
 * A simulated node in a file, so that several processes share it like a kernel: each call locks, loads, and
 * saves its changes.
 */
import type { Change, Kernel, Observation, Scope } from '../../model/ports/kernel.ts';
import { err, failure, ok, type Result } from '../../model/result.ts';
import { ERRNO, FLAGS, type Sys } from '../../model/ports/sys.ts';
import { failureOf } from '../../os/errno.ts';
import { createSimulatedKernel, parseSimulatedNode, type SimulatedKernel } from './simulated.ts';

/** The Kernel in a file, and access to the node's environment. */
export interface SimulatedFile extends Kernel {
  /** Runs `work` on the node under the file's lock, and saves the result. Errors: io, permission, invalid. */
  play<T>(work: (kernel: SimulatedKernel) => T): Result<T>;
}

/**
 * Returns the simulated kernel stored in the file; a missing file is a freshly booted node. The lock is on
 * `<path>.lock`, since the file itself is replaced at each save.
 */
export function openSimulatedFile(sys: Sys, path: string): SimulatedFile {
  const play = <T>(work: (kernel: SimulatedKernel) => T): Result<T> =>
    locked(sys, path, () => {
      const text = readText(sys, path);
      if (!text.ok) return text;
      const node = text.value === '' ? undefined : parseSimulatedNode(text.value);
      if (node === undefined && text.value !== '') {
        return err(failure('invalid', `read ${path}`, 'not a simulated node', { hint: `Remove ${path}.` }));
      }
      const kernel = createSimulatedKernel(node);
      const value = work(kernel);
      const after = kernel.dump();
      const saved = after === text.value ? 0 : writeText(sys, path, after);
      return saved < 0 ? unable(`write ${path}`, saved) : ok(value);
    });
  return {
    play,
    observe: (scope: Scope): Result<Observation> => {
      const seen = play((kernel) => kernel.observe(scope));
      return seen.ok ? seen.value : seen;
    },
    apply: (changes: readonly Change[]) => {
      const done = play((kernel) => kernel.apply(changes));
      return done.ok ? done.value : changes.map(() => done);
    },
    prepareTables: () => Promise.resolve(),
    leavePods: () => undefined,
    close: () => undefined,
  };
}

function locked<T>(sys: Sys, path: string, work: () => Result<T>): Result<T> {
  const lock = sys.open(`${path}.lock`, FLAGS.O_RDWR | FLAGS.O_CREAT | FLAGS.O_CLOEXEC, 0o600);
  if (lock < 0) return unable(`open ${path}.lock`, lock);
  try {
    const held = sys.flock(lock, FLAGS.LOCK_EX);
    return held < 0 ? unable(`lock ${path}.lock`, held) : work();
  } finally {
    sys.close(lock);
  }
}

function readText(sys: Sys, path: string): Result<string> {
  const file = sys.open(path, FLAGS.O_RDONLY | FLAGS.O_CLOEXEC, 0);
  if (file === -ERRNO.ENOENT) return ok('');
  if (file < 0) return unable(`open ${path}`, file);
  const bytes = sys.readAll(file);
  sys.close(file);
  return typeof bytes === 'number' ? unable(`read ${path}`, bytes) : ok(new TextDecoder().decode(bytes));
}

function writeText(sys: Sys, path: string, text: string): number {
  const temporary = `${path}.new`;
  const file = sys.open(temporary, FLAGS.O_WRONLY | FLAGS.O_CREAT | FLAGS.O_TRUNC | FLAGS.O_CLOEXEC, 0o600);
  if (file < 0) return file;
  const written = sys.write(file, new TextEncoder().encode(text));
  sys.close(file);
  return written < 0 ? written : sys.rename(temporary, path);
}

function unable(step: string, errno: number): Result<never> {
  return err(failureOf(errno, step));
}
