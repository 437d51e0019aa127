/**
 * Converts a stored result to the version of its list, as libcni does. Pure.
 * Source: CNI SPEC, versions 0.1.0 to 1.1.0.
 */
import { compareVersions } from './conflist.ts';
import type { PluginResult } from './attachment.ts';
import { asRecord, omitUndefined } from '../model/objects.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * Returns the result in this version; undefined if it cannot be converted: of an unknown version, or not an
 * object. Versions below 0.3.0 have no list of addresses.
 */
export function convertResult(result: PluginResult, version: string): PluginResult | undefined {
  const from: unknown = result.cniVersion;
  if (from === version) return result;
  if (typeof from !== 'string' || !/^\d+\.\d+\.\d+$/.test(from)) return undefined;
  const listed = isBefore(from, '0.3.0') ? withList(result) : result;
  const converted = isBefore(version, '0.3.0') ? withoutList(listed) : shaped(listed, version);
  return { ...converted, cniVersion: version };
}

function isBefore(left: string, right: string): boolean {
  return compareVersions(left, right) < 0;
}

/** 0.1.0 and 0.2.0 have one address for each family. */
function withList({ ip4, ip6, dns }: Fields): Fields {
  const ips = [ip4, ip6].flatMap((config, index) => {
    const { ip, gateway } = asRecord(config);
    return ip === undefined
      ? []
      : [{ version: index === 0 ? '4' : '6', address: ip, ...(gateway === undefined ? {} : { gateway }) }];
  });
  const routes = [ip4, ip6].flatMap((config) => listOf(asRecord(config)['routes']));
  return { ips, routes, ...(dns === undefined ? {} : { dns }) };
}

function withoutList({ ips, routes, dns }: Fields): Fields {
  const configOf = (isIpv6: boolean): Fields | undefined => {
    const found = listOf(ips).find(({ address }) => String(address).includes(':') === isIpv6);
    if (found === undefined) return undefined;
    const own = listOf(routes).filter(({ dst }) => String(dst).includes(':') === isIpv6);
    const { address, gateway } = found;
    return { ip: address, ...(gateway === undefined ? {} : { gateway }), routes: own.map(toLegacyRoute) };
  };
  const [ip4, ip6] = [configOf(false), configOf(true)];
  return omitUndefined({ ip4, ip6, dns });
}

function toLegacyRoute({ dst, gw }: Fields): Fields {
  return { dst, ...(gw === undefined ? {} : { gw }) };
}

/** 1.0.0 has no family beside an address; 1.1.0 adds fields to interfaces and routes. */
function shaped(result: Fields, version: string): Fields {
  const isOld = isBefore(version, '1.0.0');
  const ips = listOf(result['ips']).map(({ version: _family, ...ip }) =>
    isOld ? { version: String(ip['address']).includes(':') ? '6' : '4', ...ip } : ip,
  );
  const { interfaces, routes, ...rest } = result;
  const isNew = !isBefore(version, '1.1.0');
  return {
    ...rest,
    ...(interfaces === undefined
      ? {}
      : {
          interfaces: listOf(interfaces).map(({ mtu, socketPath, pciID, ...link }) =>
            isNew ? { ...link, ...omitUndefined({ mtu, socketPath, pciID }) } : link,
          ),
        }),
    ips,
    ...(routes === undefined ? {} : { routes: isNew ? routes : listOf(routes).map(toLegacyRoute) }),
  };
}

function listOf(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.map(asRecord) : [];
}
