/**
 * State: what the document means (desired) and what the kernel has (observed), as values of one type.
 * Owns the kinds of kernel objects and their identity. Pure.
 */
import { normaliseAddress, normaliseMac, normalisePrefix } from './addresses/address.ts';
import { assertNever } from './result.ts';

/** Where an object lives: `''` is the node's own network namespace, anything else the path of a pod's. */
export type NetnsPath = string;

/** The node's own network namespace. */
export const HOST: NetnsPath = '';

/**
 * A network interface.
 * Shape: `type` is `bridge` or `veth` for what vnet makes, `device` for what it finds (the uplink). A field that is
 * absent in a desired link is not ours to set. `master` is `''` for "in no bridge". `peer` names the other end of a
 * veth. `port` are the flags of a bridge port. `mtuBytes`, `mac` of a link in a pod are set at creation only: chained
 * plugins may change them afterwards.
 * Source: ip-link(8); IFLA_* of include/uapi/linux/if_link.h.
 */
export type LinkObject = {
  readonly kind: 'link';
  readonly netns: NetnsPath;
  readonly name: string;
  readonly type: 'bridge' | 'veth' | 'device';
  readonly up?: boolean;
  readonly mac?: string;
  readonly mtuBytes?: number;
  readonly multicast?: boolean;
  readonly master?: string;
  readonly alias?: string;
  readonly peer?: { readonly netns: NetnsPath; readonly name: string };
  readonly port?: { readonly hairpin: boolean };
};

/**
 * An address of an interface.
 * Shape: `address` with prefix length (`10.240.0.35/16`). `metric` is that of the prefix route the kernel adds;
 * `noPrefixRoute`: it adds none. `secondary`: an IPv4 address that came after another of its prefix; the first one is
 * whom packets are from, and takes the others with it when it goes. `dynamic`: observed only, it ends with its lease.
 * `prefixRoute`: the kernel has the route that it makes for the address itself; whoever deletes that one leaves the
 * address in place.
 * Source: ip-address(8); IFA_* of include/uapi/linux/if_addr.h.
 */
export type AddressObject = {
  readonly kind: 'address';
  readonly netns: NetnsPath;
  readonly dev: string;
  readonly address: string;
  readonly scope?: number;
  readonly broadcast?: string;
  readonly label?: string;
  readonly metric?: number;
  readonly noPrefixRoute?: boolean;
  readonly secondary?: boolean;
  readonly prefixRoute?: boolean;
  readonly dynamic?: boolean;
};

/**
 * A unicast route. Routes that the kernel itself adds for an address (protocol kernel) and those of table local are
 * never in a State: they follow from the addresses (`prefixRoute` says of an address that its own is there).
 * Shape: `to` is a prefix or `default`; `table` 254 is main; `metric` 0 is none. Numbers as in rtnetlink(7).
 */
export type RouteObject = {
  readonly kind: 'route';
  readonly netns: NetnsPath;
  readonly family: 4 | 6;
  readonly to: string;
  readonly table: number;
  readonly metric: number;
  readonly dev: string;
  readonly via?: string;
  readonly source?: string;
  readonly scope?: number;
  readonly protocol?: number;
  readonly onLink?: boolean;
  readonly mtuBytes?: number;
};

/** A permanent neighbour (ARP or ND) entry. `protocol` carries our mark. Source: ip-neighbour(8), NDA_PROTOCOL. */
export type NeighbourObject = {
  readonly kind: 'neighbour';
  readonly netns: NetnsPath;
  readonly dev: string;
  readonly address: string;
  readonly mac: string;
  readonly protocol?: number;
};

/** A static entry of a bridge's forwarding database: frames to `mac` leave by port `dev`. Source: bridge(8). */
export type FdbObject = {
  readonly kind: 'fdb';
  readonly netns: NetnsPath;
  readonly dev: string;
  readonly mac: string;
};

/** A kernel setting. `name` is the path below /proc/sys (`net/ipv6/conf/azure0/accept_ra`). */
export type SysctlObject = {
  readonly kind: 'sysctl';
  readonly netns: NetnsPath;
  readonly name: string;
  readonly value: string;
};

/**
 * Our nftables table with its sets, chains and rules, made and read as one.
 * Shape: `rules` are `<chain> <id>` in order, where the id ends in a digest of the rule's text, as its comment in
 * the kernel says it; `script` is what `nft -f -` makes it from (desired only). Elements are objects of their own.
 */
export type NftTableObject = {
  readonly kind: 'nft-table';
  readonly netns: NetnsPath;
  readonly family: 'bridge';
  readonly name: string;
  readonly rules: readonly string[];
  readonly script?: string;
};

/** An element of a set or map of our table. Shape: set `pods`, key `10.240.0.36`, value `aa:…` (maps only). */
export type NftElementObject = {
  readonly kind: 'nft-element';
  readonly netns: NetnsPath;
  readonly table: string;
  readonly set: string;
  readonly key: string;
  readonly value?: string;
};

/** Everything vnet wants or finds in a kernel. */
export type NetObject =
  | LinkObject
  | AddressObject
  | RouteObject
  | NeighbourObject
  | FdbObject
  | SysctlObject
  | NftTableObject
  | NftElementObject;

/** The kinds of NetObject, in the order in which they are created. */
export const KINDS = [
  'nft-table',
  'link',
  'sysctl',
  'address',
  'route',
  'neighbour',
  'fdb',
  'nft-element',
] as const satisfies readonly NetObject['kind'][];

/** Identifies an object: two objects of one key are two versions of the same thing. */
export type ObjectKey = string;

/** A set of kernel objects by key, normalised and in key order. Desired and observed are both of this type. */
export type State = ReadonlyMap<ObjectKey, NetObject>;

/** Returns the identity of the object, readable by people: `neighbour 10.240.0.36 dev azure0`. Total. */
export function keyOf(object: NetObject): ObjectKey {
  const where = object.netns === HOST ? '' : ` netns ${object.netns}`;
  switch (object.kind) {
    case 'link':
      return `link ${object.name}${where}`;
    case 'address':
      return `address ${object.address} dev ${object.dev}${where}`;
    case 'route': {
      const table = object.table === 254 ? '' : ` table ${object.table}`;
      const metric = object.metric === 0 ? '' : ` metric ${object.metric}`;
      const family = object.to === 'default' && object.family === 6 ? ' inet6' : '';
      return `route ${object.to}${family}${table}${metric}${where}`;
    }
    case 'neighbour':
      return `neighbour ${object.address} dev ${object.dev}${where}`;
    case 'fdb':
      return `fdb ${object.mac} dev ${object.dev}${where}`;
    case 'sysctl':
      return `sysctl ${object.name}${where}`;
    case 'nft-table':
      return `nft-table ${object.family} ${object.name}${where}`;
    case 'nft-element':
      return `nft-element ${object.set} ${object.key}${where}`;
    default:
      return assertNever(object);
  }
}

/** Returns the identity of the link of this name, whatever sort of link it is. Law: keyOf() of that link. */
export function linkKeyOf(name: string, netns: NetnsPath = HOST): ObjectKey {
  return keyOf({ kind: 'link', netns, name, type: 'device' });
}

/** Returns the object in the one spelling both sides are compared in: MACs lower case, prefixes without host bits. */
export function normaliseObject(object: NetObject): NetObject {
  switch (object.kind) {
    case 'link': {
      const mac = object.mac === undefined ? undefined : normaliseMac(object.mac);
      return mac === undefined || mac === object.mac ? object : { ...object, mac };
    }
    case 'address': {
      const address = normaliseAddress(object.address);
      return address === object.address ? object : { ...object, address };
    }
    case 'route':
      return normaliseRoute(object);
    case 'neighbour': {
      const [address, mac] = [normaliseAddress(object.address), normaliseMac(object.mac)];
      return address === object.address && mac === object.mac ? object : { ...object, address, mac };
    }
    case 'fdb': {
      const mac = normaliseMac(object.mac);
      return mac === object.mac ? object : { ...object, mac };
    }
    case 'sysctl':
    case 'nft-table':
    case 'nft-element':
      return object;
    default:
      return assertNever(object);
  }
}

function normaliseRoute(route: RouteObject): RouteObject {
  const to = route.to === 'default' ? 'default' : normalisePrefix(route.to);
  const via = route.via === undefined ? undefined : normaliseAddress(route.via);
  const source = route.source === undefined ? undefined : normaliseAddress(route.source);
  if (to === route.to && via === route.via && source === route.source) return route;
  return {
    ...route,
    to,
    ...(via === undefined ? {} : { via }),
    ...(source === undefined ? {} : { source }),
  };
}

/**
 * Returns the State of the objects: each normalised, the last of one key kept, in key order.
 * Law: toState(toState(x).values()) equals toState(x); the order of the input does not matter for distinct keys.
 */
export function toState(objects: Iterable<NetObject>): State {
  const found = new KeyOrdered();
  for (const object of objects) {
    const normal = normaliseObject(object);
    found.set(keyOf(normal), normal);
  }
  return found;
}

/**
 * Calls `visit` with every object of the State, in no particular order: for where that doesn't matter, since to put ten
 * thousand keys in order takes as long as to compare what they stand for.
 */
export function forEachIn(state: State, visit: (object: NetObject, key: ObjectKey) => void): void {
  Map.prototype.forEach.call(state, visit);
}

/**
 * A State, to be filled with objects that are normalised before anybody walks through it. Keys are put in order when it is
 * walked through first: who only looks things up does not wait for that.
 */
export class KeyOrdered extends Map<ObjectKey, NetObject> {
  #ordered: Map<ObjectKey, NetObject> | undefined;

  override [Symbol.iterator](): MapIterator<[ObjectKey, NetObject]> {
    return this.#inOrder()[Symbol.iterator]();
  }

  override entries(): MapIterator<[ObjectKey, NetObject]> {
    return this.#inOrder().entries();
  }

  override keys(): MapIterator<ObjectKey> {
    return this.#inOrder().keys();
  }

  override values(): MapIterator<NetObject> {
    return this.#inOrder().values();
  }

  override forEach(
    visit: (object: NetObject, key: ObjectKey, state: Map<ObjectKey, NetObject>) => void,
  ): void {
    this.#inOrder().forEach(visit);
  }

  #inOrder(): Map<ObjectKey, NetObject> {
    if (this.#ordered !== undefined) return this.#ordered;
    const ordered = new Map<ObjectKey, NetObject>();
    // Without a function of ours to call, the order is that of code units, and takes a fraction of the time.
    for (const key of [...super.keys()].toSorted()) {
      const object = this.get(key);
      if (object !== undefined) ordered.set(key, object);
    }
    this.#ordered = ordered;
    return ordered;
  }
}
