/**
 * The result of an ADD: one internal shape, rendered for each CNI version. Pure. Source:
 * SPEC.md, "Result types"; conversions as in containernetworking/cni pkg/types.
 */
import { familyOf } from '../../reconciler/model/addresses/address.ts';
import { err, ok, type Result } from '../../reconciler/model/result.ts';
import { CNI_CODES, type CniError, cniError } from './errors.ts';
import type { Json, JsonObject } from './json.ts';
import { omitUndefined } from '../../reconciler/model/objects.ts';
import type { Dns } from './netconf.ts';
import type { CniRoute } from './route.ts';
import { type CniVersion, isAtLeast } from './versions.ts';

/**
 * An interface that ADD created or used.
 * Shape: `sandbox` is the path of its namespace; absent: the host's.
 */
export type CniInterface = {
  readonly name: string;
  readonly mac?: string;
  readonly mtu?: number;
  readonly sandbox?: string;
  readonly socketPath?: string;
  readonly pciID?: string;
};

/** An address. Shape: `address` with prefix length; `interface` is an index into `interfaces`. */
export type CniIp = { readonly address: string; readonly gateway?: string; readonly interface?: number };

/** The result of ADD, as of the newest CNI version. */
export type CniResult = {
  readonly interfaces: readonly CniInterface[];
  readonly ips: readonly CniIp[];
  readonly routes: readonly CniRoute[];
  readonly dns: Dns;
};

/** The empty result. */
export const EMPTY_RESULT: CniResult = { interfaces: [], ips: [], routes: [], dns: {} };

/**
 * Returns the result as JSON of this version; empty lists and an empty `dns` are omitted.
 * Errors: 6 if a version below 0.3.0 is requested for a result without addresses.
 */
export function renderResult(result: CniResult, version: CniVersion): Result<JsonObject, CniError> {
  if (!isAtLeast(version, '0.3.0')) return renderFirstAddresses(result, version);
  const numbered = !isAtLeast(version, '1.0.0');
  return ok({
    cniVersion: version,
    ...list('interfaces', result.interfaces.map(numbered ? oldInterface : plain)),
    ...list(
      'ips',
      result.ips.map((ip) => (numbered ? { version: ipVersion(ip), ...plain(ip) } : plain(ip))),
    ),
    ...list('routes', result.routes.map(plain)),
    ...dnsJson(result.dns),
  });
}

/** 0.1.0 and 0.2.0: the first address of each family and the routes of that family; interfaces are lost. */
function renderFirstAddresses(result: CniResult, version: CniVersion): Result<JsonObject, CniError> {
  const family = (ipFamily: 4 | 6): JsonObject | undefined => {
    const first = result.ips.find((ip) => familyOf(ip.address) === ipFamily);
    if (first === undefined) return undefined;
    const routes = result.routes.filter((route) => familyOf(route.dst) === ipFamily);
    const reduced = routes.map(({ dst, gw }): JsonObject => (gw === undefined ? { dst } : { dst, gw }));
    const gateway = first.gateway === undefined ? {} : { gateway: first.gateway };
    return { ip: first.address, ...gateway, ...list('routes', reduced) };
  };
  const [ip4, ip6] = [family(4), family(6)];
  if (ip4 === undefined && ip6 === undefined) {
    return err(
      cniError(
        CNI_CODES.decodingFailure,
        'cannot convert: no valid IP addresses',
        `A result of version ${version} needs an address; use cniVersion 0.3.0 or newer.`,
      ),
    );
  }
  return ok({
    cniVersion: version,
    ...(ip4 === undefined ? {} : { ip4 }),
    ...(ip6 === undefined ? {} : { ip6 }),
    ...dnsJson(result.dns),
  });
}

function oldInterface({ name, mac, sandbox }: CniInterface): JsonObject {
  return { name, ...omitUndefined({ mac, sandbox }) };
}

function plain(value: CniInterface | CniIp | CniRoute): JsonObject {
  return omitUndefined({ ...value }) as JsonObject;
}

function ipVersion(ip: CniIp): string {
  return familyOf(ip.address) === 6 ? '6' : '4';
}

function list(name: string, items: readonly JsonObject[]): JsonObject {
  return items.length === 0 ? {} : { [name]: items };
}

function dnsJson(dns: Dns): JsonObject {
  const kept: Record<string, Json> = {};
  for (const [key, value] of Object.entries(omitUndefined(dns))) {
    if (value !== undefined && value.length > 0) kept[key] = value;
  }
  return Object.keys(kept).length === 0 ? {} : { dns: kept };
}

/**
 * Returns the result of an IPAM plugin: addresses, routes and dns, without interfaces and indexes into them.
 */
export function ipamResult(result: CniResult): CniResult {
  const ips = result.ips.map(({ address, gateway }) => ({ address, ...omitUndefined({ gateway }) }));
  return { interfaces: [], ips, routes: result.routes, dns: result.dns };
}
