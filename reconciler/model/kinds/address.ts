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
import { ADDRESS_MARK } from '../names.ts';
import { linkKeyOf } from './link.ts';

/**
 * An address of an interface.
 * Shape: `address` with prefix length (`10.240.0.35/16`). `metric` is that of the prefix route added by the
 * kernel; `noPrefixRoute`: none is added. `secondary`: an IPv4 address that is not the first of its prefix;
 * the first is the source of packets, and its deletion removes the others. `dynamic`: it expires with its
 * lease. `prefixRoute`: the kernel has the prefix route of the address, which can be deleted without the
 * address. `lifetimes` are the remaining times of the lease when it was read; a moved or restored address
 * keeps them. `peer` is the other end of a point-to-point address. `noDad` is for IPv6 only. `place` is the
 * position among the addresses of its family on the interface, in the order of addition.
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

/** Addresses. The kernel cannot change the scope or broadcast of an existing one. */
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
  deletionReason: 'moved to the other interface',
  key: keyOfAddress,
  // In the order of addition: the first is the source of packets.
  rank: ({ secondary, place = 0 }) => (secondary === true ? 31 : 30) + place / MAX_ADDRESSES,
  normalise: (object) => {
    const [address, peer] = [normaliseAddress(object.address), object.peer && normaliseAddress(object.peer)];
    if (address === object.address && peer === object.peer) return object;
    return { ...object, address, ...(peer === undefined ? {} : { peer }) };
  },
  describe: ({ address }) => ['address', address],
  isOurs: (object, { listed }) =>
    listed.has(keyOfAddress(object)) || object.rest?.includes(ADDRESS_MARK) === true,
  needs: ({ netns, dev }) => [linkKeyOf(dev, netns)],
  needsToGo: ({ netns }, desired) => (netns === HOST ? desired.moved() : []),
  isMoved: ({ netns }) => netns === HOST,
  isTaken: () => true,
  goesWith: ({ address }, event) => event === 'gone' || familyOf(address) === (event === 'down' ? 6 : event),
  settingsForDeletion,
  isLease: ({ dynamic }) => dynamic === true,
};

/** Returns the prefix of the address; of an IPv4 point-to-point address, that of its peer. */
export function prefixOf({ address, peer }: Pick<AddressObject, 'address' | 'peer'>): string {
  const isOwn = peer === undefined || familyOf(address) === 6;
  return normalisePrefix(isOwn ? address : `${peer}/${address.split('/')[1]}`);
}

/** More than any interface has. */
const MAX_ADDRESSES = 65_536;

/** A local address may exist once for each peer. */
function keyOfAddress({ address, peer, dev }: AddressObject): string {
  if (peer === undefined) return `address ${address} dev ${dev}`;
  const [local, length] = address.split('/');
  return `address ${local} peer ${peer}/${length} dev ${dev}`;
}

/**
 * If the first IPv4 address of a prefix is deleted from a device, Linux deletes the later ones too, unless it
 * may promote them.
 * Source: promote_secondaries in ip-sysctl.rst of the kernel's documentation.
 */
function settingsForDeletion(
  have: AddressObject,
  desired: ObjectsByKey,
): readonly (readonly [string, string])[] {
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
