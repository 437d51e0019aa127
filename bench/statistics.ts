/** Statistics of repeated measurements. Pure. */

/** Units: those of the samples. Shape: `low` and `high` are the quartiles, `spread` their difference. */
export type Summary = {
  readonly runs: number;
  readonly median: number;
  readonly min: number;
  readonly low: number;
  readonly high: number;
  readonly spread: number;
};

/** Returns median, minimum and quartiles. Errors: throws without samples. */
export function summarise(samples: readonly number[]): Summary {
  if (samples.length === 0) throw new Error('there is no sample to summarise');
  const sorted = samples.toSorted((left, right) => left - right);
  const [low, high] = [quantile(sorted, 0.25), quantile(sorted, 0.75)];
  const middle = quantile(sorted, 0.5);
  return { runs: sorted.length, median: middle, min: sorted[0] ?? 0, low, high, spread: high - low };
}

/** Returns the median of the samples. Errors: throws without samples. */
export function median(samples: readonly number[]): number {
  return summarise(samples).median;
}

/**
 * Comparison with another contestant measured in alternation.
 * Shape: `ofMedians` is the ratio of the medians; `paired` the median of the ratios within each round, which
 * is less disturbed by varying load.
 */
export type Ratio = { readonly ofMedians: number; readonly paired: number };

/**
 * Returns the ratio of ours to theirs.
 * Law: samples of the same index are of the same round; extra ones are not paired.
 */
export function compare(ours: readonly number[], theirs: readonly number[]): Ratio {
  const pairs = ours.slice(0, theirs.length).map((value, index) => value / (theirs[index] ?? Number.NaN));
  return { ofMedians: median(ours) / median(theirs), paired: median(pairs) };
}

/** Returns the quantile of sorted samples, interpolated. */
function quantile(sorted: readonly number[], share: number): number {
  const at = (sorted.length - 1) * share;
  const low = sorted[Math.floor(at)] ?? 0;
  const high = sorted[Math.ceil(at)] ?? low;
  return low + (high - low) * (at - Math.floor(at));
}
