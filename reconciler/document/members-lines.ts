/** The lines of the file of members: the whole, and changes of it. Pure. */
import type { Labels, NetworkPolicy } from '../../schemas/generated/vnet.ts';
import {
  firstOfEqual,
  isNumber,
  isText,
  listOf,
  mapOf,
  ofFormat,
  optional,
  parseJson,
  type ShapeCheck,
  withFields,
} from '../model/objects.ts';
import { type Members, type NamedPort, nameOfPod, type PolicyPod } from '../model/policy/members.ts';
import { changePods } from '../model/policy/pod-lists.ts';
import { isLabels, isMemberPod, isNetworkPolicy, plainAddress } from './members-shape.ts';

/** The format of the file. */
export const MEMBERS_FORMAT = 'vnet.policy/1';

/**
 * A change of the members. Shape: null removes a policy or a namespace, `gone` names pods; other fields replace. `changedMs` is when the agent
 * received the first of it. Units: milliseconds since 1970.
 */
export type MembersChange = {
  readonly policies?: Readonly<Record<string, NetworkPolicy | null>>;
  readonly namespaces?: Readonly<Record<string, Labels | null>>;
  readonly pods?: readonly PodOfFile[];
  readonly gone?: readonly string[];
  readonly changedMs?: number;
};

/** Returns the changes of these lines; undefined if one is none. */
export function parseChanges(text: string): readonly MembersChange[] | undefined {
  const lines = text.split('\n').filter((line) => line !== '');
  const known = lines.flatMap((line) => parseJson(line, isMembersChange) ?? []);
  return known.length < lines.length ? undefined : known;
}

const isMembersChange = withFields<MembersChange>({
  ...membersShape((part) => part === null),
  gone: optional(listOf(isText)),
});

/** Shape: `isGone` is true of the value for a part that is gone. */
function membersShape(isGone: ShapeCheck) {
  return {
    changedMs: optional(isNumber),
    policies: optional(mapOf((policy) => isGone(policy) || isNetworkPolicy(policy))),
    namespaces: optional(mapOf((labels) => isGone(labels) || isLabels(labels))),
    pods: optional(listOf(isMemberPod)),
  } as const;
}

/** Returns the members after the changes. Shape: parts that no change names remain the same values. */
export function changeMembers(members: Members, changes: readonly MembersChange[]): Members {
  if (changes.length === 0) return members;
  const has = (field: 'policies' | 'namespaces'): boolean =>
    changes.some((change) => change[field] !== undefined);
  const policies = new Map(has('policies') ? Object.entries(members.policies) : []);
  const namespaces = new Map(has('namespaces') ? members.namespaces : []);
  const pods = new Map<string, PolicyPod | undefined>();
  for (const change of changes) {
    replaceIn(policies, change.policies);
    replaceIn(namespaces, change.namespaces);
    for (const name of change.gone ?? []) pods.set(name, undefined);
    for (const pod of change.pods ?? []) pods.set(nameOfPod(pod), podOf(pod));
  }
  return {
    policies: has('policies') ? Object.fromEntries(policies) : members.policies,
    namespaces: has('namespaces') ? namespaces : members.namespaces,
    pods: changePods(members.pods, pods),
  };
}

function replaceIn<T>(map: Map<string, T>, values: Readonly<Record<string, T | null>> = {}): void {
  for (const [name, value] of Object.entries(values)) {
    if (value === null) map.delete(name);
    else map.set(name, value);
  }
}

/** The whole, as the first line of the file has it. */
type MembersFile = {
  readonly format: typeof MEMBERS_FORMAT;
  readonly policies?: Readonly<Record<string, NetworkPolicy>>;
  readonly namespaces?: Readonly<Record<string, Labels>>;
  readonly pods?: readonly PodOfFile[];
  readonly changedMs?: number;
};

/** A pod in the file. Shape: `local`: it is to run on this node. */
export type PodOfFile = {
  readonly namespace: string;
  readonly name: string;
  readonly labels?: Labels;
  readonly addresses?: readonly string[];
  readonly ports?: readonly NamedPort[];
  readonly local?: boolean;
};

/** Returns true for the whole. */
export const isMembersFile = ofFormat<MembersFile>(
  MEMBERS_FORMAT,
  membersShape(() => false),
);

/** Returns the members. Shape: pods of a workload share their labels and ports: ten thousand pods have few. */
export function membersOf({ policies = {}, namespaces = {}, pods = [] }: MembersFile): Members {
  const [allLabels, allPorts] = [new Map<string, Labels>(), new Map<string, readonly NamedPort[]>()];
  return {
    policies,
    namespaces: new Map(Object.entries(namespaces)),
    pods: pods.map(({ labels, ports, ...pod }) =>
      podOf({
        ...pod,
        ...(labels === undefined ? {} : { labels: firstOfEqual(allLabels, labels) }),
        ...(ports === undefined ? {} : { ports: firstOfEqual(allPorts, ports) }),
      }),
    ),
  };
}

/** Returns the pod, with addresses as normalised. */
export function podOf({ namespace, name, labels, addresses = [], ports, local }: PodOfFile): PolicyPod {
  return {
    namespace,
    name,
    ...(labels === undefined ? {} : { labels }),
    addresses: addresses.flatMap(plainAddress),
    ...(ports === undefined ? {} : { ports }),
    ...(local === true ? { isExpected: true } : {}),
  };
}
