/** Removes leaving endpoints once the kernel has none of their objects. */
import type { Endpoint, VnetDocument } from '../../../schemas/generated/vnet.ts';
import type { Problem } from '../../document/store/store.ts';
import { deriveEndpoint } from '../../model/endpoints.ts';
import { parseEndpointId } from '../../model/names.ts';
import { networkOf } from '../../model/networks.ts';
import type { Observation } from '../../model/ports/kernel.ts';
import { ok, type Result } from '../../model/result.ts';
import { HOST, keyOf, normaliseObject, type State } from '../../model/state.ts';
import { endpointRemoval } from './release.ts';
import type { Session } from '../node/session.ts';

/**
 * Ensures that leaving endpoints without observed objects are out of the document, and their addresses in
 * quarantine. Returns the document and these endpoints.
 */
export function finishLeaving(
  session: Pick<Session, 'store' | 'now'>,
  document: VnetDocument,
  { state }: Observation,
): Result<{ readonly document: VnetDocument; readonly released: readonly string[] }, Problem> {
  const leaving = Object.entries(document.endpoints ?? {}).filter(([, { leaving: at }]) => at !== undefined);
  if (leaving.length === 0) return ok({ document, released: [] });
  const clean = leaving.filter(([id, endpoint]) => !hasTraces(document, { id, endpoint }, state));
  const written = session.store.transact('reconcile', (snapshot) => {
    const still = clean.filter(([id]) => snapshot?.document.endpoints?.[id]?.leaving !== undefined);
    return ok({
      edit: endpointRemoval(still, session.now(), snapshot?.document.released),
      value: still.map(([id]) => id),
    });
  });
  if (!written.ok) return written;
  return ok({ document: written.value.snapshot?.document ?? document, released: written.value.value });
}

/** Returns true while the host has an object of the endpoint: its veth, or an entry that leads to it. */
function hasTraces(
  document: VnetDocument,
  { id, endpoint }: { readonly id: string; readonly endpoint: Endpoint },
  state: State,
): boolean {
  const network = networkOf(document, parseEndpointId(id).network);
  const objects = network && endpoint.hostVeth !== undefined ? deriveEndpoint(id, endpoint, network) : [];
  return objects.some((object) => object.netns === HOST && state.has(keyOf(normaliseObject(object))));
}
