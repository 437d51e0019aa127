/** The inverse of a step. Pure. */
import type { Change } from '../model/ports/kernel.ts';
import { assertNever } from '../model/result.ts';
import type { NetObject } from '../model/state.ts';
import type { Step } from './step.ts';
import { standInFor } from '../model/modes/parts/learned.ts';

/**
 * Returns the change that undoes this one.
 * Law: applying a change and then its inverse restores the kernel; inverting twice gives the same change, except
 * for the peer of a veth, which the inverse of a delete does not know.
 */
export function invertChange(change: Change): Change {
  switch (change.verb) {
    case 'create':
      return { verb: 'delete', have: change.want };
    case 'update':
      return { verb: 'update', want: change.have, have: change.want, fields: change.fields };
    case 'delete':
      return { verb: 'create', want: recreated(change.have) };
    default:
      return assertNever(change);
  }
}

/**
 * Returns the changes that undo the steps, last one first. A sysctl that did not exist before came with its interface
 * and goes with it. Observed rules cannot be recreated from the observation: correct ones stay.
 */
export function invertSteps(steps: readonly Step[]): readonly Change[] {
  return steps
    .filter(({ change }) => change.verb !== 'create' || change.want.kind !== 'sysctl')
    .map(({ change }) => invertChange(change))
    .filter((change) => change.verb === 'delete' || !isWithoutScript(change.want))
    .toReversed();
}

/** More than a network has routers: the stand-ins of a takeover are there when the rollback begins. */
const MAX_ROUTERS = 16;

function recreated(object: NetObject): NetObject {
  const isLearned = object.kind === 'route' && object.learned === true;
  return isLearned ? standInFor(object, { nth: MAX_ROUTERS + (object.copy ?? 0) }) : object;
}

function isWithoutScript(object: NetObject): boolean {
  return object.kind === 'nft-table' && object.script === undefined;
}
