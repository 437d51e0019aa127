/** All kinds of kernel objects on the wire. Those that few CNI calls need are loaded on demand. */
import type { NetObject, ObjectOf } from '../../model/kinds/registry.ts';
import { Bug } from '../../model/result.ts';
import { addressWire } from './address.ts';
import { fdbWire } from './fdb.ts';
import { linkWire } from './link.ts';
import { neighbourWire } from './neighbour.ts';
import { nftElementWire } from './nft-element.ts';
import { routeWire } from './route.ts';
import { sysctlWire } from './sysctl.ts';
import type { Wire } from './wire.ts';

type Wires<Name extends NetObject['kind']> = { readonly [N in Name]: Wire<ObjectOf<N>> };

type Rare = keyof typeof import('./rare/registry.ts')['RARE_WIRES'];

/** The kinds by name. */
const WIRES: Wires<Exclude<NetObject['kind'], Rare>> = {
  link: linkWire,
  address: addressWire,
  route: routeWire,
  neighbour: neighbourWire,
  fdb: fdbWire,
  sysctl: sysctlWire,
  'nft-element': nftElementWire,
};

let known: Readonly<Partial<Record<NetObject['kind'], Wire<NetObject>>>> = WIRES;

/** Resolves once every kind can be read and changed. */
export async function loadRareWires(): Promise<void> {
  registerRareWires((await import('./rare/registry.ts')).RARE_WIRES);
}

/** Adds the kinds that few CNI calls need: for programs that always have them. */
export function registerRareWires(rare: Wires<Rare>): void {
  known = { ...rare, ...WIRES };
}

/** Returns the kinds that are loaded, in the order of reading. */
export function loadedWires(): readonly Wire<NetObject>[] {
  return Object.values(known);
}

/** As loadedWires(), of all kinds: without one, its objects would seem to be absent. */
export function allWires(): readonly Wire<NetObject>[] {
  if (known === WIRES) throw new Bug('prepare() comes first');
  return loadedWires();
}

/** Returns the object's kind on the wire. */
export function wireOf(object: NetObject): Wire<NetObject> {
  const wire = known[object.kind];
  if (wire === undefined) throw new Bug('prepare() comes first');
  return wire;
}
