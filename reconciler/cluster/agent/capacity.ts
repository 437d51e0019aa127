/** The addresses of a node where a scheduler and an administrator look. Pure. */
import type { VnetDocument } from '../../../schemas/generated/vnet.ts';
import { describePools } from '../../model/addresses/pool-summary.ts';
import { coreOf } from '../../model/modes/cores.ts';
import { parseEndpointId } from '../../model/names.ts';
import type { NodeNetworkStatus } from '../custom-resources.ts';

/** The use of one pool. Shape: `resting` are in quarantine; addresses of endpoints that are leaving count as used. */
export type PoolCounts = {
  readonly network: string;
  readonly family: 'ipv4' | 'ipv6';
  readonly capacity: number;
  readonly used: number;
  readonly resting: number;
  readonly free: number;
};

/** Addresses that no pod is given: `own` are those of the node, `answered` those of a network that other machines have. */
export type PassedOver = {
  readonly own: readonly string[] | undefined;
  readonly answered: (network: string) => readonly string[] | undefined;
};

/** Returns the use of each pool of the document. */
export function countPools(
  document: VnetDocument,
  now: Date,
  { own, answered }: PassedOver,
): readonly PoolCounts[] {
  return Object.keys(document.networks).flatMap((name) =>
    describePools(document, name, now, { own, answered: answered(name) }).map(
      ({ network, family, counts }) => ({
        network,
        family: family === 4 ? ('ipv4' as const) : ('ipv6' as const),
        capacity: counts.total,
        used: counts.used + counts.leaving,
        resting: counts.quarantined,
        free: counts.free,
      }),
    ),
  );
}

/** The network that pods get by default. Shape: `mostPods` is the limit beside the addresses, Infinity without one. */
export type DefaultNetwork = { readonly name: string; readonly mostPods: number };

/** The interface by which a pod has its default network. Source: containerd and CRI-O, which name it so in each pod. */
const DEFAULT_INTERFACE = 'eth0';

/** A bridge has 1023 ports, one of them the uplink. Source: linux, net/bridge/br_private.h, BR_MAX_PORTS. */
const BRIDGE_PODS = 1022;

/**
 * Returns the network from which a pod gets an address by default; undefined without a pool. Further networks of some pods
 * (Multus) must not be added: a scheduler counts pods. It is the network that the runtime's configuration names (`configured`) if the
 * document has it, else the one in which pods have their default interface, else any; of several, the one with the fewest addresses.
 */
export function defaultNetworkOf(
  { networks, endpoints = {} }: VnetDocument,
  pools: readonly PoolCounts[],
  configured: string | undefined,
): DefaultNetwork | undefined {
  const keys = Object.keys(endpoints).map(parseEndpointId);
  const used = keys.filter(({ ifName }) => ifName === DEFAULT_INTERFACE).map(({ network }) => network);
  const candidates = [[configured], [...new Set(used)], Object.keys(networks)].map((names) =>
    pools.filter(({ network }) => names.includes(network)),
  );
  const [smallest] = (candidates.find(({ length }) => length > 0) ?? []).toSorted(
    (left, right) => left.capacity - right.capacity,
  );
  const network = smallest === undefined ? undefined : networks[smallest.network];
  if (smallest === undefined || network === undefined) return undefined;
  const isBridged = coreOf(network).links(network).bridge !== undefined;
  return { name: smallest.network, mostPods: isBridged ? BRIDGE_PODS : Number.POSITIVE_INFINITY };
}

/**
 * Returns the addresses of the default network. Of two families the scarcer one counts: a pod needs an address of each.
 * `maxPods` is the value of kubelet's --max-pods that leaves no pod Pending for want of an address.
 */
export function addressTotals(
  pools: readonly PoolCounts[],
  defaultNetwork: DefaultNetwork | undefined,
): NonNullable<NodeNetworkStatus['addresses']> {
  const own = pools.filter(({ network }) => network === defaultNetwork?.name);
  const [scarcest] = own.toSorted((left, right) => left.free - right.free || left.capacity - right.capacity);
  if (scarcest === undefined || defaultNetwork === undefined)
    return { capacity: 0, used: 0, resting: 0, free: 0, maxPods: 0 };
  const { network, capacity, used, resting, free } = scarcest;
  const maxPods = Math.min(defaultNetwork.mostPods, ...own.map((pool) => pool.capacity));
  return { network, capacity, used, resting, free, maxPods };
}
