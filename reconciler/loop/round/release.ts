/** Removal of endpoints from the document, for all callers. Pure. */
import type { Endpoint } from '../../../schemas/generated/vnet.ts';
import type { Edit } from '../../document/store/store.ts';
import { familyOf, withoutLength } from '../../model/addresses/address.ts';
import { parseEndpointId } from '../../model/names.ts';

/**
 * Returns the edit that removes endpoints and quarantines their addresses from now on: those from our pools.
 * IPv6 addresses, and those from another IPAM plugin, have no quarantine.
 */
export function endpointRemoval(endpoints: readonly (readonly [string, Endpoint])[], now: Date): Edit {
  const released = endpoints.flatMap(([id, { addresses, ipam }]) => {
    const own = ipam === undefined ? addresses.filter((address) => familyOf(address) === 4) : [];
    return own.map((address) => `${parseEndpointId(id).network}/${withoutLength(address)}`);
  });
  return {
    endpoints: new Map(endpoints.map(([id]) => [id, undefined])),
    ...(released.length === 0 ? {} : { released: new Map(released.map((key) => [key, now.toISOString()])) }),
  };
}
