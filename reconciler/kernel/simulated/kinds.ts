/** The kinds of the simulated kernel. */
import { assertNever } from '../../model/result.ts';
import type { Change } from '../../model/ports/kernel.ts';
import { subjectOf } from '../../model/ports/kernel.ts';
import type { NetObject, ObjectOf } from '../../model/kinds/registry.ts';
import { createAddress, deleteAddress, updateAddress, writeSysctl } from './addresses.ts';
import { createObject, removeObject, type SimulatedKind } from './generic.ts';
import { createLink, deleteLink, updateLink } from './links.ts';
import { deleteTable, makeTable, simulatedElement } from './nft.ts';
import { simulatedNexthop } from './nexthops.ts';
import { simulatedFdb, simulatedNeighbour, simulatedRoute } from './routes.ts';
import { type Outcome, refuse, type SimulatedTables } from './tables.ts';

/** The kinds with behaviour beyond being stored; other kinds need no entry. */
const SPECIAL: { readonly [Name in NetObject['kind']]?: SimulatedKind<ObjectOf<Name>> } = {
  link: { create: createLink, change: updateLink, remove: deleteLink },
  address: { create: createAddress, change: updateAddress, remove: deleteAddress },
  route: simulatedRoute,
  nexthop: simulatedNexthop,
  neighbour: simulatedNeighbour,
  fdb: simulatedFdb,
  sysctl: {
    create: writeSysctl,
    change: (tables, { want }) => writeSysctl(tables, want),
    remove: (_world, have) =>
      refuse('unsupported', have, 'a sysctl cannot be deleted', 'Set another value instead.'),
  },
  'nft-table': {
    create: makeTable,
    change: (tables, { want }) => makeTable(tables, want),
    remove: deleteTable,
  },
  'nft-element': simulatedElement,
  filter: {
    refuses: (tables, want) =>
      tables.linkAt(want.netns, want.redirect) === undefined
        ? refuse('not-found', want, 'No such device')
        : undefined,
  },
};

const PLAIN: SimulatedKind<NetObject> = {};

/** Applies the change. Shape: `checkOwner` is false for a change by another program. */
export function applyChange(tables: SimulatedTables, change: Change, checkOwner: boolean): Outcome {
  const kind: SimulatedKind<NetObject> = SPECIAL[subjectOf(change).kind] ?? PLAIN;
  switch (change.verb) {
    case 'create':
      return kind.create?.(tables, change.want, change.peer) ?? createObject(kind, tables, change.want);
    case 'update':
      return kind.change?.(tables, change) ?? createObject(kind, tables, change.want, true);
    case 'delete':
      return kind.remove?.(tables, change.have, checkOwner) ?? removeObject(tables, change.have);
    default:
      return assertNever(change);
  }
}
