/** ADD and DEL in each mode and family, where the resident process serves them, against the reference plugins with host-local. */
import { callAtOnce, inTurn, podsOf, WARMUPS } from './attach-work.ts';
import { makeAttended } from './attended.ts';
import { type Bench, makeBenchNode, makeNamespaces, removeNamespaces, siteOf } from './bench-node.ts';
import { type Contestant, referencePlugins, standOf } from './contestants.ts';
import { modeSite } from './mode-sites.ts';
import type { Options } from './options.ts';
import type { Recorder } from './series.ts';
import { OWN } from './table.ts';
import { MEASURED_MODES, modeCallTask, type ModeFamily, USUAL_SIZE } from './tasks.ts';

const FIRST_INDEX = 60;
const FIRST_POD = 16;
const VERBS = ['ADD', 'DEL'] as const;

/** With them, all modes take some minutes. */
const MAX_RUNS = 16;

/** Measures one mode and family after the other, each beside the reference plugins. */
export async function measureModeCalls(bench: Bench, options: Options, recorder: Recorder): Promise<void> {
  const reference = await makeBenchNode(bench, {
    ...siteOf(FIRST_INDEX + MEASURED_MODES.length, 0),
    firstPod: FIRST_POD,
  });
  const others = referencePlugins(reference);
  for (const [index, one] of MEASURED_MODES.entries()) {
    if (!options.modes.includes(one.mode)) continue;
    bench.say(`ADD and DEL in mode ${one.mode}, IPv${one.family}`);
    const nth = { index: FIRST_INDEX + index, firstPod: FIRST_POD };
    const attended = await makeAttended(bench, nth.index, USUAL_SIZE, {
      place: modeSite(nth, one, USUAL_SIZE),
    });
    const own: Contestant = { name: OWN, at: async () => standOf(attended) };
    await measureCase([own, ...others], one, { runs: Math.min(options.runs, MAX_RUNS), recorder });
    await attended.remove();
  }
  await reference.remove();
}

async function measureCase(
  contestants: readonly Contestant[],
  one: ModeFamily,
  { runs, recorder }: { readonly runs: number; readonly recorder: Recorder },
): Promise<void> {
  const all = contestants.flatMap((contestant) => podsOf(contestant, 1));
  makeNamespaces(all);
  for (let round = -WARMUPS; round < runs; round += 1) {
    for (const contestant of inTurn(contestants, round))
      await callBoth(contestant, one, { round, ...(round < 0 ? {} : { recorder }) });
  }
  removeNamespaces(all);
}

/** An ADD and the DEL after it. Shape: rounds without a recorder warm up. */
async function callBoth(
  contestant: Contestant,
  one: ModeFamily,
  { round, recorder }: { readonly round: number; readonly recorder?: Recorder },
): Promise<void> {
  const stand = await contestant.at(USUAL_SIZE);
  const call = { pods: podsOf(contestant, 1), round: `${one.mode}/${one.family}/${round}` };
  const results = new Map<string, string>();
  for (const verb of VERBS) {
    const sample = await callAtOnce(stand, { ...call, verb, results });
    const key = { task: modeCallTask(verb, one), endpoints: USUAL_SIZE, contestant: contestant.name };
    recorder?.add(key, sample);
  }
}
