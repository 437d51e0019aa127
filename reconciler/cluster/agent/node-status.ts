/** The status of a NodeNetwork, from the facts of the node. Pure. */
import type { Condition, NodeStatus } from '../../loop/files/status-file.ts';
import type { ClusterCondition, NodeNetworkStatus, NodeSpec } from '../custom-resources.ts';
import { addressTotals, type DefaultNetwork, type PoolCounts } from './capacity.ts';
import type { RevisionRecord } from './attempt.ts';
import type { PolicyCopy } from '../members/policy-copy.ts';
import type { TakenUplink } from './uplinks.ts';
import { omitUndefined } from '../../model/objects.ts';

/** The most entries of a list in a status. */
const FEW = 10;

/** Why the agent waits or tries again. Shape: `reason` is one word, `message` a sentence. */
export type AgentObstacle = { readonly reason: string; readonly message: string };

/** The facts of the node. Shape: `edits` are fields of the confirmed revision with another value; `obstacle` delays an attempt. */
export type NodeReport = {
  readonly spec: NodeSpec | undefined;
  readonly specGeneration: number;
  readonly record: RevisionRecord;
  readonly status: NodeStatus | undefined;
  readonly document: { readonly generation: number; readonly digest: string } | undefined;
  readonly bootId: string;
  readonly pools: readonly PoolCounts[];
  readonly defaultNetwork: DefaultNetwork | undefined;
  readonly uplinks: readonly TakenUplink[];
  readonly edits: readonly string[];
  readonly obstacle: AgentObstacle | undefined;
  readonly policy: PolicyCopy;
  readonly version: string;
};

type Verdict = Pick<ClusterCondition, 'status' | 'reason' | 'message'>;

function verdict(status: boolean | 'Unknown', reason: string, message: string): Verdict {
  return { status: status === 'Unknown' ? status : status ? 'True' : 'False', reason, message };
}

/** Returns the status; a condition keeps its time of transition while its status stays. */
export function nodeStatusOf(
  report: NodeReport,
  previous: NodeNetworkStatus | undefined,
  time: string,
): NodeNetworkStatus {
  const { spec, specGeneration, record, document, bootId, pools, uplinks, edits, version, status } = report;
  const { attempt, confirmed } = record;
  const objects = (status?.objects ?? []).map(({ key }) => key);
  const desired = spec?.desiredRevision;
  const revision = omitUndefined({ desired, applied: attempt?.revision, confirmed: confirmed?.revision });
  return {
    observedGeneration: specGeneration,
    revision,
    ...omitUndefined({ document }),
    bootId,
    addresses: addressTotals(pools, report.defaultNetwork),
    pools: [...pools],
    uplinks: [...uplinks],
    drift: { count: objects.length, objects: objects.slice(0, FEW) },
    // Servers before 1.22 make a part that is no longer applied null, which the schema forbids: these are always there.
    plan: attempt?.revision === desired ? (attempt?.plan ?? NO_PLAN) : NO_PLAN,
    policy: policyPart(report, previous),
    localEdits: edits.slice(0, FEW),
    agent: { version },
    conditions: Object.entries(judge(report, previous)).map(([type, judged]) => {
      const before = previous?.conditions?.find((condition) => condition.type === type);
      const lastTransitionTime = before?.status === judged.status ? before.lastTransitionTime : time;
      return { type, ...judged, observedGeneration: specGeneration, lastTransitionTime };
    }),
  };
}

/** The verdicts by type of condition, in the order of the status. */
function judge(
  report: NodeReport,
  previous: NodeNetworkStatus | undefined,
): Readonly<Record<string, Verdict>> {
  const of = (type: Condition['type']): Condition | undefined =>
    report.status?.conditions.find((condition) => condition.type === type);
  const ready = of('Ready');
  const exhausted = of('PoolExhausted');
  return {
    Ready: ready === undefined ? NO_ROUND : verdict(ready.status, ready.reason, ready.message),
    Converged: judgeConverged(report, of('Contended'), of('Drifted')),
    Applied: judgeApplied(report),
    Confirmed: judgeConfirmed(report),
    PoolAvailable:
      exhausted?.status === true
        ? verdict(false, exhausted.reason, exhausted.message)
        : verdict(true, 'AddressesFree', 'addresses are free'),
    PolicyEnforced: judgePolicy(report, of('PolicyEnforced'), previous),
  };
}

const NO_ROUND = verdict('Unknown', 'NoRound', 'no round since the boot: run vnet watch');

const NO_REVISION = verdict('Unknown', 'NoRevision', 'no revision is wanted');

const NO_PLAN = { steps: 0, disruption: 'hitless', pods: 0 } as const;

const NO_POLICIES = { isEnforced: false, policies: 0, isCurrent: true, lagSeconds: 0 } as const;

/** While the agent reads the cluster, the previous report stays. The lag is in seconds: milliseconds would be a write for each change of the cluster. */
function policyPart(
  { policy: copy, status }: NodeReport,
  previous: NodeNetworkStatus | undefined,
): NonNullable<NodeNetworkStatus['policy']> {
  const lagSeconds = Math.round((status?.policies?.lagMs ?? 0) / 1000);
  switch (copy.kind) {
    case 'off':
      return NO_POLICIES;
    case 'reading':
      return previous?.policy ?? NO_POLICIES;
    case 'current':
      return { isEnforced: true, policies: copy.policies, isCurrent: true, lagSeconds };
    case 'behind': {
      const { policies, asOf } = copy;
      const part = { isEnforced: true, policies, isCurrent: false, lagSeconds };
      return { ...part, ...omitUndefined({ asOf }) };
    }
    default:
      return copy satisfies never;
  }
}

/** Shape: `own` is the condition of the node: whether the kernel has the policies of its copy. */
function judgePolicy(
  { policy: copy, status }: NodeReport,
  own: Condition | undefined,
  previous: NodeNetworkStatus | undefined,
): Verdict {
  const known = previous?.conditions?.find(({ type }) => type === 'PolicyEnforced');
  switch (copy.kind) {
    case 'off':
      return verdict('Unknown', 'NotEnforced', 'the document does not enforce policies');
    case 'reading':
      if (known !== undefined) return { status: known.status, reason: known.reason, message: known.message };
      return verdict('Unknown', 'Reading', 'the agent reads the policies of the cluster');
    case 'current':
      if (status === undefined) return NO_ROUND;
      if (own?.status === false && own.reason === 'Lagging') return verdict(false, own.reason, own.message);
      return verdict(true, 'Current', 'the policies of the cluster are enforced');
    case 'behind': {
      const message =
        copy.asOf === undefined
          ? 'the policies of the cluster are not known yet: the last known ones are enforced'
          : `the API server does not answer: the policies of ${copy.asOf} are enforced`;
      return verdict(false, 'Behind', message);
    }
    default:
      return copy satisfies never;
  }
}

function judgeConverged(
  { spec, record, edits }: NodeReport,
  contended: Condition | undefined,
  drifted: Condition | undefined,
): Verdict {
  const desired = spec?.desiredRevision;
  if (desired !== undefined && record.confirmed?.revision !== desired)
    return verdict(false, 'RevisionPending', `revision ${desired} is not confirmed`);
  if (edits.length > 0)
    return verdict(false, 'LocallyEdited', `edited on the node: ${edits.slice(0, FEW).join(', ')}`);
  if (contended?.status === true) return verdict(false, 'Contended', contended.message);
  if (drifted?.status === true) return verdict(false, 'Drifted', drifted.message);
  return desired === undefined
    ? verdict(true, 'NoRevision', 'no revision is wanted')
    : verdict(true, 'Converged', `the node has revision ${desired}`);
}

function judgeApplied({ spec, record: { attempt }, obstacle }: NodeReport): Verdict {
  const desired = spec?.desiredRevision;
  if (obstacle !== undefined) return { status: 'Unknown', ...obstacle };
  if (desired === undefined) return NO_REVISION;
  if (attempt?.revision !== desired)
    return verdict('Unknown', 'Pending', `revision ${desired} is not applied yet`);
  const isApplied = attempt.state === 'open' || attempt.state === 'confirmed';
  return verdict(isApplied, attempt.reason, attempt.message);
}

function judgeConfirmed({ spec, record: { confirmed: has, attempt } }: NodeReport): Verdict {
  const desired = spec?.desiredRevision;
  if (desired === undefined) return NO_REVISION;
  const isTried = attempt?.revision === desired;
  if (has?.revision === desired && (!isTried || attempt.state === 'confirmed'))
    return verdict(true, 'Confirmed', `revision ${desired} is confirmed`);
  if (!isTried || attempt.state === 'open')
    return verdict('Unknown', 'Pending', `revision ${desired} is not confirmed yet`);
  return verdict(false, attempt.reason, attempt.message);
}

/** Returns the document to report. Every ADD makes a generation: the reported one is that at which the hand-edited part last changed. */
export function reportedDocument(
  { generation, digest }: NonNullable<NodeReport['document']>,
  previous: NodeNetworkStatus | undefined,
): { readonly generation: number; readonly digest: string } {
  const known = previous?.document;
  const isSame = known?.digest === digest && known.generation !== undefined && known.generation <= generation;
  return { generation: isSame ? (known.generation ?? generation) : generation, digest };
}
