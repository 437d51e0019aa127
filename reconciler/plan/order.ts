/** The order of steps: create before delete, by dependency; make before break. Pure. */
import { type Change, subjectOf } from '../model/ports/kernel.ts';
import type { LinkObject } from '../model/kinds/link.ts';
import { HOST } from '../model/kinds/kind.ts';
import { kindOf, type NetObject } from '../model/kinds/registry.ts';
import type { Step } from './step.ts';

/**
 * Returns the steps in the order in which they are applied.
 * Replaced objects are deleted first; then all creations follow, the node before its pods, pod by pod; an uplink leaves its bridge
 * only when its addresses and routes are back on it; then unwanted objects are deleted in reverse order.
 * Law: the order depends only on the steps, not on the order of the input.
 */
export function orderSteps(steps: readonly Step[]): readonly Step[] {
  const joining = new Set(steps.filter(isJoiningPort).map(({ key }) => key));
  const moving = new Set(
    steps.filter((step) => isLeavingPort(step) || isJoiningPort(step)).map(({ owner }) => owner),
  );
  const remade = new Set(steps.filter((step) => step.change.verb === 'create').map((step) => step.key));
  const ranked = steps.map((step) => {
    const subject = subjectOf(step.change);
    const rank = rankOf(step, subject, {
      isRemade: remade.has(step.key),
      isLast: isLeavingPort(step) || (joining.has(step.key) && !isJoiningPort(step)),
      isMoving: step.owner !== undefined && moving.has(step.owner),
    });
    return {
      step,
      rank,
      netns: subject.netns,
      inPod: subject.netns === HOST ? 0 : kindOf(subject).rank(subject),
    };
  });
  ranked.sort(
    (left, right) =>
      left.rank - right.rank ||
      compareText(left.netns, right.netns) ||
      left.inPod - right.inPod ||
      compareText(left.step.key, right.step.key),
  );
  return ranked.map(({ step }) => step);
}

function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

const PHASE = 1000;

/**
 * The steps of a pod whose network gets another mode, behind everything that is made for it on the node and in the pod: what it
 * had before in its namespace goes, nothing is led to it in the former way, and the port leaves the bridge or gets the MAC of one.
 * Until then, it has the ways of both modes.
 */
const MOVE = { inPod: PHASE + 250, delivery: PHASE + 290, port: PHASE + 300 } as const;

/** A veth leaves its bridge, as the last change of it. */
function isLeavingPort({ change }: Step): boolean {
  return isVethUpdate(change) && change.fields.includes('master') && change.want.master === '';
}

/** A veth joins a bridge, with its former MAC if it gets another one. */
function isJoiningPort({ change }: Step): boolean {
  return isVethUpdate(change) && change.fields.includes('master') && change.want.master !== '';
}

function isVethUpdate(change: Change): change is VethUpdate {
  return change.verb === 'update' && change.want.kind === 'link' && change.want.type === 'veth';
}

type VethUpdate = Extract<Change, { verb: 'update' }> & { readonly want: LinkObject };

function rankOf(
  step: Step,
  subject: NetObject,
  { isRemade, isLast, isMoving }: Record<'isRemade' | 'isLast' | 'isMoving', boolean>,
): number {
  if (isLast) return MOVE.port;
  if (step.change.verb === 'delete') {
    if (!isRemade && subject.netns !== HOST) return MOVE.inPod;
    if (isMoving && isDelivery(subject)) return MOVE.delivery;
    return isRemade ? rankOfObject(subject) : 3 * PHASE - rankOfObject(subject);
  }
  if (subject.kind === 'link' && subject.type === 'device' && subject.master === '') return PHASE + 900;
  return PHASE + rankOfObject(subject);
}

/** Objects in a pod's namespace come after all entries that lead to it. */
function rankOfObject(object: NetObject): number {
  return object.netns === HOST ? kindOf(object).rank(object) : 200;
}

/** Returns true for a deletion on the node that follows all other steps. */
export function isLate({ change }: Step): boolean {
  return change.verb === 'delete' && change.have.netns === HOST && !isDelivery(change.have);
}

/** A map leads frames to a port of a bridge, a route packets to a veth. */
function isDelivery(object: NetObject): boolean {
  return object.kind === 'route' || (object.kind === 'nft-element' && object.value !== undefined);
}
