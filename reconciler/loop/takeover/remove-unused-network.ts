/** Removes a network that was written for a first ADD but could not be created. */
import { whenLoaded } from '../../document/library.ts';
import type { Problem } from '../../document/snapshot.ts';
import { parseEndpointId, parseReleaseKey } from '../../model/names.ts';
import { attachingNetworkOf } from '../../model/networks.ts';
import { ok, type Result } from '../../model/result.ts';
import { scopeOfNetworks } from '../../model/scope.ts';
import type { Session } from '../node/session.ts';

/**
 * Ensures that the network is not in the document if it has no endpoint and the kernel none of its objects;
 * resolves to true if it was removed. A network that is ready, or whose takeover is not rolled back, is kept.
 * Takes the round lock exclusively.
 */
export function removeNetwork(
  session: Session,
  name: string,
  who: string,
): Promise<Result<boolean, Problem>> {
  return whenLoaded(session.library, () =>
    session.rounds.hold<boolean, Problem>('exclusive', () => {
      const read = session.store.read();
      const document = read.ok ? read.value?.document : undefined;
      const found = document && attachingNetworkOf(document, name);
      if (!read.ok || document === undefined || found === undefined) return read.ok ? ok(false) : read;
      const seen = session.kernel.observe(scopeOfNetworks(document));
      if (!seen.ok) return seen;
      const pending = session.journal.pending();
      const isMade = found.attach.isReady(name, found.network, seen.value.state);
      if (isMade || !pending.ok || pending.value !== undefined) return ok(false);
      const written = session.store.transact({ who, why: 'the network could not be created' }, (snapshot) => {
        const { endpoints = {}, released = {} } = snapshot?.document ?? {};
        const isUsed = Object.keys(endpoints).some((id) => parseEndpointId(id).network === name);
        const gone = Object.keys(released).filter((key) => parseReleaseKey(key).network === name);
        const edit = {
          networks: new Map([[name, undefined]]),
          released: new Map(gone.map((key) => [key, undefined])),
        };
        return ok({ edit: isUsed ? {} : edit, value: !isUsed });
      });
      return written.ok ? ok(written.value.value) : written;
    }),
  );
}
