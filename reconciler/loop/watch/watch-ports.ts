/** The inputs of the resident loop: the session of its rounds, and its triggers. Ports only. */
import type { Unconfirmed } from '../report/condition-details.ts';
import type { Result } from '../../model/result.ts';
import type { OpenMonitor } from '../../model/ports/monitor.ts';
import type { Problem } from '../../document/store/store.ts';
import type { Digest } from '../report/digest.ts';
import type { Process } from '../report/attribution.ts';
import type { VnetEvent } from '../files/event.ts';
import type { Pause } from '../../plan/pause.ts';
import type { Round } from '../round/round.ts';
import type { NodeStatus } from '../files/status-file.ts';
import type { WatchEvent, WatchState } from './states.ts';
import type { Session } from '../node/session.ts';

/** Time and waiting. Units: milliseconds. */
export interface Clock {
  /** Returns the time on a monotonic clock. */
  nowMs(): number;
  /** Calls `run` once after the delay, unless the returned function is called before. */
  after(delayMs: number, run: () => void): () => void;
}

/** A round, for measurements. Units: milliseconds on the Clock. */
export type RoundReport = {
  readonly startMs: number;
  readonly endMs: number;
  readonly triggers: readonly string[];
  readonly round: Round | undefined;
  readonly problem: Problem | undefined;
  readonly digest: Digest | undefined;
  readonly events: readonly VnetEvent[];
  readonly status: NodeStatus | undefined;
};

/**
 * All non-value inputs.
 * Shape: `watchDocument` calls `changed` whenever the document may have been saved, until the returned function is called; so does
 * `watchMembers` for the cluster's part of policies;
 * `processOf` looks up a process now, `pid` is this one; `prepare` runs before every round and returns unconfirmed changes; `onRound` is called
 * after every round, `onTransition` at every step of the loop; `failed` gets exceptions of our own code, after which the loop is unusable.
 */
export type WatchPorts = {
  readonly session: Session;
  readonly clock: Clock;
  readonly openMonitor: OpenMonitor;
  readonly watchDocument: (changed: () => void) => () => Promise<void>;
  readonly watchMembers?: (changed: () => void) => () => Promise<void>;
  readonly processOf: (pid: number) => Process | undefined;
  readonly pid: number;
  readonly pauses: () => readonly Pause[];
  readonly acceptedUntil?: () => Date | undefined;
  readonly prepare?: (session: Session) => Result<Unconfirmed | undefined, Problem>;
  readonly publish: (status: NodeStatus) => void;
  readonly record: (events: readonly VnetEvent[]) => void;
  readonly previous: NodeStatus | undefined;
  readonly chance: () => number;
  readonly onRound?: (report: RoundReport) => void;
  readonly failed: (error: unknown) => void;
  readonly onTransition?: (transition: Transition) => void;
};

/** A transition of the loop, and its event. */
export type Transition = { readonly from: WatchState; readonly event: WatchEvent; readonly to: WatchState };

/** Returns the time of day of a moment on the clock, as ISO 8601 in UTC. */
export function timeOf({ session, clock }: Pick<WatchPorts, 'session' | 'clock'>, ms: number): string {
  return new Date(session.now().getTime() + ms - clock.nowMs()).toISOString();
}
