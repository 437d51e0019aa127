/**
 * Converts older versions of the format to the present one. Every released version stays readable; only this
 * code knows the older ones. Pure.
 */
import type { Network } from '../../schemas/generated/vnet.ts';
import type { Path } from './check/finding.ts';
import { API_VERSION } from '../model/names.ts';
import { isRecord } from '../model/objects.ts';

/**
 * The version before pools had families: `pool` instead of `pools`, `address` instead of `addresses` in a
 * reservation.
 */
export const OLDER_VERSION = 'vnet.azure/v1';

/** Returns true for a document of the older version. */
export function isOlderDocument(value: unknown): boolean {
  return isRecord(value) && value['apiVersion'] === OLDER_VERSION;
}

/** Returns the valid document of the older version as one of the present version. */
export function upgradeDocument(value: unknown): unknown {
  if (!isRecord(value)) return value;
  const networks = isRecord(value['networks']) ? mapValues(value['networks'], upgraded) : value['networks'];
  return { ...value, apiVersion: API_VERSION, networks };
}

/** Returns the networks of a file that an older build may have written. Law: networks of the present version are unchanged. */
export function upgradeNetworks<N extends Network | null | undefined>(
  networks: Readonly<Record<string, N>>,
): Readonly<Record<string, N>> {
  return mapValues(networks, (network): N => {
    const value = upgraded(network);
    return isLike(value, network) ? value : network;
  });
}

/** The file was valid when it was written, which upgraded() keeps. */
function isLike<T>(value: unknown, _like: T): value is T {
  return value !== undefined;
}

function mapValues<T, R>(fields: Readonly<Record<string, T>>, change: (value: T) => R): Record<string, R> {
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, change(value)]));
}

/** Keys stay in their order: the text is changed in place. */
function upgraded(network: unknown): unknown {
  if (!isRecord(network) || !('pool' in network || 'reservations' in network)) return network;
  const entries = Object.entries(network).flatMap(([key, value]): readonly (readonly [string, unknown])[] => {
    if (key === 'reservations' && Array.isArray(value)) return [[key, value.map(upgradedReservation)]];
    if (key !== 'pool' || !isRecord(value)) return [[key, value]];
    const { dns, ...ipv4 } = value;
    return [['pools', { ipv4 }], ...(dns === undefined ? [] : [['dns', dns] as const])];
  });
  return Object.fromEntries(entries);
}

function upgradedReservation(reservation: unknown): unknown {
  if (!isRecord(reservation) || !('address' in reservation)) return reservation;
  return Object.fromEntries(
    Object.entries(reservation).map(([key, value]) =>
      key === 'address' ? ['addresses', [value]] : [key, value],
    ),
  );
}

/** Returns the path in the older document for this path in the upgraded one. */
export function olderPath(path: Path): Path {
  const [section, name, key, part, field, ...rest] = path;
  if (section !== 'networks' || name === undefined) return path;
  if (key === 'pools') {
    const inPool = field === undefined ? [] : [field, ...rest];
    return [section, name, 'pool', ...(part === 'ipv4' ? inPool : [])];
  }
  if (key === 'dns') return [section, name, 'pool', ...path.slice(2)];
  if (key === 'reservations' && part !== undefined && field === 'addresses')
    return [section, name, key, part, 'address'];
  return path;
}
