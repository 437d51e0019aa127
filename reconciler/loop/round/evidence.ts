/** Decides, on evidence only, that an endpoint has ended without DEL. Pure. */
import type { Endpoint, VnetDocument, Network } from '../../../schemas/generated/vnet.ts';
import { isAlive, type NamespaceFacts, deriveEndpoint } from '../../model/endpoints.ts';
import type { Problem, Edit } from '../../document/store/store.ts';
import { parseEndpointId } from '../../model/names.ts';
import { networkOf } from '../../model/networks.ts';
import type { Observation } from '../../model/ports/kernel.ts';
import { ok, type Result } from '../../model/result.ts';
import { HOST, keyOf, normaliseObject, type State } from '../../model/state.ts';
import { endpointRemoval } from './release.ts';
import type { Session } from '../node/session.ts';
import { adoptLeases } from '../takeover/adopt.ts';

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

/**
 * The document with the evidence.
 * Shape: `missing` are endpoints whose namespace was seen dead for the first time.
 */
export type RecordedEvidence = { readonly document: VnetDocument; readonly missing: readonly string[] };

/** Ensures that the observations are in the document; writes nothing if they are known. */
export function recordEvidence(
  session: Pick<Session, 'store' | 'now' | 'bootId'>,
  document: VnetDocument,
  observation: Observation,
): Result<RecordedEvidence, Problem> {
  const moment = { now: session.now(), bootId: session.bootId };
  const judge = (seen: VnetDocument): ReadonlyMap<string, Endpoint> =>
    judgeEndpoints(seen, observation.namespaces, moment);
  const isNew = ({ metadata }: VnetDocument): boolean => metadata.bootId !== session.bootId;
  const adopt = (seen: VnetDocument): ReadonlyMap<string, Network> => adoptLeases(seen, observation);
  const isGiven = adopt(document).size > 0;
  if (judge(document).size === 0 && !isGiven && !isNew(document)) {
    return ok({ document, missing: [] });
  }
  const author = isGiven ? { who: 'reconcile', why: 'adopted from its uplink' } : 'reconcile';
  const write = (adopting: boolean) =>
    session.store.transact(author, (snapshot) => {
      const endpoints = snapshot === undefined ? new Map<string, Endpoint>() : judge(snapshot.document);
      const edit: Edit = {
        endpoints,
        ...(adopting && snapshot !== undefined ? { networks: adopt(snapshot.document) } : {}),
        ...(snapshot !== undefined && isNew(snapshot.document) ? { bootId: session.bootId } : {}),
      };
      const value = [...endpoints].flatMap(([id, { missing }]) => (missing === undefined ? [] : [id]));
      return ok({ edit, value });
    });
  const first = write(true);
  // A DHCP lease may contradict the rest of the document, which then stays in force.
  const isUnfit = !first.ok && first.error.kind === 'failure' && first.error.code === 'invalid';
  const written = isUnfit ? write(false) : first;
  if (!written.ok) return written;
  return ok({ document: written.value.snapshot?.document ?? document, missing: written.value.value });
}
