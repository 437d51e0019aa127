/** All kinds of kernel objects on the wire. */
import type { NetObject, ObjectOf } from '../../model/kinds/registry.ts';
import { addressWire } from './address.ts';
import { fdbWire } from './fdb.ts';
import { linkWire } from './link.ts';
import { neighbourWire } from './neighbour.ts';
import { nexthopWire } from './nexthop.ts';
import { nftElementWire } from './nft-element.ts';
import { nftTableWire } from './nft-table.ts';
import { routeWire } from './route.ts';
import { ruleWire } from './rare/rule.ts';
import { sysctlWire } from './sysctl.ts';
import type { Wire } from './wire.ts';

/** The kinds by name. */
const WIRES: { readonly [Name in NetObject['kind']]: Wire<ObjectOf<Name>> } = {
  link: linkWire,
  address: addressWire,
  nexthop: nexthopWire,
  route: routeWire,
  neighbour: neighbourWire,
  fdb: fdbWire,
  rule: ruleWire,
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
