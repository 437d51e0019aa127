/**
 * The states and transitions of the resident loop: its whole logic as one table. Pure.
 *
 * Between rounds the loop is in one of the states that its last round left it in: `converged`, `backoff` (a
 * failed repair is tried again later), `contended` (another program reverts repairs) or `paused`. Any
 * possible change of the node ends that.
 */
import { Bug } from '../../model/result.ts';
import type { Trigger } from './schedule.ts';

/** The states between rounds: set by the last one. */
export const IDLE_STATES = ['converged', 'backoff', 'contended', 'paused'] as const;

/** One of IDLE_STATES. */
export type IdleState = (typeof IDLE_STATES)[number];

/**
 * The states of the loop.
 * Shape: `heard`: notifications, or a new document, are being compared. `suspicious`: there is a mismatch.
 * `checking`: only endpoints written by CNI are checked. `partial`: a round that enters only pods with
 * notifications or changes. `full`: a round that reads everything.
 */
export type WatchState = IdleState | 'heard' | 'suspicious' | 'checking' | 'partial' | 'full';

/** The events that cause transitions. */
export type WatchEvent =
  // Wake-ups of the loop.
  | 'announced'
  | 'recheck'
  | 'scan'
  // The findings of a comparison.
  | 'matches'
  | 'written'
  | 'mismatch'
  | 'located'
  | 'unlocated'
  // Results of a round.
  | IdleState;

/** `idle` is the one of IDLE_STATES left by the last round. */
type Next = WatchState | 'idle';

/** Wake-ups between rounds, in every state. */
const IDLE_TRANSITIONS: Readonly<Partial<Record<WatchEvent, Next>>> = {
  announced: 'heard',
  recheck: 'partial',
  scan: 'full',
};

/** Results of a round. */
const ENDS: Readonly<Record<IdleState, IdleState>> = {
  converged: 'converged',
  backoff: 'backoff',
  contended: 'contended',
  paused: 'paused',
};

/** All transitions; others do not occur. */
export const TRANSITIONS: Readonly<Record<WatchState, Readonly<Partial<Record<WatchEvent, Next>>>>> = {
  converged: IDLE_TRANSITIONS,
  backoff: IDLE_TRANSITIONS,
  contended: IDLE_TRANSITIONS,
  paused: IDLE_TRANSITIONS,
  heard: { matches: 'idle', written: 'checking', mismatch: 'suspicious' },
  // A change in an unknown pod can only be found by entering all of them.
  suspicious: { located: 'partial', unlocated: 'full' },
  checking: { matches: 'idle', mismatch: 'full' },
  partial: { unlocated: 'full', ...ENDS },
  full: ENDS,
};

/** The effect of each trigger on the loop. */
export const SIGNALS: Readonly<Record<Trigger, 'announced' | 'recheck' | 'scan'>> = {
  announced: 'announced',
  pods: 'announced',
  document: 'announced',
  members: 'announced',
  settled: 'announced',
  recheck: 'recheck',
  start: 'scan',
  overflow: 'scan',
  scan: 'scan',
  retry: 'scan',
  missing: 'scan',
  expiry: 'scan',
  asked: 'scan',
};

/** Returns the effect of triggers that are due together: the one that reads most. */
export function signalOf(due: readonly Trigger[]): 'announced' | 'recheck' | 'scan' {
  if (due.every((trigger) => SIGNALS[trigger] === 'announced')) return 'announced';
  return isAllLocated(due) ? 'recheck' : 'scan';
}

/** Returns true if all are attributable: announced on the node, or changed by a round. */
export function isAllLocated(due: readonly Trigger[]): boolean {
  return due.every((trigger) => trigger === 'announced' || trigger === 'recheck');
}

/** The position of the loop. Shape: `idle` is the state left by the last round. */
export type WatchPosition = { readonly state: WatchState; readonly idle: IdleState };

/** The loop that has not run a round yet. */
export const INITIAL_POSITION: WatchPosition = { state: 'converged', idle: 'converged' };

/** Returns the position after the event. Throws a Bug for an event that is not in the table. */
export function transition({ state, idle }: WatchPosition, event: WatchEvent): WatchPosition {
  const next = TRANSITIONS[state][event];
  if (next === undefined) throw new Bug(`the loop knows no ${event} in the state ${state}`);
  const to = next === 'idle' ? idle : next;
  return { state: to, idle: isIdleState(to) ? to : idle };
}

function isIdleState(state: WatchState): state is IdleState {
  return IDLE_STATES.some((one) => one === state);
}
