/** A summary of the cluster's pods, for the pods of one node. Pure. */
import type { Family } from '../addresses/address.ts';
import type { PeerClass } from './compiler/classes.ts';
import type { Grant } from './compiler/grants.ts';
import type { Direction } from './rules.ts';

/** A value for each direction. */
export type Near<T> = Readonly<Record<Direction, T>>;

/** A class in the summary. Shape: grants by their place in the list of ids. */
type KnownClass = {
  readonly digest: string;
  readonly grants: readonly (readonly [at: number, port?: number])[];
};

/** The classes of all pods of the cluster in one direction. Shape: `grants` are the ids of this node's grants; `addresses` are the numbers of addresses in each class. */
type KnownClasses = {
  readonly grants: readonly string[];
  readonly classes: readonly KnownClass[];
  readonly addresses: Readonly<Record<Family, readonly number[]>>;
};

/** The summary. */
export type ClusterSummary = Readonly<Record<Direction, KnownClasses>>;

/** Returns the summary of classes with these numbers of addresses. */
export function summaryOf(
  granted: Near<readonly Grant[]>,
  countsIn: (direction: Direction, family: Family) => ReadonlyMap<PeerClass, number>,
): ClusterSummary {
  return inEach((direction) => {
    const grants = granted[direction];
    const counts = { 4: countsIn(direction, 4), 6: countsIn(direction, 6) };
    const places = new Map(grants.map(({ id }, at) => [id, at]));
    const used = [...new Set([...inUse(counts[4]), ...inUse(counts[6])])];
    return {
      grants: grants.map(({ id }) => id),
      classes: used.map(({ digest, grants: own }) => ({
        digest,
        grants: own.map(({ grant, port }) => {
          const at = places.get(grant.id) ?? 0;
          return port === undefined ? ([at] as const) : ([at, port] as const);
        }),
      })),
      addresses: {
        4: used.map((one) => counts[4].get(one) ?? 0),
        6: used.map((one) => counts[6].get(one) ?? 0),
      },
    };
  });
}

/** Returns the classes that some address has. */
export function inUse(counts: ReadonlyMap<PeerClass, number>): readonly PeerClass[] {
  return [...counts].flatMap(([one, count]) => (count > 0 ? [one] : []));
}

/** Returns the values of both directions. */
export function inEach<T>(of: (direction: Direction) => T): Near<T> {
  return { ingress: of('ingress'), egress: of('egress') };
}
