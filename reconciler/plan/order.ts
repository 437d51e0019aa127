/** The order of steps: create before delete, by dependency; make before break. Pure. */
import { subjectOf } from '../model/ports/kernel.ts';
import { HOST } from '../model/kinds/kind.ts';
import { kindOf, type NetObject } from '../model/kinds/registry.ts';
import type { Step } from './step.ts';

/**
 * Returns the steps in the order in which they are applied; `special` gives the rank of those that have another one.
 * Replaced objects are deleted first; then all creations follow, the node before its pods, pod by pod; an uplink leaves its bridge
 * only when its addresses and routes are back on it; then unwanted objects are deleted in reverse order.
 * Law: the order depends only on the steps, not on the order of the input.
 */
export function orderSteps(
  steps: readonly Step[],
  special?: (step: Step) => number | undefined,
): readonly Step[] {
  const remade = new Set(steps.filter((step) => step.change.verb === 'create').map((step) => step.key));
  const ranked = steps.map((step) => {
    const subject = subjectOf(step.change);
    const rank = special?.(step) ?? rankOf(step, subject, remade.has(step.key));
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

/** The distance between the ranks of replaced, made and unwanted objects. */
export const PHASE = 1000;

function rankOf(step: Step, subject: NetObject, isRemade: boolean): number {
  if (step.change.verb === 'delete') {
    return isRemade ? rankOfObject(subject) : 3 * PHASE - rankOfObject(subject);
  }
  return leavesBridge(step.change) ? PHASE + 900 : PHASE + rankOfObject(subject);
}

/** An uplink that is down carries nothing: it is set up first, since no route can be made on it. */
function leavesBridge(change: Step['change']): boolean {
  if (change.verb !== 'update') return false;
  const { want, fields } = change;
  const isReleased = want.kind === 'link' && want.type === 'device' && want.master === '';
  return isReleased && fields.includes('master') && !fields.includes('up');
}

/** Objects in a pod's namespace come after all entries that lead to it. */
function rankOfObject(object: NetObject): number {
  return object.netns === HOST ? kindOf(object).rank(object) : 200;
}
