/**
 * Creates the networks of an endpoint, after the document has followed its uplinks. Loaded if one is missing.
 */
import type { VnetDocument } from '../../../schemas/generated/vnet.ts';
import { whenLoaded } from '../../document/library.ts';
import type { Problem } from '../../document/snapshot.ts';
import { err, failure, ok, type Result } from '../../model/result.ts';
import { scopeOfNetworks } from '../../model/scope.ts';
import type { Session } from '../node/session.ts';
import { recordUplinks } from './follow-uplinks.ts';
import { ensureNetworks } from './takeover.ts';

/**
 * Resolves to the document, possibly changed, once its networks are ensured. Takes the round lock
 * exclusively.
 * Errors: those of ensureNetworks(), and of the write.
 */
export async function ensureFollowed(
  session: Session,
  document: VnetDocument,
): Promise<Result<VnetDocument>> {
  const done = await whenLoaded(session.library, () =>
    session.rounds.hold<VnetDocument, Problem>('exclusive', () => {
      const seen = session.kernel.observe(scopeOfNetworks(document));
      const followed = seen.ok ? recordUplinks(session, document, seen.value) : seen;
      if (!followed.ok) return followed;
      const made = ensureNetworks(session, followed.value);
      return made.ok ? followed : made;
    }),
  );
  if (done.ok) return ok(done.value);
  if (done.error.kind === 'failure') return err(done.error);
  const hint = 'See vnet validate.';
  return err(failure('invalid', 'follow the uplink', 'the document is invalid', { hint }));
}
