/**
 * An unconfirmed change: on disk before its first write, and ended by a confirmation, a revert, its
 * deadline, a reboot, or, if its process died, by any later run.
 */
import type { VnetDocument } from '../../../schemas/generated/vnet.ts';
import type { Author } from '../../document/store/store.ts';
import type { Change } from '../../model/ports/kernel.ts';
import type { Result } from '../../model/result.ts';
import { keyOf, type ObjectKey } from '../../model/state.ts';

/** The format of tentative.json; fields are only ever added. */
export const TENTATIVE_FORMAT = 'vnet.tentative/1';

/**
 * One unconfirmed change.
 * Shape: `id` is its generation; `started` distinguishes changes with the same id. `applying`
 * until the verification; `open` in its confirm window. `window` is absent for a change without one.
 * `back` is the text to return to with its networks, `made` the networks of the change. `wayBack` is the
 * inverse of the plan, last step first; `known` are objects that differed before.
 * Units: `lengthMs` milliseconds, `deadlineUptimeMs` milliseconds since the boot.
 */
export type Tentative = {
  readonly format: typeof TENTATIVE_FORMAT;
  readonly id: number;
  readonly state: 'applying' | 'open';
  readonly started: string;
  readonly author: Author;
  readonly bootId: string;
  readonly window?: {
    readonly lengthMs: number;
    readonly deadline: string;
    readonly deadlineUptimeMs: number;
  };
  readonly back: {
    readonly generation: number;
    readonly text: string;
    readonly networks: VnetDocument['networks'];
  };
  readonly made: VnetDocument['networks'];
  readonly wayBack: readonly Change[];
  readonly known: readonly ObjectKey[];
};

/** Stores the node's unconfirmed change, and provides the clock of its window. */
export interface TentativeStore {
  /**
   * Returns the unconfirmed or abandoned change.
   * Errors: the file cannot be read, or is of a newer version.
   */
  read(): Result<Tentative | undefined>;
  /** Ensures that the change is on disk. */
  write(tentative: Tentative): Result<void>;
  /** Ensures that there is none, on disk too. */
  clear(): Result<void>;
  /**
   * Excludes other applies, confirms and reverts; returns the release of the lock. The lock dies with its
   * holder.
   * Units: milliseconds.
   * Errors: `timeout`, the message names the holder.
   */
  lock(timeoutMs: number): Result<() => void>;
  /** Returns the time since the boot, sleep included. Units: milliseconds. */
  uptimeMs(): number;
  /** Notifies all logged-in users. */
  announce(text: string): void;
}

/** A moment on the node's clock. */
export type UptimeStamp = { readonly bootId: string; readonly uptimeMs: number };

/**
 * Returns true when the window is over. The relevant clock is the one since the boot, which cannot be set; after a reboot
 * the window is over in any case, since the node's function was not confirmed.
 */
export function isWindowExpired({ window, bootId }: Tentative, moment: UptimeStamp): boolean {
  return window === undefined || bootId !== moment.bootId || moment.uptimeMs >= window.deadlineUptimeMs;
}

/** Returns the objects that the change touched, under the names they had and have. */
export function touchedBy({ wayBack }: Pick<Tentative, 'wayBack'>): ReadonlySet<ObjectKey> {
  return new Set(
    wayBack.flatMap((change) => [
      ...(change.verb === 'delete' ? [] : [keyOf(change.want)]),
      ...(change.verb === 'create' ? [] : [keyOf(change.have)]),
    ]),
  );
}
