/**
 * Hooks of the resident loop, for components that run beside it and receive its events. Types, and their
 * combination.
 */
import type { RoundReport } from '../loop/watch/watch-ports.ts';
import type { Session } from '../loop/node/session.ts';
import type { Observer } from '../model/ports/kernel.ts';
import type { DeniedCounts } from '../model/policy/denial.ts';
import type { PolicyCount } from '../model/policy/packet-counts.ts';
import type { Direction } from '../model/policy/rules.ts';
import type { NodePlace } from '../app/kernel/access.ts';

/** The running loop. Shape: `scan` requests a full scan; `denied` counts the packets that network policies denied, undefined without any in force; `packets` are those judged since its last call; `policyLagMs` as Watch has it. */
export type Running = {
  readonly session: Session;
  readonly scan: () => void;
  readonly denied?: () => DeniedCounts | undefined;
  readonly packets?: () => readonly PolicyCount[];
  readonly policyLagMs?: () => number | undefined;
};

/** Callbacks of a component beside the resident loop; all are optional. Units: `onLockWait` milliseconds. */
export type WatchHooks = {
  readonly started?: (running: Running) => void;
  readonly onRound?: (report: RoundReport) => void;
  /** Receives the time a round waited for its lock, acquired or not. */
  readonly onLockWait?: (waitedMs: number) => void;
  /** Receives each answered call. */
  readonly onCall?: OnCall;
  /** Receives each denial that is reported as an event. */
  readonly onDenial?: OnDenial;
  readonly stopping?: () => void;
};

/** Receives a denied packet. Shape: `policies` isolate the pod that denied it. */
export type OnDenial = (denial: {
  readonly direction: Direction;
  readonly policies: readonly string[];
}) => void;

/** Receives an answered call. Units: milliseconds. */
export type OnCall = (call: {
  readonly verb: string;
  readonly exitCode: number;
  readonly durationMs: number;
}) => void;

/**
 * Hooks of CNI calls.
 * Shape: `noteCall` is called when one begins; its result when it ends, answered or not.
 */
export type CallHooks = { readonly onCall: OnCall; readonly noteCall: () => () => void };

/**
 * The server's side of an inquiry.
 * Shape: `inquire` resolves to a kernel that knows the node; undefined if a full scan would be needed.
 */
export type InquiryHost = Omit<NodePlace, 'environment'> & {
  readonly session: Session;
  readonly inquire: () => Promise<Observer | undefined>;
};

/** Serves `vnet reconcile` inquiries until closed. Errors: rejects if it cannot listen. */
export type AnswerInquiries = (host: InquiryHost) => Promise<{ close(): Promise<void> }>;

/** Returns hooks that call all of these in order. */
export function joinHooks(hooks: readonly WatchHooks[]): Required<WatchHooks> {
  return {
    started: (running) => hooks.forEach((each) => each.started?.(running)),
    onRound: (report) => hooks.forEach((each) => each.onRound?.(report)),
    onLockWait: (waitedMs) => hooks.forEach((each) => each.onLockWait?.(waitedMs)),
    onCall: (call) => hooks.forEach((each) => each.onCall?.(call)),
    onDenial: (denial) => hooks.forEach((each) => each.onDenial?.(denial)),
    stopping: () => hooks.forEach((each) => each.stopping?.()),
  };
}
