/** The pools and gateways of networks and endpoints by their family. Pure. */
import type { Endpoint, Ipv4Pool, Ipv6Pool, Network, Pools } from '../../../schemas/generated/vnet.ts';
import { type Address, type Family, familyOf, isInRange, parsePrefix } from './address.ts';

/** The pool of one family. */
export type Pool = Ipv4Pool | Ipv6Pool;

/** A pool of a network. Shape: `key` is its key in the section `pools`. */
export type FamilyPool = { readonly family: Family; readonly key: keyof Pools; readonly pool: Pool };

/** Returns the key of a family's pool in the section `pools`. */
export function poolKey(family: Family): keyof Pools {
  return family === 4 ? 'ipv4' : 'ipv6';
}

/** Returns the pools of the network, IPv4 first. */
export function poolsOf({ pools }: Pick<Network, 'pools'>): readonly FamilyPool[] {
  const found: FamilyPool[] = [];
  for (const family of [4, 6] as const) {
    const key = poolKey(family);
    const pool = pools[key];
    if (pool !== undefined) found.push({ family, key, pool });
  }
  return found;
}

/** Returns the gateways of the endpoint, one for each family at most. */
export function gatewaysOf({
  gateway,
  ipv6Gateway,
}: Pick<Endpoint, 'gateway' | 'ipv6Gateway'>): readonly string[] {
  return [gateway, ipv6Gateway].filter((one) => one !== undefined);
}

/** Returns the endpoint's gateway of the family. */
export function gatewayFor(
  endpoint: Pick<Endpoint, 'gateway' | 'ipv6Gateway'>,
  family: Family | undefined,
): string | undefined {
  return gatewaysOf(endpoint).find((gateway) => familyOf(gateway) === family);
}

/** Returns the fields of an endpoint with these gateways, IPv4 first. */
export function gatewayFields(gateways: readonly string[]): Pick<Endpoint, 'gateway' | 'ipv6Gateway'> {
  const [gateway, ipv6Gateway] = gateways;
  return {
    ...(gateway === undefined ? {} : { gateway }),
    ...(ipv6Gateway === undefined ? {} : { ipv6Gateway }),
  };
}

/** Returns true when the address is in the subnet of a pool of the network. */
export function isInSubnet(address: Address, network: Pick<Network, 'pools'>): boolean {
  return poolsOf(network).some(({ pool }) => {
    const subnet = parsePrefix(pool.subnet);
    return subnet !== undefined && isInRange(address, subnet);
  });
}

/** Returns the subnets of the network's pools, with the path of each from the network's section. */
export function subnetsOf(
  network: Pick<Network, 'pools'>,
): readonly { readonly path: readonly string[]; readonly value: string }[] {
  return poolsOf(network).map(({ key, pool }) => ({ path: ['pools', key, 'subnet'], value: pool.subnet }));
}

/** Returns the subnets of the network's pools, IPv4 first. */
export function subnetTexts(network: Pick<Network, 'pools'>): readonly string[] {
  return poolsOf(network).map(({ pool }) => pool.subnet);
}
