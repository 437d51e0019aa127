/**
 * The plan for pods whose network gets another mode: they have the ways of both modes until everything is made, on the node and in
 * the pod. Pure. Loaded only where a mode may change.
 */
import type { Desired } from '../../model/desired.ts';
import { HOST } from '../../model/kinds/kind.ts';
import type { LinkObject } from '../../model/kinds/link.ts';
import type { NetObject } from '../../model/kinds/registry.ts';
import type { MovedPods } from '../../model/modes/mode-change.ts';
import { familyOf, withoutLength } from '../../model/addresses/address.ts';
import { type Change, subjectOf } from '../../model/ports/kernel.ts';
import { keyOf, type State } from '../../model/state.ts';
import { allDifferingFields, differingFields, renderDifferences } from '../../plan/compare.ts';
import { orderSteps, PHASE } from '../../plan/order.ts';
import type { Step } from '../../plan/step.ts';

/**
 * The ranks behind everything that is made for a pod on the node and in the pod: former objects in its namespace go, nothing
 * is led to it in the former way, and its port leaves the bridge or gets the MAC of one.
 */
const RANKS = { inPod: PHASE + 250, delivery: PHASE + 290, port: PHASE + 300 } as const;

/** The rank of objects made in pods, with a range for each pod. */
const MADE_IN_POD = PHASE + 200;
const MAX_PODS = 100_000;

/** Returns the desired state, in which the objects of the former mode have their endpoints as owners. */
export function withFormerOwners(desired: Desired, { ids, owners }: MovedPods): Desired {
  return ids.size === 0 ? desired : { ...desired, owners: new Map([...owners, ...desired.owners]) };
}

/** Returns the changes of the former mode's unaltered objects in the pods' namespaces. */
export function changesInPods({ inPods }: MovedPods, desired: State, observed: State): readonly Change[] {
  return [...inPods].flatMap(([key, former]): Change[] => {
    const [want, have] = [desired.get(key), observed.get(key)];
    if (have === undefined) return [];
    if (want === undefined) {
      // An address is known by its key.
      const isSame = have.kind === 'address' || allDifferingFields(former, have).length === 0;
      return isSame ? [{ verb: 'delete', have }] : [];
    }
    const fields = allDifferingFields(want, have);
    const isPlanned = differingFields(want, have).length > 0;
    return isPlanned || fields.length === 0 ? [] : [{ verb: 'update', want, have, fields }];
  });
}

/** Returns the steps in an order without an interruption. */
export function orderMoveSteps({ ids }: MovedPods, steps: readonly Step[]): readonly Step[] {
  if (ids.size === 0) return steps;
  const all = steps.flatMap(split).map(withReason);
  return orderSteps(all, rankOf(all));
}

/**
 * A veth that joins or leaves a bridge and gets another MAC changes in two steps, since its pod sends to the former MAC until its
 * own objects are changed.
 */
function split(step: Step): readonly Step[] {
  const { change } = step;
  if (change.verb !== 'update') return [step];
  const { want, have, fields } = change;
  const isBoth = fields.includes('master') && fields.includes('mac');
  if (!isBoth || want.kind !== 'link' || have.kind !== 'link') return [step];
  const last = want.master === '' ? 'master' : 'mac';
  const { [last]: before } = have;
  const first: LinkObject = { ...want, ...(before === undefined ? {} : { [last]: before }) };
  const steps: readonly Extract<Change, { verb: 'update' }>[] = [
    { verb: 'update', want: first, have, fields: fields.filter((field) => field !== last) },
    { verb: 'update', want, have: first, fields: [last] },
  ];
  return steps.map((one) => ({ ...step, change: one, differences: renderDifferences(one.want, one.have) }));
}

function withReason(step: Step): Step {
  const isLeft = step.change.verb === 'delete' && step.change.have.netns !== HOST;
  return isLeft ? { ...step, reason: 'of the former mode of the network' } : step;
}

function rankOf(steps: readonly Step[]): (step: Step) => number | undefined {
  const joining = new Set(steps.filter((step) => portMove(step) === 'joins').map(({ key }) => key));
  const moving = new Set(steps.filter((step) => portMove(step) !== undefined).map(({ owner }) => owner));
  const renewed = renewedAddresses(steps);
  const turns = new Map([...renewed.values()].toSorted().map((netns, turn) => [netns, turn / MAX_PODS]));
  return (step) => {
    const { change, key, owner } = step;
    const turn = turns.get(subjectOf(change).netns);
    if (turn !== undefined && change.verb !== 'delete') return MADE_IN_POD + turn;
    if (turn !== undefined && change.verb === 'delete' && renewed.has(placeOf(change.have)))
      return MADE_IN_POD + turn - 1 / (2 * MAX_PODS);
    if (change.verb === 'update') {
      const move = portMove(step);
      return move === 'leaves' || (joining.has(key) && move !== 'joins') ? RANKS.port : undefined;
    }
    if (change.verb === 'create' || owner === undefined || !moving.has(owner)) return undefined;
    if (change.have.netns !== HOST) return RANKS.inPod;
    return isDelivery(change.have) ? RANKS.delivery : undefined;
  };
}

/**
 * Returns the IPv6 addresses in pods that get another prefix length, with their namespaces: an interface has an IPv6 address once, so the
 * former one goes right before.
 */
function renewedAddresses(steps: readonly Step[]): ReadonlyMap<string, string> {
  return new Map(
    steps.flatMap(({ change }) => {
      const isMade = change.verb === 'create' && change.want.kind === 'address';
      return isMade && change.want.netns !== HOST ? [[placeOf(change.want), change.want.netns] as const] : [];
    }),
  );
}

/** Different for all objects but IPv6 addresses that differ in their length. */
function placeOf(object: NetObject): string {
  const isOnce = object.kind === 'address' && familyOf(object.address) === 6;
  return isOnce ? `${object.netns} ${object.dev} ${withoutLength(object.address)}` : keyOf(object);
}

/** Returns whether a veth joins or leaves a bridge by this step; undefined for other steps. */
function portMove({ change }: Step): 'joins' | 'leaves' | undefined {
  if (change.verb !== 'update' || change.want.kind !== 'link' || change.want.type !== 'veth')
    return undefined;
  if (!change.fields.includes('master')) return undefined;
  return change.want.master === '' ? 'leaves' : 'joins';
}

/** Returns true for a deletion on the node that follows all other steps. */
export function isFinalDeletion({ change }: Step): boolean {
  return change.verb === 'delete' && change.have.netns === HOST && !isDelivery(change.have);
}

/** A map leads frames to a port of a bridge, a route packets to a veth. */
function isDelivery(object: NetObject): boolean {
  return object.kind === 'route' || (object.kind === 'nft-element' && object.value !== undefined);
}
