/** The next action of a rollout. Pure: computed from the objects and from how long each has been in its state; no counter is kept. */
import type {
  NodeNetworkStatus,
  NodeObject,
  NodeSpec,
  RolloutObject,
  RolloutStatus,
} from '../custom-resources.ts';
import { omitUndefined } from '../../model/objects.ts';

/** A node of the cluster. Shape: `zone` is empty without a label. */
export type ClusterNode = {
  readonly name: string;
  readonly uid: string;
  readonly zone: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly isReady: boolean;
};

/** The state of a node in a rollout. Shape: `skipped`: not Ready, so that it cannot answer. */
export type RolloutState = 'waiting' | 'updating' | 'confirmed' | 'failed' | 'skipped';

/** A node in a rollout. Shape: `forMs` is how long the controller has seen it in its state. Units: milliseconds. */
export type RolloutNode = {
  readonly node: ClusterNode;
  readonly object: NodeObject | undefined;
  readonly state: RolloutState;
  readonly reason: string;
  readonly forMs: number;
};

/** The next steps. Shape: `grants` get the revision, `reverts` their previous one. */
export type RolloutPlan = {
  readonly status: RolloutStatus;
  readonly grants: readonly { readonly node: ClusterNode; readonly spec: NodeSpec }[];
  readonly reverts: readonly { readonly node: ClusterNode; readonly spec: NodeSpec }[];
};

/** Time beyond the confirm window after which a node that says nothing has failed. Units: milliseconds. */
const GRACE_MS = 60_000;

const [CONFIRM_SECONDS, SOAK_SECONDS] = [120, 60];

/** Returns the state of a node, as its objects have it. */
export function rolloutStateOf(
  revision: string,
  node: ClusterNode,
  object: NodeObject | undefined,
): Pick<RolloutNode, 'state' | 'reason'> {
  if (object?.spec?.desiredRevision !== revision)
    return node.isReady
      ? { state: 'waiting', reason: 'Waiting' }
      : { state: 'skipped', reason: 'NodeNotReady' };
  const { status, metadata } = object;
  const isCurrent = (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0);
  if (!isCurrent || status?.revision?.desired !== revision) return { state: 'updating', reason: 'Pending' };
  const [confirmed, applied, ready] = ['Confirmed', 'Applied', 'Ready'].map((type) =>
    conditionOf(status, type),
  );
  if (confirmed?.status === 'True') {
    const isBroken = ready?.status === 'False';
    return isBroken ? { state: 'failed', reason: ready.reason } : { state: 'confirmed', reason: 'Confirmed' };
  }
  const failed = [applied, confirmed].find((condition) => condition?.status === 'False');
  return failed === undefined
    ? { state: 'updating', reason: 'Pending' }
    : { state: 'failed', reason: failed.reason };
}

function conditionOf({ conditions = [] }: NodeNetworkStatus, type: string) {
  return conditions.find((condition) => condition.type === type);
}

/** Returns the next steps. Law: a halted or paused rollout grants nothing; grants never exceed the step or maxUnavailable. */
export function planRollout(rollout: RolloutObject, given: readonly RolloutNode[]): RolloutPlan {
  const nodes = given.map((each) => withSilence(each, rollout));
  const { spec, metadata, status: before } = rollout;
  const generation = metadata.generation ?? 0;
  const targets = stepTargets(spec.steps, nodes.length);
  const of = (state: RolloutState): readonly RolloutNode[] => nodes.filter((each) => each.state === state);
  const failed = of('failed');
  const granted = nodes.filter(({ object }) => object?.spec?.desiredRevision === spec.revision);
  const step = stepOf(targets, nodes, soakMsOf(rollout));
  const counts = {
    total: nodes.length,
    waiting: of('waiting').length,
    updating: of('updating').length,
    confirmed: of('confirmed').length,
    failed: failed.length,
    skipped: of('skipped').length,
  };
  const isHalted = before?.halted !== undefined && before.observedGeneration === generation;
  const [first] = failed;
  const isFailing = first !== undefined && failed.length > (spec.maxFailures ?? 0);
  const halted = isHalted
    ? before.halted
    : isFailing
      ? { reason: first.reason, node: first.node.name }
      : undefined;
  const base = { observedGeneration: generation, step: Math.min(step + 1, targets.length), nodes: counts };
  if (halted !== undefined) {
    // A reverted revision no longer shows why: the halt is on the server first.
    const reverts = isHalted ? revertsOf(rollout, granted, targets[step - 1] ?? 0) : [];
    return { status: { ...base, phase: 'Halted', halted }, grants: [], reverts };
  }
  if (step >= targets.length) return { status: { ...base, phase: 'Complete' }, grants: [], reverts: [] };
  if (spec.paused === true) return { status: { ...base, phase: 'Paused' }, grants: [], reverts: [] };
  const next = grantsOf(rollout, nodes, targets[step] ?? 0);
  const isSoaking = next.length === 0 && counts.updating === 0;
  const phase = isSoaking ? (counts.waiting === 0 ? 'Waiting' : 'Soaking') : 'Progressing';
  return { status: { ...base, phase }, grants: next, reverts: [] };
}

function soakMsOf({ spec }: RolloutObject): number {
  return (spec.soakSeconds ?? SOAK_SECONDS) * 1000;
}

/** A node that says nothing beyond its window has failed, or is away. */
function withSilence(each: RolloutNode, { spec }: RolloutObject): RolloutNode {
  const limitMs = (spec.confirmWithinSeconds ?? CONFIRM_SECONDS) * 1000 + GRACE_MS;
  if (each.state !== 'updating' || each.forMs < limitMs) return each;
  return each.node.isReady
    ? { ...each, state: 'failed', reason: 'Silent' }
    : { ...each, state: 'skipped', reason: 'NodeNotReady' };
}

/** The number of finished steps: as many nodes as the step wants are confirmed and soaked, or cannot be reached. */
function stepOf(targets: readonly number[], nodes: readonly RolloutNode[], soakMs: number): number {
  const isDone = ({ state, forMs }: RolloutNode): boolean =>
    state === 'failed' || (state === 'confirmed' && forMs >= soakMs);
  const done = nodes.filter(isDone).length;
  const isBusy = nodes.some(
    (each) => each.state === 'updating' || (each.state === 'confirmed' && !isDone(each)),
  );
  const skipped = nodes.filter(({ state }) => state === 'skipped').length;
  const reachable = nodes.length - skipped;
  const finished = targets.filter((target) => done >= Math.min(target, reachable)).length;
  // The nodes of a later step may be at work already: the step before is then finished.
  return isBusy ? Math.min(finished, targets.length - 1) : finished;
}

/** The nodes that get the revision now: those of one zone at a time. */
function grantsOf(
  { spec }: RolloutObject,
  nodes: readonly RolloutNode[],
  target: number,
): RolloutPlan['grants'] {
  const soakMs = (spec.soakSeconds ?? SOAK_SECONDS) * 1000;
  const busy = nodes.filter(
    ({ state, forMs }) => state === 'updating' || (state === 'confirmed' && forMs < soakMs),
  );
  const updating = nodes.filter(({ state }) => state === 'updating').length;
  const held = nodes.filter(({ object }) => object?.spec?.desiredRevision === spec.revision).length;
  const waiting = nodes.filter(({ state }) => state === 'waiting');
  const zones = new Set(busy.map(({ node }) => node.zone));
  if (zones.size > 1) return [];
  const zone = busy[0]?.node.zone ?? waiting[0]?.node.zone;
  const limit =
    spec.maxUnavailable === undefined ? target : (shareOf(spec.maxUnavailable, nodes.length) ?? 1);
  const room = Math.max(0, Math.min(target - held, limit - updating));
  return waiting
    .filter(({ node }) => node.zone === zone)
    .slice(0, room)
    .map(({ node, object }) => ({ node, spec: grantedSpec(spec, object?.spec) }));
}

function grantedSpec(spec: RolloutObject['spec'], before: NodeSpec | undefined): NodeSpec {
  const { revision, confirmWithinSeconds, maxDisruption, overwrite } = spec;
  const previousRevision = before?.desiredRevision;
  const given = { previousRevision, confirmWithinSeconds, maxDisruption, overwrite };
  return { desiredRevision: revision, ...omitUndefined(given) };
}

/** The nodes that get their previous revision: of the present step, or all. A node without one keeps this one. */
function revertsOf(
  { spec }: RolloutObject,
  granted: readonly RolloutNode[],
  before: number,
): RolloutPlan['reverts'] {
  const { onHalt = 'keep' } = spec;
  if (onHalt === 'keep') return [];
  const chosen = onHalt === 'revertAll' ? granted : granted.slice(before);
  return chosen.flatMap(({ node, object }) => {
    const { previousRevision: desiredRevision, ...rest } = object?.spec ?? {};
    return desiredRevision === undefined ? [] : [{ node, spec: { ...rest, desiredRevision } }];
  });
}

/** The steps of a rollout that names none. */
const DEFAULT_STEPS: readonly string[] = ['1', '1%', '10%', '50%', '100%'];

/** Returns the number of nodes that a share of `total` is: at least one, at most all. Undefined for a malformed share. */
export function shareOf(share: string, total: number): number | undefined {
  const match = /^(\d{1,6})(%?)$/.exec(share);
  if (match === null) return undefined;
  const value = Number(match[1]);
  const count = match[2] === '%' ? Math.ceil((value * total) / 100) : value;
  return Math.min(Math.max(count, 1), total);
}

/**
 * Returns the number of nodes with the revision after each step; ascending, without repetitions.
 * Law: each is between 1 and `total`.
 */
export function stepTargets(steps: readonly string[] | undefined, total: number): readonly number[] {
  if (total === 0) return [];
  const wanted = (steps ?? DEFAULT_STEPS).flatMap((share) => shareOf(share, total) ?? []);
  return [...new Set(wanted)].toSorted((left, right) => left - right);
}
