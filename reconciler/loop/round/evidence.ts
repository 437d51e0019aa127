/** When an endpoint is over although nobody said DEL: decided on evidence only. Pure. */
import type { Endpoint, VnetDocument } from '../../../schemas/generated/vnet.ts';
import { isAlive, type Namespaces } from '../../model/endpoints.ts';

/** How long a namespace must have been seen dead before its endpoint is released, within one boot. */
const SEEN_TWICE_MS = 5_000;

/**
 * Returns the endpoints whose record changes by what was seen, with their new record.
 * A namespace of an earlier boot that is gone is released at once: nothing can bring it back. Within a boot it must be
 * seen dead twice, some seconds apart; one that is seen alive again is forgiven.
 * A bare lease is judged alike: the interface that uses its address is in that namespace.
 * Law: an endpoint whose namespace was not looked at never changes.
 */
export function judgeEndpoints(
  document: VnetDocument,
  namespaces: Namespaces,
  moment: { readonly now: Date; readonly bootId: string },
): ReadonlyMap<string, Endpoint> {
  const isNewBoot = document.metadata.bootId !== moment.bootId;
  const now = moment.now.toISOString();
  const judged = new Map<string, Endpoint>();
  for (const [id, endpoint] of Object.entries(document.endpoints ?? {})) {
    if (endpoint.leaving !== undefined || endpoint.netns === undefined) continue;
    // Mostly nothing changes, and there may be a thousand of them.
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
