/** The addresses of a node where a scheduler and an administrator look. Pure. */
import type { VnetDocument } from '../../../schemas/generated/vnet.ts';
import { describePools } from '../../model/addresses/pool-summary.ts';
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

/**
 * Returns the totals of all networks. Of a network with two families the scarcer one counts: a pod needs an address of each.
 * `maxPods` is the value of kubelet's --max-pods that leaves no pod Pending for want of an address.
 */
export function addressTotals(pools: readonly PoolCounts[]): NonNullable<NodeNetworkStatus['addresses']> {
  const networks = [...new Set(pools.map(({ network }) => network))];
  const scarcest = networks.flatMap((name) =>
    pools
      .filter(({ network }) => network === name)
      .toSorted((left, right) => left.free - right.free || left.capacity - right.capacity)
      .slice(0, 1),
  );
  const sum = (field: 'capacity' | 'used' | 'resting' | 'free'): number =>
    scarcest.reduce((total, pool) => total + pool[field], 0);
  const capacity = sum('capacity');
  return { capacity, used: sum('used'), resting: sum('resting'), free: sum('free'), maxPods: capacity };
}
