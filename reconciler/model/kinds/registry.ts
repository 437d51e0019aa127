/** All kinds of kernel objects. Pure. */
import { addressKind } from './address.ts';
import { fdbKind } from './fdb.ts';
import { filterKind } from './filter.ts';
import type { Kind } from './kind.ts';
import { linkKind } from './link.ts';
import { neighbourKind } from './neighbour.ts';
import { nexthopKind } from './nexthop.ts';
import { nftElementKind } from './nft-element.ts';
import { nftTableKind } from './nft-table.ts';
import { qdiscKind } from './qdisc.ts';
import { routeKind } from './route.ts';
import { ruleKind } from './rule.ts';
import { sysctlKind } from './sysctl.ts';

/** The kinds by name. */
export const KINDS = {
  link: linkKind,
  address: addressKind,
  nexthop: nexthopKind,
  route: routeKind,
  neighbour: neighbourKind,
  fdb: fdbKind,
  rule: ruleKind,
  sysctl: sysctlKind,
  'nft-table': nftTableKind,
  'nft-element': nftElementKind,
  qdisc: qdiscKind,
  filter: filterKind,
};

type ObjectsOf<K> = K extends Kind<infer T> ? T : never;

/** Any object that vnet desires or observes. */
export type NetObject = ObjectsOf<(typeof KINDS)[keyof typeof KINDS]>;

/** The objects of one kind, by the kind's name. */
export type ObjectOf<Name extends NetObject['kind']> = Extract<NetObject, { readonly kind: Name }>;

/** A kind of any object; it must be the object's own. */
export type AnyKind = Kind<NetObject, string>;

/** Returns the object's kind. */
export function kindOf(object: NetObject): AnyKind {
  return KINDS[object.kind];
}

/** The kinds, in no particular order. */
export const ALL_KINDS: readonly AnyKind[] = Object.values(KINDS);
