/**
 * The kernel's state in the form of the document: one schema for desired and observed. Values that the
 * kernel does not have (pool, reservations, times, names of pods) are the document's. Pure.
 */
import type { Endpoint, VnetDocument } from '../../../schemas/generated/vnet.ts';
import { isAttached } from '../../model/endpoints.ts';
import { modeOf } from '../../model/modes/registry.ts';
import { parseEndpointId } from '../../model/names.ts';
import { networkOf } from '../../model/networks.ts';
import type { Observation } from '../../model/ports/kernel.ts';
import { omitUndefined } from '../../model/objects.ts';

/**
 * Returns the document with the kernel's values. Omits endpoints without a veth; a network without its uplink
 * keeps the document's values.
 * Law: if the kernel matches the document, the result plans nothing either.
 */
export function liveDocument(document: VnetDocument, observation: Observation): VnetDocument {
  const { endpoints, networks, ...rest } = document;
  const live = Object.entries(endpoints ?? {}).flatMap(([id, endpoint]) => {
    const seen = liveEndpoint(document, id, endpoint, observation);
    return seen === undefined ? [] : [[id, seen] as const];
  });
  const seen = Object.entries(networks).map(
    ([name, network]) =>
      [name, modeOf(network).live?.network(document, name, network, observation) ?? network] as const,
  );
  const { released, ...head } = rest;
  return {
    ...head,
    networks: Object.fromEntries(seen),
    ...(endpoints === undefined ? {} : { endpoints: Object.fromEntries(live) }),
    ...omitUndefined({ released }),
  };
}

/** A bare lease or a leaving endpoint has nothing to observe. */
function liveEndpoint(
  document: VnetDocument,
  id: string,
  endpoint: Endpoint,
  observation: Observation,
): Endpoint | undefined {
  const network = networkOf(document, parseEndpointId(id).network);
  const live = network === undefined ? undefined : modeOf(network).live;
  if (!isAttached(endpoint) || live === undefined) return endpoint;
  return live.endpoint(id, endpoint, observation);
}
