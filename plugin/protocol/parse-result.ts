/** Results of other plugins, parsed from each CNI version. Loaded in a chain only. Pure. */
import { parseCidr } from '../../reconciler/model/addresses/address.ts';
import { omitUndefined } from '../../reconciler/model/objects.ts';
import { err, ok, type Result } from '../../reconciler/model/result.ts';
import { CNI_CODES, type CniError, cniError } from './errors.ts';
import { createReader, field, isJsonObject, type JsonObject } from './json.ts';
import { readDns } from './netconf.ts';
import type { CniInterface, CniIp, CniResult } from './result.ts';
import { readRoutes } from './route.ts';
import { type CniVersion, isAtLeast, isCniVersion } from './versions.ts';

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
