/** All kinds of kernel objects on the wire. */
import type { NetObject, ObjectOf } from '../../model/kinds/registry.ts';
import { Bug } from '../../model/result.ts';
import { addressWire } from './address.ts';
import { fdbWire } from './fdb.ts';
import { linkWire } from './link.ts';
import { neighbourWire } from './neighbour.ts';
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

/** The kind, and what loads its code. */
type DeferredWire<T extends NetObject> = {
  readonly wire: Wire<T>;
  readonly load: () => Promise<void>;
};

/** Returns the kind. Shape: one without requests of its own, batches and notifications. Errors: used before it is loaded, it throws a Bug. */
function deferWire<T extends NetObject>(
  load: () => Promise<Pick<Wire<T>, 'create' | 'change' | 'remove' | 'list' | 'find'>>,
): DeferredWire<T> {
  let loaded: Awaited<ReturnType<typeof load>> | undefined;
  const known = (): NonNullable<typeof loaded> => {
    if (loaded === undefined) throw new Bug('loadWires() comes before this kind is used');
    return loaded;
  };
  return {
    wire: {
      create: (context, want, peer) => known().create(context, want, peer),
      change: (context, change) => known().change(context, change),
      remove: (context, have) => known().remove(context, have),
      list: (view) => known().list?.(view) ?? { ok: true, value: [] },
      find: (view, like) => known().find?.(view, like) ?? { ok: true, value: undefined },
    },
    load: async () => {
      loaded ??= await load();
    },
  };
}
