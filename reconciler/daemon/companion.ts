/** What runs beside the resident loop and is told of it. Types, and how several are one. */
import type { RoundReport } from '../loop/watch/watch-ports.ts';
import type { Session } from '../loop/node/session.ts';
import type { Observer } from '../model/ports/kernel.ts';
import type { NodePlace } from '../app/kernel/access.ts';

/** The loop that has begun. Shape: `scan` asks it for a look at everything. */
export type Running = { readonly world: Session; readonly scan: () => void };

/** Everybody may leave out what is of no interest. Units: `onLockWait` milliseconds. */
export type Companion = {
  readonly started?: (running: Running) => void;
  readonly onRound?: (report: RoundReport) => void;
  /** Hears how long a round waited for its lock, whether it got it or not. */
  readonly onLockWait?: (waitedMs: number) => void;
  /** Hears of a call that was answered. */
  readonly onCall?: OnCall;
  readonly stopping?: () => void;
};

/** Hears of a call that was answered. Units: milliseconds. */
export type OnCall = (call: {
  readonly verb: string;
  readonly exitCode: number;
  readonly durationMs: number;
}) => void;

/** Who hears of calls. Shape: `noteCall` is told of each that begins; what it returns, of its end, answered or not. */
export type CallEars = { readonly onCall: OnCall; readonly noteCall: () => () => void };

/** Who answers. Shape: `inquire` resolves to who sees the node, undefined when everything would have to be read. */
export type Desk = Omit<NodePlace, 'environment'> & {
  readonly world: Session;
  readonly inquire: () => Promise<Observer | undefined>;
};

/** Answers what `vnet reconcile` asks until it is closed. Errors: rejects when it can't listen. */
export type AnswerInquiries = (desk: Desk) => Promise<{ close(): Promise<void> }>;

/** Returns the companions as one, each told in turn. */
export function joinCompanions(companions: readonly Companion[]): Required<Companion> {
  return {
    started: (running) => companions.forEach((companion) => companion.started?.(running)),
    onRound: (report) => companions.forEach((companion) => companion.onRound?.(report)),
    onLockWait: (waitedMs) => companions.forEach((companion) => companion.onLockWait?.(waitedMs)),
    onCall: (call) => companions.forEach((companion) => companion.onCall?.(call)),
    stopping: () => companions.forEach((companion) => companion.stopping?.()),
  };
}
