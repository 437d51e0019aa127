/** Graphs to draw: a node with many pods on a simulated kernel, some of them broken. */
import { describeGraph, type Graph } from '../../reconciler/graph/model.ts';
import { planNode } from '../../reconciler/loop/node/plan-node.ts';
import type { Cause } from '../../reconciler/plan/cause.ts';
import type { Plan } from '../../reconciler/plan/step.ts';
import type { Endpoint, VnetDocument } from '../../schemas/generated/vnet.ts';
import { must } from '../support/must.ts';
import { bootedKernel, documentOf, idOf, NETWORK } from '../support/node.ts';

/**
 * The drawn node.
 * Shape: `broken` pods lost their neighbour entry as drift, `pending` ones by a change of the document.
 */
export type GraphSpec = {
  readonly pods: number;
  readonly broken?: readonly number[];
  readonly pending?: readonly number[];
  readonly endpoints?: Readonly<Record<string, Endpoint>>;
  readonly foreign?: boolean;
};

const NAMES = ['shop/web', 'kube-system/coredns', 'payments/checkout-service-backend', 'a/b'];

/** Returns the record of a lease: an address without an interface. */
export function leaseOf(pod: string, address: string): Endpoint {
  return { pod, addresses: [address], added: '2026-11-21T10:00:00.000Z' };
}

/** Returns the graph of the node, and its plan. */
export function sampleGraph(spec: GraphSpec): { readonly graph: Graph; readonly plan: Plan } {
  const pods = Array.from({ length: spec.pods }, (_, index) => index);
  const kernel = bootedKernel(pods);
  const document = sampleDocument(spec, pods);
  kernel.apply(must(planNode(kernel, document)).plan.steps.map(({ change }) => change));
  if (spec.foreign === true) {
    const peer = { netns: '', name: 'tap1' };
    kernel.tamper({
      verb: 'create',
      want: { kind: 'link', netns: '', name: 'tap0', type: 'veth', master: 'azure0', peer },
    });
  }
  const addressOf = (index: number): string => `10.240.${(36 + index) >> 8}.${(36 + index) & 255}`;
  for (const index of [...(spec.broken ?? []), ...(spec.pending ?? [])]) {
    const { mac = '' } = document.endpoints?.[idOf(index)] ?? {};
    kernel.tamper({
      verb: 'delete',
      have: { kind: 'neighbour', netns: '', dev: 'azure0', address: addressOf(index), mac },
    });
  }
  const { plan, observation } = must(planNode(kernel, document));
  const awaited = new Set(spec.pending?.map((index) => `neighbour ${addressOf(index)} dev azure0`));
  const causes = new Map(
    plan.steps.map(({ key }): [string, Cause] => [key, awaited.has(key) ? 'pending' : 'drift']),
  );
  return { graph: describeGraph({ document, observation, plan, causes }), plan };
}

function sampleDocument({ endpoints }: GraphSpec, pods: readonly number[]): VnetDocument {
  const network = {
    ...NETWORK,
    pools: { ipv4: { ...NETWORK.pools.ipv4, addresses: ['10.240.0.36-10.240.3.250'] } },
  };
  const document = documentOf(pods, network);
  const named = Object.entries(document.endpoints ?? {}).map(([id, endpoint], index) => {
    const pod = `${NAMES[index % NAMES.length] ?? ''}-${((index * 7919) % 0xfffff).toString(16)}`;
    const address = `10.240.${(36 + index) >> 8}.${(36 + index) & 255}/16`;
    return [id, { ...endpoint, pod, addresses: [address] as const }] as const;
  });
  return { ...document, endpoints: { ...Object.fromEntries(named), ...endpoints } };
}
