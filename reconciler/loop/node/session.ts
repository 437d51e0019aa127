/** A node as the loop and the plugin see it: ports, put together once by each executable's composition root. */
import type { LibraryLoader } from '../../document/store/standing.ts';
import type { Store } from '../../document/store/store.ts';
import type { NodeSurroundings } from '../../model/filter/hindrances.ts';
import type { Change, Kernel, Observer } from '../../model/ports/kernel.ts';
import type { Failure, Result } from '../../model/result.ts';
import type { Acceptances } from './admission.ts';

/**
 * Keeps a whole round (reconcile, takeover) apart from single attachments: ADD and DEL hold it shared, so they run
 * side by side; a round holds it alone. It is a lock of the kernel's (flock), so it dies with its holder.
 */
export interface RoundLock {
  /** Runs `work` while holding the lock. Errors: `timeout` when it could not be had; the message names the holder. */
  hold<T, E = Failure>(mode: 'shared' | 'exclusive', work: () => Result<T, E>): Result<T, E | Failure>;
}

/**
 * The undo plan of a takeover, on disk before its first step. It lies where kernel state lies, and ends with it at a
 * reboot.
 */
export interface Journal {
  /** Returns the changes that lead back, when a takeover was begun and neither finished nor undone. */
  pending(): Result<readonly Change[] | undefined>;
  /** Ensures the changes are on disk when it returns. */
  open(undoPlan: readonly Change[]): Result<void>;
  /** Ensures there is no journal; none before is fine. */
  close(): Result<void>;
}

/** A node that is read: nothing in it can write. Shape: `node` is its name; `surroundings` is absent where there is no real kernel. */
export type Node = Acceptances & {
  readonly kernel: Observer;
  readonly store: Pick<Store, 'read'>;
  readonly bootId: string;
  readonly node: string;
  readonly surroundings?: () => NodeSurroundings;
};

/** A node that is changed, by the one who opened it. */
export type Session = Node & {
  readonly kernel: Kernel;
  readonly store: Store;
  readonly rounds: RoundLock;
  readonly journal: Journal;
  /** Blocks. Units: milliseconds. */
  readonly sleep: (durationMs: number) => void;
  readonly library: LibraryLoader;
};
