/** One round of reconcile: look at everything, do what is missing, look again. */
import type { Endpoint, VnetDocument } from '../../schemas/generated/vnet.ts';
import type { Edit, Problem, Snapshot, Store } from '../document/store.ts';
import { withoutLength } from '../model/address.ts';
import type { Observation, Observer } from '../model/kernel.ts';
import { deriveEndpoint } from '../model/derive.ts';
import { parseEndpointId } from '../model/names.ts';
import { bridgeNetworkOf } from '../model/networks.ts';
import { err, type Failure, failure, ok, type Result } from '../model/result.ts';
import { scopeOfNode } from '../model/scope.ts';
import { HOST, keyOf, normaliseObject, type State } from '../model/state.ts';
import { isWithin } from '../plan/disruption.ts';
import type { Disruption, Plan, Step } from '../plan/step.ts';
import { judgeEndpoints } from './evidence.ts';
import { executeSteps, failuresOf, type Outcome } from './execute.ts';
import { planNetworksFrom, planNode, planNodeFrom } from './plan-node.ts';
import { ensureNetworks } from './takeover.ts';
import type { World } from './world.ts';

/**
 * What a round found, did and left.
 * Shape: `plan` is what was to be done; `withheld` are steps more disruptive than allowed; `released` the endpoints
 * whose addresses were given back, `missing` those whose namespace was seen dead for the first time; `remaining` what
 * is still to be done after it.
 */
export type Round = {
  readonly document: VnetDocument;
  readonly plan: Plan;
  readonly outcomes: readonly Outcome[];
  readonly withheld: readonly Step[];
  readonly failures: readonly Failure[];
  readonly released: readonly string[];
  readonly missing: readonly string[];
  readonly remaining: readonly Step[];
};

/** What a preview shows. Shape: `leaving` are endpoints that a round would release. */
export type Preview = {
  readonly document: VnetDocument;
  readonly plan: Plan;
  readonly leaving: readonly string[];
};

/** Who previews: nothing here can write. */
export type PreviewWorld = {
  readonly kernel: Observer;
  readonly store: Pick<Store, 'read'>;
  readonly now: () => Date;
  readonly bootId: string;
  readonly node: string;
};

/** Returns what a round would do now; undefined when there is no document. Writes nothing anywhere. */
export function previewRound(world: PreviewWorld): Result<Preview | undefined, Problem> {
  const snapshot = readOwn(world);
  if (!snapshot.ok) return snapshot;
  if (snapshot.value === undefined) return ok(undefined);
  const { document } = snapshot.value;
  const planned = planNode(world.kernel, document);
  if (!planned.ok) return planned;
  const { now, bootId } = world;
  const judged = judgeEndpoints(document, planned.value.observation.namespaces, { now: now(), bootId });
  const leaving = [...judged].flatMap(([id, endpoint]) => (endpoint.leaving === undefined ? [] : [id]));
  return ok({ document, plan: planned.value.plan, leaving });
}

/**
 * Returns what the round did; undefined when there is no document (then nothing is touched).
 * Alone on the node while it lasts: no ADD or DEL is half-way. Idempotent; can be killed anywhere and run again.
 */
export function runRound(world: World, limit: Disruption): Result<Round | undefined, Problem> {
  const first = readOwn(world);
  if (!first.ok) return first;
  if (first.value === undefined) return ok(undefined);
  let problem: Problem | undefined;
  const round = world.rounds.hold('exclusive', () => {
    const result = runAlone(world, limit);
    if (result.ok) return result;
    problem = result.error;
    return err(failure('io', 'reconcile', 'the round ended early'));
  });
  return problem === undefined ? round : err(problem);
}

function readOwn(world: Pick<PreviewWorld, 'store' | 'node'>): Result<Snapshot | undefined, Problem> {
  const snapshot = world.store.read();
  if (!snapshot.ok || snapshot.value === undefined) return snapshot;
  const { node } = snapshot.value.document.metadata;
  if (node === world.node) return snapshot;
  return err(
    failure('refused', 'read the document', `it belongs to node ${node}, this is ${world.node}`, {
      hint: 'nothing was touched. If the node was renamed, correct metadata.node in the document',
    }),
  );
}

function runAlone(world: World, limit: Disruption): Result<Round | undefined, Problem> {
  const snapshot = readOwn(world);
  if (!snapshot.ok) return snapshot;
  if (snapshot.value === undefined) return ok(undefined);
  const observed = world.kernel.observe(scopeOfNode(snapshot.value.document));
  if (!observed.ok) return observed;
  const judged = recordEvidence(world, snapshot.value.document, observed.value);
  if (!judged.ok) return judged;
  const { document, missing } = judged.value;
  const { plan } = planNodeFrom(document, observed.value);
  const networks = plan.steps.length === 0 ? ok([]) : ensureNetworks(world, document, observed.value);
  const rest = withoutNetworks(plan, document, observed.value);
  const allowed = rest.filter((step) => isWithin(step.disruption, limit));
  const outcomes = [...(networks.ok ? networks.value : []), ...executeSteps(world.kernel, allowed)];
  const after = plan.steps.length === 0 ? observed : world.kernel.observe(scopeOfNode(document));
  if (!after.ok) return after;
  const closed = finishLeaving(world, document, after.value);
  if (!closed.ok) return closed;
  return ok({
    document: closed.value.document,
    plan,
    outcomes,
    withheld: rest.filter((step) => !isWithin(step.disruption, limit)),
    failures: [...(networks.ok ? [] : [networks.error]), ...failuresOf(outcomes)],
    released: closed.value.released,
    missing,
    remaining: plan.steps.length === 0 ? [] : planNodeFrom(document, after.value).plan.steps,
  });
}

/**
 * Returns the steps that are not the networks' own: those are done, or were put back as a whole, and nothing of them is
 * tried again one by one. The pods are repaired as far as they can be.
 */
function withoutNetworks(plan: Plan, document: VnetDocument, observation: Observation): readonly Step[] {
  if (plan.steps.length === 0) return [];
  const ofNetworks = new Set(planNetworksFrom(document, observation).plan.steps.map(({ key }) => key));
  return plan.steps.filter(({ key }) => !ofNetworks.has(key));
}

/** Writes down what was seen of namespaces, and the boot; writes nothing when there is nothing new. */
function recordEvidence(
  world: World,
  document: VnetDocument,
  { namespaces }: Observation,
): Result<{ readonly document: VnetDocument; readonly missing: readonly string[] }, Problem> {
  const moment = { now: world.now(), bootId: world.bootId };
  const judge = (seen: VnetDocument): ReadonlyMap<string, Endpoint> =>
    judgeEndpoints(seen, namespaces, moment);
  if (judge(document).size === 0 && document.metadata.bootId === world.bootId) {
    return ok({ document, missing: [] });
  }
  const written = world.store.transact('reconcile', (snapshot) => {
    const endpoints = snapshot === undefined ? new Map<string, Endpoint>() : judge(snapshot.document);
    const isNewBoot = snapshot !== undefined && snapshot.document.metadata.bootId !== world.bootId;
    const edit: Edit = { endpoints, ...(isNewBoot ? { bootId: world.bootId } : {}) };
    return ok({
      edit,
      value: [...endpoints].flatMap(([id, { missing }]) => (missing === undefined ? [] : [id])),
    });
  });
  if (!written.ok) return written;
  return ok({ document: written.value.snapshot?.document ?? document, missing: written.value.value });
}

/** Gives back the addresses of leaving endpoints of which the kernel has nothing any more. */
function finishLeaving(
  world: World,
  document: VnetDocument,
  { state }: Observation,
): Result<{ readonly document: VnetDocument; readonly released: readonly string[] }, Problem> {
  const leaving = Object.entries(document.endpoints ?? {}).filter(([, { leaving: at }]) => at !== undefined);
  if (leaving.length === 0) return ok({ document, released: [] });
  const clean = leaving.filter(([id, endpoint]) => !hasTraces(document, { id, endpoint }, state));
  const written = world.store.transact('reconcile', (snapshot) => {
    const still = clean.filter(([id]) => snapshot?.document.endpoints?.[id]?.leaving !== undefined);
    return ok({ edit: removalOf(still, world.now()), value: still.map(([id]) => id) });
  });
  if (!written.ok) return written;
  return ok({ document: written.value.snapshot?.document ?? document, released: written.value.value });
}

/** True while the node's kernel has anything of the endpoint: its veth, or what led to it. */
function hasTraces(
  document: VnetDocument,
  { id, endpoint }: { readonly id: string; readonly endpoint: Endpoint },
  state: State,
): boolean {
  const network = bridgeNetworkOf(document, parseEndpointId(id).network);
  if (network === undefined || endpoint.hostVeth === undefined) return false;
  return deriveEndpoint(id, endpoint, network).some(
    (object) => object.netns === HOST && state.has(keyOf(normaliseObject(object))),
  );
}

/**
 * Returns the edit that removes endpoints and puts their addresses into quarantine from now on. Addresses that another
 * IPAM plugin gave are not ours to keep. Pure.
 */
export function removalOf(endpoints: readonly (readonly [string, Endpoint])[], now: Date): Edit {
  const addresses = endpoints.flatMap(([id, { addresses: held, ipam }]) =>
    ipam === undefined
      ? held.map((address) => `${parseEndpointId(id).network}/${withoutLength(address)}`)
      : [],
  );
  return {
    endpoints: new Map(endpoints.map(([id]) => [id, undefined])),
    released: new Map(addresses.map((key) => [key, now.toISOString()])),
  };
}
