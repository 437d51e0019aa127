/** All kinds of kernel objects on the wire. */
import type { NetObject, ObjectOf } from '../../model/kinds/registry.ts';
import { addressWire } from './address.ts';
import { fdbWire } from './fdb.ts';
import { linkWire } from './link.ts';
import { neighbourWire } from './neighbour.ts';
import { deferWire } from './deferred.ts';
import { nftElementWire } from './nft-element.ts';
import { nftTableWire } from './nft-table.ts';
import { routeWire } from './route.ts';
import { sysctlWire } from './sysctl.ts';
import type { Wire } from './wire.ts';

/** Whole networks alone have them: an ADD does not load their code. */
const nexthop = deferWire<ObjectOf<'nexthop'>>(async () => (await import('./nexthop.ts')).nexthopWire);

/** Resolves once every kind can be read and changed; before, those that no endpoint has cannot. */
export const loadWires = nexthop.load;

/** The kinds by name. */
const WIRES: { readonly [Name in NetObject['kind']]: Wire<ObjectOf<Name>> } = {
  link: linkWire,
  address: addressWire,
  nexthop: nexthop.wire,
  route: routeWire,
  neighbour: neighbourWire,
  fdb: fdbWire,
  sysctl: sysctlWire,
  'nft-table': nftTableWire,
  'nft-element': nftElementWire,
};

/** The kinds, in the order of reading. */
export const ALL_WIRES: readonly Wire<NetObject>[] = Object.values(WIRES);

/** Returns the object's kind on the wire. */
export function wireOf(object: NetObject): Wire<NetObject> {
  return WIRES[object.kind];
}
