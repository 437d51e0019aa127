/**
 * Law of a takeover on the simulated kernel: a random uplink has the same objects after a failure at each step of
 * the takeover, and after `vnet release`. The real kernel has the same law for one step of each random uplink
 * (lossless.test.ts).
 */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Route, Uplink, UplinkAddress } from '../../../schemas/generated/vnet.ts';
import {
  createSimulatedKernel,
  type SimulatedKernel,
} from '../../../reconciler/kernel/simulated/simulated.ts';
import { planNetworks } from '../../../reconciler/loop/node/plan-node.ts';
import { captureNetwork } from '../../../reconciler/loop/takeover/capture.ts';
import { ensureNetworks } from '../../../reconciler/loop/takeover/takeover.ts';
import { kindOf } from '../../../reconciler/model/kinds/registry.ts';
import { uplinkObjects } from '../../../reconciler/model/modes/parts/uplink.ts';
import { renderFailure } from '../../../reconciler/model/result.ts';
import { HOST, keyOf, type NetObject } from '../../../reconciler/model/state.ts';
import { longOr } from '../../support/long.ts';
import { createMemorySession } from '../../support/memory-session.ts';
import { documentOf, NETWORK } from '../../support/node.ts';

const pick = <T>(...values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);
const some = <T>(value: fc.Arbitrary<T>, maxLength: number): fc.Arbitrary<readonly T[]> =>
  fc.array(value, { maxLength, size: 'max' });
/** Returns any of the fields, and any of the optional ones. */
const record = <T extends object>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }, required: (keyof T)[]) =>
  fc.record(fields, { requiredKeys: required });

const ADDRESSES = [
  '10.240.0.7/16',
  '10.240.0.9/16',
  '10.100.0.5/24',
  '10.250.0.1/30',
  '9.9.9.9/24',
  'fd00::35/64',
  'fd00::36/64',
  'fd01::5/64',
];

const address = record(
  {
    address: pick(...ADDRESSES),
    metric: pick(50, 77),
    noPrefixRoute: pick(true),
    attributes: pick(['flags 256'] as const),
  },
  ['address'],
) as fc.Arbitrary<UplinkAddress>;

const route = record(
  {
    to: pick('10.9.0.0/16', '203.0.113.9/32', '172.20.0.0/16', 'fd09::/64', '::/0'),
    via: pick('10.240.0.1', '10.100.0.1', 'fd00::1'),
    table: pick(77, 1000),
    metric: pick(7, 100),
    protocol: pick(4, 16, 186),
    source: pick('10.240.0.35', '10.240.0.7'),
    mtu: pick(1400),
    onLink: pick(true),
    attributes: pick(['initcwnd 32'] as const, ['advmss 1360', 'quickack 1'] as const),
  },
  ['to'],
) as fc.Arbitrary<Route>;

const neighbour = record(
  { address: pick('10.240.0.9', '10.240.0.10', 'fd00::9'), mac: pick('02:00:00:00:00:09') },
  ['address', 'mac'],
) as fc.Arbitrary<NonNullable<Uplink['neighbours']>[number]>;

type Carried = Required<Pick<Uplink, 'addresses' | 'routes' | 'neighbours'>>;

const anyCarried: fc.Arbitrary<Carried> = fc
  .record({ addresses: some(address, 6), routes: some(route, 8), neighbours: some(neighbour, 2) })
  .map(({ addresses, routes, neighbours }) => ({
    addresses: [{ address: '10.240.0.35/16', broadcast: '10.240.255.255' }, ...addresses],
    routes: [
      { to: 'default', via: '10.240.0.1', source: '10.240.0.35', metric: 100, protocol: 16 },
      ...routes,
    ],
    neighbours,
  }));

/** Returns a node with the objects on its NIC, but those that the kernel refuses. */
function nodeWith(carried: Carried): SimulatedKernel {
  const kernel = createSimulatedKernel();
  kernel.addDevice({
    kind: 'link',
    netns: HOST,
    name: 'eth0',
    type: 'device',
    mac: '00:0d:3a:51:c4:90',
  });
  const objects = uplinkObjects(
    { name: 'eth0', mac: '00:0d:3a:51:c4:90', ...carried },
    { dev: 'eth0', others: [] },
  );
  const ranked = objects.toSorted((left, right) => kindOf(left).rank(left) - kindOf(right).rank(right));
  for (const want of ranked) kernel.apply([{ verb: 'create', want }]);
  return kernel;
}

function objectsOf(kernel: SimulatedKernel): readonly NetObject[] {
  const seen = kernel.observe({ whole: true, devices: [], pods: [], sysctls: [], entries: [] });
  // The rules go with the network, after the release of its uplink.
  return (seen.ok ? Array.from(seen.value.state.values()) : [])
    .filter(({ kind }) => kind !== 'nft-table')
    .toSorted((left, right) => (keyOf(left) < keyOf(right) ? -1 : 1));
}

/** Returns the number of steps at which the takeover failed, and moved nothing. */
function examine(carried: Carried): number {
  const node = (): SimulatedKernel => nodeWith(carried);
  const captured = captureNetwork(node(), 'bridge', { master: 'eth0', pools: NETWORK.pools });
  if (!captured.ok || captured.value.mode !== 'bridge') return 0;
  const document = documentOf([], captured.value);
  const planned = planNetworks(node(), document);
  const steps = planned.ok ? planned.value.plan.steps : [];
  for (const [at, { key }] of steps.entries()) {
    const kernel = node();
    const before = objectsOf(kernel);
    let done = 0;
    let isBroken = false;
    kernel.failNext(() => !isBroken && done++ === at && (isBroken = true), {
      kind: 'failure',
      code: 'io',
      step: 'test',
      message: 'made to fail by the test',
    });
    const failed = ensureNetworks(createMemorySession(kernel, document), document);
    expect([at, key, failed.ok ? '' : failed.error.message]).toEqual([at, key, 'made to fail by the test']);
    expect({ at, key, objects: objectsOf(kernel) }).toEqual({ at, key, objects: before });
  }
  const kernel = node();
  const before = objectsOf(kernel);
  const released = documentOf([], {
    ...captured.value,
    uplink: { ...captured.value.uplink, released: true },
  });
  for (const wanted of [document, released]) {
    const done = ensureNetworks(createMemorySession(kernel, wanted), wanted);
    expect(done.ok ? '' : renderFailure(done.error)).toBe('');
  }
  kernel.apply(
    objectsOf(kernel).flatMap((have) =>
      have.kind === 'link' && have.name === 'azure0' ? [{ verb: 'delete' as const, have }] : [],
    ),
  );
  expect({ released: objectsOf(kernel) }).toEqual({ released: before });
  return steps.length;
}

describe('any uplink of a simulated node', () => {
  it('is unchanged after a failure at any step of its takeover, and after a release', () => {
    const counts: number[] = [];
    const checked = fc.check(
      fc.property(anyCarried, (carried) => void counts.push(examine(carried))),
      { numRuns: longOr(20, 500) },
    );
    const failures = counts.reduce((sum, steps) => sum + steps, 0);

    console.log(`seed ${checked.seed}: ${counts.length} uplinks, ${failures} failed takeovers`);
    const { errorInstance: cause } = checked;
    if (checked.failed) throw new Error(fc.defaultReportMessage(checked), { cause });
    expect(counts.filter((steps) => steps > 0).length).toBeGreaterThan(counts.length / 2);
  });
});
