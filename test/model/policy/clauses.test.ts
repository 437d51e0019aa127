/** One table for each clause of the specification of NetworkPolicy. */
import { describe, expect, it } from 'vitest';
import { PolicyCompiler, type PolicyInput } from '../../../reconciler/model/policy/compiler/compile.ts';
import { deniedIn } from './judge.ts';
import type { PolicyPod } from '../../../reconciler/model/policy/members.ts';
import type { NetworkPolicy } from '../../../schemas/generated/vnet.ts';
import { all, type Clause, db, NAMESPACES, PODS, type Probe } from './clause-world.ts';
import { BLOCK_CLAUSES } from './clauses-blocks.ts';
import { CORNER_CLAUSES } from './clauses-corners.ts';
import { PEER_CLAUSES } from './clauses-peers.ts';
import { PORT_CLAUSES } from './clauses-ports.ts';
import { mayConnect } from './naive.ts';

type PodKey = keyof typeof PODS;

const NUMBERS: Readonly<Record<string, number>> = { tcp: 6, udp: 17, sctp: 132, icmp: 1, gre: 47 };
const NAMES = { tcp: 'TCP', udp: 'UDP', sctp: 'SCTP' } as const;

function isPodKey(text: string): text is PodKey {
  return text in PODS;
}

function isNamed(text: string): text is keyof typeof NAMES {
  return text in NAMES;
}

function policiesOf({ policy }: Clause): Readonly<Record<string, NetworkPolicy>> {
  const isOne = (value: Clause['policy']): value is NetworkPolicy => 'podSelector' in value;
  return isOne(policy) ? { 'x/p': policy } : policy;
}

/** Each probe in both families, unless it names an address. */
function verdictsOf(clause: Clause, probe: Probe): readonly boolean[] {
  const [ends = '', service = ''] = probe.split(' ');
  const [from = '', to = ''] = ends.split('>');
  const [name = '', port = '0'] = service.split('/');
  const input: PolicyInput = {
    policies: policiesOf(clause),
    namespaces: NAMESPACES,
    pods: Object.values(PODS),
    unknown: 'deny',
    nodeCidrs: [],
  };
  const sets = new PolicyCompiler().compile(input);
  const literal = [from, to].find((end) => !isPodKey(end));
  return [0, 1].flatMap((family) => {
    if (literal !== undefined && literal.includes(':') !== (family === 1)) return [];
    const end = (text: string): { readonly pod: PolicyPod | undefined; readonly address: string } => {
      const pod = isPodKey(text) ? PODS[text] : undefined;
      return { pod, address: pod?.addresses[family] ?? text };
    };
    const [source, destination] = [end(from), end(to)];
    const packet = {
      source: source.address,
      destination: destination.address,
      protocol: NUMBERS[name] ?? 0,
      port: Number(port),
    };
    const compiled = deniedIn(sets, packet) === undefined;
    const naive = mayConnect(input, source, destination, {
      protocol: isNamed(name) ? NAMES[name] : 'ICMP',
      port: Number(port),
    });
    return [compiled, naive];
  });
}

describe('a clause of the specification', () => {
  it.each([...PEER_CLAUSES, ...PORT_CLAUSES, ...BLOCK_CLAUSES, ...CORNER_CLAUSES])('$clause', (clause) => {
    for (const probe of clause.allowed ?? [])
      expect([probe, ...new Set(verdictsOf(clause, probe))]).toEqual([probe, true]);
    for (const probe of clause.denied ?? [])
      expect([probe, ...new Set(verdictsOf(clause, probe))]).toEqual([probe, false]);
  });
});

describe('a pod whose labels are unknown', () => {
  const unknown: PolicyPod = { namespace: 'x', name: 'new', addresses: ['10.0.0.9'], isLocal: true };
  const allowAll = { 'x/p': { podSelector: {}, ingress: [{ from: [{ podSelector: {} }] }] } };
  const judge = (
    mode: PolicyInput['unknown'],
    policies: PolicyInput['policies'],
    [source, destination]: readonly [string, string],
  ): boolean => {
    const pods = [unknown, db];
    const sets = new PolicyCompiler().compile({
      policies,
      namespaces: NAMESPACES,
      pods,
      unknown: mode,
      nodeCidrs: ['192.0.2.1/32'],
    });
    return deniedIn(sets, { source, destination, protocol: 6, port: 80 }) === undefined;
  };

  it('is isolated with deny, whatever the policies allow', () => {
    expect(judge('deny', {}, ['10.0.0.2', '10.0.0.9'])).toBe(false);
    expect(judge('deny', {}, ['10.0.0.9', '10.0.0.2'])).toBe(false);
    expect(judge('deny', allowAll, ['10.0.0.2', '10.0.0.9'])).toBe(false);
  });

  it('is a pod without labels with allow', () => {
    expect(judge('allow', {}, ['10.0.0.2', '10.0.0.9'])).toBe(true);
    expect(judge('allow', allowAll, ['10.0.0.2', '10.0.0.9'])).toBe(true);
    expect(judge('allow', { 'x/p': all }, ['10.0.0.2', '10.0.0.9'])).toBe(false);
  });

  it('is selected by its name', () => {
    const byName = { 'x/p': { podSelector: { matchLabels: { 'vnet.azure/pod-name': 'new' } } } };
    expect(judge('allow', byName, ['10.0.0.2', '10.0.0.9'])).toBe(false);
    expect(judge('allow', byName, ['10.0.0.9', '10.0.0.2'])).toBe(true);
  });

  it('talks with the node all the same', () => {
    expect(judge('deny', {}, ['192.0.2.1', '10.0.0.9'])).toBe(true);
    expect(judge('deny', {}, ['10.0.0.9', '192.0.2.1'])).toBe(true);
  });
});
