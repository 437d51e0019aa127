/** Policies and plan in the status of a NodeNetwork. */
import { describe, expect, it } from 'vitest';
import { NO_RECORD, type RevisionAttempt } from '../../../reconciler/cluster/agent/attempt.ts';
import { nodeStatusOf, type NodeReport } from '../../../reconciler/cluster/agent/node-status.ts';
import type { NodeNetworkStatus } from '../../../reconciler/cluster/custom-resources.ts';
import type { PolicyCopy } from '../../../reconciler/cluster/members/policy-copy.ts';
import { createPolicyReport } from '../../../reconciler/cluster/members/policy-report.ts';
import type { NodeStatus } from '../../../reconciler/loop/files/status-file.ts';
import { VirtualClock } from '../virtual-clock.ts';
import { FakeNode } from './fake-node.ts';

const TIME = '2026-11-30T12:00:00.000Z';

function reportOf(more: Partial<NodeReport>, previous?: NodeNetworkStatus): NodeNetworkStatus {
  const report: NodeReport = {
    spec: {},
    specGeneration: 1,
    record: NO_RECORD,
    status: undefined,
    document: undefined,
    bootId: 'b',
    pools: [],
    defaultNetwork: undefined,
    uplinks: [],
    edits: [],
    obstacle: undefined,
    policy: { kind: 'off' },
    version: '1',
    ...more,
  };
  return nodeStatusOf(report, previous, TIME);
}

const enforced = ({ conditions = [] }: NodeNetworkStatus): string => {
  const found = conditions.find(({ type }) => type === 'PolicyEnforced');
  return `${found?.status} ${found?.reason}`;
};

/** The status of a node whose kernel has the policies, or not. */
function statusWith(isInForce: boolean, reason: string, lagMs = 3): NodeStatus {
  const condition = { type: 'PolicyEnforced', status: isInForce, reason, message: 'm', since: TIME } as const;
  const rounds = { observedGeneration: 1, convergedGeneration: 1, objects: [], time: TIME };
  return { format: 'vnet.status/1', ...rounds, conditions: [condition], policies: { lagMs } };
}

describe('the policies in the status', () => {
  it('are not enforced while the kernel lacks them, though the copy is current; their lag is in seconds', () => {
    const policy: PolicyCopy = { kind: 'current', policies: 3 };
    const lagging = reportOf({ policy, status: statusWith(false, 'Lagging', 7400) });
    expect([enforced(lagging), lagging.policy?.lagSeconds]).toEqual(['False Lagging', 7]);
    expect(enforced(reportOf({ policy, status: undefined }))).toBe('Unknown NoRound');
    // Of a moment in which the round has not seen the document that enforces them.
    expect(enforced(reportOf({ policy, status: statusWith(false, 'NotEnforced') }))).toBe('True Current');
  });

  it('are off as soon as the document enforces none, though the cluster is still followed', () => {
    const node = new FakeNode(new VirtualClock(), { policy: { enforce: true } });
    const { policy, opened, isEnforcing } = createPolicyReport(node);
    expect([policy().kind, isEnforcing()]).toEqual(['reading', true]);
    opened(() => ({ kind: 'current', policies: 3 }));
    expect(policy()).toEqual({ kind: 'current', policies: 3 });
    node.edit({ policy: { enforce: false } });
    expect([policy(), isEnforcing()]).toEqual([{ kind: 'off' }, false]);
  });

  it.each<[PolicyCopy, string, NodeNetworkStatus['policy']]>([
    [
      { kind: 'off' },
      'Unknown NotEnforced',
      { isEnforced: false, policies: 0, isCurrent: true, lagSeconds: 0 },
    ],
    [
      { kind: 'current', policies: 3 },
      'True Current',
      { isEnforced: true, policies: 3, isCurrent: true, lagSeconds: 0 },
    ],
    [
      { kind: 'behind', policies: 3, asOf: TIME },
      'False Behind',
      { isEnforced: true, policies: 3, isCurrent: false, lagSeconds: 0, asOf: TIME },
    ],
    [
      { kind: 'behind', policies: 0, asOf: undefined },
      'False Behind',
      { isEnforced: true, policies: 0, isCurrent: false, lagSeconds: 0 },
    ],
  ])('%j', (policy, condition, part) => {
    const status = reportOf({ policy, status: statusWith(true, 'InForce') });
    expect([enforced(status), status.policy]).toEqual([condition, part]);
  });

  it('stay as they were while a restarted agent reads the cluster: it writes nothing that turns back', () => {
    const status = statusWith(true, 'InForce');
    const before = reportOf({ policy: { kind: 'current', policies: 3 }, status });
    expect(reportOf({ policy: { kind: 'reading' }, status }, before)).toEqual(before);
    expect(enforced(reportOf({ policy: { kind: 'reading' } }))).toBe('Unknown Reading');
  });
});

describe('the plan in the status', () => {
  const attempt: RevisionAttempt = {
    revision: 'r',
    specGeneration: 1,
    digest: 'd',
    state: 'refused',
    reason: 'Refused',
    message: 'exceeds hitless',
    plan: { steps: 4, disruption: 'pod-outage', pods: 2 },
    localEdits: [],
    fields: {},
  };

  it('is that of the desired revision only', () => {
    const record = { ...NO_RECORD, attempt };
    expect(reportOf({ record, spec: { desiredRevision: 'r' } }).plan).toEqual(attempt.plan);
    expect(reportOf({ record, spec: { desiredRevision: 's' } }).plan).toEqual({
      steps: 0,
      disruption: 'hitless',
      pods: 0,
    });
    expect(reportOf({ record: NO_RECORD }).plan?.steps).toBe(0);
  });
});
