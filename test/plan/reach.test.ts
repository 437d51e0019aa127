import { describe, expect, it } from 'vitest';
import type { SimulatedKernel } from '../../reconciler/kernel/simulated/simulated.ts';
import { executeSteps, failuresOf } from '../../reconciler/loop/node/execute.ts';
import { planNode } from '../../reconciler/loop/node/plan-node.ts';
import { derive } from '../../reconciler/model/derive.ts';
import { type RouteObject } from '../../reconciler/model/state.ts';
import { renderPlan } from '../../reconciler/plan/text.ts';
import type { Plan, Step } from '../../reconciler/plan/step.ts';
import type { UplinkAddress } from '../../schemas/generated/vnet.ts';
import { bootedKernel, documentOf, endpointOf, idOf, NETWORK, netnsOf } from '../support/node.ts';
import { hostRoute } from '../support/objects.ts';

const PREFIX: RouteObject = hostRoute('10.240.0.0/16', 'azure0', { protocol: 2 });
const IN_POD: RouteObject = { ...PREFIX, netns: netnsOf(0), dev: 'eth0' };
const [ON_NODE, OF_POD] = [
  'address 10.240.0.35/16 dev azure0',
  `address 10.240.0.36/16 dev eth0 netns ${netnsOf(0)}`,
];

function planOf(kernel: SimulatedKernel): Plan {
  const planned = planNode(kernel, documentOf([0]));
  if (!planned.ok) throw new Error(planned.error.message);
  return planned.value.plan;
}

function converged(): SimulatedKernel {
  const kernel = bootedKernel([0]);
  expect(failuresOf(executeSteps(kernel, planOf(kernel).steps))).toEqual([]);
  expect(planOf(kernel).steps).toEqual([]);
  return kernel;
}

function withoutPrefixRoute(route: RouteObject): SimulatedKernel {
  const kernel = converged();
  expect(kernel.tamper({ verb: 'delete', have: route })).toEqual({ ok: true, value: 'changed' });
  return kernel;
}

function describeStep({ key, change, disruption }: Step): readonly unknown[] {
  return [key, change.verb === 'update' ? change.fields : change.verb, disruption];
}

describe('the route to the prefix of an address', () => {
  it.each([
    ['on the node', PREFIX, ON_NODE],
    ['in a pod', IN_POD, OF_POD],
  ])('deleted %s is a difference of the address, and is restored', (_where, route, key) => {
    const kernel = withoutPrefixRoute(route);
    const plan = planOf(kernel);
    expect(plan.steps.map(describeStep)).toEqual([[key, ['prefixRoute'], 'hitless']]);
    expect(renderPlan(plan)).toContain('      prefix route  want on  have -\n');
    expect(failuresOf(executeSteps(kernel, plan.steps))).toEqual([]);
    expect(planOf(kernel).steps).toEqual([]);
  });

  it('is restored before the routes to gateways that need it', () => {
    const kernel = withoutPrefixRoute(IN_POD);
    const gateway = { ...IN_POD, to: 'default', via: '10.240.0.1', protocol: 4 };
    expect(kernel.tamper({ verb: 'delete', have: gateway })).toEqual({ ok: true, value: 'changed' });
    const { steps } = planOf(kernel);
    expect(steps.map(({ key }) => key)).toEqual([OF_POD, `route default netns ${netnsOf(0)}`]);
    expect(failuresOf(executeSteps(kernel, steps))).toEqual([]);
  });

  it.each<[string, Partial<RouteObject>]>([
    ['in another table', { table: 100 }],
    ['with another metric', { metric: 77 }],
    ['of another protocol', { protocol: 4 }],
  ])('is not restored in a pod that has one %s', (_where, more) => {
    const kernel = withoutPrefixRoute(IN_POD);
    expect(kernel.tamper({ verb: 'create', want: { ...IN_POD, ...more } })).toMatchObject({ ok: true });
    expect(planOf(kernel).steps).toEqual([]);
  });

  it.each<[string, Partial<RouteObject>, readonly string[]]>([
    ['the same', { metric: 77, protocol: 4 }, []],
    ['another interface', { metric: 77, protocol: 4, dev: 'eth0' }, [ON_NODE]],
    ['a gateway', { metric: 77, protocol: 4, via: '10.240.0.1', onLink: true }, [ON_NODE]],
    ['another table', { protocol: 4, table: 100 }, [ON_NODE]],
  ])('is restored on the node unless an equivalent route exists: %s', (_what, more, wanted) => {
    const kernel = withoutPrefixRoute(PREFIX);
    expect(kernel.tamper({ verb: 'create', want: { ...PREFIX, ...more } })).toMatchObject({ ok: true });
    expect(planOf(kernel).steps.map(({ key }) => key)).toEqual(wanted);
  });

  it('is the kernel’s to make where the interface is down', () => {
    const kernel = converged();
    const have = { kind: 'link', netns: netnsOf(0), name: 'eth0', type: 'veth', up: true } as const;
    kernel.tamper({ verb: 'update', have, want: { ...have, up: false }, fields: ['up'] });
    const { steps } = planOf(kernel);
    expect(steps.map(({ key }) => key)).toEqual([
      `link eth0 netns ${netnsOf(0)}`,
      `route default netns ${netnsOf(0)}`,
    ]);
    expect(failuresOf(executeSteps(kernel, steps))).toEqual([]);
    expect(planOf(kernel).steps).toEqual([]);
  });

  it.each<[string, UplinkAddress[], readonly (string | undefined)[]]>([
    [
      'only the first of a prefix',
      [{ address: '10.240.0.4/16' }, { address: '10.240.0.5/16' }],
      ['on', undefined],
    ],
    ['each of other prefixes', [{ address: '10.240.0.4/16' }, { address: '10.241.0.4/16' }], ['on', 'on']],
    ['IPv6', [{ address: 'fd00::4/64' }, { address: 'fd00::5/64' }], ['on', undefined]],
    ['none of one host', [{ address: '10.240.0.4/32' }, { address: 'fd00::4/128' }], [undefined, undefined]],
    ['none with noprefixroute', [{ address: '10.240.0.4/16', noPrefixRoute: true }], [undefined]],
  ])('is wanted of %s', (_which, addresses, wanted) => {
    const network = { ...NETWORK, uplink: { ...NETWORK.uplink, addresses } };
    const { state } = derive(documentOf([], network), new Map());
    const found = addresses.map(({ address }) => {
      const object = state.get(`address ${address} dev azure0`);
      return object?.kind === 'address' && object.prefixRoute === true ? 'on' : undefined;
    });
    expect(found).toEqual(wanted);
  });

  it.each<[readonly [string, ...string[]], readonly boolean[]]>([
    [['10.240.0.36/16'], [true]],
    [['10.240.0.36/32'], [false]],
    [
      ['10.240.0.36/16', '10.240.0.37/16'],
      [true, false],
    ],
    [
      ['10.240.0.36/16', '10.241.0.37/16'],
      [true, true],
    ],
  ])('of a pod with %j is wanted so: %j', (addresses, wanted) => {
    const endpoints = { [idOf(0)]: endpointOf(0, { addresses: [...addresses] }) };
    const { state } = derive({ ...documentOf([]), endpoints }, new Map());
    const found = addresses.map((address) => state.get(`address ${address} dev eth0 netns ${netnsOf(0)}`));
    expect(found.map((object) => object?.kind === 'address' && object.prefixRoute === true)).toEqual(wanted);
  });
});
