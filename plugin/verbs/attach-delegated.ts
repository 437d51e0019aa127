/** ADD with another IPAM plugin. Loaded lazily: few configurations name one. */
import { err, type Result } from '../../reconciler/model/result.ts';
import type { Call, Host } from '../host.ts';
import { type CniError, toCniError } from '../protocol/errors.ts';
import type { CniResult } from '../protocol/result.ts';
import { read, run, type Work } from '../work.ts';
import { attachEndpoint } from './attach.ts';
import { endpointOf } from '../../reconciler/model/endpoints.ts';
import type { AttachRequest } from './claim.ts';
import type { ForeignLease } from './lease.ts';
import { leaseFromDelegate, runDelegate } from './delegate.ts';
import { idOf, removeEndpoint, authorOfCall } from './detach.ts';

/** The request, and the plugin that assigns its address. */
export type Delegated = { readonly attachment: AttachRequest; readonly ipam: string };

/**
 * ADD with another IPAM plugin: called first, and once per attachment; its address is released if the rest
 * fails.
 */
export function* attachDelegated(
  host: Host,
  call: Call,
  { attachment, ipam }: Delegated,
): Work<Result<CniResult, CniError>> {
  const giveBack = (): Promise<Result<unknown, CniError>> => runDelegate(host, call, ipam, 'DEL');
  const snapshot = yield* read(host.session);
  if (!snapshot.ok) return err(toCniError(snapshot.error, 'document'));
  const existing = endpointOf(snapshot.value?.document, idOf(call));
  if (existing !== undefined && existing.leaving === undefined) {
    return yield* attachEndpoint(host, call, attachment);
  }
  if (existing !== undefined) {
    const removed = yield* removeEndpoint(host, { id: idOf(call), who: authorOfCall(call), giveBack });
    if (!removed.ok) return removed;
  }
  const lease = yield* run(() => askDelegate(host, call, ipam));
  const attached = lease.ok
    ? yield* attachEndpoint(host, call, { ...attachment, foreign: lease.value })
    : lease;
  if (attached.ok) return attached;
  const given = yield* run(giveBack);
  if (!given.ok) host.note(`release of the address: ${given.error.msg}`);
  return attached;
}

async function askDelegate(host: Host, call: Call, ipam: string): Promise<Result<ForeignLease, CniError>> {
  const result = await runDelegate(host, call, ipam, 'ADD');
  return result.ok ? leaseFromDelegate(ipam, result.value) : result;
}
