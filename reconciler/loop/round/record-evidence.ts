/** Records a round's observations of namespaces, uplinks and the boot in the document. */
import type { Endpoint, Network, VnetDocument } from '../../../schemas/generated/vnet.ts';
import type { Edit, Problem } from '../../document/store/store.ts';
import type { Observation } from '../../model/ports/kernel.ts';
import { ok, type Result } from '../../model/result.ts';
import { adoptLeases } from '../takeover/adopt.ts';
import { observeSettings } from '../takeover/capture.ts';
import { judgeEndpoints } from './evidence.ts';
import type { Session } from '../node/session.ts';

/**
 * The document with the evidence.
 * Shape: `missing` are endpoints whose namespace was seen dead for the first time.
 */
export type RecordedEvidence = { readonly document: VnetDocument; readonly missing: readonly string[] };

/** Ensures that the observations are in the document; writes nothing if they are known. */
export function recordEvidence(
  session: Pick<Session, 'store' | 'kernel' | 'now' | 'bootId'>,
  document: VnetDocument,
  observation: Observation,
): Result<RecordedEvidence, Problem> {
  const moment = { now: session.now(), bootId: session.bootId };
  const judge = (seen: VnetDocument): ReadonlyMap<string, Endpoint> =>
    judgeEndpoints(seen, observation.namespaces, moment);
  const isNew = ({ metadata }: VnetDocument): boolean => metadata.bootId !== session.bootId;
  const sysctls = observeSettings(session.kernel, document, observation);
  if (!sysctls.ok) return sysctls;
  const adopt = (seen: VnetDocument): ReadonlyMap<string, Network> =>
    adoptLeases(seen, observation, sysctls.value);
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
