/** Pauses: an administrator suspends repairs of an object, or of everything, for a time. Pure. */
import type { Hold, Step } from './step.ts';

/** The format of pause.json; fields are only ever added. */
export const PAUSE_FORMAT = 'vnet.pause/1';

/**
 * One pause.
 * Shape: `object` is a key as status shows it, a pod, an endpoint's id or a network's name; absent: everything. Times
 * are ISO 8601 in UTC.
 */
export type Pause = {
  readonly object?: string;
  readonly until: string;
  readonly reason?: string;
  readonly who: string;
  readonly time: string;
};

/** Returns the valid pauses. */
export function validPauses(pauses: readonly Pause[], now: Date): readonly Pause[] {
  return pauses.filter(({ until }) => Date.parse(until) > now.getTime());
}

/**
 * Returns the pauses with this one, which replaces an earlier one of the same object. Expired ones are
 * dropped.
 */
export function addPause(pauses: readonly Pause[], pause: Pause, now: Date): readonly Pause[] {
  return [...validPauses(pauses, now).filter(({ object }) => object !== pause.object), pause];
}

/** Returns the pauses without those of the object; without an object, none. Expired ones are dropped. */
export function endPauses(pauses: readonly Pause[], object: string | undefined, now: Date): readonly Pause[] {
  if (object === undefined) return [];
  return validPauses(pauses, now).filter((pause) => pause.object !== object);
}

/** Returns why the step is held; undefined if no pause covers it. `pauses` are valid ones. */
export function pauseOf(pauses: readonly Pause[], step: Step): Hold | undefined {
  const pause = pauses.find(({ object }) => object === undefined || isAbout(object, step));
  if (pause === undefined) return undefined;
  const why = pause.reason === undefined ? '' : ` (${pause.reason})`;
  const target = pause.object === undefined ? '' : ` '${pause.object}'`;
  return {
    state: 'paused',
    reason: `paused by ${pause.who} until ${pause.until}${why}; end it with vnet resume${target}`,
  };
}

function isAbout(object: string, { key, owner, pods }: Step): boolean {
  return key === object || owner === object || pods.includes(object);
}

/** Returns the end of the next pause; undefined without a pause. `pauses` are valid ones. */
export function nextExpiry(pauses: readonly Pause[]): Date | undefined {
  const times = pauses.map(({ until }) => Date.parse(until));
  return times.length === 0 ? undefined : new Date(Math.min(...times));
}
