/** Converges single endpoints and, if necessary, their networks: the kernel part of ADD, DEL and CHECK. */
import type { Endpoint, VnetDocument } from '../../../schemas/generated/vnet.ts';
import { whenLoaded } from '../../document/library.ts';
import { isAttached } from '../../model/endpoints.ts';
import { err, type Failure, ok, type Result } from '../../model/result.ts';
import type { Plan } from '../../plan/step.ts';
import type { ConvergeAll, Converged } from '../takeover/ensure-followed.ts';
import { executeSteps, type StepOutcome } from '../node/execute.ts';
import { planEndpointsOn, type PolicySteps } from '../node/plan-endpoints.ts';
import type { Session } from '../node/session.ts';

/** Returns the plan of one endpoint; empty if the kernel matches. Errors: `not-found` in the document. */
export function planEndpoint(session: Session, document: VnetDocument, id: string): Result<Plan> {
  const planned = planEndpointsOn(session.kernel, document, [id]);
  return planned.ok ? ok(planned.value.plan) : planned;
}

/**
 * Ensures that the kernel matches the document in force for these endpoints: attached, or gone if leaving. `document` is the latest one
 * that the caller knows: another call may have changed it, until this one holds the round lock. Resolves to the result of each. Usually
 * touches only the endpoints, concurrently with other calls; removals exclude them, so that no ADD creates an endpoint between its
 * removal and the deletion of its entry. If a network is missing, it is created first, exclusively.
 * Errors: the first failure of each; completed steps stay, and the next run continues.
 */
export async function convergeEndpoints(
  session: Session,
  document: VnetDocument,
  ids: readonly string[],
): Promise<Converged> {
  const results: Converged = new Map();
  if (ids.some((id) => document.endpoints?.[id]?.bandwidth)) await session.kernel.prepare();
  const policies = document.policy?.enforce === true ? await loadPolicySteps(session) : undefined;
  const converge: ConvergeAll = (task) => convergeAll(session, { ...task, policies }, results);
  const missing = await converge({ document, ids, isEnsured: false });
  if (missing.length === 0) return results;
  // Rare: loaded while no lock is held.
  const { convergeWithNetworks } = await import('../takeover/ensure-followed.ts');
  await convergeWithNetworks(session, { document, ids: missing }, { converge, results });
  return results;
}

type Task = Parameters<ConvergeAll>[0] & { readonly policies: PolicySteps | undefined };

async function loadPolicySteps(session: Session): Promise<PolicySteps> {
  const { policyStepsOf } = await import('../node/policy-steps.ts');
  await session.kernel.prepare();
  return policyStepsOf(session);
}

/** Records the result of each endpoint, and returns those whose network is missing. */
async function convergeAll(session: Session, task: Task, results: Converged): Promise<readonly string[]> {
  const mode = task.ids.every((id) => isWanted(task.document, id)) ? 'shared' : 'exclusive';
  const done = await whenLoaded(session.library, () =>
    session.rounds.hold(mode, () => {
      const read = session.store.readByMarks();
      if (!read.ok && read.error.kind === 'failure') return read;
      const document = (read.ok && read.value?.document) || task.document;
      // What became a removal meanwhile is left to the call that removes it.
      const ids = task.ids.filter((id) => mode === 'exclusive' || isWanted(document, id));
      return convergeOnce(session, { ...task, document, ids });
    }),
  );
  const failed = done.ok || done.error.kind === 'issues' ? undefined : err(done.error);
  const missing: string[] = [];
  for (const id of task.ids) {
    const result = (done.ok ? done.value.get(id) : failed) ?? ok(undefined);
    if (!result.ok) results.set(id, result);
    else if (result.value === 'network-missing') missing.push(id);
    else results.set(id, ok(result.value));
  }
  return missing;
}

type EndpointResult = Result<Endpoint | undefined | 'network-missing'>;
type EndpointResults = ReadonlyMap<string, EndpointResult>;

function convergeOnce(
  session: Session,
  { document, ids, policies, isEnsured }: Task,
): Result<EndpointResults> {
  const known = ids.filter((id) => document.endpoints?.[id] !== undefined);
  const planned = planEndpointsOn(session.kernel, document, known);
  if (!planned.ok) return planned;
  const { plan, isReady } = planned.value;
  // An interrupted takeover may look complete to the observation of these endpoints.
  const isWhole = !isTakeoverPending(session);
  const isWaiting = (id: string): boolean =>
    !isEnsured && isWanted(document, id) && !(isWhole && isReady(id));
  const waiting = new Set(known.filter(isWaiting));
  const steps = waiting.size === 0 ? plan.steps : plan.steps.filter(({ owner }) => !waiting.has(owner ?? ''));
  const ready = known.filter((id) => !waiting.has(id));
  const all = policies === undefined ? steps : policies(document, ready, steps);
  const failed = failuresByOwner(executeSteps(session.kernel, all), new Set(known));
  return ok(
    new Map(
      known.map((id): readonly [string, EndpointResult] => {
        if (waiting.has(id)) return [id, ok('network-missing')];
        const failure = failed.get(id) ?? failed.get(OF_ALL);
        const isLost = failure?.code === 'not-found' && isWanted(document, id) && !isEnsured;
        if (failure !== undefined) return [id, isLost ? ok('network-missing') : err(failure)];
        return [id, ok(isWanted(document, id) ? document.endpoints?.[id] : undefined)];
      }),
    ),
  );
}

function isWanted(document: VnetDocument, id: string): boolean {
  const endpoint = document.endpoints?.[id];
  return endpoint !== undefined && isAttached(endpoint);
}

/** Key of failures that concern no single endpoint; no ID is empty. */
const OF_ALL = '';

/** The first failure of each endpoint, tried steps first. */
function failuresByOwner(
  outcomes: readonly StepOutcome[],
  ids: ReadonlySet<string>,
): ReadonlyMap<string, Failure> {
  const failed = new Map<string, Failure>();
  for (const status of ['failed', 'held'] as const) {
    for (const outcome of outcomes) {
      const { owner = OF_ALL } = outcome.step;
      const id = ids.has(owner) ? owner : OF_ALL;
      if (outcome.status === status && !failed.has(id)) failed.set(id, outcome.failure);
    }
  }
  return failed;
}

function isTakeoverPending({ journal }: Session): boolean {
  const pending = journal.pending();
  return !pending.ok || pending.value !== undefined;
}
