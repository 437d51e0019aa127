/** Random documents, and a node converged to one of them and then changed by other programs. */
import fc from 'fast-check';
import { runRound } from '../../../reconciler/loop/round/round.ts';
import type { SimulatedKernel } from '../../../reconciler/kernel/simulated/simulated.ts';
import { scopeOfNode } from '../../../reconciler/model/scope.ts';
import type { NetObject } from '../../../reconciler/model/state.ts';
import type { BridgeNetwork, VnetDocument } from '../../../schemas/generated/vnet.ts';
import { createMemorySession } from '../../support/memory-session.ts';
import { bootedKernel, documentOf, NETWORK, netnsOf } from '../../support/node.ts';

const MAX_PODS = 5;

const anyNetwork = fc.record({
  isReleased: fc.constantFrom(false, false, false, true),
  bridge: fc.constantFrom('azure0', 'cbr0'),
  mtu: fc.constantFrom(undefined, 1400),
  mac: fc.constantFrom(undefined, '0a:0a:0a:0a:0a:0a'),
  hasMore: fc.boolean(),
  gateway: fc.constantFrom('10.240.0.1', '10.240.0.2'),
});

type AnyNetwork = typeof anyNetwork extends fc.Arbitrary<infer T> ? T : never;

function networkOf({ isReleased, bridge, mtu, mac, hasMore, gateway }: AnyNetwork): BridgeNetwork {
  const { uplink } = NETWORK;
  return {
    ...NETWORK,
    uplink: {
      ...uplink,
      ...(isReleased ? { released: true } : {}),
      addresses: [...(uplink.addresses ?? []), ...(hasMore ? [{ address: '10.240.0.200/16' }] : [])],
      routes: (uplink.routes ?? []).map((route) => ({ ...route, via: gateway })),
    },
    bridge: {
      name: bridge,
      ...(mtu === undefined ? {} : { mtu }),
      ...(mac === undefined ? {} : { mac }),
    },
  };
}

/** A document with up to five pods: none if the uplink is released. */
export const anyDocument: fc.Arbitrary<VnetDocument> = fc
  .tuple(fc.uniqueArray(fc.nat(MAX_PODS - 1), { maxLength: 4 }), anyNetwork)
  .map(([pods, network]) => documentOf(network.isReleased ? [] : pods, networkOf(network)));

const CHANGES: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  mtu: { mtuBytes: 1300 },
  down: { up: false },
  alone: { master: '' },
  mac: { mac: '0a:00:00:00:00:99' },
  via: { via: '10.240.0.9' },
};

/** Changes by other programs: of the object of this number, or of a pod's namespace. */
export const anyDrift = fc.array(
  fc.record({ at: fc.nat(1000), how: fc.constantFrom('delete', 'namespace', ...Object.keys(CHANGES)) }),
  { maxLength: 6 },
);

/** A sequence of changes by other programs. */
export type AnyDrift = typeof anyDrift extends fc.Arbitrary<infer T> ? T : never;

/** Returns a node of its uplink and the namespaces of all pods. */
export function kernelWithPods(): SimulatedKernel {
  return bootedKernel([...Array.from({ length: MAX_PODS }).keys()]);
}

/** Returns a node converged to `before`, then changed. The namespaces of both documents exist. */
export function driftedKernel(before: VnetDocument, after: VnetDocument, drift: AnyDrift): SimulatedKernel {
  const kernel = kernelWithPods();
  runRound(createMemorySession(kernel, before), { limit: 'node-outage' });
  for (const { at, how } of drift) tamper(kernel, before, { at, how });
  void after;
  return kernel;
}

/** Changes the node as another program would. */
export function tamper(kernel: SimulatedKernel, document: VnetDocument, { at, how }: AnyDrift[number]): void {
  const seen = kernel.observe(scopeOfNode(document));
  const objects = seen.ok ? [...seen.value.state.values()] : [];
  const have = objects[at % objects.length];
  if (how === 'namespace') kernel.removeNamespace(netnsOf(at % MAX_PODS));
  // A missing uplink would stop every round.
  else if (have === undefined || (have.kind === 'link' && have.name === 'eth0' && how === 'delete')) return;
  else if (how === 'delete') kernel.tamper({ verb: 'delete', have });
  else {
    const more = CHANGES[how] ?? {};
    const fields = Object.keys(more).filter((field) => field in have);
    if (fields.length > 0)
      kernel.tamper({ verb: 'update', have, want: { ...have, ...more } as NetObject, fields });
  }
}
