/** The consequences of a round: object states, contention, events. Pure. */
import type { VnetDocument } from '../../../schemas/generated/vnet.ts';
import type { SilentSource } from '../../model/ports/pool-records.ts';
import type { FilterProblem } from '../../model/filter/filter-problems.ts';
import type { Lookup } from '../../model/layered.ts';
import { kindOf } from '../../model/kinds/registry.ts';
import type { NetObject, ObjectKey } from '../../model/state.ts';
import { renderFailure } from '../../model/result.ts';
import { causeBetween } from '../../plan/cause.ts';
import type { Step } from '../../plan/step.ts';
import { type Attribution, attribute, type AnnouncedChange, concernsStep } from './attribution.ts';
import { exhaustedNetworks } from '../../model/addresses/pool-summary.ts';
import { withoutPolicies } from './causes.ts';
import { type ConditionDetail, conditionsOf, ownAddressesIn } from './conditions.ts';
import { haveMembersChanged, policiesInForce, policyFact } from './policies-now.ts';
import { type RepairHistories, contended, recordRepairs } from './contention.ts';
import { failuresOf } from '../node/execute.ts';
import {
  type Leftovers,
  type RetryClock,
  objectStatuses,
  type TrackedObjects,
  trackRound,
} from './object-status.ts';
import type { Round } from '../round/round.ts';
import { type NodeStatus, STATUS_FORMAT } from '../files/status-file.ts';

/** The desired state at a moment. */
export type DesiredLookup = Lookup<ObjectKey, NetObject>;

/**
 * The memory between rounds.
 * Shape: `wanted` is the desired state at the last convergence; `evidence` are the notifications that
 * contradicted the document, oldest first; `status` was published last.
 */
export type RoundMemory = {
  readonly tracking: TrackedObjects;
  readonly repairHistories: RepairHistories;
  readonly evidence: readonly AnnouncedChange[];
  readonly wanted: DesiredLookup | undefined;
  readonly status: NodeStatus | undefined;
};

/** How long the author of a repaired change is remembered. Units: milliseconds. */
const EVIDENCE_MS = 2000;

/** An empty memory, except for the status published by an earlier process. */
export function initialMemory(status: NodeStatus | undefined): RoundMemory {
  return { tracking: new Map(), repairHistories: new Map(), evidence: [], wanted: undefined, status };
}

/**
 * Time and circumstances of a round.
 * Shape: `refused`, `unconfirmed`, `filterProblems`, `silent` and `pauses` as in NodeFacts; `followedMs` as in PolicyInputs.
 */
export type DigestInputs = RetryClock & {
  readonly toTime: (ms: number) => string;
  readonly pauses: number;
  readonly refused?: ConditionDetail | undefined;
  readonly unconfirmed?: ConditionDetail | undefined;
  readonly filterProblems?: readonly FilterProblem[] | undefined;
  readonly silent?: readonly SilentSource[];
  readonly followedMs?: number | undefined;
};

/** A step that removes drift, with its attribution. */
export type Drift = { readonly step: Step; readonly by: Attribution };

/**
 * An analysed round.
 * Shape: `repaired` is drift that was repaired, `drifted` remaining drift; `applied` are other applied steps.
 */
export type Digest = {
  readonly memory: RoundMemory;
  readonly repaired: readonly Drift[];
  readonly drifted: readonly Drift[];
  readonly applied: readonly Step[];
  readonly left: Leftovers;
};

/** Returns the consequences of the round. Law: depends only on its arguments, randomness among them. */
export function digestRound(memory: RoundMemory, round: Round, inputs: DigestInputs): Digest {
  const { nowMs } = inputs;
  const left = leftoversOf(round);
  const then = memory.wanted ?? wantedOf(memory.status, round);
  const remaining = new Set(left.remaining.map(({ key }) => key));
  const done = round.outcomes.flatMap(({ step, status }) =>
    status === 'changed' && !remaining.has(step.key) ? [step] : [],
  );
  const open = [...left.remaining, ...left.held.map(({ step }) => step)];
  const past: DriftInputs = { wanted: then, evidence: memory.evidence, isLeaving: isLeavingAfter(round) };
  const drifts = new Set([...done, ...open].filter((step) => isDriftStep(step, past)));
  const isDrift = (step: Step): boolean => drifts.has(step);
  const toDrift = (step: Step): Drift => ({ step, by: attribute(step, memory.evidence) });
  const repaired = done.filter(isDrift).map(toDrift);
  const drifted = open.filter(isDrift).map(toDrift);
  const tracking = trackRound(memory.tracking, left, inputs);
  const repairHistories = recordRepairs(
    memory.repairHistories,
    { repaired: repaired.map(({ step }) => step.key), wrong: open.map(({ key }) => key) },
    nowMs,
  );
  const isConverged = left.remaining.length === 0 && left.held.every(({ hold }) => hold.state === 'reported');
  const status = statusOf(memory, round, {
    ...inputs,
    tracking,
    repairHistories,
    isConverged,
    drifted: drifted.length,
  });
  return {
    memory: {
      tracking,
      repairHistories,
      evidence: memory.evidence.filter(
        (piece) => open.some((step) => concernsStep(piece, step)) || isOfUse(piece, nowMs),
      ),
      wanted: isConverged ? round.planned.desired.state : then,
      status,
    },
    repaired,
    drifted,
    applied: done.filter((step) => !isDrift(step)),
    left,
  };
}

/** Objects on a link, an address or a table may later turn out to have been removed along with it. */
function isOfUse({ object, atMs }: AnnouncedChange, nowMs: number): boolean {
  return kindOf(object).carries === true && nowMs - atMs < EVIDENCE_MS;
}

/** The state at the last round of another process, as far as known: same generation, same desired state. */
function wantedOf(status: NodeStatus | undefined, { document, planned }: Round): DesiredLookup | undefined {
  if (status?.convergedGeneration !== document.metadata.generation) return undefined;
  const { members } = planned.observation;
  return haveMembersChanged(members, status) ? withoutPolicies(planned.desired.state) : planned.desired.state;
}

/** The endpoints that the round has removed, or whose removal has begun. */
function isLeavingAfter({ document, released }: Round): (owner: string) => boolean {
  return (owner) => released.includes(owner) || isLeavingIn(document, owner);
}

/** Returns true if the owner is an endpoint whose removal has begun. */
export function isLeavingIn({ endpoints }: Pick<VnetDocument, 'endpoints'>, owner: string): boolean {
  return endpoints?.[owner]?.leaving !== undefined;
}

/** The inputs of isDriftStep(). Shape: `wanted` is the desired state at the last convergence; `isLeaving` is asked for owners. */
export type DriftInputs = {
  readonly wanted: DesiredLookup | undefined;
  readonly evidence: readonly AnnouncedChange[];
  readonly isLeaving: (owner: string) => boolean;
};

/**
 * True if drift caused the step: it was converged before, or a notification announced its change. Notifications about a leaving
 * endpoint are of its DEL, which may still run: its remains are a pending removal.
 */
export function isDriftStep(step: Step, { wanted: before, evidence, isLeaving }: DriftInputs): boolean {
  if (step.change.verb === 'delete' && step.owner !== undefined && isLeaving(step.owner)) return false;
  if (evidence.some((piece) => concernsStep(piece, step))) return true;
  if (before === undefined) return false;
  const wanted = step.change.verb === 'delete' ? undefined : step.change.want;
  return causeBetween(step.change, before.get(step.key), wanted) === 'drift';
}

function leftoversOf(round: Round): Leftovers {
  const tried = new Map<string, string | undefined>();
  const blocked = new Map<string, string>();
  for (const outcome of round.outcomes) {
    const { step } = outcome;
    if (outcome.status === 'held') blocked.set(step.key, renderFailure(outcome.failure));
    else tried.set(step.key, outcome.status === 'failed' ? renderFailure(outcome.failure) : undefined);
  }
  // The networks' steps succeed or fail as a whole: with one failure for all.
  const ofNetworks =
    round.failures.length > failuresOf(round.outcomes).length ? round.failures[0] : undefined;
  const { held, withheld } = round.after;
  // Deletions beyond the bound are left to the next round.
  const deferred = round.held.filter(
    ({ step: { key }, hold }) => hold.state === 'pending' && round.remaining.some((step) => step.key === key),
  );
  const deferredKeys = new Set(deferred.map(({ step }) => step.key));
  const withheldKeys = new Set(withheld.map(({ key }) => key));
  if (ofNetworks !== undefined) {
    for (const { key } of round.plan.steps) {
      if (!tried.has(key) && !blocked.has(key) && !withheldKeys.has(key))
        tried.set(key, renderFailure(ofNetworks));
    }
  }
  return {
    tried,
    blocked,
    remaining: round.remaining.filter(({ key }) => !deferredKeys.has(key)),
    held: [...held, ...deferred],
    withheld,
  };
}

type DigestState = DigestInputs & {
  readonly tracking: TrackedObjects;
  readonly repairHistories: RepairHistories;
  readonly isConverged: boolean;
  readonly drifted: number;
};

function statusOf(
  { status }: RoundMemory,
  { document, planned, after: { withheld, accepted } }: Round,
  standing: DigestState,
): NodeStatus {
  const { toTime, nowMs, tracking, repairHistories, isConverged, drifted } = standing;
  const { pauses, refused, unconfirmed, filterProblems, silent, followedMs } = standing;
  const { generation } = document.metadata;
  const contendedKeys = new Set(contended(repairHistories));
  const objects = objectStatuses(tracking, toTime).map((object) =>
    contendedKeys.has(object.key) ? { ...object, state: 'contended' as const } : object,
  );
  const shown = [...objects, ...recentlyContended(contendedKeys, tracking, toTime(nowMs))];
  const time = toTime(nowMs);
  const { members } = planned.observation;
  const policyInputs = { document, members, objects: shown, followedMs, nowMs: Date.parse(time) };
  const inForce = isConverged ? policiesInForce(policyInputs, status?.policies) : status?.policies;
  return {
    format: STATUS_FORMAT,
    time,
    observedGeneration: generation,
    convergedGeneration: isConverged ? generation : status?.convergedGeneration,
    conditions: conditionsOf(
      {
        generation,
        objects: shown,
        drifted,
        withheld: withheld.length,
        accepted: accepted.length,
        pauses,
        refused,
        unconfirmed,
        filterProblems,
        silent,
        exhausted: exhaustedNetworks(document, new Date(time), ownAddressesIn(planned.observation)),
        policies: policyFact({ ...policyInputs, inForce }),
      },
      status,
      time,
    ),
    objects: shown,
    ...(inForce === undefined ? {} : { policies: inForce }),
  };
}

/** Just repaired, and likely to be reverted again: still contended. */
function recentlyContended(
  contendedKeys: ReadonlySet<string>,
  tracking: TrackedObjects,
  time: string,
): NodeStatus['objects'] {
  return [...contendedKeys]
    .filter((key) => !tracking.has(key))
    .map((key) => ({
      key,
      state: 'contended' as const,
      reason: 'recent repairs were reverted: monitored for a minute',
      attempts: 0,
      since: time,
    }));
}
