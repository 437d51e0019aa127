/** Networks on a node without IPv6: no IPv6 object is desired there. Pure. */
import type { Network } from '../../../schemas/generated/vnet.ts';
import { IPV6_OFF, ipv6Switch, sysctlKeyOf } from '../kinds/sysctl.ts';
import { modeOf } from './registry.ts';
import { HOST, type NetObject, type State } from '../state.ts';

/**
 * Returns where IPv6 is off for the network: on the `node` (the kernel has none), on the `link` with its
 * addresses (by its sysctl, or the default of a link to be created); undefined if it is not off, or unknown.
 */
export function ipv6Off(network: Network, seen: State): 'node' | 'link' | undefined {
  const carrier = modeOf(network).takeover?.carrier(network);
  const fallback = valueIn(seen, IPV6_OFF);
  if (fallback === 'none') return 'node';
  const value = carrier === undefined ? undefined : (valueIn(seen, ipv6Switch(carrier)) ?? fallback);
  return value === '1' ? 'link' : undefined;
}

function valueIn(seen: State, name: string): string | undefined {
  const setting = seen.get(sysctlKeyOf(name));
  return setting?.kind === 'sysctl' ? setting.value : undefined;
}

/** Returns the possible objects: without IPv6, none of its addresses, routes, neighbours and sysctls. */
export function withoutIpv6(objects: readonly NetObject[], where: 'node' | 'link'): readonly NetObject[] {
  return objects.filter((object) => !needsIpv6(object, where));
}

/** Returns true for an object of the node that requires IPv6. */
export function needsIpv6(object: NetObject, where: 'node' | 'link' = 'link'): boolean {
  if (object.netns !== HOST) return false;
  if (object.kind === 'sysctl') return where === 'node' && object.name.startsWith('net/ipv6/');
  if (object.kind === 'route') return object.family === 6;
  return (object.kind === 'address' || object.kind === 'neighbour') && object.address.includes(':');
}
