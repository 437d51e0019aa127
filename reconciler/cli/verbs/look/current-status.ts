/** The node's present status, in the form that a round records. Pure. */
import type { Problem, Snapshot } from '../../../document/store/store.ts';
import type { NodeStatus } from '../../../loop/files/status-file.ts';
import { refusalOf, unconfirmedOf } from '../../../loop/report/condition-details.ts';
import { filterProblemsNow, silentSourcesNow } from '../../../loop/report/node-findings.ts';
import { exhaustedNetworks } from '../../../model/addresses/pool-summary.ts';
import { conditionsOf, ownAddressesIn, type PolicyFact } from '../../../loop/report/conditions.ts';
import { initialMemory } from '../../../loop/report/digest.ts';
import { currentObjectStatuses } from '../../../loop/report/object-status.ts';
import { policyFact } from '../../../loop/report/policies-now.ts';
import { repairLimitsOf } from '../../../loop/report/repair-limits.ts';
import { admitNow } from '../../../loop/node/admission.ts';
import { renderFailure, type Result } from '../../../model/result.ts';
import { validPauses } from '../../../plan/pause.ts';
import type { Step } from '../../../plan/step.ts';
import type { NodeView, NodeComparison } from './compare-node.ts';

/** The recomputed part of a node's status. */
export type CurrentStatus = Pick<NodeStatus, 'conditions' | 'objects'>;

/**
 * Returns present conditions and objects; the last recorded ones if the kernel cannot be read.
 * Law: right after a round, equal to those in status.json.
 */
export function currentStatus(
  node: NodeView,
  { document, refused }: Snapshot,
  seen: Result<NodeComparison | undefined, Problem>,
): CurrentStatus {
  const { recorded, now } = node;
  const last = recorded?.status();
  const time = now().toISOString();
  const pauses = recorded === undefined ? [] : validPauses(recorded.pauses(), now());
  const comparison = seen.ok ? seen.value : undefined;
  const known = {
    generation: document.metadata.generation,
    pauses: pauses.length,
    refused: refusalOf(refused),
    unconfirmed: recorded && unconfirmedOf(recorded.tentative()),
    filterProblems: filterProblemsNow(node, document),
    silent: silentSourcesNow(node, document),
    exhausted: exhaustedNetworks(
      document,
      now(),
      comparison && ownAddressesIn(comparison.planned.observation),
    ),
  };
  if (comparison === undefined) {
    const message = seen.ok ? 'there is no document' : messageOf(seen.error);
    const problem = { reason: 'RoundFailing', message };
    const objects = last?.objects ?? [];
    const facts = { ...known, objects, drifted: 0, withheld: 0, accepted: 0, problem };
    return { objects, conditions: conditionsOf(facts, last, time) };
  }
  const isDrift = ({ key }: Step): boolean => comparison.causes?.get(key) === 'drift';
  const repairLimits = repairLimitsOf({
    document,
    pauses,
    memory: initialMemory(last),
    nowMs: now().getTime(),
  });
  const rules = { ...repairLimits, isDrift, limit: 'hitless' } as const;
  const admission = admitNow(node, comparison.planned.plan, rules);
  const { plan, held, withheld, accepted } = admission;
  const objects = currentObjectStatuses(admission, last?.objects ?? [], time);
  // An object that is recreated has two steps.
  const open = [...plan.steps, ...held.map(({ step }) => step)].filter(isDrift);
  const drifted = new Set(open.map(({ key }) => key)).size;
  const counts = { drifted, withheld: withheld.length, accepted: accepted.length };
  const policies = policiesNow(node, comparison, objects, last);
  const facts = { ...known, ...counts, objects, policies };
  return { objects, conditions: conditionsOf(facts, last, time) };
}

function policiesNow(
  { followedMs, now }: NodeView,
  { document, planned }: NodeComparison,
  objects: NodeStatus['objects'],
  last: NodeStatus | undefined,
): PolicyFact {
  const { members } = planned.observation;
  const [inForce, nowMs] = [last?.policies, now().getTime()];
  return policyFact({ document, members, objects, inForce, followedMs: followedMs?.(), nowMs });
}

function messageOf(problem: Problem): string {
  return problem.kind === 'failure' ? renderFailure(problem) : 'the document is invalid: see vnet validate';
}
