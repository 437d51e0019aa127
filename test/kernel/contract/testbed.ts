/** The environment of the contract suite, and the objects of its cases. */
import { expect } from 'vitest';
import type { Change, Kernel, Scope } from '../../../reconciler/model/ports/kernel.ts';
import { PORT_RULES, uplinkRules } from '../../../reconciler/model/modes/bridge/rules.ts';
import { deriveNftTable } from '../../../reconciler/model/nft-table.ts';
import type { FailureCode } from '../../../reconciler/model/result.ts';
import {
  HOST,
  keyOf,
  type AddressObject,
  type LinkObject,
  type NeighbourObject,
  type NetnsPath,
  type NetObject,
  type NftElementObject,
  normaliseObject,
  type RouteObject,
  type State,
} from '../../../reconciler/model/state.ts';

/**
 * A node for one test, with a NIC `eth0` that is up, and control over its environment.
 * Shape: `tamper` is another program's ip or nft command; it throws if that fails.
 */
export type Testbed = {
  readonly kernel: Kernel;
  addNamespace(): NetnsPath;
  inodeOf(path: NetnsPath): number;
  removeNamespace(path: NetnsPath): void;
  tamper(change: Change): void;
  close(): void;
};

/** Returns the testbed of the running test. */
export type CurrentTestbed = () => Testbed;

export const NIC_MAC = '02:0d:3a:6e:33:01';
export const POD_MAC = '0a:1b:2c:3d:4e:5f';
export const VETH = 'azv5a6822c76a3';

export const BRIDGE: LinkObject = {
  kind: 'link',
  netns: HOST,
  name: 'azure0',
  type: 'bridge',
  up: true,
  mac: NIC_MAC,
  mtuBytes: 1500,
  alias: 'vnet:azure',
};

/** The NIC as a desired object. */
export const NIC: LinkObject = { kind: 'link', netns: HOST, name: 'eth0', type: 'device', up: true };

export function bridgeOf(name: string, more: Partial<LinkObject> = {}): LinkObject {
  return { kind: 'link', netns: HOST, name, type: 'bridge', up: true, ...more };
}

export function vethOf(netns: NetnsPath, more: Partial<LinkObject> = {}): LinkObject {
  return {
    kind: 'link',
    netns: HOST,
    name: VETH,
    type: 'veth',
    up: true,
    mac: 'fe:11:22:33:44:55',
    mtuBytes: 1400,
    master: 'azure0',
    alias: 'vnet:azure/1bd38ad8/eth0',
    peer: { netns, name: 'eth0' },
    port: { hairpin: true },
    ...more,
  };
}

export function podLinkOf(netns: NetnsPath): LinkObject {
  return { kind: 'link', netns, name: 'eth0', type: 'veth', up: true, mac: POD_MAC, mtuBytes: 1400 };
}

export function addressOf(dev: string, address: string, more: Partial<AddressObject> = {}): AddressObject {
  return { kind: 'address', netns: HOST, dev, address, scope: 0, ...more };
}

export function routeOf(to: string, dev: string, more: Partial<RouteObject> = {}): RouteObject {
  const family = to.includes(':') ? 6 : 4;
  return { kind: 'route', netns: HOST, family, to, dev, table: 254, metric: 0, protocol: 118, ...more };
}

export function neighbourOf(address: string, mac = POD_MAC): NeighbourObject {
  return { kind: 'neighbour', netns: HOST, dev: 'azure0', address, mac, protocol: 118 };
}

export function elementOf(set: string, key: string, value?: string): NftElementObject {
  return {
    kind: 'nft-element',
    netns: HOST,
    table: 'vnet',
    set,
    key,
    ...(value === undefined ? {} : { value }),
  };
}

/** The table as vnet creates it. */
export const TABLE = deriveNftTable('bridge', [
  uplinkRules({ uplink: { name: 'eth0', mac: NIC_MAC }, bridge: { name: 'azure0' } }),
  PORT_RULES,
]);

export function create(want: NetObject, peer?: NetObject): Change {
  return { verb: 'create', want, ...(peer === undefined ? {} : { peer }) };
}

export function destroy(have: NetObject): Change {
  return { verb: 'delete', have };
}

/** An update of the fields in which both differ. */
export function update(have: NetObject, want: NetObject): Change {
  const held = new Map(Object.entries(have));
  const fields = Object.entries(want).flatMap(([name, value]) =>
    JSON.stringify(held.get(name)) === JSON.stringify(value) ? [] : [name],
  );
  return { verb: 'update', want, have, fields };
}

/** The result of each change as one word: `changed`, `unchanged` or the code of its Failure. */
export function outcomes(testbed: Testbed, changes: readonly Change[]): readonly string[] {
  return testbed.kernel.apply(changes).map((result) => (result.ok ? result.value : result.error.code));
}

/** Applies the changes and expects each to be effective. */
export function must(testbed: Testbed, ...changes: readonly Change[]): void {
  const results = testbed.kernel.apply(changes);
  expect(results.map((result) => (result.ok ? result.value : result.error))).toEqual(
    changes.map(() => 'changed'),
  );
}

/** Expects the kernel to refuse the change with the code, with a reason or remedy. */
export function expectRefusal(testbed: Testbed, change: Change, code: FailureCode): void {
  const [result] = testbed.kernel.apply([change]);
  expect(result).toMatchObject({ ok: false, error: { kind: 'failure', code } });
  expect(result?.ok === false ? result.error.message : '').not.toBe('');
}

/** The scope of all objects in the cases. */
export function wholeScope(pods: readonly NetnsPath[] = [], more: Partial<Scope> = {}): Scope {
  return {
    whole: true,
    devices: ['azure0', 'eth0', VETH],
    pods: pods.map((netns) => ({ netns, ifName: 'eth0' })),
    sysctls: [],
    entries: [],
    ...more,
  };
}

/** The State of all objects in the cases. */
export function see(testbed: Testbed, pods: readonly NetnsPath[] = [], more: Partial<Scope> = {}): State {
  const seen = testbed.kernel.observe(wholeScope(pods, more));
  if (!seen.ok) expect.unreachable(JSON.stringify(seen.error));
  return seen.value.state;
}

/**
 * Expects the State to have all values of the object, except the type of a device, which depends on the test
 * bed.
 */
export function expectHolds(state: State, want: NetObject): void {
  const fields = Object.entries(normaliseObject(want)).filter(
    ([name, value]) => name !== 'script' && !(name === 'type' && value === 'device'),
  );
  expect(state.get(keyOf(normaliseObject(want)))).toMatchObject(Object.fromEntries(fields));
}

/** Expects the State to have no object with this identity. */
export function expectLacks(state: State, object: NetObject): void {
  expect(Array.from(state.keys())).not.toContain(keyOf(normaliseObject(object)));
}

/**
 * Expects the life of an object: created, observed, creation repeated unchanged; deleted, gone, deletion
 * repeated unchanged.
 */
export function expectLife(testbed: Testbed, object: NetObject): void {
  expect(outcomes(testbed, [create(object)])).toEqual(['changed']);
  expectHolds(see(testbed), object);
  expect(outcomes(testbed, [create(object)])).toEqual(['unchanged']);
  expect(outcomes(testbed, [destroy(object)])).toEqual(['changed']);
  expectLacks(see(testbed), object);
  expect(outcomes(testbed, [destroy(object)])).toEqual(['unchanged']);
}
