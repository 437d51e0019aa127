/** Who decides about a connection: the policies and rules, by name. Pure. */
import { type Address, isInRange, parseAddress } from '../addresses/address.ts';
import { rangesOfBlock } from './compiler/blocks.ts';
import type { PolicyInput } from './compiler/compile.ts';
import { numbersOf } from './compiler/grants.ts';
import type { PolicyPod, TransportProtocol } from './members.ts';
import {
  type Direction,
  isInGroup,
  type ParsedPolicy,
  parsePolicy,
  type PolicyRule,
  selectsPod,
} from './rules.ts';

/** One end of a connection. Shape: without `pod`, an address of no known pod. */
export type ConnectionEnd = { readonly address: string; readonly pod?: PolicyPod | undefined };

/** A connection. Shape: `protocol` is undefined for a protocol without ports, such as ICMP. */
export type PolicyConnection = {
  readonly source: ConnectionEnd;
  readonly destination: ConnectionEnd;
  readonly protocol?: TransportProtocol | undefined;
  readonly port: number;
};

/** Why one end lets a connection pass or not. Shape: `rule` is the place of the rule in the policy's list. */
export type PolicyReason =
  | { readonly kind: 'same-pod' | 'elsewhere' | 'not-a-pod' | 'not-selected' | 'labels-unknown' | 'node' }
  | { readonly kind: 'rule'; readonly policy: string; readonly rule: number }
  | { readonly kind: 'no-rule'; readonly policies: readonly string[] };

/** The decision about a connection in one direction. */
export type PolicyDecision = {
  readonly direction: Direction;
  readonly isAllowed: boolean;
  readonly reason: PolicyReason;
};

/**
 * Returns the decision of each end, that of the source first.
 * Law: all are allowed exactly if the compiled sets let the connection pass.
 */
export function explainConnection(
  input: PolicyInput,
  connection: PolicyConnection,
): readonly PolicyDecision[] {
  const { source, destination } = connection;
  if (source.address === destination.address) return both({ kind: 'same-pod' });
  const isOfNode = ({ address }: ConnectionEnd): boolean => {
    const value = parseAddress(address);
    return value !== undefined && input.nodeCidrs.some((cidr) => isInPrefix(cidr, value));
  };
  if (isOfNode(source) || isOfNode(destination)) return both({ kind: 'node' });
  return [decide(input, 'egress', connection), decide(input, 'ingress', connection)];
}

function isInPrefix(cidr: string, value: Address): boolean {
  return rangesOfBlock(cidr).some((range) => isInRange(value, range));
}

function both(reason: PolicyReason): readonly PolicyDecision[] {
  return [
    { direction: 'egress', isAllowed: true, reason },
    { direction: 'ingress', isAllowed: true, reason },
  ];
}

function decide(input: PolicyInput, direction: Direction, connection: PolicyConnection): PolicyDecision {
  const { source, destination } = connection;
  const [own, peer] = direction === 'egress' ? [source, destination] : [destination, source];
  const { pod } = own;
  const allowed = (reason: PolicyReason): PolicyDecision => ({ direction, isAllowed: true, reason });
  if (pod === undefined) return allowed({ kind: 'not-a-pod' });
  if (pod.isLocal !== true) return allowed({ kind: 'elsewhere' });
  if (pod.labels === undefined && input.unknown === 'deny') {
    return { direction, isAllowed: false, reason: { kind: 'labels-unknown' } };
  }
  const selecting = selectingPolicies(input.policies, direction, pod);
  if (selecting.length === 0) return allowed({ kind: 'not-selected' });
  for (const { name, rules } of selecting) {
    const rule = rules[direction]?.find((one) => allows(input, one, peer, connection));
    if (rule !== undefined) return allowed({ kind: 'rule', policy: name, rule: rule.index });
  }
  const policies = selecting.map(({ name }) => name);
  return { direction, isAllowed: false, reason: { kind: 'no-rule', policies } };
}

/** Returns the policies that isolate the pod in the direction, by name. */
export function selectingPolicies(
  policies: PolicyInput['policies'],
  direction: Direction,
  pod: PolicyPod,
): readonly ParsedPolicy[] {
  return Object.keys(policies)
    .toSorted()
    .flatMap((name) => {
      const spec = policies[name];
      const parsed = spec === undefined ? undefined : parsePolicy(name, spec);
      return parsed?.rules[direction] !== undefined && selectsPod(parsed, pod) ? [parsed] : [];
    });
}

function allows(
  input: PolicyInput,
  { groups, blocks, isForAll, ports }: PolicyRule,
  peer: ConnectionEnd,
  { destination, protocol, port }: PolicyConnection,
): boolean {
  const isPeer = isPeerOf(input, { groups, blocks, isForAll }, peer);
  if (!isPeer || ports === undefined) return isPeer;
  return ports.some((entry) => {
    if ((entry.protocol ?? 'TCP') !== protocol) return false;
    if (entry.port === undefined) return true;
    if (typeof entry.port === 'number') return port >= entry.port && port <= (entry.endPort ?? entry.port);
    return numbersOf({ name: entry.port, protocol }, destination.pod).includes(port);
  });
}

/** Returns true if the rule names the end as a peer. */
export function isPeerOf(
  input: PolicyInput,
  { groups, blocks, isForAll }: Pick<PolicyRule, 'groups' | 'blocks' | 'isForAll'>,
  { pod, address }: ConnectionEnd,
): boolean {
  const value = parseAddress(address);
  const isKnown = pod !== undefined && (pod.labels !== undefined || input.unknown === 'allow');
  return (
    isForAll ||
    (isKnown && groups.some((group) => isInGroup(group, pod, input.namespaces))) ||
    (value !== undefined && blocks.some(({ ranges }) => ranges.some((range) => isInRange(value, range))))
  );
}
