/** Network policies for people and programs. */
import { EXIT, type ExitCode } from '../../../app/exit-codes.ts';
import type { Output } from '../../../app/output.ts';
import { type Format, printValue } from '../../../app/print.ts';
import type { Problem } from '../../../document/store/store.ts';
import type { Node } from '../../../loop/node/session.ts';
import { familyOf, normaliseAddress } from '../../../model/addresses/address.ts';
import type { PolicyInput } from '../../../model/policy/compiler/compile.ts';
import {
  type ConnectionEnd,
  explainConnection,
  type PolicyConnection,
  type PolicyDecision,
  selectingPolicies,
} from '../../../model/policy/explain.ts';
import type { DeniedCounts, JudgedCounts } from '../../../model/policy/denial.ts';
import { countsOfPolicies, type PolicyCount } from '../../../model/policy/packet-counts.ts';
import { type Members, nameOfPod } from '../../../model/policy/members.ts';
import { directionsOf } from '../../../model/policy/rules.ts';
import { policiesByChain, policyInputOf } from '../../../model/policy/policy-input.ts';
import { fail, ok, type Result } from '../../../model/result.ts';
import { renderList } from '../../terminal/list.ts';

/** The request. Shape: `first` is a policy (show) or the source, `second` the destination. */
export type PolicyChoice = {
  readonly action: 'list' | 'show' | 'explain';
  readonly first: string;
  readonly second: string;
  readonly port: string;
  readonly format: Format;
};

type PolicyView = {
  readonly input: PolicyInput;
  readonly isEnforced: boolean;
  readonly own: ReadonlySet<string>;
  readonly denied: DeniedCounts | undefined;
  readonly packets: readonly PolicyCount[];
};

/** The node's knowledge besides its document. Shape: `denied` and `judged` are undefined without policies in force; `judged` is by chain. */
export type KnownPolicies = {
  readonly members: Members | undefined;
  readonly denied: DeniedCounts | undefined;
  readonly judged: ReadonlyMap<string, JudgedCounts> | undefined;
};

/** Prints the requested report. An unknown policy or pod is exit 66. Errors: `invalid` for a malformed port. */
export function reportPolicies(
  { store }: Node,
  { members, denied, judged }: KnownPolicies,
  choice: PolicyChoice,
  output: Output,
): Result<ExitCode, Problem> {
  const snapshot = store.read();
  if (!snapshot.ok) return snapshot;
  const document = snapshot.value?.document;
  if (document === undefined) {
    output.warn('vnet: there is no document yet: the first ADD writes it');
    return ok(EXIT.noInput);
  }
  const view = {
    input: policyInputOf(document, members),
    isEnforced: document.policy?.enforce === true,
    own: new Set(Object.keys(document.networkPolicies ?? {})),
    denied,
    packets: judged === undefined ? [] : countsOfPolicies(judged, policiesByChain(document, members)),
  };
  if (choice.action === 'list') return list(view, choice, output);
  return choice.action === 'show' ? show(view, choice, output) : explain(view, choice, output);
}

/** Returns the pods of this node that the policy isolates, by name. */
function isolatedBy({ policies, pods, unknown }: PolicyInput, name: string): readonly string[] {
  return pods
    .filter(({ isLocal, labels }) => isLocal === true && (labels !== undefined || unknown === 'allow'))
    .filter((pod) =>
      (['ingress', 'egress'] as const).some((direction) =>
        selectingPolicies(policies, direction, pod).some((policy) => policy.name === name),
      ),
    )
    .map(nameOfPod)
    .toSorted();
}

function list(view: PolicyView, { format }: PolicyChoice, output: Output): Result<ExitCode, Problem> {
  const { policies } = view.input;
  const found = Object.entries(policies)
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, spec]) => ({
      policy: name,
      source: view.own.has(name) ? 'document' : 'cluster',
      types: directionsOf(spec),
      rules: (spec.ingress?.length ?? 0) + (spec.egress?.length ?? 0),
      pods: isolatedBy(view.input, name),
      packets: packetsOf(view, name),
    }));
  if (format !== 'text') {
    printValue({ enforced: view.isEnforced, denied: view.denied, policies: found }, format, output);
    return ok(EXIT.done);
  }
  const headings = ['POLICY', 'SOURCE', 'ISOLATES', 'RULES', 'PACKETS', 'DENIED', 'PODS HERE'];
  const rows = found.map(({ policy, source, types, rules, pods, packets }) => ({
    cells: [
      policy,
      source,
      types.join(', '),
      String(rules),
      countText(packets, 'judged'),
      countText(packets, 'denied'),
      pods.join(', '),
    ],
    names: [policy],
    value: policy,
  }));
  output.print(rows.length === 0 ? 'No network policies.' : renderList({ headings, rows }));
  printDenied(view, output);
  if (!view.isEnforced) output.warn('vnet: not enforced: set policy.enforce to true in the document');
  return ok(EXIT.done);
}

function packetsOf({ packets }: PolicyView, policy: string): readonly Omit<PolicyCount, 'policy'>[] {
  return packets.filter((one) => one.policy === policy).map(({ policy: _policy, ...rest }) => rest);
}

/** Returns the packets in and out. */
function countText(packets: readonly Omit<PolicyCount, 'policy'>[], verdict: keyof JudgedCounts): string {
  return packets.map((one) => `${one[verdict]} ${one.direction === 'ingress' ? 'in' : 'out'}`).join(', ');
}

function printDenied({ denied }: PolicyView, output: Output): void {
  if (denied === undefined) return;
  output.print(`Packets denied: ingress ${denied.ingress}, egress ${denied.egress}`);
}

function show(view: PolicyView, { first, format }: PolicyChoice, output: Output): Result<ExitCode, Problem> {
  const spec = view.input.policies[first];
  if (spec === undefined) {
    output.warn(`vnet: no policy ${first}; see vnet policy list`);
    return ok(EXIT.noInput);
  }
  const pods = isolatedBy(view.input, first);
  if (format === 'text') {
    output.print(
      `${first} isolates ${directionsOf(spec).join(' and ')} of: ${pods.join(', ') || 'no pod of this node'}`,
    );
    output.print(JSON.stringify(spec, null, 2));
    for (const { direction, judged, denied } of packetsOf(view, first)) {
      output.print(`Packets, ${direction}: ${judged} judged, ${denied} denied`);
    }
  } else printValue({ policy: first, pods, packets: packetsOf(view, first), spec }, format, output);
  return ok(EXIT.done);
}

function explain(view: PolicyView, choice: PolicyChoice, output: Output): Result<ExitCode, Problem> {
  const service = readService(choice.port);
  if (service === undefined) {
    const hint =
      'Write a port number, with /udp or /sctp unless it is of TCP; or another protocol, such as icmp.';
    return fail('invalid', 'policy explain', `"${choice.port}" is not a port`, { hint });
  }
  const source = endOf(view.input, choice.first);
  const wanted = source === undefined ? undefined : familyOf(source.address);
  const destination = endOf(view.input, choice.second, wanted);
  for (const [end, text] of [
    [source, choice.first],
    [destination, choice.second],
  ] as const) {
    if (end !== undefined) continue;
    output.warn(`vnet: no pod ${text} with an address of this family is known; see vnet get endpoints`);
    return ok(EXIT.noInput);
  }
  if (source === undefined || destination === undefined) return ok(EXIT.noInput);
  const named = destination.pod?.ports?.find(({ name }) => name === choice.port);
  const { protocol, port } = named ?? service;
  const decisions = explainConnection(view.input, { source, destination, protocol, port });
  const isAllowed = decisions.every((one) => one.isAllowed);
  if (choice.format === 'text') {
    output.print(
      `${isAllowed ? 'allowed' : 'denied'}: ${endText(source)} to ${endText(destination)}, ${choice.port}${named === undefined ? '' : ` (${named.port}/${named.protocol.toLowerCase()})`}`,
    );
    for (const decision of decisions)
      output.print(`  ${decision.direction.padEnd(8)}${renderDecision(decision)}`);
    if (!view.isEnforced) output.warn('vnet: not enforced: set policy.enforce to true in the document');
  } else printValue({ allowed: isAllowed, enforced: view.isEnforced, decisions }, choice.format, output);
  return ok(EXIT.done);
}

function endText({ address, pod }: ConnectionEnd): string {
  return pod === undefined ? address : `${nameOfPod(pod)} (${address})`;
}

/** Returns who decides, in words. */
function renderDecision({ isAllowed, reason }: PolicyDecision): string {
  const verdict = isAllowed ? 'allowed' : 'denied';
  switch (reason.kind) {
    case 'rule':
      return `${verdict} by ${reason.policy}, rule ${reason.rule + 1}`;
    case 'no-rule':
      return `${verdict}: isolated by ${reason.policies.join(', ')}, and no rule allows it`;
    case 'labels-unknown':
      return `${verdict}: the labels of the pod are unknown (policy.unknownPods: deny)`;
    case 'not-selected':
      return `${verdict}: no policy selects the pod`;
    case 'not-a-pod':
      return `${verdict}: not a known pod`;
    case 'elsewhere':
      return `${verdict} here: the pod is on another node, which decides`;
    case 'same-pod':
      return `${verdict}: a pod reaches itself`;
    case 'node':
      return `${verdict}: an address of this node (policy.nodeCidrs)`;
  }
}

/** Returns the end: an address, or a pod by name with its address of the family. */
function endOf({ pods }: PolicyInput, text: string, family?: 4 | 6): ConnectionEnd | undefined {
  if (familyOf(text) !== undefined && !text.includes('/')) {
    const address = normaliseAddress(text);
    const holders = pods.filter(({ addresses }) => addresses.includes(address));
    return { address, pod: holders.find(({ isLocal }) => isLocal === true) ?? holders[0] };
  }
  const pod = pods.find((one) => nameOfPod(one) === text);
  const address = pod?.addresses.find((one) => family === undefined || familyOf(one) === family);
  return address === undefined ? undefined : { address, pod };
}

function readService(text: string): Pick<PolicyConnection, 'protocol' | 'port'> | undefined {
  const [, digits = '', name = 'tcp'] = /^(\d{1,5})(?:\/([a-z]+))?$/i.exec(text) ?? [];
  const protocol = (['TCP', 'UDP', 'SCTP'] as const).find((one) => one === name.toUpperCase());
  const port = Number(digits);
  if (digits !== '' && protocol !== undefined && port >= 1 && port <= 65_535) return { protocol, port };
  return /^[a-z]+[a-z0-9-]*$/i.test(text) ? { protocol: undefined, port: 0 } : undefined;
}
