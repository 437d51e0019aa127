/**
 * Mode `addresses`: another main plugin creates the interfaces, azure-vnet-ipam assigns the addresses. vnet
 * has no kernel objects. Pure.
 */
import type { AddressesNetwork, Pools } from '../../../schemas/generated/vnet.ts';
import type { Mode } from './mode.ts';

/** The mode of networks that only have a pool. */
export const addresses: Mode<AddressesNetwork> = {
  name: 'addresses',
  use: 'another main plugin creates the interfaces, azure-vnet-ipam assigns the addresses',
  links: () => ({}),
  scope: () => ({ devices: [], sysctls: [] }),
  listed: () => [],
  network: () => [],
};

/** Returns the network that azure-vnet-ipam writes with the first requested address. */
export function networkOfPools(pools: Pools): AddressesNetwork {
  return { mode: 'addresses', pools };
}
