import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { SimulatedKernel } from '../../reconciler/kernel/simulated/simulated.ts';
import { withRemovedNetworks } from '../../reconciler/model/capabilities.ts';
import { renderPlan } from '../../reconciler/plan/text.ts';
import type {
  AddressesNetwork,
  BridgeNetwork,
  Ipv4Pool,
  Network,
  VnetDocument,
} from '../../schemas/generated/vnet.ts';
import { bootedKernel, documentOf, NETWORK } from '../support/node.ts';
import { converge, planOf } from './planning.ts';

/**
 * Each case is one edit of the document of a converged node with two pods; the plans are in live-changes.txt.
 */
const PODS = [0, 1];
const BEFORE: BridgeNetwork = {
  ...NETWORK,
  routes: [{ to: '10.9.0.0/16', via: '10.240.0.1' }],
  arp: { neighbours: [{ address: '10.240.0.1', mac: '12:34:56:78:9a:bc' }] },
};

function bridge(more: Partial<BridgeNetwork['bridge']>): BridgeNetwork {
  return { ...BEFORE, bridge: { ...BEFORE.bridge, ...more } };
}

function pool(more: Partial<Ipv4Pool>): BridgeNetwork {
  return { ...BEFORE, pools: { ipv4: { ...NETWORK.pools.ipv4, ...more } } };
}

const ADDRESSES_ONLY: AddressesNetwork = { mode: 'addresses', pools: BEFORE.pools };

const CHANGES: Readonly<Record<string, Network>> = {
  'bridge.mtu lowered': bridge({ mtu: 1400 }),
  'bridge.mtu raised': bridge({ mtu: 9000 }),
  'bridge.hairpin off': bridge({ hairpin: false }),
  'bridge.antiSpoofing off': bridge({ antiSpoofing: false }),
  'bridge.mac': bridge({ mac: '02:00:00:00:00:99' }),
  'bridge.name': bridge({ name: 'br0' }),
  'bridge.name, mtu and mac at once': bridge({ name: 'br0', mtu: 1400, mac: '02:00:00:00:00:99' }),
  'routes: one more': {
    ...BEFORE,
    routes: [...(BEFORE.routes ?? []), { to: '10.8.0.0/16', via: '10.240.0.1' }],
  },
  'routes: another gateway': { ...BEFORE, routes: [{ to: '10.9.0.0/16', via: '10.240.0.2' }] },
  'routes: another metric': { ...BEFORE, routes: [{ to: '10.9.0.0/16', via: '10.240.0.1', metric: 50 }] },
  'routes: none': { ...BEFORE, routes: [] },
  'arp.pods off': { ...BEFORE, arp: { ...BEFORE.arp, pods: false } },
  'arp.neighbours: another MAC': {
    ...BEFORE,
    arp: { neighbours: [{ address: '10.240.0.1', mac: '12:34:56:78:9a:bd' }] },
  },
  'arp.neighbours: none': { ...BEFORE, arp: {} },
  'pools.ipv4.source': pool({ source: 'azure' }),
  'pools.ipv4.addresses': pool({ addresses: ['10.240.0.36-10.240.0.99'] }),
  'pools.ipv4.gateway': pool({ gateway: '10.240.0.2' }),
  'pools.ipv4.exclude': pool({ exclude: ['10.240.0.60'] }),
  'pools.ipv4.quarantineSeconds': pool({ quarantineSeconds: 600 }),
  reservations: { ...BEFORE, reservations: [{ pod: 'default/db-0', addresses: ['10.240.0.40'] }] },
  'uplink.released': { ...BEFORE, uplink: { ...BEFORE.uplink, released: true } },
  'mode addresses': ADDRESSES_ONLY,
};

function documentWith(network: Network): VnetDocument {
  return documentOf(PODS, network);
}

function node(): SimulatedKernel {
  const kernel = bootedKernel(PODS);
  converge(kernel, documentWith(BEFORE));
  return kernel;
}

/** Returns the document of the transition to this network, as a round plans it. */
function towards(network: Network): VnetDocument {
  return withRemovedNetworks(documentWith(network), documentWith(BEFORE));
}

const golden = join(import.meta.dirname, 'live-changes.txt');

describe('changes of a live node', () => {
  it('are planned as live-changes.txt says, to the letter', () => {
    const text = Object.entries(CHANGES)
      .map(([name, network]) => `## ${name}\n${renderPlan(planOf(node(), towards(network)))}\n`)
      .join('\n');
    if (process.env['VNET_UPDATE_GOLDEN'] === '1') writeFileSync(golden, text);
    expect(text).toBe(readFileSync(golden, 'utf8'));
  });

  it.each(Object.entries(CHANGES))(
    '%s: one plan is enough, and its rollback restores the node',
    (_name, network) => {
      const kernel = node();
      const objects = (): unknown => JSON.parse(kernel.dump()).objects;
      const before = sorted(objects());
      converge(kernel, towards(network));
      expect(planOf(kernel, towards(network)).steps).toEqual([]);
      expect(planOf(kernel, documentWith(network)).steps).toEqual([]);
      converge(kernel, documentWith(BEFORE));
      expect(sorted(objects())).toEqual(before);
    },
  );
});

function sorted(objects: unknown): readonly string[] {
  return Array.isArray(objects) ? objects.map((object) => JSON.stringify(sortKeys(object))).toSorted() : [];
}

function sortKeys(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== undefined)
      .toSorted(([left], [right]) => (left < right ? -1 : 1))
      .map(([key, inner]) => [key, sortKeys(inner)]),
  );
}
