/** The source of a network's pools if the document has none or they are exhausted. */
import {
  type Family,
  familyOf,
  formatAddress,
  normalisePrefix,
  parsePrefix,
  successor,
} from '../../reconciler/model/addresses/address.ts';
import { readRange } from '../../reconciler/model/addresses/address-list.ts';
import { type Pool, poolKey, poolsOf } from '../../reconciler/model/addresses/families.ts';
import { err, ok, type Result } from '../../reconciler/model/result.ts';
import type { Network, Pools } from '../../schemas/generated/vnet.ts';
import type { ForeignLease } from './lease.ts';
import { CNI_CODES, type CniError, cniError, toCniError } from '../protocol/errors.ts';
import { linkIn } from '../../reconciler/model/modes/bridge/core.ts';
import { otherNamed } from '../../reconciler/model/modes/parts/describe-uplink.ts';
import type { Call, Host, PoolSupply } from '../host.ts';
import { ipamOfRanges } from './first-network.ts';
import { omitUndefined } from '../../reconciler/model/objects.ts';
import type { IpamConf, StaticPart } from '../protocol/netconf.ts';
import { scopeOf } from '../../reconciler/model/scope.ts';

/**
 * Request for pools.
 * Shape: `known` is the network with the exhausted pool; absent: there is no network yet.
 */
export type PoolNeed = { readonly known: Network | undefined; readonly foreign: ForeignLease | undefined };

/**
 * Returns the pools; undefined if there is nothing more than the document already has.
 * Errors: 7 if the configuration of a static pool is incomplete; 11 if the host endpoint does not answer.
 */
export async function supplyPools(
  host: Host,
  { netconf }: Call,
  { known, foreign }: PoolNeed,
): Promise<Result<PoolSupply | undefined, CniError>> {
  if (known !== undefined && !poolsOf(known).some(({ pool }) => pool.source === 'azure'))
    return ok(undefined);
  if (known === undefined && foreign !== undefined) return supplied(poolsOfLease(foreign));
  if (known === undefined && netconf.ipam.environment === 'static') {
    const ipam = ipamOfRanges(netconf);
    return ipam.ok ? supplied(staticPools(ipam.value)) : ipam;
  }
  if (known === undefined) await host.session.kernel.prepare();
  const masterMac = known === undefined ? macOf(host, netconf.master) : undefined;
  const request = { network: netconf.name, ipam: netconf.ipam, ...omitUndefined({ known, masterMac }) };
  const prepared = await host.pools.prepare(request);
  return prepared.ok ? prepared : err(toCniError(prepared.error, 'pool'));
}

function supplied(pools: Result<Pools, CniError>): Result<PoolSupply, CniError> {
  return pools.ok ? ok({ pools: pools.value }) : pools;
}

/** The host endpoint is queried for the addresses of the NIC that the configuration names. */
function macOf({ session }: Host, master: string | undefined): string | undefined {
  if (master === undefined) return undefined;
  const seen = session.kernel.observe(scopeOf({ whole: true, devices: [master] }));
  if (!seen.ok) return undefined;
  return (linkIn(seen.value.state, master) ?? otherNamed(seen.value.state, master))?.mac;
}

/** Examples for messages. */
const EXAMPLES = {
  4: { subnet: '10.240.0.0/16', gateway: '10.240.0.1', range: '10.240.0.36-10.240.0.65' },
  6: { subnet: 'fd00:240::/64', gateway: 'fd00:240::1', range: 'fd00:240::36-fd00:240::65' },
} as const;

/**
 * Returns the pool that `ipam.subnet`, `ipam.addresses` and `ipam.gateway` describe, of the subnet's family, and the IPv6 pool of
 * `ipam.ipv6`; a gateway may be left out.
 */
function staticPools(ipam: IpamConf): Result<Pools, CniError> {
  const { subnet, ipv6, quarantineSeconds } = ipam;
  const family = subnet === undefined ? 4 : (familyOf(subnet) ?? 4);
  const first = staticPool('ipam', ipam, family);
  if (!first.ok) return first;
  const second = ipv6 === undefined || family === 6 ? undefined : staticPool('ipam.ipv6', ipv6, 6);
  if (second?.ok === false) return second;
  const rest = omitUndefined({ quarantineSeconds });
  return ok({
    [poolKey(family)]: { ...first.value, ...rest },
    ...(second === undefined ? {} : { ipv6: { ...second.value, ...rest } }),
  });
}

function staticPool(where: string, part: StaticPart, family: Family): Result<Pool, CniError> {
  const { subnet, addresses } = part;
  const example = EXAMPLES[family];
  if (subnet === undefined || addresses === undefined || addresses.length === 0) {
    const missing = subnet === undefined ? `${where}.subnet` : `${where}.addresses`;
    const how = `Set "subnet": "${example.subnet}" and "addresses": ["${example.range}"].`;
    return err(cniError(CNI_CODES.invalidConfig, `a static pool needs ${missing}`, how));
  }
  const gateway = part.gateway ?? firstHost(subnet);
  if (familyOf(subnet) !== family || gateway === undefined || familyOf(gateway) !== family) {
    const isSubnet = familyOf(subnet) !== family || gateway === undefined;
    const what = isSubnet ? `${where}.subnet ${subnet}` : `${where}.gateway ${gateway}`;
    const how = `Write it as ${example.subnet} or ${example.gateway}.`;
    return err(cniError(CNI_CODES.invalidConfig, `${what} is not IPv${family}`, how));
  }
  const wrong = addresses.find((text) => !isRangeOf(text, family));
  if (wrong !== undefined) {
    const how = `Write an address, a range such as ${example.range}, or a prefix.`;
    return err(cniError(CNI_CODES.invalidConfig, `${where}.addresses: "${wrong}" is not IPv${family}`, how));
  }
  return ok({ source: 'static', subnet: normalisePrefix(subnet), gateway, addresses });
}

function isRangeOf(text: string, family: Family): boolean {
  const first = readRange(text)?.first;
  return typeof first === (family === 4 ? 'number' : 'bigint');
}

/** The pools of a network whose addresses come from another IPAM plugin: subnets without addresses. */
function poolsOfLease({ addresses, gateway, ipv6Gateway, ipam }: ForeignLease): Result<Pools, CniError> {
  const pools: Partial<Record<keyof Pools, Pool>> = {};
  for (const address of addresses) {
    const family = familyOf(address);
    const first = firstHost(address);
    if (family === undefined || first === undefined) continue;
    const given = [gateway, ipv6Gateway].find((one) => one !== undefined && familyOf(one) === family);
    pools[poolKey(family)] ??= {
      source: 'static',
      subnet: normalisePrefix(address),
      gateway: given ?? first,
      addresses: [],
    };
  }
  if (Object.keys(pools).length > 0) return ok(pools);
  const how = 'Correct the ranges of that plugin.';
  return err(cniError(CNI_CODES.delegateFailed, `IPAM plugin ${ipam}: it returned no IP address`, how));
}

function firstHost(subnet: string): string | undefined {
  const prefix = parsePrefix(subnet);
  return prefix === undefined ? undefined : formatAddress(successor(prefix.first));
}
