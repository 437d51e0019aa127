/** The addresses of a network that no pod may have: the subnet's and the node's own. Pure. */
import type { Network } from '../../../schemas/generated/vnet.ts';
import { coreOf } from '../modes/cores.ts';
import { type Address, parseAddress, parsePrefix, successor, withoutLength } from './address.ts';

/** The use of such an address, and its path from the network's own section. */
export type OwnAddress = { readonly meaning: string; readonly path: readonly (string | number)[] };

/**
 * Returns these addresses.
 * Source: RFC 4291 2.6.1: the first address of an IPv6 subnet is the anycast address of its routers; IPv6 has no broadcast.
 */
export function ownAddresses(network: Network): ReadonlyMap<Address, OwnAddress> {
  const own = new Map<Address, OwnAddress>();
  const { subnet: text, gateway } = network.pool;
  const subnet = parsePrefix(text);
  if (subnet !== undefined && successor(subnet.first) < subnet.last) {
    const path = ['pool', 'subnet'];
    const isIpv4 = typeof subnet.first === 'number';
    const first = isIpv4 ? 'the network address' : 'the anycast address of the routers';
    own.set(subnet.first, { meaning: `${first} of the subnet`, path });
    if (isIpv4) own.set(subnet.last, { meaning: 'the broadcast address of the subnet', path });
  }
  const { uplink } = coreOf(network).links(network);
  for (const [index, { address }] of (uplink?.addresses ?? []).entries()) {
    const value = parseAddress(withoutLength(address));
    const path = ['uplink', 'addresses', index, 'address'];
    if (value !== undefined)
      own.set(value, { meaning: `an address of the node (uplink ${uplink?.name})`, path });
  }
  const value = parseAddress(gateway);
  if (value !== undefined) own.set(value, { meaning: 'the gateway', path: ['pool', 'gateway'] });
  return own;
}
