/** Whether a node enforces policies, and how current its copy of the cluster is: what agent and keeper tell each other. */
import { isRecord } from '../../model/objects.ts';
import type { AgentNode } from '../agent/agent-node.ts';
import type { PolicyCopy } from './policy-copy.ts';

/** The report. Shape: `opened` takes the copy once there is one. */
export type PolicyReport = {
  readonly isEnforcing: () => boolean;
  readonly policy: () => PolicyCopy;
  readonly opened: (copy: () => PolicyCopy) => void;
};

/** Returns the report. Law: the policy is `off` exactly while the document does not enforce policies, whatever was followed before. */
export function createPolicyReport(node: Pick<AgentNode, 'observe'>): PolicyReport {
  const isEnforcing = (): boolean => {
    const seen = node.observe();
    const policy = seen.ok ? seen.value.document?.fields['policy'] : undefined;
    return isRecord(policy) && policy['enforce'] === true;
  };
  let copy: (() => PolicyCopy) | undefined;
  return {
    isEnforcing,
    policy: () => (isEnforcing() ? (copy?.() ?? { kind: 'reading' }) : { kind: 'off' }),
    opened: (asked) => {
      copy = asked;
    },
  };
}
