/** Addresses of interfaces. Pure. */
import { familyOf, normaliseAddress, normalisePrefix } from '../addresses/address.ts';
import {
  HOST,
  type Kind,
  type KernelObject,
  type NetnsPath,
  type ObjectsByKey,
  type RestAttributes,
} from './kind.ts';
import { linkKeyOf } from './link.ts';

/**
 * An address of an interface.
 * Shape: `address` with prefix length (`10.240.0.35/16`). `metric` is that of the prefix route the kernel adds;
 * `noPrefixRoute`: it adds none. `secondary`: an IPv4 address that came after another of its prefix; the first one is
 * whom packets are from, and takes the others with it when it goes. `dynamic`: it ends with its lease.
 * `prefixRoute`: the kernel has the route that it makes for the address itself; whoever deletes that one leaves the
 * address in place. `lifetimes` are the time left of its lease when it was read; an address that is put back, or moved, keeps
 * them. `peer` is the other end of a point-to-point address. `noDad` is said of IPv6 addresses alone. `place` is the place
 * in the order in which the addresses of its family were added to the interface.
 * Source: ip-address(8); IFA_* of include/uapi/linux/if_addr.h.
 */
export type AddressObject = {
  readonly kind: 'address';
  readonly netns: NetnsPath;
  readonly dev: string;
  readonly address: string;
  readonly peer?: string;
  readonly scope?: number;
  readonly broadcast?: string;
  readonly label?: string;
  readonly metric?: number;
  readonly noPrefixRoute?: boolean;
  readonly secondary?: boolean;
  readonly prefixRoute?: boolean;
  readonly noDad?: boolean;
  readonly place?: number;
  readonly dynamic?: boolean;
  readonly lifetimes?: { readonly preferredSeconds: number; readonly validSeconds: number };
  readonly rest?: RestAttributes;
};

/** Addresses. One is there or not: the kernel can't change its scope or broadcast. */
export const addressKind: Kind<AddressObject> = {
  fields: { metric: 'metric', noDad: 'nodad', prefixRoute: 'prefix route', rest: 'attributes' },
  volatile: ['lifetimes', 'dynamic', 'place'],
  carried: ['rest', 'lifetimes'],
  fieldsInPod: ['prefixRoute'],
  implied: ['prefixRoute'],
  untold: ['prefixRoute'],
  policy: 'addresses',
  inPods: true,
  isEntry: true,
  carries: true,
  reasonToGo: 'moved to the other interface',
  key: keyOfAddress,
  // In the order in which they were added: the first one is the source of packets.
  rank: ({ secondary, place = 0 }) => (secondary === true ? 31 : 30) + place / MOST_ADDRESSES,
  normalise: (object) => {
    const [address, peer] = [normaliseAddress(object.address), object.peer && normaliseAddress(object.peer)];
    if (address === object.address && peer === object.peer) return object;
    return { ...object, address, ...(peer === undefined ? {} : { peer }) };
  },
  describe: ({ address }) => ['address', address],
  isOurs: (object, { listed }) => listed.has(keyOfAddress(object)),
  needs: ({ netns, dev }) => [linkKeyOf(dev, netns)],
  needsToGo: (_have, desired) => desired.moved(),
  isMoved: ({ netns }) => netns === HOST,
  isTaken: () => true,
  goesWith: ({ address }, event) => event === 'gone' || familyOf(address) === (event === 'down' ? 6 : event),
  settingsToGo,
  isLease: ({ dynamic }) => dynamic === true,
};

/** Returns the prefix that the address is of: of a point-to-point address that of its other end. */
export function prefixOf({ address, peer }: Pick<AddressObject, 'address' | 'peer'>): string {
  return normalisePrefix(peer === undefined ? address : `${peer}/${address.split('/')[1]}`);
}

/** More than an interface ever has. */
const MOST_ADDRESSES = 65_536;

/** One local address may be there once for each other end. */
function keyOfAddress({ address, peer, dev }: AddressObject): string {
  if (peer === undefined) return `address ${address} dev ${dev}`;
  const [local, length] = address.split('/');
  return `address ${local} peer ${peer}/${length} dev ${dev}`;
}

/**
 * Where the first IPv4 address of a prefix goes from a device, Linux takes the later ones with it, unless it may promote
 * them. Source: promote_secondaries in ip-sysctl.rst of the kernel's documentation.
 */
function settingsToGo(have: AddressObject, desired: ObjectsByKey): readonly (readonly [string, string])[] {
  const { netns, dev, address, secondary } = have;
  if (netns !== HOST || secondary === true || familyOf(address) !== 4) return [];
  const prefix = prefixOf(have);
  for (const object of desired.values()) {
    if (!isAddress(object) || object.netns !== HOST || object.dev !== dev) continue;
    if (prefixOf(object) === prefix) return [[`net/ipv4/conf/${dev}/promote_secondaries`, '1']];
  }
  return [];
}

function isAddress(object: KernelObject): object is AddressObject {
  return object.kind === 'address';
}
