/**
 * A simulated node in a file, so that several processes share it like a kernel: each call locks, loads, and
 * saves its changes.
 */
import type { Change, Kernel, Observation, Scope } from '../../model/ports/kernel.ts';
import { err, fail, ok, type Result } from '../../model/result.ts';
import { FLAGS, type Sys } from '../../model/ports/sys.ts';
import { failureOf } from '../../os/errno.ts';
import { readPath, replaceCache } from '../../os/file.ts';
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
      const bytes = readPath(sys, path);
      if (!bytes.ok) return bytes;
      const text = new TextDecoder().decode(bytes.value);
      const node = text === '' ? undefined : parseSimulatedNode(text);
      if (node === undefined && text !== '') {
        return fail('invalid', `read ${path}`, 'not a simulated node', { hint: `Remove ${path}.` });
      }
      const kernel = createSimulatedKernel(node);
      const value = work(kernel);
      const after = kernel.dump();
      const saved = after === text ? 0 : replaceCache(sys, path, new TextEncoder().encode(after));
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
    prepare: () => Promise.resolve(),
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

function unable(step: string, errno: number): Result<never> {
  return err(failureOf(errno, step));
}
