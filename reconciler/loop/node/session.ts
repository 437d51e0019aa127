/** A node, as loop and plugin see it: ports, combined once by each executable's composition root. */
import type { VnetDocument } from '../../../schemas/generated/vnet.ts';
import type { LibraryLoader } from '../../document/store/current.ts';
import type { Store } from '../../document/store/store.ts';
import type { PacketFilters } from '../../model/filter/filter-problems.ts';
import type { Members } from '../../model/policy/members.ts';
import type { Change, Kernel, Observer } from '../../model/ports/kernel.ts';
import type { Sys } from '../../model/ports/sys.ts';
import type { Failure, Result } from '../../model/result.ts';
import type { State } from '../../model/state.ts';
import type { AnsweredProbe, SilentSource } from '../../model/ports/pool-records.ts';
import type { Acceptances } from './admission.ts';

/**
 * Excludes rounds (reconcile, takeover) and attachments from each other: an ADD holds it shared, a removal and a round
 * exclusively. A kernel lock (flock), so it ends with its holder.
 */
export interface RoundLock {
  /** Runs `work` while holding the lock. Errors: `timeout` naming the holder. */
  hold<T, E = Failure>(mode: 'shared' | 'exclusive', work: () => Result<T, E>): Result<T, E | Failure>;
}

/**
 * The undo plan of a takeover, on disk before its first step. It is lost at a reboot, like the kernel state
 * that it refers to.
 */
export interface Journal {
  /** Returns the undo plan of a takeover that was begun and neither finished nor undone. */
  pending(): Result<readonly Change[] | undefined>;
  /** Ensures that the undo plan is on disk. */
  open(undoPlan: readonly Change[]): Result<void>;
  /** Ensures that there is no journal. */
  close(): Result<void>;
}

/** A read-only node. Shape: `packetFilters` is absent without a real kernel. */
export type Node = Acceptances & {
  readonly kernel: Observer;
  readonly store: Pick<Store, 'read'>;
  readonly bootId: string;
  readonly nodeName: string;
  readonly packetFilters?: () => PacketFilters;
  /** Returns the addresses of the network for which other machines answered a probe lately. */
  readonly probeAnswers?: (network: string) => readonly AnsweredProbe[];
  /** Returns those of the networks whose host endpoint did not answer the last query. */
  readonly silentSources?: (networks: readonly string[]) => readonly SilentSource[];
  /** Returns when the agent last followed the cluster; undefined without one. Units: milliseconds since 1970. */
  readonly followedMs?: () => number | undefined;
};

/** A writable node. */
export type Session = Node & {
  readonly kernel: Kernel;
  readonly store: Store;
  readonly rounds: RoundLock;
  readonly journal: Journal;
  /** Blocks. Units: milliseconds. */
  readonly sleep: (durationMs: number) => void;
  readonly library: LibraryLoader;
  /** The directory of its files that survive a reboot. */
  readonly files?: { readonly sys: Sys; readonly directory: string };
  /** Ensures that the next process finds the sets of policies of the document; absent where the process stays. `members` and `seen` as in policyInputOf(). */
  readonly keepSets?: (
    document: VnetDocument,
    members: Members | undefined,
    seen: Pick<State, 'has'>,
  ) => void;
};
