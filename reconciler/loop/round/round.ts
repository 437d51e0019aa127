/** One round of reconcile: look at everything, do what is missing, look again. */
import type { Endpoint, Network, VnetDocument } from '../../../schemas/generated/vnet.ts';
import { requireLibrary } from '../../document/library.ts';
import type { Edit, Problem, Snapshot, Store } from '../../document/store/store.ts';
import type { Observation, Observer } from '../../model/ports/kernel.ts';
import { isEndpointId } from '../../model/names.ts';
import { withDeparting } from '../../model/capabilities.ts';
import { err, type Failure, failure, ok, type Result } from '../../model/result.ts';
import { scopeOfNode } from '../../model/scope.ts';
import type { ObjectKey } from '../../model/state.ts';
import type { Admission, Terms } from '../../plan/admit.ts';
import type { Disruption, Step } from '../../plan/step.ts';
import { type Acceptances, type Admitted, admitLasting, admitNow, type RestraintsFor } from './admission.ts';
import { adoptLeases, withNetworks } from './adopt.ts';
import { judgeEndpoints } from './evidence.ts';
import { finishLeaving } from './leaving.ts';
import { executeSteps, failuresOf, type Outcome } from './execute.ts';
import { type PlannedNode, planNodeFrom } from './plan-node.ts';
import { carryOutNetworks, isOfNetwork, type NetworkWork } from '../takeover/takeover.ts';
import type { World } from './world.ts';

/**
 * What a round found, did and left.
 * Shape: the lists of the admission are of the plan that it was to carry out; `released` are the endpoints
 * whose addresses were given back, `missing` those whose namespace was seen dead for the first time. `planned` is what
 * was seen last, and what was wanted; `after` its verdicts, and `remaining` what they leave to do.
 */
export type Round = Omit<Admission, 'todo' | 'verdicts'> & {
  readonly document: VnetDocument;
  readonly outcomes: readonly Outcome[];
  readonly failures: readonly Failure[];
  readonly released: readonly string[];
  readonly missing: readonly string[];
  readonly remaining: readonly Step[];
  readonly planned: PlannedNode;
  readonly after: Omit<Admission, 'todo' | 'verdicts'>;
};

/** Returns the round that found everything as the document says. */
export function roundOfNothing(document: VnetDocument, planned: PlannedNode): Round {
  const nothing = {
    outcomes: [],
    withheld: [],
    failures: [],
    released: [],
    missing: [],
    remaining: [],
    accepted: [],
    held: [],
  };
  const plan = { ...planned.plan, generation: document.metadata.generation, steps: [] };
  return { document, planned, plan, after: { plan, withheld: [], accepted: [], held: [] }, ...nothing };
}

/** What a round would do. Shape: `leaving` are endpoints that it would release; `planned` is what it was made from. */
export type Preview = Admission & {
  readonly document: VnetDocument;
  readonly planned: PlannedNode;
  readonly leaving: readonly string[];
};

/** Who previews: nothing here can write. */
export type PreviewWorld = Acceptances & {
  readonly kernel: Observer;
  readonly store: Pick<Store, 'read'>;
  readonly bootId: string;
  readonly node: string;
};

/**
 * How a round differs from a repair.
 * Shape: `limit` is the worst that its steps may do. `before` is the document that this one takes the place of: networks
 * that are no longer in it give their uplink back. `exempt` are objects to which the limit does not apply.
 */
export type RoundOptions = {
  readonly limit: Disruption;
  readonly restraints?: RestraintsFor | undefined;
  readonly before?: VnetDocument;
  readonly exempt?: ReadonlySet<ObjectKey>;
};

/**
 * Returns what a round with these options would do now; undefined when there is no document. Writes nothing anywhere.
 * Law: what is `todo` is what the round does, and its lists are the round's.
 */
export function previewRound(
  world: PreviewWorld,
  options: RoundOptions,
): Result<Preview | undefined, Problem> {
  const snapshot = readOwn(world);
  if (!snapshot.ok) return snapshot;
  if (snapshot.value === undefined) return ok(undefined);
  const { document } = snapshot.value;
  const { now, bootId } = world;
  const observed = world.kernel.observe(scopeOfNode(document));
  if (!observed.ok) return observed;
  const terms = termsOf(options, document, observed.value);
  if (!terms.ok) return terms;
  const adopted = adoptLeases(document, observed.value, document.metadata.bootId !== bootId);
  const planned = planNodeFrom(withNetworks(document, adopted), observed.value, document);
  const judged = judgeEndpoints(document, observed.value.namespaces, { now: now(), bootId });
  const leaving = [...judged].flatMap(([id, endpoint]) => (endpoint.leaving === undefined ? [] : [id]));
  return ok({
    document,
    planned,
    leaving,
    ...admitNow(world, planned.plan, terms.value),
  });
}

/** The document as it was found: what a round writes down itself changes no terms. */
function termsOf(
  { restraints, limit, exempt }: RoundOptions,
  document: VnetDocument,
  { state }: Observation,
): Result<Terms, Problem> {
  const held = restraints?.(document, state) ?? ok({});
  return held.ok ? ok({ ...held.value, limit, exempt }) : held;
}

/**
 * Returns what the round did; undefined when there is no document (then nothing is touched).
 * Alone on the node while it lasts: no ADD or DEL is half-way. Idempotent; can be killed anywhere and run again.
 */
export function runRound(world: World, options: RoundOptions): Result<Round | undefined, Problem> {
  const first = readOwn(world);
  if (!first.ok) return first;
  if (first.value === undefined) return ok(undefined);
  // A boot is written down with a checkpoint: the node is not to be looked at twice for that.
  const isNewBoot = first.value.document.metadata.bootId !== world.bootId;
  const whole = isNewBoot ? requireLibrary(world.library, 'write the boot down') : ok(undefined);
  if (!whole.ok) return whole;
  return world.rounds.hold('exclusive', () => runAlone(world, options));
}

function readOwn(world: Pick<PreviewWorld, 'store' | 'node'>): Result<Snapshot | undefined, Problem> {
  const snapshot = world.store.read();
  if (!snapshot.ok || snapshot.value === undefined) return snapshot;
  const { node } = snapshot.value.document.metadata;
  if (node === world.node) return snapshot;
  const message = `the document belongs to node ${node}, this node is ${world.node}`;
  const hint = 'Nothing was changed. If the node was renamed, correct metadata.node in the document.';
  return err(failure('refused', 'read the document', message, { hint }));
}

/** What an administrator saved gets its generation before it is done, so that it is known what the kernel was made. */
function recordSave(world: World): Result<Snapshot | undefined, Problem> {
  const written = world.store.transact('reconcile', () => ok({ edit: {}, value: undefined }));
  return written.ok ? ok(written.value.snapshot) : written;
}

function runAlone(world: World, options: RoundOptions): Result<Round | undefined, Problem> {
  const read = readOwn(world);
  const snapshot = read.ok && read.value?.isUnrecorded === true ? recordSave(world) : read;
  if (!snapshot.ok) return snapshot;
  if (snapshot.value === undefined) return ok(undefined);
  const found = snapshot.value.document;
  const toward = (document: VnetDocument): VnetDocument =>
    options.before === undefined ? document : withDeparting(document, options.before);
  const observed = world.kernel.observe(scopeOfNode(toward(found)));
  if (!observed.ok) return observed;
  const decided = termsOf(options, found, observed.value);
  if (!decided.ok) return decided;
  const terms = decided.value;
  const recorded = recordEvidence(world, found, observed.value);
  if (!recorded.ok) return recorded;
  const { document, missing } = recorded.value;
  const target = toward(document);
  const seen = planNodeFrom(target, observed.value, found);
  const admitted = admitLasting(world, seen.plan, terms);
  const { plan, withheld, accepted, held } = admitted.admission;
  const isQuiet = plan.steps.length === 0;
  const { outcomes, failures } = isQuiet
    ? { outcomes: [], failures: [] }
    : carryOut(world, admitted, { document: target, observation: observed.value });
  const after = isQuiet ? observed : world.kernel.observe(scopeOfNode(target));
  if (!after.ok) return after;
  const closed = finishLeaving(world, document, after.value);
  if (!closed.ok) return closed;
  const planned = isQuiet ? seen : planNodeFrom(target, after.value, found);
  const left = isQuiet ? admitted.admission : admitNow(world, planned.plan, terms);
  return ok({
    document: closed.value.document,
    plan,
    outcomes,
    withheld,
    failures,
    released: closed.value.released,
    missing,
    remaining: left.plan.steps,
    after: { plan: left.plan, withheld: left.withheld, accepted: left.accepted, held: left.held },
    accepted,
    held,
    planned,
  });
}

type CarriedOut = Pick<Round, 'outcomes' | 'failures'>;

/**
 * The networks' steps first, all or none of them; the pods are repaired as far as they can be. Where the networks' fail,
 * nothing of theirs is removed: what should take its place is not there.
 */
function carryOut(
  world: World,
  { admission: { todo }, todoOf }: Admitted,
  work: Pick<NetworkWork, 'document' | 'observation'>,
): CarriedOut {
  const networks = carryOutNetworks(world, { ...work, steps: todo.filter(isOfNetwork), todoOf });
  const rest = todo.filter((step) => !isOfNetwork(step));
  if (networks.ok) {
    const outcomes = [...networks.value, ...executeSteps(world.kernel, rest)];
    return { outcomes, failures: failuresOf(outcomes) };
  }
  const outcomes = executeSteps(
    world.kernel,
    rest.filter(
      ({ change, owner }) => change.verb !== 'delete' || (owner !== undefined && isEndpointId(owner)),
    ),
  );
  return { outcomes, failures: [networks.error, ...failuresOf(outcomes)] };
}

/** Writes down what was seen of namespaces and uplinks, and the boot; writes nothing when there is nothing new. */
function recordEvidence(
  world: World,
  document: VnetDocument,
  observation: Observation,
): Result<{ readonly document: VnetDocument; readonly missing: readonly string[] }, Problem> {
  const moment = { now: world.now(), bootId: world.bootId };
  const judge = (seen: VnetDocument): ReadonlyMap<string, Endpoint> =>
    judgeEndpoints(seen, observation.namespaces, moment);
  const isNew = ({ metadata }: VnetDocument): boolean => metadata.bootId !== world.bootId;
  const adopt = (seen: VnetDocument): ReadonlyMap<string, Network> =>
    adoptLeases(seen, observation, isNew(seen));
  const isGiven = adopt(document).size > 0;
  if (judge(document).size === 0 && !isGiven && !isNew(document)) {
    return ok({ document, missing: [] });
  }
  const author = isGiven ? { who: 'reconcile', why: 'adopted from its uplink' } : 'reconcile';
  const write = (adopting: boolean) =>
    world.store.transact(author, (snapshot) => {
      const endpoints = snapshot === undefined ? new Map<string, Endpoint>() : judge(snapshot.document);
      const edit: Edit = {
        endpoints,
        ...(adopting && snapshot !== undefined ? { networks: adopt(snapshot.document) } : {}),
        ...(snapshot !== undefined && isNew(snapshot.document) ? { bootId: world.bootId } : {}),
      };
      const value = [...endpoints].flatMap(([id, { missing }]) => (missing === undefined ? [] : [id]));
      return ok({ edit, value });
    });
  const first = write(true);
  // What DHCP gives may make no sense with the rest of the document: the node is kept as that says.
  const isUnfit = !first.ok && first.error.kind === 'failure' && first.error.code === 'invalid';
  const written = isUnfit ? write(false) : first;
  if (!written.ok) return written;
  return ok({ document: written.value.snapshot?.document ?? document, missing: written.value.value });
}
