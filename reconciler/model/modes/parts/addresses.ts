/** The addresses of a pod as objects of the desired State. Pure. */
import { normalisePrefix } from '../../addresses/address.ts';
import type { NetnsPath, NetObject } from '../../state.ts';

/** Returns the addresses of a pod, usually one; the primary address first. Shape: `isOwn`: they come from a pool of ours. */
export function podAddresses(
  addresses: readonly string[],
  { netns, dev, isOwn }: { readonly netns: NetnsPath; readonly dev: string; readonly isOwn: boolean },
): readonly NetObject[] {
  const prefixes = addresses.length > 1 ? new Set<string>() : undefined;
  return addresses.map((address) => {
    const isFirst = prefixes === undefined || isFirstOf(address, prefixes);
    const prefixRoute = isFirst && !isOfOneHost(address) ? { prefixRoute: true } : {};
    // The document gives an address once: the pod need not wait for the answer to the kernel's question.
    const noDad = isOwn && address.includes(':') ? { noDad: true } : {};
    return { kind: 'address', netns, dev, address, scope: 0, ...prefixRoute, ...noDad };
  });
}

/**
 * Returns the addresses of a pod that is alone on its link: none has a prefix route. azure-vnet gives them the length of
 * the subnet and deletes the route.
 */
export function offLinkAddresses(
  addresses: readonly string[],
  { netns, dev, isOwn }: { readonly netns: NetnsPath; readonly dev: string; readonly isOwn: boolean },
): readonly NetObject[] {
  return addresses.map((address) => ({
    kind: 'address',
    netns,
    dev,
    address,
    scope: 0,
    ...(isOfOneHost(address) ? {} : { noPrefixRoute: true }),
    ...(isOwn && address.includes(':') ? { noDad: true } : {}),
  }));
}

/** Returns true for the first address of its prefix; `prefixes` records the prefixes seen. */
function isFirstOf(address: string, prefixes: Set<string>): boolean {
  const prefix = normalisePrefix(address);
  const isSeen = prefixes.has(prefix);
  prefixes.add(prefix);
  return !isSeen;
}

/** Returns true for an address whose prefix is the address itself. */
export function isOfOneHost(address: string): boolean {
  return address.endsWith('/32') || address.endsWith('/128');
}
