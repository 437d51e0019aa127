/** Converges single endpoints and, if necessary, their networks: the kernel part of ADD, DEL and CHECK. */
import type { VnetDocument } from '../../../schemas/generated/vnet.ts';
import { isAttached } from '../../model/endpoints.ts';
import { err, type Failure, ok, type Result } from '../../model/result.ts';
import type { Plan } from '../../plan/step.ts';
import { executeSteps, type StepOutcome } from '../node/execute.ts';
import { notInDocument, planEndpointsOn, type PolicySteps } from '../node/plan-endpoints.ts';
import type { Session } from '../node/session.ts';

/** Returns the plan of one endpoint; empty if the kernel matches. Errors: `not-found` in the document. */
export function planEndpoint(session: Session, document: VnetDocument, id: string): Result<Plan> {
  const planned = planEndpointsOn(session.kernel, document, [id]);
  return planned.ok ? ok(planned.value.plan) : planned;
}

/**
 * Ensures that the kernel matches the document for these endpoints: attached, or gone if leaving. Resolves to
 * the result of each. Usually touches only the endpoints, concurrently with other calls. If a network is
 * missing, it is created first, exclusively.
 * Errors: the first failure of each; completed steps stay, and the next run continues.
 */
export async function convergeEndpoints(
  session: Session,
  document: VnetDocument,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Result<void>>> {
  const results = new Map<string, Result<void>>();
  if (ids.some((id) => document.endpoints?.[id]?.bandwidth)) await session.kernel.prepare();
  const policies = document.policy?.enforce === true ? await loadPolicySteps(session) : undefined;
  let missing = convergeAll(session, { document, ids, policies, isEnsured: false }, results);
  if (missing.length === 0) return results;
  // Rare: loaded while no lock is held.
  const { ensureFollowed } = await import('../takeover/ensure-followed.ts');
  await session.kernel.prepare();
  let current = document;
  // Another program may delete it again at any time (nft flush ruleset).
  for (let again = 0; missing.length > 0; again += 1) {
    const networks = await ensureFollowed(session, current);
    if (!networks.ok) {
      for (const id of missing) results.set(id, networks);
      return results;
    }
    current = networks.value;
    missing = convergeAll(
      session,
      { document: current, ids: missing, policies, isEnsured: again === MAX_AGAIN },
      results,
    );
  }
  return results;
}

/** Maximum number of repeats for a network that was just ensured. */
const MAX_AGAIN = 2;

type Task = {
  readonly document: VnetDocument;
  readonly ids: readonly string[];
  readonly policies: PolicySteps | undefined;
  readonly isEnsured: boolean;
};

async function loadPolicySteps(session: Session): Promise<PolicySteps> {
  const { policyStepsOf } = await import('../node/policy-steps.ts');
  await session.kernel.prepare();
  return policyStepsOf(session);
}

/** Records the result of each endpoint, and returns those whose network is missing. */
function convergeAll(session: Session, task: Task, results: Map<string, Result<void>>): readonly string[] {
  const done = session.rounds.hold('shared', () => convergeOnce(session, task));
  const missing: string[] = [];
  for (const id of task.ids) {
    const result = done.ok ? (done.value.get(id) ?? err(notInDocument(id))) : done;
    if (result.ok && result.value === 'network-missing') missing.push(id);
    else results.set(id, result.ok ? ok(undefined) : result);
  }
  return missing;
}

type EndpointResults = ReadonlyMap<string, Result<'done' | 'network-missing'>>;

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
      known.map((id) => {
        if (waiting.has(id)) return [id, ok('network-missing')];
        const failure = failed.get(id) ?? failed.get(OF_ALL);
        const isLost = failure?.code === 'not-found' && isWanted(document, id) && !isEnsured;
        return [id, failure === undefined ? ok('done') : isLost ? ok('network-missing') : err(failure)];
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
