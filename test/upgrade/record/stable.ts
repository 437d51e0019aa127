/**
 * Makes the output of a run reproducible: times become those of their step, marks and inodes are numbered,
 * and the node's folder is replaced by a word. Lengths are kept, so that recorded sizes stay true.
 */
import { RECORDED_ROOT } from './stage.ts';

/** The nominal time of the first recorded step; the others follow a minute apart. */
export const RECORDED_FROM_MS = Date.parse('2026-11-21T12:00:00.000Z');

/** Placeholder of the node's folder. */
export const ROOT_WORD = '@ROOT@';

const MINUTE_MS = 60_000;

/** ISO 8601 in UTC, as in all files of a node. */
export const TIME = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g;

/** Milliseconds since the epoch. */
export const EPOCH_MS = /\b1[789]\d{11}\b/g;

/** Seconds of uptime depend on the machine: a window's end is counted from 0. */
const UPTIME = /("deadlineUptimeMs": ?)(\d+)/g;

/** The marks of files, in the journal and in the list of refused edits. */
const MARK = /("mark": ?")(\d+-\d+\.\d+)-(\d+)"/g;

/**
 * Returns a function that makes texts of one node stable.
 * Shape: `lengthMs` is the length of its window, if any.
 */
export function createStabiliser(stepTimes: readonly number[]): (text: string) => string {
  const marks = new Map<string, string>();
  const markOf = (mark: string): string => {
    const found = marks.get(mark) ?? `${1001 + marks.size}-${RECORDED_FROM_MS / 1000}.0`;
    marks.set(mark, found);
    return found;
  };
  const timeOf = (timeMs: number): number => stableTime(timeMs, stepTimes);
  return (text) =>
    text
      .replaceAll(RECORDED_ROOT, ROOT_WORD)
      .replace(TIME, (time) => new Date(timeOf(Date.parse(time))).toISOString())
      .replace(EPOCH_MS, (time) => String(timeOf(Number(time))))
      .replace(MARK, (_, head: string, mark: string, size: string) => `${head}${markOf(mark)}-${size}"`)
      .replace(UPTIME, (_, head: string) => `${head}${lengthOf(text)}`);
}

/**
 * A time within the run becomes that of its step; a later one keeps its distance from a step; all others were
 * written by hand.
 */
function stableTime(timeMs: number, stepTimes: readonly number[]): number {
  const [first = 0] = stepTimes;
  const last = stepTimes.at(-1) ?? 0;
  if (timeMs < first) return timeMs;
  const whole = timeMs < last + MINUTE_MS / 2 ? 0 : Math.round((timeMs - last) / MINUTE_MS) * MINUTE_MS;
  const step = stepTimes.findLastIndex((begun) => begun <= timeMs - whole);
  return RECORDED_FROM_MS + Math.max(step, 0) * MINUTE_MS + whole;
}

function lengthOf(text: string): string {
  return /"lengthMs": ?(\d+)/.exec(text)?.[1] ?? '0';
}
