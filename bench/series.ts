/** Measurements as parallel lists of values. Pure. */
import { compare, type Ratio } from './statistics.ts';

/** Units of values. Less is better for `ms`, `MiB` and `calls` (that failed), more for the others. */
export type Unit = 'ms' | 'MiB' | 'calls' | 'packets/s' | 'Gbit/s';

/**
 * The values of one task for one contestant, one per round.
 * Shape: `endpoints` is the size, if any. `cpu` is that of the measured processes in milliseconds; for the data path,
 * nanoseconds of the sender per packet. `maxRssMb` is the maximum.
 */
export type Series = {
  readonly task: string;
  readonly endpoints: number | undefined;
  readonly contestant: string;
  readonly unit: Unit;
  readonly values: readonly number[];
  readonly cpu: readonly number[];
  readonly maxRssMb: number | undefined;
};

/** The key of a value. */
export type SeriesKey = Pick<Series, 'task' | 'endpoints' | 'contestant'> & { readonly unit?: Unit };

/** One measurement. */
export type Sample = { readonly value: number; readonly cpu?: number; readonly maxRssMb?: number };

/** Collects samples into series. */
export type Recorder = {
  readonly add: (key: SeriesKey, sample: Sample) => void;
  /** Returns all series, in the order of their first samples. */
  readonly series: () => readonly Series[];
};

/** Returns a recorder without samples. */
export function makeRecorder(): Recorder {
  const kept = new Map<string, { key: SeriesKey; samples: Sample[] }>();
  return {
    add: (key, sample) => {
      const name = `${key.task}\0${key.endpoints}\0${key.contestant}`;
      const entry = kept.get(name) ?? { key, samples: [] };
      entry.samples.push(sample);
      kept.set(name, entry);
    },
    series: () => Array.from(kept.values(), ({ key, samples }) => toSeries(key, samples)),
  };
}

function toSeries(
  { task, endpoints, contestant, unit = 'ms' }: SeriesKey,
  samples: readonly Sample[],
): Series {
  const memory = samples.flatMap(({ maxRssMb }) => maxRssMb ?? []);
  return {
    task,
    endpoints,
    contestant,
    unit,
    values: samples.map(({ value }) => value),
    cpu: samples.flatMap(({ cpu }) => cpu ?? []),
    maxRssMb: memory.length === 0 ? undefined : Math.max(...memory),
  };
}

/** Returns the series of that task, size and contestant; undefined if it was not measured. */
export function findSeries(all: readonly Series[], key: SeriesKey): Series | undefined {
  return all.find(
    ({ task, endpoints, contestant }) =>
      task === key.task && endpoints === key.endpoints && contestant === key.contestant,
  );
}

/** Returns the ratio of the first to the second; undefined if one of them was not measured. */
export function compareSeries(all: readonly Series[], ours: SeriesKey, theirs: SeriesKey): Ratio | undefined {
  const [one, other] = [findSeries(all, ours), findSeries(all, theirs)];
  return one === undefined || other === undefined ? undefined : compare(one.values, other.values);
}
