/** Removal of endpoints from the document, for all callers. Pure. */
import type { Endpoint, VnetDocument } from '../../../schemas/generated/vnet.ts';
import type { Edit } from '../../document/store/store.ts';
import { normaliseAddress, withoutLength } from '../../model/addresses/address.ts';
import { parseEndpointId, releaseKey } from '../../model/names.ts';

/** An IPv6 pool has more addresses than a document can list: beyond so many, the oldest releases are forgotten. */
const MAX_IPV6_RELEASES = 1024;

/**
 * Returns the edit that removes endpoints and quarantines their addresses from now on: those from our pools. Addresses from
 * another IPAM plugin have no quarantine. `known` are the releases in the document.
 */
export function endpointRemoval(
  endpoints: readonly (readonly [string, Endpoint])[],
  now: Date,
  known: VnetDocument['released'] = {},
): Edit {
  const released = endpoints.flatMap(([id, { addresses, ipam }]) =>
    (ipam === undefined ? addresses : []).map((address) =>
      releaseKey(parseEndpointId(id).network, normaliseAddress(withoutLength(address))),
    ),
  );
  const edit = new Map<string, string | undefined>(released.map((key) => [key, now.toISOString()]));
  for (const key of forgotten(known, released)) edit.set(key, undefined);
  return {
    endpoints: new Map(endpoints.map(([id]) => [id, undefined])),
    ...(edit.size === 0 ? {} : { released: edit }),
  };
}

function forgotten(known: Readonly<Record<string, string>>, released: readonly string[]): readonly string[] {
  if (!released.some(isIpv6)) return [];
  const ipv6 = Object.keys(known).filter((key) => isIpv6(key) && !released.includes(key));
  const surplus = Math.max(0, ipv6.length + released.length - MAX_IPV6_RELEASES);
  return surplus === 0
    ? []
    : ipv6.toSorted((left, right) => timeOf(known, left) - timeOf(known, right)).slice(0, surplus);
}

/** No name of a network has a colon. */
function isIpv6(key: string): boolean {
  return key.includes(':');
}

function timeOf(known: Readonly<Record<string, string>>, key: string): number {
  return Date.parse(known[key] ?? '');
}
