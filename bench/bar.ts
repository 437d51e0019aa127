/** A performance bar and its result. Pure. */
import type { Series } from './series.ts';

/** A bar: `limit` is its text. Shape: `measure` returns undefined without the needed measurements. */
export type Bar = {
  readonly what: string;
  readonly limit: string;
  readonly measure: (all: readonly Series[]) => Measured | undefined;
};

/** A figure and its limit. Shape: `figure` is text. */
export type Measured = { readonly figure: string; readonly isMet: boolean; readonly missedBy: string };

/** Returns the time against its limit. */
export function asTime(valueMs: number, limitMs: number): Measured {
  const digits = limitMs < 10 ? 2 : 0;
  const missedBy = `${(valueMs - limitMs).toFixed(digits)} ms`;
  return { figure: `${valueMs.toFixed(digits)} ms`, isMet: valueMs <= limitMs, missedBy };
}

/** Returns the ratio against its limit. */
export function asRatio(ratio: number, limit: number): Measured {
  return {
    figure: `${ratio.toFixed(2)} ×`,
    isMet: ratio <= limit,
    missedBy: `${(ratio - limit).toFixed(2)} ×`,
  };
}

/** Returns the share against the least one. */
export function asShare(ratio: number, least: number): Measured {
  const missedBy = (least - ratio).toFixed(3);
  return { figure: `${ratio.toFixed(3)} ×`, isMet: ratio >= least, missedBy };
}
