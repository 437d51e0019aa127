/** What must be there before a step is tried. Pure. */
import type { Change } from '../model/ports/kernel.ts';
import { assertNever } from '../model/result.ts';
import {
  HOST,
  type LinkObject,
  linkKeyOf,
  type NetnsPath,
  type NetObject,
  type ObjectKey,
  type State,
} from '../model/state.ts';

/**
 * What steps depend on, looked up once for a whole desired state.
 * Shape: `hostEnds` gives the host veth's key for a pod link's key; `carried` the addresses or routes of a device;
 * `arrived` everything of the node that must be in place before anything is taken from an uplink or bridge.
 */
export type NeedIndex = {
  readonly tables: readonly ObjectKey[];
  readonly hostEnds: ReadonlyMap<ObjectKey, ObjectKey>;
  readonly carried: ReadonlyMap<string, readonly ObjectKey[]>;
  readonly bridges: ReadonlyMap<string, ObjectKey>;
  readonly arrived: readonly ObjectKey[];
};

/** Returns the index of a desired state. */
export function indexNeeds(desired: State): NeedIndex {
  const tables: ObjectKey[] = [];
  const hostEnds = new Map<ObjectKey, ObjectKey>();
  const carried = new Map<string, ObjectKey[]>();
  const bridges = new Map<string, ObjectKey>();
  const arrived: ObjectKey[] = [];
  for (const [key, object] of desired) {
    if (object.kind === 'nft-table') tables.push(key);
    if (object.kind === 'link' && object.peer !== undefined) {
      hostEnds.set(linkKeyOf(object.peer.name, object.peer.netns), key);
    }
    if (object.kind === 'link' && object.type === 'bridge') bridges.set(object.name, key);
    if (object.netns === HOST && object.kind === 'link' && object.type === 'device') arrived.push(key);
    if (object.kind !== 'address' && object.kind !== 'route') continue;
    const carrier = carrierOf(object.netns, object.dev, object.kind);
    const known = carried.get(carrier);
    if (known === undefined) carried.set(carrier, [key]);
    else known.push(key);
    if (object.netns === HOST) arrived.push(key);
  }
  return { tables, hostEnds, carried, bridges, arrived };
}

/**
 * Returns the keys whose own steps, if they have any, must succeed first.
 * A link must exist before what hangs on it; the rules and the bridge before the uplink joins; everything that moves
 * must have arrived on the other interface before it is taken from the first.
 */
export function needsOf(change: Change, index: NeedIndex): readonly ObjectKey[] {
  if (change.verb === 'delete') return needsOfDelete(change.have, index);
  const { want } = change;
  switch (want.kind) {
    case 'link':
      return needsOfLink(want, index);
    case 'address':
    case 'fdb':
    case 'neighbour':
      return [linkKeyOf(want.dev, want.netns)];
    case 'route':
      return [
        linkKeyOf(want.dev, want.netns),
        ...(index.carried.get(carrierOf(want.netns, want.dev, 'address')) ?? []),
      ];
    case 'nft-element':
      return index.tables;
    case 'sysctl':
      return [...index.bridges].flatMap(([name, key]) => (want.name.includes(`/${name}/`) ? [key] : []));
    case 'nft-table':
      return [];
    default:
      return assertNever(want);
  }
}

function needsOfLink(want: LinkObject, index: NeedIndex): readonly ObjectKey[] {
  if (want.netns !== HOST) {
    const hostEnd = index.hostEnds.get(linkKeyOf(want.name, want.netns));
    return hostEnd === undefined ? [] : [hostEnd];
  }
  if (want.type === 'device' && want.master === '') {
    const carriedBy = (kind: 'address' | 'route'): readonly ObjectKey[] =>
      index.carried.get(carrierOf(HOST, want.name, kind)) ?? [];
    return [...carriedBy('address'), ...carriedBy('route')];
  }
  const bridge = want.master === undefined || want.master === '' ? [] : [linkKeyOf(want.master)];
  return [...bridge, ...(want.type === 'device' ? index.tables : [])];
}

function needsOfDelete(have: NetObject, index: NeedIndex): readonly ObjectKey[] {
  const isBridge = have.kind === 'link' && have.type === 'bridge';
  return have.kind === 'address' || isBridge ? index.arrived : [];
}

function carrierOf(netns: NetnsPath, dev: string, kind: 'address' | 'route'): string {
  return `${kind} ${dev} ${netns}`;
}
