/** The events of the resident loop. Pure. */
import type { ObjectKey } from '../../model/state.ts';

/** The types of events. */
export const EVENT_TYPES = [
  'Started',
  'Stopped',
  'Drift',
  'Repaired',
  'Applied',
  'Backoff',
  'Reported',
  'Contended',
  'Calm',
  'Paused',
  'Resumed',
  'Missing',
  'Released',
  'Overflow',
  'Failed',
  'Recovered',
  'Denied',
] as const;

/** One of EVENT_TYPES. */
export type EventType = (typeof EVENT_TYPES)[number];

/** One event, as in events.jsonl. Shape: `time` is ISO 8601 in UTC; `cause` is drift or pending; `by` is the program that caused it. */
export type VnetEvent = {
  readonly time: string;
  readonly type: EventType;
  readonly key?: ObjectKey;
  readonly message: string;
  readonly cause?: 'drift' | 'pending';
  readonly by?: string;
};

const WIDTH = Math.max(...EVENT_TYPES.map((type) => type.length));

/** Returns the event as a line for people: `14:03:22 Drift     neighbour 10.240.0.17 dev azure0 deleted …`. */
export function renderEvent({ time, type, key, message }: VnetEvent): string {
  const what = key === undefined ? message : `${key}  ${message}`;
  return `${time.slice(11, 19)} ${type.padEnd(WIDTH)} ${what}`.trimEnd();
}
