/** What is left in the kernel of a network's attachments though no record knows it; found and removed by GC. */
import { executeSteps, failuresOf } from '../../reconciler/loop/node/execute.ts';
import { planNode } from '../../reconciler/loop/node/plan-node.ts';
import { modeOf } from '../../reconciler/model/modes/registry.ts';
import { isMark, MARK, parseEndpointId } from '../../reconciler/model/names.ts';
import { attachingNetworkOf } from '../../reconciler/model/networks.ts';
import { err, ok, type Result } from '../../reconciler/model/result.ts';
import type { NetObject } from '../../reconciler/model/state.ts';
import { subjectOf } from '../../reconciler/plan/order.ts';
import type { Step } from '../../reconciler/plan/step.ts';
import type { Network } from '../../schemas/generated/vnet.ts';
import { otherNode } from './claim.ts';
import { type CniError, toCniError } from '../protocol/errors.ts';
import type { Host } from '../host.ts';

/** Of which network, and which attachments (`containerID/ifName`) are alive for certain. */
export type LeakScope = { readonly network: string; readonly valid: ReadonlySet<string> };

/**
 * Ensures that nothing marked as ours is left in the kernel of this network that belongs to no record: veths, then
 * neighbours and elements. While there is a veth without a record that stays (its pod is listed, or another network's),
 * neighbours and elements stay too: they may lead to it.
 * Alone on the node while it lasts, so that no ADD is half-way.
 * Errors: those of locks, document and kernel.
 */
export function removeLeaks({ world }: Host, scope: LeakScope): Result<undefined, CniError> {
  const held = world.rounds.hold('exclusive', () => ok(removeAlone({ world }, scope)));
  return held.ok ? held.value : err(toCniError(held.error, 'kernel'));
}

function removeAlone({ world }: Pick<Host, 'world'>, scope: LeakScope): Result<undefined, CniError> {
  const read = world.store.read();
  if (!read.ok) return err(toCniError(read.error, 'document'));
  const document = read.value?.document;
  const attaching = document === undefined ? undefined : attachingNetworkOf(document, scope.network);
  if (document === undefined || attaching === undefined) return ok(undefined);
  const stranger = otherNode(document, world.node);
  if (stranger !== undefined) return err(stranger);
  const planned = planNode(world.kernel, document);
  if (!planned.ok) return err(toCniError(planned.error, 'kernel'));
  // What was for an endpoint that the document still has is DEL's to remove.
  const unknown = planned.value.plan.steps.filter(
    ({ change, owner = '' }) => change.verb === 'delete' && document.endpoints?.[owner] === undefined,
  );
  const outcomes = executeSteps(world.kernel, leaksAmong(unknown, scope, attaching.network));
  const [failed] = failuresOf(outcomes);
  return failed === undefined ? ok(undefined) : err(toCniError(failed, 'kernel'));
}

function leaksAmong(unknown: readonly Step[], scope: LeakScope, network: Network): readonly Step[] {
  const veths = unknown.filter((step) => isVeth(subjectOf(step.change)));
  const lost = veths.filter((step) => isLost(subjectOf(step.change), scope));
  if (lost.length < veths.length) return lost;
  const mode = modeOf(network);
  return [...lost, ...unknown.filter(({ change }) => mode.isLeftover?.(subjectOf(change), network))];
}

function isVeth(object: NetObject): boolean {
  return object.kind === 'link' && object.type === 'veth';
}

/** A veth says itself whose it was. */
function isLost(object: NetObject, { network, valid }: LeakScope): boolean {
  if (object.kind !== 'link' || !isMark(object.alias)) return false;
  const key = parseEndpointId(object.alias?.slice(MARK.length) ?? '');
  return key.network === network && !valid.has(`${key.containerId}/${key.ifName}`);
}
