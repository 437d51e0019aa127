/** Decides, on evidence only, that an endpoint has ended without DEL. Pure. */
import type { Endpoint, VnetDocument } from '../../../schemas/generated/vnet.ts';
import { isAlive, type NamespaceFacts } from '../../model/endpoints.ts';

/** Minimum time between the two observations of a dead namespace within one boot. */
const SEEN_TWICE_MS = 5_000;

/**
 * Returns the endpoints whose record changes, with their new record. A dead namespace of an earlier boot
 * releases its endpoint at once: it cannot return. Within a boot it must be seen dead twice, some seconds
 * apart; if it is seen alive again, the record is reset. Bare leases are treated alike: the interface with
 * the address is in that namespace.
 * Law: an endpoint whose namespace was not observed never changes.
 */
export function judgeEndpoints(
  document: VnetDocument,
  namespaces: NamespaceFacts,
  moment: { readonly now: Date; readonly bootId: string },
): ReadonlyMap<string, Endpoint> {
  const isNewBoot = document.metadata.bootId !== moment.bootId;
  const now = moment.now.toISOString();
  const judged = new Map<string, Endpoint>();
  for (const [id, endpoint] of Object.entries(document.endpoints ?? {})) {
    if (endpoint.leaving !== undefined || endpoint.netns === undefined) continue;
    // Usually nothing changes, and there may be a thousand endpoints.
    if (endpoint.missing === undefined && isAlive(endpoint, namespaces)) continue;
    const { missing, ...rest } = endpoint;
    if (isAlive(endpoint, namespaces)) judged.set(id, rest);
    else if (isNewBoot || (missing !== undefined && isLongAgo(missing, moment.now))) {
      judged.set(id, { ...rest, leaving: now });
    } else if (missing === undefined) judged.set(id, { ...rest, missing: now });
  }
  return judged;
}

function isLongAgo(time: string, now: Date): boolean {
  return Math.abs(now.getTime() - Date.parse(time)) >= SEEN_TWICE_MS;
}
