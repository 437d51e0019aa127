/** The tables of suites on every data path: what the kernel lets pass is what the specification's words say. */
import { describe, expect, it } from 'vitest';
import { mayConnect } from '../../../model/policy/naive.ts';
import { SUITE_ACTIONS } from '../../../model/policy/suite/actions.ts';
import { SUITE_CASES } from '../../../model/policy/suite/combinations.ts';
import { type SuiteStep, worldOf } from '../../../model/policy/suite/world.ts';
import { hasLiveNodes } from '../../../plugin/live-node.ts';
import { longOr } from '../../../support/long.ts';
import { DATA_PATHS, type DataPath } from '../policy-node.ts';
import { keyOfPod, makeSuiteRunner, type Oracle } from './runner.ts';

/** The short form takes a few cases, the long one every third; each data path has others, so that the long one has all. */
const EVERY = longOr(60, 3);
const ALL = [...SUITE_ACTIONS, ...SUITE_CASES];

function oracleOf(step: SuiteStep): Oracle {
  let world: ReturnType<typeof worldOf> | undefined;
  return ({ from, to, protocol, port }, addressOf) => {
    world ??= worldOf(step, addressOf);
    const end = (pod: typeof from) => ({
      pod: world?.pods.find((one) => keyOfPod(one) === keyOfPod(pod)),
      address: addressOf(pod),
    });
    return mayConnect(world, end(from), end(to), { protocol, port });
  };
}

const paths = Object.keys(DATA_PATHS).filter((path): path is DataPath => path in DATA_PATHS);

describe.skipIf(!hasLiveNodes)('the tables of suites', () => {
  it.each(paths)('hold on the data path %s', async (path) => {
    const runner = makeSuiteRunner(path);
    const offset = paths.indexOf(path) * 7;
    const cases = ALL.filter((_, index) => (index + offset) % EVERY === 0);
    try {
      const wrong: string[] = [];
      for (const { name, steps } of cases) {
        for (const [index, step] of steps.entries()) {
          const found = await runner.wrongIn(step, oracleOf(step));
          wrong.push(...found.map((text) => `${name}, step ${index + 1}: ${text}`));
        }
        if (wrong.length > 20) break;
      }
      const { steps, probes } = runner.counts();
      console.log(
        `${path}: ${cases.length} of our cases, ${steps} steps, ${probes} probes, ${wrong.length} wrong`,
      );
      expect(wrong).toEqual([]);
      expect(probes).toBeGreaterThan(400 * cases.length);
    } finally {
      runner.end();
    }
  });
});
