/**
 * DEL, in three steps that each survive a kill: mark the endpoint `leaving`, remove its kernel objects,
 * delete the entry and quarantine the address.
 */
import { unchanged } from '../../reconciler/document/edit.ts';
import type { ChangeOf } from '../../reconciler/document/store/store.ts';
import { endpointRemoval } from '../../reconciler/loop/round/release.ts';
import { endpointId } from '../../reconciler/model/names.ts';
import { HOST } from '../../reconciler/model/state.ts';
import { err, ok, type Result } from '../../reconciler/model/result.ts';
import type { Endpoint, VnetDocument } from '../../schemas/generated/vnet.ts';
import { endpointOf } from '../../reconciler/model/endpoints.ts';
import { otherNode } from './claim.ts';
import { foreignIpam } from '../protocol/netconf.ts';
import { type CniError, toCniError } from '../protocol/errors.ts';
import type { Call, Host } from '../host.ts';
import { converge, run, transact, type Work } from '../work.ts';
import { scopeOf } from '../../reconciler/model/scope.ts';

/**
 * A removal.
 * Shape: `isFresh`: rollback of an ADD that assigned the address, which skips quarantine if no interface ever had it.
 * `isLease`: whether the caller means a bare lease or an attachment; an endpoint of the other sort is another
 * plugin's and is kept. `giveBack` releases the address at another IPAM plugin, after the interface is gone.
 */
export type Removal = {
  readonly id: string;
  readonly who: string;
  readonly isFresh?: boolean;
  readonly isLease?: boolean;
  readonly giveBack?: () => Promise<Result<unknown, CniError>>;
};

/** Returns the key of the call's attachment in the document. */
export function idOf({ netconf, invocation }: Call): string {
  return endpointId(netconf.name, invocation.containerId, invocation.ifName);
}

/** Returns the author of a change, for lock and history: `azure-vnet ADD azure/1bd3/eth0`. */
export function authorOfCall(call: Call): string {
  return `${call.role} ${call.invocation.verb} ${idOf(call)}`;
}

/**
 * Ensures that the attachment is removed. Succeeds if it never existed, without document, network or
 * namespace.
 * Errors: 11 if a lock or the kernel was busy, 100 if the kernel refused, 103 if the document is invalid; the
 * endpoint stays `leaving`, and another DEL or reconcile finishes it.
 */
export function* detach(host: Host, call: Call): Work<Result<undefined, CniError>> {
  const foreign = foreignIpam(call);
  const removal: Removal = {
    id: idOf(call),
    who: authorOfCall(call),
    isLease: call.role === 'azure-vnet-ipam',
    ...(foreign === undefined ? {} : { giveBack: () => askToRelease(host, call, foreign) }),
  };
  return yield* removeEndpoint(host, removal);
}

async function askToRelease(host: Host, call: Call, ipam: string): Promise<Result<unknown, CniError>> {
  const { runDelegate } = await import('./delegate.ts');
  return runDelegate(host, call, ipam, 'DEL');
}

/** Ensures that the endpoint, its interface and its lease are gone. */
export function* removeEndpoint(host: Host, removal: Removal): Work<Result<undefined, CniError>> {
  const released = yield* releaseKernel(host, removal);
  if (!released.ok) return released;
  const { giveBack } = removal;
  const given = giveBack === undefined ? ok(undefined) : yield* run(giveBack);
  if (!given.ok) return given;
  return released.value === undefined ? ok(undefined) : yield* settle(host, removal, released.value);
}

/** An endpoint marked `leaving`. Shape: `mayBeUsed`: an interface may have had the address. */
type Leaving = { readonly endpoint: Endpoint; readonly mayBeUsed: boolean };

/**
 * Ensures that the endpoint is marked `leaving` and the kernel has none of its objects. Returns undefined if
 * the document has no such endpoint.
 */
export function* releaseKernel(host: Host, removal: Removal): Work<Result<Leaving | undefined, CniError>> {
  const marked = yield* transact(host.session, removal.who, markLeaving(host, removal));
  if (!marked.ok) return err(toCniError(marked.error, 'document'));
  const { snapshot, value: found } = marked.value;
  if (!found.ok) return found;
  const endpoint = found.value;
  if (snapshot === undefined || endpoint === undefined) return ok(undefined);
  return yield* withdraw(host, removal, { document: snapshot.document, endpoint });
}

function markLeaving({ session }: Host, removal: Removal): ChangeOf<Result<Endpoint | undefined, CniError>> {
  const { id } = removal;
  return (snapshot) => {
    const endpoint = endpointOf(snapshot?.document, id);
    if (endpoint === undefined || isAnothers(removal, endpoint)) return ok(unchanged(ok(undefined)));
    const refusal = otherNode(snapshot?.document, session.nodeName);
    if (refusal !== undefined) return ok(unchanged(err(refusal)));
    if (endpoint.leaving !== undefined) return ok(unchanged(ok(endpoint)));
    const leaving = { ...endpoint, leaving: session.now().toISOString() };
    return ok({ edit: { endpoints: new Map([[id, leaving]]) }, value: ok(leaving) });
  };
}

function isAnothers({ isLease }: Removal, { hostVeth }: Endpoint): boolean {
  return isLease !== undefined && isLease !== (hostVeth === undefined);
}

type Withdrawal = { readonly document: VnetDocument; readonly endpoint: Endpoint };

function* withdraw(
  { session }: Host,
  { id, isFresh }: Removal,
  { document, endpoint }: Withdrawal,
): Work<Result<Leaving, CniError>> {
  const { hostVeth } = endpoint;
  if (hostVeth === undefined) return ok({ endpoint, mayBeUsed: isFresh !== true });
  const mayBeUsed = isFresh !== true || hasLink(session.kernel, hostVeth);
  const converged = yield* converge(session, document, id);
  return converged.ok ? ok({ endpoint, mayBeUsed }) : err(toCniError(converged.error, 'kernel'));
}

/** A failed scan counts as yes, so that the address is quarantined. */
function hasLink(kernel: Host['session']['kernel'], name: string): boolean {
  const seen = kernel.observe(scopeOf({ devices: [name] }));
  if (!seen.ok) return true;
  return [...seen.value.state.values()].some(
    (object) => object.kind === 'link' && object.netns === HOST && object.name === name,
  );
}

/** Deletes the endpoint that was marked `leaving`, but no later one of the same key. */
function* settle(
  { session }: Host,
  { id, who }: Removal,
  { endpoint, mayBeUsed }: Leaving,
): Work<Result<undefined, CniError>> {
  const settled = yield* transact(session, who, (snapshot) => {
    if (endpointOf(snapshot?.document, id)?.leaving !== endpoint.leaving) return ok(unchanged(undefined));
    const removal = endpointRemoval([[id, endpoint]], session.now(), snapshot?.document.released);
    // An address that no interface ever had needs no quarantine.
    const { released: _released, ...withoutQuarantine } = removal;
    return ok({ edit: mayBeUsed ? removal : withoutQuarantine, value: undefined });
  });
  return settled.ok ? ok(undefined) : err(toCniError(settled.error, 'document'));
}
