/**
 * The states of the resident loop and what leads from one to the next: the whole of its logic, as one table. Pure.
 *
 * Between rounds the loop is in one of the states that its last round left it in: `converged`, `backoff` (a repair failed and
 * is tried again), `contended` (another program reverts repairs) or `paused`. Whatever may have changed the node ends that.
 */
import { Bug } from '../../model/result.ts';
import type { Trigger } from './schedule.ts';

/** The states between rounds: set by the last one. */
export const RESTS = ['converged', 'backoff', 'contended', 'paused'] as const;

/** One of RESTS. */
export type Rest = (typeof RESTS)[number];

/**
 * The states of the loop.
 * Shape: `heard`: announcements, or a new document, are compared with each other. `suspicious`: something does not match.
 * `checking`: endpoints that CNI wrote are looked at, and nothing else. `partial`: a round that enters only pods of which
 * something was announced or changed. `full`: a round that reads everything.
 */
export type WatchState = Rest | 'heard' | 'suspicious' | 'checking' | 'partial' | 'full';

/** What leads from one state to the next. */
export type WatchEvent =
  // What wakes the loop.
  | 'announced'
  | 'recheck'
  | 'scan'
  // The findings of a comparison.
  | 'matches'
  | 'written'
  | 'mismatch'
  | 'located'
  | 'unlocated'
  // How a round ends.
  | Rest;

/** `rest` is the one of RESTS left by the last round. */
type Next = WatchState | 'rest';

/** What wakes the loop between rounds, whatever the last one left. */
const RESTING: Readonly<Partial<Record<WatchEvent, Next>>> = {
  announced: 'heard',
  recheck: 'partial',
  scan: 'full',
};

/** How a round ends. */
const ENDS: Readonly<Record<Rest, Rest>> = {
  converged: 'converged',
  backoff: 'backoff',
  contended: 'contended',
  paused: 'paused',
};

/** Every transition. Others do not occur. */
export const TRANSITIONS: Readonly<Record<WatchState, Readonly<Partial<Record<WatchEvent, Next>>>>> = {
  converged: RESTING,
  backoff: RESTING,
  contended: RESTING,
  paused: RESTING,
  heard: { matches: 'rest', written: 'checking', mismatch: 'suspicious' },
  // A change in an unknown pod can only be found by entering all of them.
  suspicious: { located: 'partial', unlocated: 'full' },
  checking: { matches: 'rest', mismatch: 'full' },
  partial: { unlocated: 'full', ...ENDS },
  full: ENDS,
};

/** What each trigger means for the loop. */
export const SIGNALS: Readonly<Record<Trigger, 'announced' | 'recheck' | 'scan'>> = {
  announced: 'announced',
  pods: 'announced',
  document: 'announced',
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

/** Returns what triggers mean that are due together: the one that reads most counts. */
export function signalOf(due: readonly Trigger[]): 'announced' | 'recheck' | 'scan' {
  if (due.every((trigger) => SIGNALS[trigger] === 'announced')) return 'announced';
  return isAllLocated(due) ? 'recheck' : 'scan';
}

/** Returns true if all are attributable: announced on the node, or changed by a round. */
export function isAllLocated(due: readonly Trigger[]): boolean {
  return due.every((trigger) => trigger === 'announced' || trigger === 'recheck');
}

/** Where the loop is. Shape: `rest` is the state that the last round left. */
export type WatchPosition = { readonly state: WatchState; readonly rest: Rest };

/** The loop that has not run a round yet. */
export const BEFORE_ALL: WatchPosition = { state: 'converged', rest: 'converged' };

/** Returns where the event leads. Throws a Bug for one that the table does not have. */
export function transition({ state, rest }: WatchPosition, event: WatchEvent): WatchPosition {
  const next = TRANSITIONS[state][event];
  if (next === undefined) throw new Bug(`the loop knows no ${event} in the state ${state}`);
  const to = next === 'rest' ? rest : next;
  return { state: to, rest: isRest(to) ? to : rest };
}

function isRest(state: WatchState): state is Rest {
  return RESTS.some((one) => one === state);
}
