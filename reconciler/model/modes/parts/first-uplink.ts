/** The uplink of a network that is not in the document yet. Pure. */
import type { Pools, Uplink } from '../../../../schemas/generated/vnet.ts';
import { normaliseMac, normalisePrefix, parseAddress, withoutLength } from '../../addresses/address.ts';
import { isInSubnet, poolsOf, subnetTexts } from '../../addresses/families.ts';
import { expandRanges, listAddresses, subtractAddresses } from '../../addresses/address-list.ts';
import { isMark } from '../../names.ts';
import type { Observation } from '../../ports/kernel.ts';
import { err, fail, type Failure, failure, ok, type Result } from '../../result.ts';
import { type LinkObject, linkKeyOf, type State } from '../../state.ts';
import type { FirstNetwork } from '../mode.ts';
import { isOfOneHost } from './addresses.ts';
import { hostAddresses, hostLinks, otherNamed, tunnelsOn } from './describe-uplink.ts';

/** Returns the interface with the name or altname `master` among the candidates, else the one with an address in the pool's subnet. */
export function findUplink(
  observation: Observation,
  { master, nicMac, pools }: FirstNetwork,
  candidates: readonly LinkObject[],
): LinkObject | undefined {
  if (master !== undefined) {
    const other = otherNamed(observation.state, master)?.name;
    return candidates.find(({ name }) => name === (other ?? master));
  }
  // Of two NICs in one subnet, only this one receives packets for the addresses of the pool.
  const named =
    nicMac === undefined ? undefined : candidates.find((link) => isOfNic(link, nicMac, observation));
  if (named !== undefined) return named;
  const holders = holdersOf(observation, pools);
  return candidates.find(({ name }) => holders.includes(name));
}

/** A VLAN has the MAC of the NIC below it; a bond's slave, or a NIC's virtual function, that of its master. */
function isOfNic(
  { name, mac, alias, lower, master = '' }: LinkObject,
  nicMac: string,
  { state }: Observation,
): boolean {
  const holder = state.get(linkKeyOf(master));
  const isFree = master === '' || (holder?.kind === 'link' && holder.type === 'bridge');
  return isFree && name !== 'lo' && lower === undefined && mac === normaliseMac(nicMac) && !isMark(alias);
}

/**
 * Returns the names of the interfaces with an address in the subnet of a pool: with its prefix length, else as a single host, as DHCPv6
 * gives addresses.
 */
export function holdersOf(observation: Observation, pools: Pools): readonly string[] {
  const prefixes = subnetTexts({ pools }).map(normalisePrefix);
  const all = hostAddresses(observation);
  const wide = all.filter(({ address }) => prefixes.includes(normalisePrefix(address)));
  const holders = wide.length > 0 ? wide : all.filter(({ address }) => isHostIn(address, pools));
  return holders.map(({ dev }) => dev);
}

function isHostIn(address: string, pools: Pools): boolean {
  const host = isOfOneHost(address) ? parseAddress(withoutLength(address)) : undefined;
  return host !== undefined && isInSubnet(host, { pools });
}

/** The least MTU of a link, by the family of its pods. Source: RFC 791; RFC 8200, 5. Units: bytes. */
const LEAST_MTU = { 4: 576, 6: 1280 } as const;

/** Returns the uplink that findUplink() found. Errors: `not-found` if there is none; `refused` if its MTU is too low for pods. */
export function requireUplink(
  found: LinkObject | undefined,
  request: FirstNetwork,
  observation: Observation,
): Result<LinkObject> {
  if (found === undefined) return err(noUplink(request, observation));
  const { name, mtuBytes } = found;
  const leastMtu = LEAST_MTU[request.pools.ipv6 === undefined ? 4 : 6];
  if (mtuBytes === undefined || mtuBytes >= leastMtu) return ok(found);
  const message = `${name} has MTU ${mtuBytes}: pods need ${leastMtu} at least`;
  return fail('refused', `capture ${name}`, message, {
    hint: `Set the MTU of the network (ip link set ${name} mtu 1500, and in the configuration of the NIC), or name another "master" in the CNI configuration.`,
  });
}

/** Returns the Failure of a takeover that would cut off a tunnel. */
export function cutTunnel(state: State, name: string): Failure | undefined {
  const [tunnel] = tunnelsOn(state, name);
  if (tunnel === undefined) return undefined;
  const message = `the ${tunnel.lower?.kind} ${tunnel.name} is bound to ${name} (dev ${name}): it would have no route when those of ${name} are on the bridge`;
  return failure('refused', `capture ${name}`, message, {
    hint: `Create ${tunnel.name} without "dev ${name}": its packets then follow the routes of the node; or use mode transparent.`,
  });
}

/** Returns the Failure of a network whose uplink was not found. */
function noUplink({ master, pools }: FirstNetwork, observation: Observation): Failure {
  const links = hostLinks(observation);
  if (links.some(({ name, type }) => name === master && type === 'bridge')) {
    const ports = links.filter((link) => link.master === master && !isMark(link.alias));
    const names = ports.map(({ name }) => name).join(', ');
    return failure('refused', 'find the uplink', `"master" names ${master}, which is a bridge`, {
      hint: `"master" is the NIC${names === '' ? '' : ` (a port of ${master}: ${names})`}, "bridge" the bridge.`,
    });
  }
  const message =
    master === undefined
      ? `no interface has an address of ${subnetTexts({ pools }).join(' or ')}`
      : `no interface ${master} with a MAC address`;
  return failure('not-found', 'find the uplink', message, {
    hint: 'Name the uplink as "master" in the CNI configuration, and configure its address (ip address).',
  });
}

/**
 * Returns why no pod could get an address: cloud-init has assigned all of the pool's to the interface itself.
 * Source: cloud-init, DataSourceAzure, apply_network_config_for_secondary_ips.
 */
export function exhaustedByCloudInit(
  { pools }: FirstNetwork,
  { name, addresses = [] }: Pick<Uplink, 'name' | 'addresses'>,
): Failure | undefined {
  const listed = expandRanges(poolsOf({ pools }).flatMap(({ pool }) => pool.addresses));
  const own = listAddresses(addresses.flatMap(({ address }) => parseAddress(withoutLength(address)) ?? []));
  if (listed.length === 0 || subtractAddresses(listed, own).length > 0) return undefined;
  return failure(
    'refused',
    `capture ${name}`,
    `${name} itself has all addresses of the pool: none is left for pods`,
    {
      hint: `Remove the secondary addresses from ${name} (ip address del …). cloud-init adds them: set apply_network_config_for_secondary_ips: false for datasource Azure in /etc/cloud/cloud.cfg.d.`,
    },
  );
}
