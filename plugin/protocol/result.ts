/**
 * The result of an ADD: one internal shape, rendered for and parsed from each CNI version. Pure. Source:
 * SPEC.md, "Result types"; conversions as in containernetworking/cni pkg/types.
 */
import { familyOf, parseCidr } from '../../reconciler/model/addresses/address.ts';
import { err, ok, type Result } from '../../reconciler/model/result.ts';
import { CNI_CODES, type CniError, cniError } from './errors.ts';
import { createReader, field, isJsonObject, type Json, type JsonObject } from './json.ts';
import { omitUndefined } from '../../reconciler/model/objects.ts';
import { type Dns, readDns } from './netconf.ts';
import { type CniRoute, readRoutes } from './route.ts';
import { type CniVersion, isAtLeast, isCniVersion } from './versions.ts';

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
 * Returns the result in the JSON, in the version it declares; `fallback` if it declares none.
 * Errors: 6 naming all invalid keys, also for an unknown version.
 * Law: parse of render is the identity, except for fields the version lacks.
 */
export function parseResult(json: JsonObject, fallback: CniVersion): Result<CniResult, CniError> {
  const declared = field(json, 'cniVersion') ?? fallback;
  if (typeof declared !== 'string' || !isCniVersion(declared)) {
    return undecodable([`cniVersion ${JSON.stringify(declared)} is not a CNI version`]);
  }
  const wrong: string[] = [];
  const top = createReader(json, '', wrong);
  const dns = readDns(top.object('dns'), 'dns', wrong) ?? {};
  const addresses = isAtLeast(declared, '0.3.0')
    ? readLists(json, wrong)
    : readFamilies([top.object('ip4'), top.object('ip6')], wrong);
  return wrong.length > 0 ? undecodable(wrong) : ok({ ...addresses, dns });
}

type Lists = Omit<CniResult, 'dns'>;

function readLists(json: JsonObject, wrong: string[]): Lists {
  const objects = (name: string): readonly JsonObject[] => {
    const items = createReader(json, '', wrong).list(name) ?? [];
    if (!items.every(isJsonObject)) wrong.push(`${name} must list objects`);
    return items.filter(isJsonObject);
  };
  return {
    interfaces: objects('interfaces').map((item) => readInterface(item, wrong)),
    ips: objects('ips').map((item) => readIp(item, 'address', wrong)),
    routes: readRoutes(json, '', wrong),
  };
}

function readFamilies(families: readonly (JsonObject | undefined)[], wrong: string[]): Lists {
  const given = families.filter((family) => family !== undefined);
  return {
    interfaces: [],
    ips: given.map((family) => readIp(family, 'ip', wrong)),
    routes: given.flatMap((family) => readRoutes(family, '', wrong)),
  };
}

function readInterface(item: JsonObject, wrong: string[]): CniInterface {
  const reader = createReader(item, 'interfaces', wrong);
  const text = (name: string): string | undefined =>
    reader.text(name) === '' ? undefined : reader.text(name);
  return {
    name: reader.text('name') ?? '',
    ...omitUndefined({
      mac: text('mac'),
      mtu: reader.number('mtu') === 0 ? undefined : reader.number('mtu'),
      sandbox: text('sandbox'),
      socketPath: text('socketPath'),
      pciID: text('pciID'),
    }),
  };
}

function readIp(item: JsonObject, key: 'address' | 'ip', wrong: string[]): CniIp {
  const reader = createReader(item, 'ips', wrong);
  const address = reader.text(key) ?? '';
  if (parseCidr(address) === undefined)
    wrong.push(`ips.${key} ${JSON.stringify(address)} is not an address/length`);
  const index = reader.number('interface');
  // Some old plugins write -1 for "none".
  const named = index === undefined || index < 0 ? undefined : index;
  const gateway = reader.text('gateway');
  return { address, ...omitUndefined({ gateway: gateway === '' ? undefined : gateway, interface: named }) };
}

function undecodable(wrong: readonly string[]): Result<never, CniError> {
  return err(cniError(CNI_CODES.decodingFailure, 'the result cannot be decoded', wrong.join('\n')));
}

/**
 * Returns `previous` followed by `own`: interface indexes of `own` are shifted; its dns fields override. Law:
 * EMPTY_RESULT on either side is the identity.
 */
export function mergeResults(previous: CniResult, own: CniResult): CniResult {
  const offset = previous.interfaces.length;
  const moved = own.ips.map((ip) =>
    ip.interface === undefined ? ip : { ...ip, interface: ip.interface + offset },
  );
  return {
    interfaces: [...previous.interfaces, ...own.interfaces],
    ips: [...previous.ips, ...moved],
    routes: [...previous.routes, ...own.routes],
    dns: Object.keys(own.dns).length === 0 ? previous.dns : own.dns,
  };
}

/**
 * Returns the result of an IPAM plugin: addresses, routes and dns, without interfaces and indexes into them.
 */
export function ipamResult(result: CniResult): CniResult {
  const ips = result.ips.map(({ address, gateway }) => ({ address, ...omitUndefined({ gateway }) }));
  return { interfaces: [], ips, routes: result.routes, dns: result.dns };
}
