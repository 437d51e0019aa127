/** The cases of a public suite, with a truth table for each step, on every data path. Run where the file is: see PATH. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { NetworkPolicy } from '../../../../schemas/generated/vnet.ts';
import { mayConnect } from '../../../model/policy/naive.ts';
import {
  SUITE_PORTS,
  SUITE_PROTOCOLS,
  type SuitePod,
  type SuiteStep,
  worldOf,
} from '../../../model/policy/suite/world.ts';
import { hasLiveNodes } from '../../../plugin/live-node.ts';
import { longOr } from '../../../support/long.ts';
import { isSkipped } from '../../../support/skip.ts';
import { DATA_PATHS, type DataPath } from '../policy-node.ts';
import { keyOfPod, makeSuiteRunner, type Question } from './runner.ts';

const PATH =
  process.env['VNET_NETPOL_CASES'] ??
  join(import.meta.dirname, '../../../../../shared/data/netpol-cases.json');

type Step = {
  readonly Policies:
    | readonly {
        readonly metadata: { readonly namespace: string; readonly name: string };
        readonly spec: NetworkPolicy;
      }[]
    | null;
  readonly Namespaces: SuiteStep['namespaces'];
  readonly Pods: readonly {
    readonly Ns: string;
    readonly Name: string;
    readonly Labels: SuitePod['labels'];
  }[];
  readonly Allowed: Readonly<Record<string, readonly string[]>>;
};
type Case = { readonly Description: string; readonly Steps: readonly Step[] };

const isMissing = isSkipped(
  'cases of a public suite of network policies',
  existsSync(PATH) ? undefined : `no ${PATH}`,
);
const isOff = isSkipped(
  'cases of a public suite of network policies, on nodes',
  isMissing || hasLiveNodes ? undefined : 'no namespaces, or not built',
);
const all: readonly Case[] = isMissing ? [] : JSON.parse(readFileSync(PATH, 'utf8'));
/** The short form takes every tenth case; all of them take a minute on each data path. */
const EVERY = longOr(10, 1);
const cases = all.filter((_, index) => index % EVERY === 0);

function stepOf({ Policies, Namespaces, Pods }: Step): SuiteStep {
  return {
    policies: Object.fromEntries(
      (Policies ?? []).map(({ metadata, spec }) => [`${metadata.namespace}/${metadata.name}`, spec]),
    ),
    namespaces: Namespaces,
    pods: Pods.map(({ Ns, Name, Labels }) => ({ namespace: Ns, name: Name, labels: Labels })),
  };
}

/** The truth tables of the step. */
function tableOf({ Pods, Allowed }: Step): (question: Question) => boolean {
  const places = new Map(
    Pods.map(({ Ns, Name }, at) => [keyOfPod({ namespace: Ns, name: Name }), at] as const),
  );
  const at = (pod: SuitePod): number => places.get(keyOfPod(pod)) ?? -1;
  return ({ from, to, protocol, port }) => Allowed[`${protocol}/${port}`]?.[at(from)]?.[at(to)] === '1';
}

describe.skipIf(isMissing)('our evaluator', () => {
  it('agrees with the truth tables of a public suite', () => {
    const wrong = all.flatMap(({ Description, Steps }) =>
      Steps.flatMap((one, index) => {
        const [step, should] = [stepOf(one), tableOf(one)];
        const addresses = new Map(
          one.Pods.map(({ Ns, Name }, at) => [`${Ns}/${Name}`, `10.240.1.${at + 1}`]),
        );
        const world = worldOf(step, (pod) => addresses.get(keyOfPod(pod)) ?? '');
        return SUITE_PROTOCOLS.flatMap((protocol) =>
          SUITE_PORTS.flatMap((port) =>
            step.pods.flatMap((from, row) =>
              step.pods.flatMap((to, column) => {
                const [source, target] = [world.pods[row], world.pods[column]];
                if (row === column || source === undefined || target === undefined) return [];
                const [start, end] = [source, target].map((pod) => ({
                  pod,
                  address: pod.addresses[0] ?? '',
                }));
                if (start === undefined || end === undefined) return [];
                const does = mayConnect(world, start, end, { protocol, port });
                const question = { from, to, protocol, port };
                return does === should(question)
                  ? []
                  : [`${Description} ${index}: ${JSON.stringify(question)}`];
              }),
            ),
          ),
        );
      }),
    );
    expect(wrong).toEqual([]);
    expect(all.length).toBeGreaterThan(100);
  });
});

describe.skipIf(isMissing || isOff)('a public suite of network policies', () => {
  const only = process.env['VNET_NETPOL_PATH'];
  const paths = Object.keys(DATA_PATHS).filter(
    (path): path is DataPath => only === undefined || path === only,
  );
  it.each(paths)('has the right truth tables: %s', async (path) => {
    const runner = makeSuiteRunner(path);
    try {
      const wrong: string[] = [];
      for (const { Description, Steps } of cases) {
        for (const [index, one] of Steps.entries()) {
          const found = await runner.wrongIn(stepOf(one), tableOf(one));
          wrong.push(...found.map((text) => `${Description} step ${index + 1}: ${text}`));
        }
        if (wrong.length > 20) break;
      }
      const { steps, probes } = runner.counts();
      console.log(`${path}: ${cases.length} cases, ${steps} steps, ${probes} probes, ${wrong.length} wrong`);
      expect(wrong).toEqual([]);
    } finally {
      runner.end();
    }
  });
});
