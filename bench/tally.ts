/** Counts of failed calls, by contestant. Pure. */
import type { Recorder } from './series.ts';
import { STORM_FAILURES } from './tasks.ts';
import type { Job, Timed } from './timer.ts';

/** Counts the outcomes of calls. */
export type Tally = {
  /** Counts a call; returns whether it succeeded. */
  readonly judge: (contestant: string, job: Pick<Job, 'env'>, timed: Ended) => boolean;
  /** Counts a call that succeeded as failed. */
  readonly fault: (contestant: string, why: string) => void;
  /** Records the number of failed calls of each contestant. */
  readonly record: (recorder: Recorder) => void;
  /** Returns the same as text, by `failed calls, CONTESTANT`. */
  readonly facts: () => Readonly<Record<string, string>>;
};

/** The measured values of a process. */
export type Ended = Pick<Timed, 'code' | 'stdout' | 'stderr'>;

type Count = { calls: number; failed: number; readonly first: Map<string, string> };

/** Returns a tally without calls. */
export function makeTally(): Tally {
  const counts = new Map<string, Count>();
  const countOf = (contestant: string): Count => {
    const count = counts.get(contestant) ?? { calls: 0, failed: 0, first: new Map() };
    counts.set(contestant, count);
    return count;
  };
  const fault = (contestant: string, verb: string, why: string): void => {
    const count = countOf(contestant);
    count.failed += 1;
    if (!count.first.has(verb)) count.first.set(verb, why);
  };
  return {
    judge: (contestant, job, ended) => {
      countOf(contestant).calls += 1;
      if (ended.code !== 0) fault(contestant, job.env['CNI_COMMAND'] ?? '', reasonOf(ended));
      return ended.code === 0;
    },
    fault: (contestant, why) => fault(contestant, 'ADD', why),
    record: (recorder) => {
      for (const [contestant, { failed }] of counts) {
        const key = { task: STORM_FAILURES, endpoints: undefined, contestant, unit: 'calls' } as const;
        recorder.add(key, { value: failed });
      }
    },
    facts: () =>
      Object.fromEntries(Array.from(counts, ([who, count]) => [`failed calls, ${who}`, describe(count)])),
  };
}

function describe({ calls, failed, first }: Count): string {
  const reasons = Array.from(first, ([verb, why]) => `; ${verb}: ${why}`);
  return `${failed} of ${calls}${reasons.join('')}`;
}

/** Source: CNI SPEC, section 5, Error: the plugin prints the error on stdout. */
function reasonOf({ code, stdout, stderr }: Ended): string {
  const said = /"msg": ?("(?:[^"\\]|\\.)*")/.exec(stdout)?.[1];
  const words = said === undefined ? `${stderr}${stdout}` : String(JSON.parse(said));
  return words.trim().replaceAll(/\s+/g, ' ').slice(0, 160) || `exit code ${code}`;
}
