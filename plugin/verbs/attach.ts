/**
 * ADD: writes the endpoint in one transaction, creates it in the kernel, and builds the result from the
 * document. A failure after the transaction rolls back.
 */
import type { ChangeOf, Committed, Problem } from '../../reconciler/document/store/store.ts';
import { endpointId } from '../../reconciler/model/names.ts';
import { networkOfPools } from '../../reconciler/model/modes/addresses.ts';
import { networkOf, probeOf } from '../../reconciler/model/networks.ts';
import { err, ok, type Result } from '../../reconciler/model/result.ts';
import type { Network, Pools, VnetDocument } from '../../schemas/generated/vnet.ts';
import { endpointOf } from '../../reconciler/model/endpoints.ts';
import { type AttachRequest, type Claim, claimEndpoint, type ClaimRequest } from './claim.ts';
import type { Exhausted } from './lease.ts';
import { releaseKernel, removeEndpoint, authorOfCall } from './detach.ts';
import { CNI_CODES, type CniError, cniError, toCniError } from '../protocol/errors.ts';
import type { Call, Host, PoolSupply } from '../host.ts';
import { omitUndefined } from '../../reconciler/model/objects.ts';
import { readPodNamespace } from './namespace.ts';
import { reportEndpoint } from './report.ts';
import type { CniResult } from '../protocol/result.ts';
import { converge, run, transact, type Work } from '../work.ts';

/** One ADD. */
type Attach = {
  readonly host: Host;
  readonly call: Call;
  readonly request: AttachRequest;
  readonly id: string;
};

/**
 * The steps done so far to unblock the claim.
 * Shape: `removals` of older endpoints of the key; `keepsAddress`: the new one gets the address of the last. `first` are the pools for a new network,
 * `refreshed` replace exhausted ones. `answered` are the addresses of other machines, after so many `probes`. `turn`: this call creates the network (`ours`), or another has tried to (`over`).
 */
type Progress = {
  readonly removals: number;
  readonly keepsAddress: boolean;
  readonly first?: PoolSupply;
  readonly refreshed?: Pools;
  readonly answered?: readonly string[];
  readonly probes?: number;
  readonly turn?: 'ours' | 'over';
};

/** A removed endpoint can appear once more, from another call. */
const MAX_REMOVALS = 2;

const START: Progress = { removals: 0, keepsAddress: false };

/**
 * Returns the result of the attachment: claims the endpoint, and as long as something blocks the claim, removes that and claims again.
 * Law: the same (network, containerID, ifName) in the same namespace always has the same result.
 * Errors: 11 and 100 to 105 as in CNI_CODES; neither document nor kernel then has the endpoint.
 */
export function* attachEndpoint(
  host: Host,
  call: Call,
  request: AttachRequest,
): Work<Result<CniResult, CniError>> {
  const { network, containerId, ifName } = request.key;
  const attach: Attach = { host, call, request, id: endpointId(network, containerId, ifName) };
  let progress = START;
  const endTurn = (): void => {
    if (progress.turn === 'ours') host.turns?.end(network);
    progress = { ...progress, turn: 'over' };
  };
  try {
    for (;;) {
      const claimed: Result<Claimed, CniError> = yield* claim(attach, progress);
      if (progress.first !== undefined) endTurn();
      if (!claimed.ok) return claimed;
      const { outcome, document }: Claimed = claimed.value;
      if (outcome.kind === 'refused') return err(outcome.error);
      const isNew = outcome.kind === 'granted' && outcome.isNew;
      const created = { isFresh: !progress.keepsAddress, isFirst: progress.first !== undefined };
      const next: Result<Progress, CniError> | undefined =
        outcome.kind === 'granted'
          ? yield* probe(attach, progress, isNew ? document : undefined)
          : yield* unblock(attach, progress, outcome);
      if (next === undefined) return yield* finish(attach, document, isNew ? created : undefined);
      if (!next.ok) return next;
      progress = next.value;
    }
  } finally {
    endTurn();
  }
}

/** Returns how to go on if another machine has an address of the new endpoint in the document; undefined if none answers. */
function* probe(
  attach: Attach,
  progress: Progress,
  document: VnetDocument | undefined,
): Work<Result<Progress, CniError> | undefined> {
  const section = networkOf(document, attach.request.key.network);
  if (progress.keepsAddress || section === undefined || probeOf(section) === undefined) return undefined;
  const { probeEndpoint } = yield* run(() => import('../probe.ts'));
  const found = yield* probeEndpoint(attach, section, { document, probes: progress.probes });
  return found?.ok === true ? ok({ ...progress, ...found.value }) : found;
}

type Blocked = Extract<Claim, { kind: 'blocked' }>;

function* unblock(attach: Attach, progress: Progress, blocked: Blocked): Work<Result<Progress, CniError>> {
  switch (blocked.by) {
    case 'older-endpoint':
      return yield* removeOlder(attach, progress, blocked.keepsAddress);
    case 'no-network':
      return yield* supplyNetwork(attach, progress);
    case 'exhausted-pool': {
      if (progress.refreshed !== undefined) return err(yield* exhaustionOf(blocked.exhausted, progress));
      const pools = yield* supply(attach, blocked.network);
      if (!pools.ok) return pools;
      return pools.value === undefined
        ? err(yield* exhaustionOf(blocked.exhausted, progress))
        : ok({ ...progress, keepsAddress: false, refreshed: pools.value.pools });
    }
    default:
      return blocked satisfies never;
  }
}

function* removeOlder(
  { host, call, id }: Attach,
  progress: Progress,
  keepsAddress: boolean,
): Work<Result<Progress, CniError>> {
  if (progress.removals === MAX_REMOVALS) return err(inUse(id));
  const removal = { id, who: authorOfCall(call) };
  const removed = keepsAddress ? yield* releaseKernel(host, removal) : yield* removeEndpoint(host, removal);
  return removed.ok ? ok({ ...progress, removals: progress.removals + 1, keepsAddress }) : removed;
}

/** The endpoint of another call is left to that call. */
function inUse(id: string): CniError {
  const msg = `endpoint ${id} is in use by another call`;
  return cniError(CNI_CODES.tryAgainLater, msg, 'Try again after that call.');
}

/** Of the calls that miss a network at once, one gets the turn to create it and the others wait. */
function* supplyNetwork(attach: Attach, progress: Progress): Work<Result<Progress, CniError>> {
  const { network } = attach.request.key;
  const { turns } = attach.host;
  if (turns !== undefined && progress.turn === undefined) {
    const isOver = yield* run(() => turns.wait(network));
    return ok({ ...progress, turn: isOver ? 'over' : 'ours' });
  }
  const pools = progress.first === undefined ? yield* supply(attach, undefined) : ok(undefined);
  if (!pools.ok) return pools;
  if (pools.value !== undefined) return ok({ ...progress, keepsAddress: false, first: pools.value });
  const msg = `the document has no network ${network}, and its pool source has not answered yet`;
  return err(cniError(CNI_CODES.tryAgainLater, msg, 'Try again in 10 seconds.'));
}

function* exhaustionOf({ document, error, ...request }: Exhausted, { answered }: Progress): Work<CniError> {
  const { explainExhaustion } = yield* run(() => import('../../reconciler/model/addresses/pool-summary.ts'));
  return toCniError(explainExhaustion(document, { ...request, answered }, error), 'address');
}

/** Queries the pool source, without locks: it may take seconds. */
function supply(
  { host, call, request }: Attach,
  known: Network | undefined,
): Work<Result<PoolSupply | undefined, CniError>> {
  return run(async () => {
    const { supplyPools } = await import('./pool-supply.ts');
    return supplyPools(host, call, { known, foreign: request.foreign });
  });
}

function* claim(attach: Attach, progress: Progress): Work<Result<Claimed, CniError>> {
  const { host, call, request } = attach;
  const { session } = host;
  // The pod was read at the start of the call: only the removal of an older endpoint has changed it since.
  const look = progress.removals === 0 ? ok(request) : readPodNamespace(host, call);
  if (!look.ok) return look;
  const { keepsAddress, first, refreshed, answered } = progress;
  const { nodeName: node, bootId } = session;
  const now = session.now();
  // No pod is given an address of the node, or of another machine.
  const own = answered && [...(look.value.own ?? []), ...answered];
  const full = {
    ...request,
    ...look.value,
    keepsAddress,
    now,
    node,
    bootId,
    ...omitUndefined({ refreshed, own }),
  };
  const changeOf = (network?: Network): ChangeOf<Claim> =>
    claimChange({ ...full, ...omitUndefined({ network }) });
  const who = authorOfCall(call);
  if (first === undefined) return claimedBy(yield* transact(session, who, changeOf()));
  const fault = yield* faultsOf(call);
  // In a network whose interfaces other plugins create, there is nothing to capture.
  if (request.isLease)
    return claimedBy(yield* transact(session, who, changeOf(networkOfPools(first.pools))), fault);
  const { writeFirstNetwork } = yield* run(() => import('./first-network.ts'));
  const written = yield* writeFirstNetwork(host, call, { supplied: first, changeOf });
  return written.ok ? claimedBy(written.value, fault) : written;
}

/** The outcome of a claim, and the document with it. */
type Claimed = { readonly outcome: Claim; readonly document: VnetDocument | undefined };

type Fault = (problem: Problem) => CniError;

/** A value of a new network that the document's validation refuses is an error in the configuration. */
function* faultsOf({ netconf }: Call): Work<Fault> {
  const { netconfFault } = yield* run(() => import('../protocol/netconf-fault.ts'));
  return (problem) => netconfFault(problem, netconf.name);
}

function claimChange(request: ClaimRequest): ChangeOf<Claim> {
  return (snapshot, held) => ok(claimEndpoint(snapshot?.document, request, held));
}

function claimedBy(
  committed: Result<Committed<Claim>, Problem>,
  fault: Fault = (problem) => toCniError(problem, 'document'),
): Result<Claimed, CniError> {
  if (!committed.ok) return err(fault(committed.error));
  return ok({ outcome: committed.value.value, document: committed.value.snapshot?.document });
}

/** Converges the endpoint and returns its result; if that fails, rolls back a new endpoint. */
function* finish(
  { host, call, request, id }: Attach,
  document: VnetDocument | undefined,
  created: { readonly isFresh: boolean; readonly isFirst: boolean } | undefined,
): Work<Result<CniResult, CniError>> {
  const endpoint = endpointOf(document, id);
  const network = networkOf(document, request.key.network);
  if (document === undefined || endpoint === undefined || network === undefined) {
    return err(cniError(CNI_CODES.internal, `endpoint ${id} is missing from the document just written`));
  }
  const converged = request.isLease ? ok(endpoint) : yield* converge(host.session, document, id);
  if (converged.ok)
    return converged.value?.added === endpoint.added
      ? ok(reportEndpoint(id, endpoint, network, call.netconf.dns))
      : err(inUse(id));
  if (created !== undefined) {
    const { isFresh, isFirst } = created;
    const undone = yield* removeEndpoint(host, { id, who: authorOfCall(call), isFresh });
    if (!undone.ok) host.note(`rollback of ${id}: ${undone.error.msg}; \`vnet reconcile\` finishes it`);
    else if (isFirst && !request.isLease) yield* forget(host, call);
  }
  return err(toCniError(converged.error, 'kernel'));
}

/** A network written for this ADD but not created would outlive its configuration. */
function* forget({ session, note }: Host, call: Call): Work<void> {
  const { name } = call.netconf;
  const { removeNetwork } = yield* run(
    () => import('../../reconciler/loop/takeover/remove-unused-network.ts'),
  );
  const forgotten = yield* run(() => removeNetwork(session, name, authorOfCall(call)));
  if (!forgotten.ok) note(`network ${name} stays in the document: see vnet status`);
}
