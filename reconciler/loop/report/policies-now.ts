/** Whether the kernel has the network policies, and how long changes of them take. Pure. */
import type { VnetDocument } from '../../../schemas/generated/vnet.ts';
import { versionOfMembers } from '../../document/members-file.ts';
import { POLICY_TABLE } from '../../model/names.ts';
import type { Members } from '../../model/policy/members.ts';
import { policyNamesOf } from '../../model/policy/policy-input.ts';
import { count } from '../../model/words.ts';
import type { NodeStatus, PoliciesStatus } from '../files/status-file.ts';
import type { PolicyFact } from './conditions.ts';

const TABLE_KEY = `nft-table inet ${POLICY_TABLE}`;

/**
 * Facts about the policies.
 * Shape: `objects` do not match the document; `followedMs` is when the agent last followed the cluster, undefined without one.
 */
type PolicyInputs = {
  readonly document: VnetDocument;
  readonly members: Members | undefined;
  readonly objects: NodeStatus['objects'];
  readonly inForce: PoliciesStatus | undefined;
  readonly followedMs: number | undefined;
  readonly nowMs: number;
};

/** Returns the record for a kernel that has the policies with these members; undefined where none are enforced. */
export function policiesInForce(
  { document: { policy }, members, nowMs }: Pick<PolicyInputs, 'document' | 'members' | 'nowMs'>,
  before: PoliciesStatus | undefined,
): PoliciesStatus | undefined {
  if (policy?.enforce !== true) return undefined;
  const version = versionOfMembers(members);
  if (version === undefined) return { lagMs: 0 };
  const { mark, changedMs } = version;
  // Found in force at the first round of a boot: the change may be old.
  if (before === undefined || before.members === mark) return { members: mark, lagMs: before?.lagMs ?? 0 };
  return { members: mark, lagMs: Math.max(0, nowMs - changedMs) };
}

/** Returns true if the cluster has changed since the kernel had all of it. */
export function haveMembersChanged(members: Members | undefined, status: NodeStatus | undefined): boolean {
  const known = status?.policies;
  return known !== undefined && known.members !== versionOfMembers(members)?.mark;
}

/** The agent records every 15 s that it follows the cluster. Units: milliseconds. */
const BEHIND_MS = 90_000;

const NO_MEMBERS: Members = { policies: {}, namespaces: new Map(), pods: [] };

/** Cached by identity of the cluster's: an ADD asks. */
const names = new WeakMap<Members, ReadonlySet<string>>();

/** A policy of the document takes the place of one of its name. */
function countPolicies(own: object, members: Members): number {
  const others = names.get(members) ?? new Set(policyNamesOf(members));
  names.set(members, others);
  return others.size + Object.keys(own).filter((name) => !others.has(name)).length;
}

/** Returns whether the kernel has the policies. */
export function policyFact(inputs: PolicyInputs): PolicyFact {
  const { document, members, objects, inForce, followedMs, nowMs } = inputs;
  const { policy, networkPolicies = {} } = document;
  if (policy?.enforce !== true) {
    return { isTrue: false, reason: 'NotEnforced', message: 'network policies are not enforced' };
  }
  const left = objects.find(({ key }) => key === TABLE_KEY);
  const total = countPolicies(networkPolicies, members ?? NO_MEMBERS);
  const policies = `${total} ${total === 1 ? 'policy' : 'policies'}`;
  if (left === undefined && followedMs !== undefined && nowMs - followedMs > BEHIND_MS) {
    const asOf = new Date(followedMs).toISOString();
    const message = `${policies} in force as of ${asOf}: since then vnet agent has not followed the cluster`;
    return { isTrue: false, reason: 'Behind', message };
  }
  if (left === undefined) {
    const lag = `; the last change was in force after ${(inForce?.lagMs ?? 0).toFixed(0)} ms`;
    return { isTrue: true, reason: 'InForce', message: `${policies} in force${lag}` };
  }
  const version = versionOfMembers(members);
  const isBehind = version !== undefined && version.mark !== inForce?.members;
  const lag = isBehind
    ? `, ${count(Math.max(0, Math.round((nowMs - version.changedMs) / 1000)), 'second')} behind the cluster`
    : '';
  return {
    isTrue: false,
    reason: 'Lagging',
    message: `the kernel does not match ${policies}${lag}: ${left.reason}`,
  };
}

/** Returns the status after a change of the members that the kernel has, without a round. */
export function notePolicies(
  status: NodeStatus,
  { now, ...changed }: Pick<PolicyInputs, 'document' | 'members' | 'followedMs'> & { readonly now: Date },
): NodeStatus {
  const inputs = { ...changed, objects: status.objects, nowMs: now.getTime() };
  const inForce = policiesInForce(inputs, status.policies);
  const fact = policyFact({ ...inputs, inForce });
  const conditions = status.conditions.map((condition) =>
    condition.type === 'PolicyEnforced'
      ? {
          ...condition,
          reason: fact.reason,
          message: fact.message,
          status: fact.isTrue,
          since: condition.status === fact.isTrue ? condition.since : now.toISOString(),
        }
      : condition,
  );
  return { ...status, conditions, ...(inForce === undefined ? {} : { policies: inForce }) };
}
