/**
 * A change that may still be taken back: on disk before its first write, and ended by a confirmation, a revert, its
 * deadline, a reboot, or, when whoever made it died half-way, by the next one who looks.
 */
import type { VnetDocument } from '../../../schemas/generated/vnet.ts';
import type { Author } from '../../document/store/store.ts';
import type { Change } from '../../model/ports/kernel.ts';
import type { Result } from '../../model/result.ts';
import { keyOf, type ObjectKey } from '../../model/state.ts';

/** The format of tentative.json; fields are only ever added. */
export const TENTATIVE_FORMAT = 'vnet.tentative/1';

/**
 * One change that may be taken back.
 * Shape: `id` is the generation that it made, or will make; `started` tells it from others of the same id. `applying`
 * until it was verified; `open` while it waits to be confirmed. `window` is absent for a change that waits for nobody.
 * `back` is the text to return to and what it says of networks, `made` what the change says of them. `wayBack` is the
 * inverse of the plan, last step first; `known` are objects that were not as they should be before.
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

/** Keeps the one tentative change of a node, and has the clock of its windows. */
export interface Keeper {
  /** Returns the change that is open or was left half-way. Errors: the file can't be read, or is of a newer version. */
  read(): Result<Tentative | undefined>;
  /** Ensures that the change is on disk when it returns. */
  write(tentative: Tentative): Result<void>;
  /** Ensures that there is none, on disk too. */
  clear(): Result<void>;
  /**
   * Keeps everybody else out who applies, confirms or reverts; returns what lets them in again. The lock dies with its
   * holder. Units: milliseconds. Errors: `timeout`, the message names the holder.
   */
  lock(timeoutMs: number): Result<() => void>;
  /** Returns the time since the boot, sleep included. Units: milliseconds. */
  uptimeMs(): number;
  /** Tells everybody who is logged in. */
  announce(text: string): void;
}

/** Where and when it is. */
export type WindowMoment = { readonly bootId: string; readonly uptimeMs: number };

/**
 * Returns true when the window is over. The clock that counts is the one since the boot, which nobody sets; after a reboot
 * the window is over whatever the time is, since nobody has confirmed that the node still works.
 */
export function isOver({ window, bootId }: Tentative, moment: WindowMoment): boolean {
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
