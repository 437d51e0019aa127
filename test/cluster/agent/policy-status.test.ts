/** Policies and plan in the status of a NodeNetwork. */
import { describe, expect, it } from 'vitest';
import { NO_RECORD, type RevisionAttempt } from '../../../reconciler/cluster/agent/attempt.ts';
import { nodeStatusOf, type NodeReport } from '../../../reconciler/cluster/agent/node-status.ts';
import type { NodeNetworkStatus } from '../../../reconciler/cluster/custom-resources.ts';
import type { PolicyCopy } from '../../../reconciler/cluster/members/policy-copy.ts';

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

describe('the policies in the status', () => {
  it.each<[PolicyCopy, string, NodeNetworkStatus['policy']]>([
    [{ kind: 'off' }, 'Unknown NotEnforced', { isEnforced: false, policies: 0, isCurrent: true }],
    [{ kind: 'current', policies: 3 }, 'True Current', { isEnforced: true, policies: 3, isCurrent: true }],
    [
      { kind: 'behind', policies: 3, asOf: TIME },
      'False Behind',
      { isEnforced: true, policies: 3, isCurrent: false, asOf: TIME },
    ],
    [
      { kind: 'behind', policies: 0, asOf: undefined },
      'False Behind',
      { isEnforced: true, policies: 0, isCurrent: false },
    ],
  ])('%j', (policy, condition, part) => {
    const status = reportOf({ policy });
    expect([enforced(status), status.policy]).toEqual([condition, part]);
  });

  it('stay as they were while a restarted agent reads the cluster: it writes nothing that turns back', () => {
    const before = reportOf({ policy: { kind: 'current', policies: 3 } });
    expect(reportOf({ policy: { kind: 'reading' } }, before)).toEqual(before);
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
