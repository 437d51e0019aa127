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
 * whom packets are from, and takes the others with it when it goes. `dynamic`: observed only, it ends with its lease.
 * `prefixRoute`: the kernel has the route that it makes for the address itself; whoever deletes that one leaves the
 * address in place. `lifetimes` are what is left of its lease when it was read; an address that is put back gets them, one
 * that is moved does not: on the other interface nobody renews it.
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
  readonly lifetimes?: { readonly preferredSeconds: number; readonly validSeconds: number };
  readonly rest?: RestAttributes;
};

/** Addresses. One is there or not: the kernel can't change its scope or broadcast. */
export const addressKind: Kind<AddressObject> = {
  fields: { metric: 'metric', prefixRoute: 'prefix route', rest: 'attributes' },
  volatile: ['lifetimes'],
  fieldsInPod: ['prefixRoute'],
  implied: ['prefixRoute'],
  untold: ['prefixRoute'],
  policy: 'addresses',
  inPods: true,
  isEntry: true,
  carries: true,
  reasonToGo: 'moved to the other interface',
  key: ({ address, dev }) => `address ${address} dev ${dev}`,
  rank: ({ secondary }) => (secondary === true ? 31 : 30),
  normalise: (object) => {
    const address = normaliseAddress(object.address);
    return address === object.address ? object : { ...object, address };
  },
  describe: ({ address }) => ['address', address],
  isOurs: ({ address, dev }, { addresses }) => addresses.has(`address ${address} dev ${dev}`),
  needs: ({ netns, dev }) => [linkKeyOf(dev, netns)],
  needsToGo: (_have, desired) => desired.moved(),
  isMoved: ({ netns }) => netns === HOST,
  goesWith: ({ address }, event) => event === 'gone' || familyOf(address) === (event === 'down' ? 6 : event),
  settingsToGo,
  isLease: ({ dynamic }) => dynamic === true,
};

/**
 * Where the first IPv4 address of a prefix goes from a device, Linux takes the later ones with it, unless it may promote
 * them. Source: promote_secondaries in ip-sysctl.rst of the kernel's documentation.
 */
function settingsToGo(
  { netns, dev, address, secondary }: AddressObject,
  desired: ObjectsByKey,
): readonly (readonly [string, string])[] {
  if (netns !== HOST || secondary === true || familyOf(address) !== 4) return [];
  const prefix = normalisePrefix(address);
  for (const object of desired.values()) {
    if (!isAddress(object) || object.netns !== HOST || object.dev !== dev) continue;
    if (normalisePrefix(object.address) === prefix)
      return [[`net/ipv4/conf/${dev}/promote_secondaries`, '1']];
  }
  return [];
}

function isAddress(object: KernelObject): object is AddressObject {
  return object.kind === 'address';
}
