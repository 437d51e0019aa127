/** A preview of a round, without effects. */
import type { Network, VnetDocument } from '../../../schemas/generated/vnet.ts';
import type { Problem } from '../../document/store/store.ts';
import { err, ok, type Result } from '../../model/result.ts';
import { scopeOfNode } from '../../model/scope.ts';
import type { Admission } from '../../plan/admit.ts';
import { admitNow } from '../node/admission.ts';
import type { Node } from '../node/session.ts';
import { adoptLeases, withNetworks } from '../takeover/adopt.ts';
import { observeSettings } from '../takeover/capture.ts';
import { judgeEndpoints } from './evidence.ts';
import { followUplinks, unusableUplink } from '../takeover/follow-uplinks.ts';
import { type PlannedNode, planNodeFrom } from '../node/plan-node.ts';
import { readOwnDocument, type Round, convergedRound, type RoundOptions, admissionRulesOf } from './round.ts';

/** The preview of a round. Shape: `leaving` are endpoints that it would release; `planned` is its basis. */
export type Preview = Admission & {
  readonly document: VnetDocument;
  readonly planned: PlannedNode;
  readonly leaving: readonly string[];
};

/**
 * Returns the preview of a round with these options; undefined without a document. Writes nothing.
 * Law: the round does exactly `todo`, and its lists are the round's.
 */
export function previewRound(node: Node, options: RoundOptions): Result<Preview | undefined, Problem> {
  const snapshot = readOwnDocument(node);
  if (!snapshot.ok) return snapshot;
  if (snapshot.value === undefined) return ok(undefined);
  const { document } = snapshot.value;
  const { now, bootId } = node;
  const observed = node.kernel.observe(scopeOfNode(document));
  if (!observed.ok) return observed;
  const networks = followUplinks(document, observed.value)?.networks ?? new Map<string, Network>();
  const followed = withNetworks(document, networks);
  const unusable = unusableUplink(followed, observed.value);
  if (unusable !== undefined) return err(unusable);
  const sysctls = observeSettings(node.kernel, followed, observed.value);
  if (!sysctls.ok) return sysctls;
  const adopted = adoptLeases(followed, observed.value, sysctls.value);
  const planned = planNodeFrom(withNetworks(followed, adopted), observed.value, document);
  const judged = judgeEndpoints(document, observed.value.namespaces, { now: now(), bootId });
  const leaving = [...judged].flatMap(([id, endpoint]) => (endpoint.leaving === undefined ? [] : [id]));
  const rules = admissionRulesOf(options, document, observed.value);
  if (!rules.ok) return rules;
  const admission = admitNow(node, planned.plan, rules.value);
  return ok({ ...admission, document, planned, leaving });
}

/**
 * Returns the round if it would change neither kernel nor document and leave nothing undone; otherwise
 * undefined.
 * Law: if it returns a round, runRound() would return an equal one.
 */
export function roundIfConverged(node: Node, options: RoundOptions): Result<Round | undefined, Problem> {
  const snapshot = node.store.read();
  if (!snapshot.ok || snapshot.value === undefined) return snapshot.ok ? ok(undefined) : snapshot;
  const { document, isUnrecorded, refused } = snapshot.value;
  const { bootId, now } = node;
  if (isUnrecorded === true || refused !== undefined || document.metadata.bootId !== bootId)
    return ok(undefined);
  const previewed = previewRound(node, options);
  if (!previewed.ok || previewed.value === undefined) return previewed.ok ? ok(undefined) : previewed;
  const { planned, plan, accepted, held } = previewed.value;
  const { observation } = planned;
  const isLeft = Object.values(document.endpoints ?? {}).some(({ leaving }) => leaving !== undefined);
  const isIdle =
    !isLeft &&
    plan.steps.length + accepted.length + held.length === 0 &&
    judgeEndpoints(document, observation.namespaces, { now: now(), bootId }).size === 0 &&
    followUplinks(document, observation) === undefined &&
    adoptLeases(document, observation).size === 0;
  return ok(isIdle ? convergedRound(previewed.value.document, planned) : undefined);
}
