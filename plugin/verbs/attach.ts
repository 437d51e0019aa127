/**
 * ADD: writes the endpoint in one transaction, creates it in the kernel, and builds the result from the
 * document. A failure after the transaction rolls back.
 */
import type { ChangeOf, Committed as CommittedEdit, Problem } from '../../reconciler/document/store/store.ts';
import { whenLoaded } from '../../reconciler/document/library.ts';
import type { CaptureNetwork } from '../../reconciler/loop/takeover/capture.ts';
import { endpointId } from '../../reconciler/model/names.ts';
import { networkOfPools } from '../../reconciler/model/modes/addresses.ts';
import { networkOf } from '../../reconciler/model/networks.ts';
import { err, ok, type Result } from '../../reconciler/model/result.ts';
import type { Network, Pools, VnetDocument } from '../../schemas/generated/vnet.ts';
import { type Claim, claimEndpoint, type ClaimRequest, endpointOf } from './claim.ts';
import { releaseKernel, removeEndpoint, whoIs } from './detach.ts';
import { CNI_CODES, type CniError, cniError, toCniError } from '../protocol/errors.ts';
import type { Call, Host } from '../host.ts';
import { omitUndefined } from '../protocol/json.ts';
import { lookAtPod } from './namespace.ts';
import { reportEndpoint } from './report.ts';
import type { CniResult } from '../protocol/result.ts';
import { converge, run, transact, type Work } from '../work.ts';

/** The known part of a ClaimRequest; the rest is read or decided during the attempt. */
export type AttachRequest = Omit<ClaimRequest, 'now' | 'reuse' | 'network' | 'refreshed' | 'node' | 'bootId'>;

/** Outcome of one attempt: done, or in need of a pool from outside. */
type Attempt =
  | { readonly kind: 'done'; readonly result: CniResult }
  | { readonly kind: 'needs-network' }
  | Extract<Claim, { kind: 'needs-pool' }>;

/** One attempt. Shape: `first` are the pools for a new network, `refreshed` replace exhausted ones. */
type Task = {
  readonly call: Call;
  readonly id: string;
  readonly attachment: AttachRequest;
  readonly first?: Pools;
  readonly refreshed?: Pools;
  /** Called once the network is in the document. */
  readonly made?: () => void;
};

/**
 * Returns the result of the attachment.
 * Law: the same (network, containerID, ifName) in the same namespace always has the same result.
 * Errors: 11 and 100 to 105 as in CNI_CODES; neither document nor kernel then has the endpoint.
 */
export function* attachEndpoint(
  host: Host,
  call: Call,
  attachment: AttachRequest,
): Work<Result<CniResult, CniError>> {
  const { network, containerId, ifName } = attachment.key;
  const task: Task = { call, attachment, id: endpointId(network, containerId, ifName) };
  const { turns } = host;
  if (turns === undefined) return yield* attachWithPool(host, task);
  let tried = yield* tryAttach(host, task);
  if (isWithoutNetwork(tried) && (yield* run(() => turns.wait(network))))
    tried = yield* tryAttach(host, task);
  else if (isWithoutNetwork(tried)) {
    const made = (): void => turns.end(network);
    try {
      return yield* attachWithPool(host, { ...task, made }, tried);
    } finally {
      made();
    }
  }
  return yield* attachWithPool(host, task, tried);
}

function isWithoutNetwork(tried: Result<Attempt, CniError>): boolean {
  return tried.ok && tried.value.kind === 'needs-network';
}

/** `first` is the outcome of the first attempt, if already made. */
function* attachWithPool(
  host: Host,
  given: Task,
  first?: Result<Attempt, CniError>,
): Work<Result<CniResult, CniError>> {
  const { call, attachment } = given;
  let [task, tried] = [given, first];
  for (;;) {
    tried ??= yield* tryAttach(host, task);
    if (!tried.ok) return tried;
    const attempt = tried.value;
    if (attempt.kind === 'done') return ok(attempt.result);
    const known = attempt.kind === 'needs-pool' ? attempt.network : undefined;
    const isSupplied = (known === undefined ? task.first : task.refreshed) !== undefined;
    if (isSupplied) return err(yield* refusalOf(attempt, attachment));
    // Query the source without locks: it may take seconds.
    const pools = yield* run(async () => {
      const { supplyPools } = await import('./pool-supply.ts');
      return supplyPools(host, call, { known, foreign: attachment.foreign });
    });
    if (!pools.ok) return pools;
    if (pools.value === undefined) return err(yield* refusalOf(attempt, attachment));
    task = { ...task, ...(known === undefined ? { first: pools.value } : { refreshed: pools.value }) };
    tried = undefined;
  }
}

function* refusalOf(attempt: Attempt, attachment: AttachRequest): Work<CniError> {
  if (attempt.kind !== 'needs-pool') return noNetwork(attachment);
  const { exhausted } = attempt;
  const { explainExhaustion } = yield* run(() => import('../../reconciler/model/addresses/pool-summary.ts'));
  return toCniError(explainExhaustion(exhausted.document, exhausted, exhausted.error), 'address');
}

function noNetwork({ key }: AttachRequest): CniError {
  const msg = `the document has no network ${key.network}`;
  return cniError(
    CNI_CODES.tryAgainLater,
    `${msg}, and its pool source has not answered yet`,
    'Try again in 10 seconds.',
  );
}

function* tryAttach(host: Host, task: Task): Work<Result<Attempt, CniError>> {
  let reuse = false;
  // Twice to remove an older endpoint of the same key, then to claim.
  for (let turn = 0; turn < 3; turn += 1) {
    const claimed: Result<Committed, CniError> = yield* commitClaim(host, task, { turn, reuse });
    if (!claimed.ok) return claimed;
    const { claim, document }: Committed = claimed.value;
    if (claim.kind === 'refused') return err(claim.error);
    if (claim.kind === 'needs-network') return ok({ kind: 'needs-network' });
    if (claim.kind === 'needs-pool') return ok(claim);
    if (claim.kind === 'made' || claim.kind === 'kept') {
      return yield* finish(host, task, { claim, document, reuse });
    }
    const removed = yield* removeOlder(host, task, claim.kind);
    if (!removed.ok) return removed;
    reuse = claim.kind === 'elsewhere';
  }
  const msg = `endpoint ${task.id} is in use by another call`;
  return err(cniError(CNI_CODES.tryAgainLater, msg, 'Try again after that call.'));
}

function* removeOlder(
  host: Host,
  { id, call }: Task,
  kind: 'leaving' | 'elsewhere',
): Work<Result<unknown, CniError>> {
  const removal = { id, who: whoIs(call) };
  return kind === 'leaving' ? yield* removeEndpoint(host, removal) : yield* releaseKernel(host, removal);
}

type Turn = { readonly turn: number; readonly reuse: boolean };

type Committed = { readonly claim: Claim; readonly document: VnetDocument | undefined };

function* commitClaim(host: Host, task: Task, { turn, reuse }: Turn): Work<Result<Committed, CniError>> {
  const isFresh = turn === 0 && task.first === undefined && task.refreshed === undefined;
  const look = isFresh ? ok(task.attachment) : lookAtPod(host, task.call);
  if (!look.ok) return look;
  const request: ClaimRequest = {
    ...task.attachment,
    now: host.session.now(),
    taken: look.value.taken,
    secondary: look.value.secondary,
    ...omitUndefined({ netnsInode: look.value.netnsInode }),
    reuse,
    node: host.session.node,
    bootId: host.session.bootId,
    ...omitUndefined({ refreshed: task.refreshed }),
  };
  const { first } = task;
  if (first === undefined) return yield* transactClaim(host, task, request);
  // In a network whose interfaces other plugins create, there is nothing to capture.
  if (task.attachment.lease) {
    const claimed = yield* transactClaim(host, task, { ...request, network: networkOfPools(first) });
    task.made?.();
    return claimed;
  }
  const { captureNetwork } = yield* run(() => import('../../reconciler/loop/takeover/capture.ts'));
  const claimed = yield* alone(host, () => {
    const read = host.session.store.read();
    if (!read.ok) return read;
    const network = captureFirst(host, { task, pools: first, captureNetwork }, read.value?.document);
    if (!network.ok) return ok(err(toCniError(network.error, 'uplink')));
    const { author, change } = claimTransaction(task, {
      ...request,
      ...omitUndefined({ network: network.value }),
    });
    const committed = host.session.store.transact(author, change);
    return committed.ok ? ok(committedClaim(committed)) : committed;
  });
  task.made?.();
  return claimed;
}

/**
 * Runs `work` while nothing else changes the uplink: its configuration is captured and written to the
 * document.
 */
function* alone<T>(
  { session }: Host,
  work: () => Result<Result<T, CniError>, Problem>,
): Work<Result<T, CniError>> {
  const done = yield* run(() =>
    whenLoaded(session.library, () => {
      const held = session.rounds.hold('exclusive', () => ok(work()));
      return held.ok ? held.value : ok(err(toCniError(held.error, 'kernel')));
    }),
  );
  return done.ok ? done.value : err(toCniError(done.error, 'document'));
}

function* transactClaim(host: Host, task: Task, request: ClaimRequest): Work<Result<Committed, CniError>> {
  const { author, change } = claimTransaction(task, request);
  return committedClaim(yield* transact(host.session, author, change));
}

function claimTransaction(
  { call }: Task,
  request: ClaimRequest,
): { readonly author: string; readonly change: ChangeOf<Claim> } {
  return {
    author: whoIs(call),
    change: (snapshot, held) => ok(claimEndpoint(snapshot?.document, request, held)),
  };
}

function committedClaim(committed: Result<CommittedEdit<Claim>, Problem>): Result<Committed, CniError> {
  if (!committed.ok) return err(toCniError(committed.error, 'document'));
  return ok({ claim: committed.value.value, document: committed.value.snapshot?.document });
}

/** Loaded lazily: only a node's first ADD captures. */
type Capture = { readonly task: Task; readonly pools: Pools; readonly captureNetwork: CaptureNetwork };

/** Returns the network to write on the first ADD; undefined if another call has just written it. */
function captureFirst(
  { session }: Host,
  { task: { attachment, call }, pools, captureNetwork }: Capture,
  document: VnetDocument | undefined,
): Result<Network | undefined> {
  if (networkOf(document, attachment.key.network) !== undefined) return ok(undefined);
  const { mode, bridge, master } = call.netconf;
  return captureNetwork(session.kernel, mode, { pools, ...omitUndefined({ bridge, master }) });
}

type RollbackResult = Committed & { readonly reuse: boolean };

/** Converges the endpoint and returns its result; if that fails, rolls back a new endpoint. */
function* finish(
  host: Host,
  task: Task,
  { claim, document, reuse }: RollbackResult,
): Work<Result<Attempt, CniError>> {
  const { id, call, attachment } = task;
  const endpoint = endpointOf(document, id);
  const network = networkOf(document, attachment.key.network);
  if (document === undefined || endpoint === undefined || network === undefined) {
    return err(cniError(CNI_CODES.internal, `endpoint ${id} is missing from the document just written`));
  }
  const converged = attachment.lease ? ok(undefined) : yield* converge(host.session, document, id);
  if (converged.ok) {
    return ok({ kind: 'done', result: reportEndpoint(id, endpoint, network, call.netconf.dns) });
  }
  if (claim.kind === 'made') {
    const undone = yield* removeEndpoint(host, { id, who: whoIs(call), fresh: !reuse });
    if (!undone.ok) host.note(`rollback of ${id}: ${undone.error.msg}; \`vnet reconcile\` finishes it`);
  }
  return err(toCniError(converged.error, 'kernel'));
}
