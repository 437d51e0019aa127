/** Supplies the pool that the document lacks, or that replaces an exhausted one. */
import {
  familyOf,
  formatAddress,
  normalisePrefix,
  parsePrefix,
  successor,
} from '../../reconciler/model/addresses/address.ts';
import { readRange } from '../../reconciler/model/addresses/address-list.ts';
import { err, ok, type Result } from '../../reconciler/model/result.ts';
import type { Network, Pool } from '../../schemas/generated/vnet.ts';
import type { ForeignLease } from './claim.ts';
import { CNI_CODES, type CniError, cniError, toCniError } from '../protocol/errors.ts';
import { linkIn } from '../../reconciler/model/modes/bridge/core.ts';
import { otherNamed } from '../../reconciler/model/modes/parts/describe-uplink.ts';
import type { Call, Host, PoolSupply } from '../host.ts';
import { omitUndefined } from '../../reconciler/model/objects.ts';
import type { IpamConf } from '../protocol/netconf.ts';

/** Shape: `known` is the network whose pool is exhausted; absent if there is no network yet. */
export type PoolNeed = { readonly known: Network | undefined; readonly foreign: ForeignLease | undefined };

/**
 * Returns the pool; undefined if the source has nothing newer than the document.
 * Errors: 7 if the configuration of a static pool is incomplete; 11 if the host endpoint did not answer.
 */
export async function supplyPool(
  host: Host,
  { netconf }: Call,
  { known, foreign }: PoolNeed,
): Promise<Result<PoolSupply | undefined, CniError>> {
  if (known !== undefined && known.pool.source !== 'azure') return ok(undefined);
  if (known === undefined && foreign !== undefined) return supplied(poolOfLease(foreign));
  if (known === undefined && netconf.ipam.environment === 'static') return supplied(staticPool(netconf.ipam));
  const masterMac = known === undefined ? macOf(host, netconf.master) : undefined;
  const request = { network: netconf.name, ipam: netconf.ipam, ...omitUndefined({ known, masterMac }) };
  const prepared = await host.pools.prepare(request);
  return prepared.ok ? prepared : err(toCniError(prepared.error, 'pool'));
}

function supplied(pool: Result<Pool, CniError>): Result<PoolSupply, CniError> {
  return pool.ok ? ok({ pool: pool.value }) : pool;
}

/** The host endpoint is queried for the addresses of the NIC that the configuration names. */
function macOf({ session }: Host, master: string | undefined): string | undefined {
  if (master === undefined) return undefined;
  const seen = session.kernel.observe({ whole: true, devices: [master], pods: [], sysctls: [], entries: [] });
  if (!seen.ok) return undefined;
  return (linkIn(seen.value.state, master) ?? otherNamed(seen.value.state, master))?.mac;
}

/** Returns the pool of `ipam.subnet`, `ipam.addresses` and `ipam.gateway`; the gateway is optional. */
export function staticPool(ipam: IpamConf): Result<Pool, CniError> {
  const { subnet, addresses, quarantineSeconds } = ipam;
  if (subnet === undefined || addresses === undefined || addresses.length === 0) {
    const missing = subnet === undefined ? 'ipam.subnet' : 'ipam.addresses';
    const how = 'Set "subnet": "10.240.0.0/16" and "addresses": ["10.240.0.36-10.240.0.65"].';
    return err(cniError(CNI_CODES.invalidConfig, `a static pool needs ${missing}`, how));
  }
  const gateway = ipam.gateway ?? firstHost(subnet);
  if (gateway === undefined || familyOf(gateway) !== 4) {
    const what = gateway === undefined ? `ipam.subnet ${subnet}` : `ipam.gateway ${gateway}`;
    return err(
      cniError(CNI_CODES.invalidConfig, `${what} is not IPv4`, 'Write it as 10.240.0.0/16 or 10.240.0.1.'),
    );
  }
  const wrong = addresses.find((text) => typeof readRange(text)?.first !== 'number');
  if (wrong !== undefined) {
    const how = 'Write an address, a range such as 10.240.0.36-10.240.0.65, or a prefix.';
    return err(cniError(CNI_CODES.invalidConfig, `ipam.addresses: "${wrong}" is not IPv4`, how));
  }
  const rest = omitUndefined({ quarantineSeconds });
  return ok({ source: 'static', subnet: normalisePrefix(subnet), gateway, addresses, ...rest });
}

/** The pool of a network whose addresses another IPAM plugin assigns: a subnet without addresses. */
function poolOfLease({ addresses, gateway, ipam }: ForeignLease): Result<Pool, CniError> {
  const subnet = addresses.find((address) => familyOf(address) === 4);
  const first = subnet === undefined ? undefined : firstHost(subnet);
  if (subnet === undefined || first === undefined) {
    const how = 'Bridge mode needs one IPv4 address; correct the ranges of that plugin.';
    return err(cniError(CNI_CODES.delegateFailed, `IPAM plugin ${ipam}: it returned no IPv4 address`, how));
  }
  const ipv4Gateway = gateway !== undefined && familyOf(gateway) === 4 ? gateway : first;
  return ok({ source: 'static', subnet: normalisePrefix(subnet), gateway: ipv4Gateway, addresses: [] });
}

function firstHost(subnet: string): string | undefined {
  const prefix = familyOf(subnet) === 4 ? parsePrefix(subnet) : undefined;
  return prefix === undefined ? undefined : formatAddress(successor(prefix.first));
}
