/** The number of pods of a node: what a scheduler may count on. */
import { describe, expect, it } from 'vitest';
import {
  addressTotals,
  defaultNetworkOf,
  type PoolCounts,
} from '../../../reconciler/cluster/agent/capacity.ts';
import { eventsBetween } from '../../../reconciler/cluster/agent/events.ts';
import { readDocument } from '../../../reconciler/document/yaml/read.ts';
import type { Endpoint, Network, VnetDocument } from '../../../schemas/generated/vnet.ts';
import { DOCUMENT } from '../../cli/simulated-node.ts';

/** The network and the pod of the sample. */
function readSample(): { document: VnetDocument; bridge: Network; pod: Endpoint } {
  const read = readDocument(DOCUMENT, 'vnet.yaml');
  const document = read.ok ? read.value : undefined;
  const [bridge] = Object.values(document?.networks ?? {});
  const [pod] = Object.values(document?.endpoints ?? {});
  if (document === undefined || bridge === undefined || pod === undefined) throw new Error('no pod');
  return { document, bridge, pod };
}

const { document: SAMPLE, bridge: BRIDGE, pod: POD } = readSample();
const TRANSPARENT: Network = {
  mode: 'transparent',
  uplink: { name: 'eth0', mac: '00:0d:3a:51:c4:90' },
  pools: BRIDGE.pools,
};

/** A node with these networks, and endpoints of these keys. */
function nodeOf(networks: Readonly<Record<string, Network>>, ...ids: readonly string[]): VnetDocument {
  const endpoints: Record<string, Endpoint> = Object.fromEntries(ids.map((id) => [id, POD]));
  return { ...SAMPLE, networks: { ...networks }, endpoints };
}

const pool = (network: string, family: 'ipv4' | 'ipv6', capacity: number, used = 0): PoolCounts => ({
  network,
  family,
  capacity,
  used,
  resting: 0,
  free: capacity - used,
});

const TWO = { azure: BRIDGE, storage: TRANSPARENT };
const POOLS = [pool('azure', 'ipv4', 30, 3), pool('storage', 'ipv4', 10, 3)];

describe('the default network of a node', () => {
  it.each([
    ['the one of the configuration of the runtime', nodeOf(TWO, 'storage/c1/eth0'), 'azure', 'azure'],
    ['the one in which pods have eth0', nodeOf(TWO, 'azure/c1/eth0', 'storage/c1/net1'), undefined, 'azure'],
    ['not one that the document lacks', nodeOf(TWO, 'azure/c1/eth0'), 'podman', 'azure'],
    ['the smallest one before the first pod', nodeOf(TWO), undefined, 'storage'],
    [
      'the smaller one of two in which pods have eth0',
      nodeOf(TWO, 'azure/c1/eth0', 'storage/c2/eth0'),
      undefined,
      'storage',
    ],
  ])('is %s', (_name, document, configured, network) => {
    const found = defaultNetworkOf(document, POOLS, configured);
    expect(found?.name).toBe(network);
    expect(addressTotals(POOLS, found)).toMatchObject({ network, used: 3 });
  });

  it('is none without a pool: no pod gets an address', () => {
    expect(defaultNetworkOf(nodeOf({}), [], 'azure')).toBeUndefined();
    expect(addressTotals([], undefined)).toMatchObject({ capacity: 0, free: 0, maxPods: 0 });
  });
});

describe('the addresses of a node', () => {
  it('are those of the scarcer family; other networks are not added', () => {
    const pools = [pool('azure', 'ipv4', 30, 5), pool('azure', 'ipv6', 1000, 5), pool('storage', 'ipv4', 10)];
    const found = defaultNetworkOf(nodeOf(TWO), pools, 'azure');
    expect(addressTotals(pools, found)).toEqual({
      network: 'azure',
      capacity: 30,
      used: 5,
      resting: 0,
      free: 25,
      maxPods: 30,
    });
  });

  it('are no more pods than a bridge has ports; a network without one has no such limit', () => {
    const pools = [pool('azure', 'ipv6', 65_536), pool('storage', 'ipv6', 65_536)];
    const limits = ['azure', 'storage'].map((name) => {
      const found = defaultNetworkOf(nodeOf(TWO), pools, name);
      return addressTotals(pools, found).maxPods;
    });
    expect(limits).toEqual([1022, 65_536]);
  });

  it('that run low are an event of their pool, though another one has many; once', () => {
    const status = (used: number) => ({
      pools: [pool('azure', 'ipv4', 30, used), pool('storage', 'ipv4', 1000)],
    });
    const notes = [
      [3, 28],
      [28, 29],
    ].map(([before = 0, after = 0]) => eventsBetween(status(before), status(after)).map(({ note }) => note));
    expect(notes).toEqual([[expect.stringMatching(/^2 of 30 addresses of network azure \(ipv4\)/)], []]);
  });
});
