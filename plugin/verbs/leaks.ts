/** Kernel objects of a network's attachments without a record in the document; found and removed by GC. */
import { executeSteps, failuresOf } from '../../reconciler/loop/node/execute.ts';
import { planNode } from '../../reconciler/loop/node/plan-node.ts';
import { modeOf } from '../../reconciler/model/modes/registry.ts';
import { endpointMark, networkMark, parseEndpointId, parseMark } from '../../reconciler/model/names.ts';
import { attachingNetworkOf } from '../../reconciler/model/networks.ts';
import { err, ok, type Result } from '../../reconciler/model/result.ts';
import type { NetObject } from '../../reconciler/model/state.ts';
import { subjectOf } from '../../reconciler/model/ports/kernel.ts';
import type { Step } from '../../reconciler/plan/step.ts';
import type { Network } from '../../schemas/generated/vnet.ts';
import { otherNode } from './claim.ts';
import { type CniError, toCniError } from '../protocol/errors.ts';
import type { Host } from '../host.ts';

/** The network, and its attachments that are certainly alive (`containerID/ifName`). */
export type LeakScope = { readonly network: string; readonly valid: ReadonlySet<string> };

/**
 * Ensures that the kernel has no object with our mark of this network without a record: veths first, then
 * neighbours and elements. If a veth without a record must stay (its pod is listed, or it is another
 * network's), neighbours and elements stay too: they may lead to it. Holds the round lock exclusively, so
 * that no ADD is in progress.
 * Errors: those of locks, document and kernel.
 */
export function removeLeaks({ session }: Host, scope: LeakScope): Result<undefined, CniError> {
  const held = session.rounds.hold('exclusive', () => ok(removeAlone({ session }, scope)));
  return held.ok ? held.value : err(toCniError(held.error, 'kernel'));
}

function removeAlone({ session }: Pick<Host, 'session'>, scope: LeakScope): Result<undefined, CniError> {
  const read = session.store.read();
  if (!read.ok) return err(toCniError(read.error, 'document'));
  const document = read.value?.document;
  const attaching = document === undefined ? undefined : attachingNetworkOf(document, scope.network);
  if (document === undefined || attaching === undefined) return ok(undefined);
  const refusal = otherNode(document, session.nodeName);
  if (refusal !== undefined) return err(refusal);
  const planned = planNode(session.kernel, document);
  if (!planned.ok) return err(toCniError(planned.error, 'kernel'));
  // Objects of an endpoint that is still in the document are left to DEL.
  const unknown = planned.value.plan.steps.filter(
    ({ change, owner = '' }) => change.verb === 'delete' && document.endpoints?.[owner] === undefined,
  );
  const outcomes = executeSteps(session.kernel, leaksAmong(unknown, scope, attaching.network));
  const [failed] = failuresOf(outcomes);
  return failed === undefined ? ok(undefined) : err(toCniError(failed, 'kernel'));
}

function leaksAmong(unknown: readonly Step[], scope: LeakScope, network: Network): readonly Step[] {
  const veths = unknown.filter((step) => isOfPod(subjectOf(step.change)));
  const lost = veths.filter((step) => isLost(subjectOf(step.change), scope));
  if (lost.length < veths.length) return lost;
  const mode = modeOf(network);
  return [...lost, ...unknown.filter(({ change }) => mode.isLeftover?.(subjectOf(change), network))];
}

/** Its host veth, or the ifb that limits its transmissions. */
function isOfPod(object: NetObject): boolean {
  return object.kind === 'link' && (object.type === 'veth' || object.type === 'ifb');
}

/** A veth's alias names its endpoint. */
function isLost(object: NetObject, { network, valid }: LeakScope): boolean {
  if (object.kind !== 'link') return false;
  const marked = parseMark(object.alias);
  if (marked === undefined || parseEndpointId(marked).network !== network) return false;
  // The mark has a long name only in part.
  const mark = networkMark(marked);
  return !Array.from(valid).some((key) => endpointMark(`${network}/${key}`) === mark);
}
