/** The conditions of a node: one computation for rounds and for status. Pure. */
import { hostAddresses } from '../../model/modes/parts/describe-uplink.ts';
import type { State } from '../../model/state.ts';
import type { SilentSource } from '../../model/ports/pool-records.ts';
import type { FilterProblem } from '../../model/filter/filter-problems.ts';
import { count } from '../../model/words.ts';
import {
  type Condition,
  CONDITIONS,
  conditionOf,
  type NodeStatus,
  type ObjectStatus,
} from '../files/status-file.ts';

/** Why a condition is true. Shape: `since` if known to be earlier than first observed. */
export type ConditionDetail = Pick<Condition, 'reason' | 'message'> & { readonly since?: string };

/** Whether the kernel has the network policies. */
export type PolicyFact = ConditionDetail & { readonly isTrue: boolean };

/**
 * Facts about the node.
 * Shape: `objects` do not match the document; `drifted`, `withheld` and `accepted` count steps, `pauses` the
 * valid ones; `problem` is the reason of a failed observation (`objects` and `drifted` are then the previous
 * ones); `refused` a refused edit; `unconfirmed` a change in its confirm window; `filterProblems` obstacles to
 * the pods' packets, undefined if not checked; `exhausted` the networks without a free address; `silent` those whose host endpoint did not answer; `policies` is undefined where nothing
 * could be read.
 */
export type NodeFacts = {
  readonly generation: number;
  readonly objects: readonly ObjectStatus[];
  readonly drifted: number;
  readonly withheld: number;
  readonly accepted: number;
  readonly pauses: number;
  readonly problem?: ConditionDetail | undefined;
  readonly refused?: ConditionDetail | undefined;
  readonly unconfirmed?: ConditionDetail | undefined;
  readonly filterProblems?: readonly FilterProblem[] | undefined;
  readonly exhausted?: readonly string[] | undefined;
  readonly silent?: readonly SilentSource[] | undefined;
  readonly policies?: PolicyFact | undefined;
};

/**
 * Returns all conditions, in the order of CONDITIONS; `since` is that of the previous ones while a condition's status stays.
 * Laws: the same facts give the same conditions; Ready is true exactly if an observation succeeded, no
 * step is left for a round, and nothing is known to cut pods off.
 */
export function conditionsOf(
  facts: NodeFacts,
  previous: NodeStatus | undefined,
  time: string,
): readonly Condition[] {
  const obstructed = obstruction(facts, previous);
  const found: Readonly<Record<Condition['type'], ConditionDetail | undefined>> = {
    Ready: unreadiness(facts) ?? (obstructed?.reason === CUT_OFF ? obstructed : undefined),
    Drifted: driftOf(facts, previous),
    Degraded: degradation(facts),
    Contended: contention(facts),
    Obstructed: obstructed,
    PoolExhausted: exhaustion(facts),
    PoolSourceSilent: silence(facts),
    PolicyEnforced: facts.policies ?? conditionOf(previous, 'PolicyEnforced'),
    Paused: pausesOf(facts),
    EditRefused: facts.refused,
    Tentative: facts.unconfirmed,
  };
  return CONDITIONS.map((type) => {
    const circumstance = found[type];
    const status =
      type === 'PolicyEnforced'
        ? isEnforced(facts, previous)
        : (circumstance === undefined) === (type === 'Ready');
    const { reason, message, since } = circumstance ?? quiet(type, facts);
    const before = conditionOf(previous, type);
    return {
      type,
      status,
      reason,
      message,
      since: before?.status === status ? before.since : (since ?? time),
    };
  });
}

function isEnforced({ policies }: NodeFacts, previous: NodeStatus | undefined): boolean {
  return policies?.isTrue ?? conditionOf(previous, 'PolicyEnforced')?.status ?? false;
}

/** The reason and text of a false condition, and of Ready when it is true. */
function quiet(type: Condition['type'], { generation, accepted }: NodeFacts): ConditionDetail {
  const left = accepted === 0 ? '' : `; ${accepted} accepted`;
  const said: Readonly<Record<Condition['type'], readonly [reason: string, message: string]>> = {
    Ready: ['Converged', `kernel matches generation ${generation}`],
    Drifted: ['InSync', `no drift${left}`],
    Degraded: ['NoFailures', 'no repair fails'],
    Contended: ['NotContended', 'no repair is reverted'],
    Obstructed: ['NotObstructed', 'no foreign rule or setting cuts pods off'],
    PoolExhausted: ['AddressesFree', 'addresses are free'],
    PoolSourceSilent: ['SourceAnswers', 'the last answer of each pool source was complete'],
    PolicyEnforced: ['Unknown', 'no round has run'],
    Paused: ['NotPaused', 'nothing is paused'],
    EditRefused: ['NoEdit', 'no refused edit'],
    Tentative: ['Confirmed', 'no unconfirmed change'],
  };
  const [reason, message] = said[type];
  return { reason, message };
}

const UNREADY = {
  error: 'RepairFailing',
  contended: 'Contended',
  paused: 'Paused',
  pending: 'Pending',
} as const;

function unreadiness({
  objects,
  generation,
  problem,
  withheld,
  drifted,
}: NodeFacts): ConditionDetail | undefined {
  if (problem !== undefined) return problem;
  const left = objects.filter(({ state }) => state !== 'reported');
  const worst = (['error', 'contended', 'paused', 'pending'] as const).find((state) =>
    left.some((object) => object.state === state),
  );
  if (worst !== undefined) {
    const reason = worst === 'pending' && drifted > 0 ? 'Drifted' : UNREADY[worst];
    const verb = left.length === 1 ? 'does' : 'do';
    return { reason, message: `${list(left)} ${verb} not match generation ${generation}` };
  }
  if (withheld === 0) return undefined;
  const message = `${count(withheld, 'repair')} would interrupt traffic: see vnet reconcile --dry-run`;
  return { reason: 'Withheld', message };
}

function driftOf(
  { drifted, accepted, problem }: NodeFacts,
  previous: NodeStatus | undefined,
): ConditionDetail | undefined {
  const before = conditionOf(previous, 'Drifted');
  if (problem !== undefined && before?.status === true) return before;
  const left = accepted === 0 ? '' : `; ${accepted} accepted`;
  return drifted === 0
    ? undefined
    : { reason: 'Drifted', message: `${count(drifted, 'object')} drifted${left}: see vnet drift` };
}

function degradation({ objects, problem }: NodeFacts): ConditionDetail | undefined {
  if (problem !== undefined) return problem;
  const failing = objects.filter(({ state }) => state === 'error');
  return failing.length === 0
    ? undefined
    : { reason: 'RepairFailing', message: `repair of ${list(failing)} fails` };
}

function contention({ objects }: NodeFacts): ConditionDetail | undefined {
  const contended = objects.filter(({ state }) => state === 'contended');
  return contended.length === 0 ? undefined : { reason: 'RepairsReverted', message: list(contended) };
}

/** The reason of Obstructed if packets that pods need are dropped. */
const CUT_OFF = 'PodsCutOff';

/**
 * Only obstacles that certainly cut pods off; doctor reports the rest. Rounds without the check keep the
 * previous value.
 */
function obstruction(
  { filterProblems }: NodeFacts,
  previous: NodeStatus | undefined,
): ConditionDetail | undefined {
  if (filterProblems === undefined) {
    const before = conditionOf(previous, 'Obstructed');
    return before?.status === true ? before : undefined;
  }
  const [first, ...others] = filterProblems.filter(({ severity }) => severity === 'cut-off');
  if (first === undefined) return undefined;
  const more = others.length === 0 ? '' : ` (and ${count(others.length, 'other')})`;
  return { reason: CUT_OFF, message: `${first.message}${more}: see vnet doctor` };
}

function exhaustion({ exhausted = [] }: NodeFacts): ConditionDetail | undefined {
  if (exhausted.length === 0) return undefined;
  const networks = `${exhausted.length === 1 ? 'network' : 'networks'} ${exhausted.join(', ')}`;
  return { reason: 'NoFreeAddress', message: `no free address in ${networks}: the next ADD fails` };
}

/** Pods keep their addresses, and ADD assigns those that the document has. */
function silence({ silent = [] }: NodeFacts): ConditionDetail | undefined {
  const [first, ...others] = silent;
  if (first === undefined) return undefined;
  const more = others.length === 0 ? '' : ` (and ${count(others.length, 'other network')})`;
  return {
    reason: 'HostEndpointSilent',
    message: `network ${first.network}: ${first.message}${more}; the pool has the addresses of the last answer`,
    since: new Date(first.askedAtMs).toISOString(),
  };
}

/** The last scan stays while single endpoints are looked at. */
const addresses = new WeakMap<State, readonly string[]>();

/** Returns all addresses of the node that were observed. */
export function ownAddressesIn({ state }: { readonly state: State }): readonly string[] {
  const found = addresses.get(state) ?? hostAddresses({ state }).map(({ address }) => address);
  addresses.set(state, found);
  return found;
}

function pausesOf({ pauses }: NodeFacts): ConditionDetail | undefined {
  return pauses === 0
    ? undefined
    : { reason: 'PausedByOperator', message: `${count(pauses, 'pause')}; end with vnet resume` };
}

function list(objects: readonly ObjectStatus[]): string {
  const [first, ...others] = objects;
  if (first === undefined) return '';
  return others.length === 0 ? first.key : `${first.key} and ${count(others.length, 'other')}`;
}
