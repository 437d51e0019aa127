/** The cases of public suites by our own tables: the compiled sets decide as the specification's words do. */
import { describe, expect, it } from 'vitest';
import { PolicyCompiler } from '../../../../reconciler/model/policy/compiler/compile.ts';
import { deniedIn } from '../judge.ts';
import { mayConnect } from '../naive.ts';
import { SUITE_ACTIONS } from './actions.ts';
import { SUITE_CASES } from './combinations.ts';
import { SUITE_PORTS, SUITE_PROTOCOLS, type SuiteCase, type SuiteStep, worldOf } from './world.ts';
import { inputOf } from '../worlds.ts';

const NUMBERS = { TCP: 6, UDP: 17, SCTP: 132 } as const;

/** One compiler takes all steps, as a resident process does. */
const compiler = new PolicyCompiler();

function wrongIn(step: SuiteStep): readonly string[] {
  const places = new Map(step.pods.map((pod, at) => [`${pod.namespace}/${pod.name}`, `10.240.1.${at + 1}`]));
  const world = worldOf(step, ({ namespace, name }) => places.get(`${namespace}/${name}`) ?? '');
  const sets = compiler.compile(inputOf(world));
  const ends = world.pods.flatMap((pod) => pod.addresses.map((address) => ({ pod, address })));
  return ends.flatMap((from) =>
    ends.flatMap((to) =>
      SUITE_PROTOCOLS.flatMap((protocol) =>
        SUITE_PORTS.flatMap((port) => {
          const should = mayConnect(world, from, to, { protocol, port });
          const packet = { source: from.address, destination: to.address, protocol: NUMBERS[protocol], port };
          const does = deniedIn(sets, packet) === undefined;
          return does === should ? [] : [`${from.address} > ${to.address} ${protocol} ${port}: ${does}`];
        }),
      ),
    ),
  );
}

describe('the tables of suites', () => {
  it.each<SuiteCase>([...SUITE_CASES, ...SUITE_ACTIONS])('$name', ({ steps }) => {
    expect(steps.map((step) => wrongIn(step))).toEqual(steps.map(() => []));
  });

  it('have a name each', () => {
    const names = [...SUITE_CASES, ...SUITE_ACTIONS].map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBeGreaterThan(400);
  });
});
