/** What the document says of addresses, as objects of the desired State. Pure. */
import type { BridgeNetwork } from '../../schemas/generated/vnet.ts';
import { familyOf, normalisePrefix } from './addresses/address.ts';
import { type AddressObject, HOST, type NetnsPath, type NetObject } from './state.ts';

/** Returns the addresses of a network's uplink on the interface that is to carry them: the bridge, or the uplink itself. */
export function deriveAddresses({ uplink }: BridgeNetwork, dev: string): readonly NetObject[] {
  const prefixes = new Set<string>();
  return (uplink.addresses ?? []).map(({ label, ...address }) => ({
    kind: 'address',
    netns: HOST,
    dev,
    ...address,
    ...precedenceOf(address, prefixes),
    // A label belongs to the interface it was made for (eth0:1).
    ...(label !== undefined && dev === uplink.name ? { label } : {}),
  }));
}

/** Returns the addresses of a pod. They are few, mostly one, which comes first. */
export function derivePodAddresses(
  addresses: readonly string[],
  { netns, dev }: { readonly netns: NetnsPath; readonly dev: string },
): readonly NetObject[] {
  const prefixes = addresses.length > 1 ? new Set<string>() : undefined;
  return addresses.map((address) => {
    const isFirst = prefixes === undefined || isFirstOf(address, prefixes);
    const prefixRoute = isFirst && !isOfOneHost(address) ? { prefixRoute: true } : {};
    return { kind: 'address', netns, dev, address, scope: 0, ...prefixRoute };
  });
}

/**
 * The first address of a prefix in the document's order is its primary one; `prefixes` remembers which were seen. It
 * brings a route to its prefix along, unless it is told not to or there is nobody else in that.
 */
function precedenceOf(
  { address, noPrefixRoute }: Pick<AddressObject, 'address' | 'noPrefixRoute'>,
  prefixes: Set<string>,
): Pick<AddressObject, 'secondary' | 'prefixRoute'> {
  if (!isFirstOf(address, prefixes)) return familyOf(address) === 4 ? { secondary: true } : {};
  return noPrefixRoute === true || isOfOneHost(address) ? {} : { prefixRoute: true };
}

function isFirstOf(address: string, prefixes: Set<string>): boolean {
  const prefix = normalisePrefix(address);
  const isSeen = prefixes.has(prefix);
  prefixes.add(prefix);
  return !isSeen;
}

function isOfOneHost(address: string): boolean {
  return address.endsWith('/32') || address.endsWith('/128');
}
