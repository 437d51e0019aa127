/**
 * Creates the networks of an endpoint, after the document has followed its uplinks and adopted their objects. Loaded if one is missing.
 */
import type { Endpoint, Network, VnetDocument } from '../../../schemas/generated/vnet.ts';
import { whenLoaded } from '../../document/library.ts';
import type { Problem } from '../../document/snapshot.ts';
import { err, fail, ok, type Result } from '../../model/result.ts';
import { scopeOfNetworks } from '../../model/scope.ts';
import type { Observation } from '../../model/ports/kernel.ts';
import type { Session } from '../node/session.ts';
import { adoptLeases } from './adopt.ts';
import { observeSettings } from './capture.ts';
import { recordUplinks } from './follow-uplinks.ts';
import { ensureNetworks } from './takeover.ts';

/**
 * Ensures that the document has all addresses, routes and settings of its uplinks before they join their bridges, and returns it.
 * Values that contradict the rest of the document are left out: the preflight names them.
 */
function recordCarried(
  { store, kernel }: Pick<Session, 'store' | 'kernel'>,
  document: VnetDocument,
  observation: Observation,
): Result<VnetDocument, Problem> {
  const sysctls = observeSettings(kernel, document, observation);
  if (!sysctls.ok) return sysctls;
  const adopt = (seen: VnetDocument): ReadonlyMap<string, Network> =>
    adoptLeases(seen, observation, sysctls.value);
  if (adopt(document).size === 0) return ok(document);
  const written = store.transact({ who: 'ADD', why: 'adopted from its uplink' }, (snapshot) =>
    ok({
      edit: snapshot === undefined ? {} : { networks: adopt(snapshot.document) },
      value: undefined,
    }),
  );
  if (written.ok) return ok(written.value.snapshot?.document ?? document);
  const isUnfit = written.error.kind === 'failure' && written.error.code === 'invalid';
  return isUnfit ? ok(document) : written;
}

/** Of each endpoint: its entry if it is attached now, undefined if it is gone. */
export type Converged = Map<string, Result<Endpoint | undefined>>;

/** Converges endpoints and resolves to those whose network is missing. Shape: `isEnsured`: it was ensured often enough. */
export type ConvergeAll = (task: Endpoints & { readonly isEnsured: boolean }) => Promise<readonly string[]>;

type Endpoints = { readonly document: VnetDocument; readonly ids: readonly string[] };

/** Maximum number of repeats for a network that was just ensured. */
const MAX_AGAIN = 2;

/** Ensures the networks of the endpoints, then these; the failure of the former is the result of each. */
export async function convergeWithNetworks(
  session: Session,
  { document, ids }: Endpoints,
  { converge, results }: { readonly converge: ConvergeAll; readonly results: Converged },
): Promise<void> {
  await session.kernel.prepare();
  let [current, missing] = [document, ids];
  // Another program may delete it again at any time (nft flush ruleset).
  for (let again = 0; missing.length > 0; again += 1) {
    const networks = await ensureFollowed(session, current);
    if (!networks.ok) {
      for (const id of missing) results.set(id, networks);
      return;
    }
    current = networks.value;
    missing = await converge({ document: current, ids: missing, isEnsured: again === MAX_AGAIN });
  }
}

/**
 * Resolves to the document, possibly changed, once its networks are ensured. Takes the round lock
 * exclusively.
 * Errors: those of ensureNetworks(), and of the write.
 */
async function ensureFollowed(session: Session, document: VnetDocument): Promise<Result<VnetDocument>> {
  const done = await whenLoaded(session.library, () =>
    session.rounds.hold<VnetDocument, Problem>('exclusive', () => {
      const seen = session.kernel.observe(scopeOfNetworks(document));
      if (!seen.ok) return seen;
      const followed = recordUplinks(session, document, seen.value);
      const adopted = followed.ok ? recordCarried(session, followed.value, seen.value) : followed;
      if (!adopted.ok) return adopted;
      // A changed document may name other settings of its interfaces.
      const known = adopted.value === document ? seen.value : undefined;
      const made = ensureNetworks(session, adopted.value, known);
      return made.ok ? adopted : made;
    }),
  );
  if (done.ok) return ok(done.value);
  if (done.error.kind === 'failure') return err(done.error);
  const hint = 'See vnet validate.';
  return fail('invalid', 'follow the uplink', 'the document is invalid', { hint });
}
