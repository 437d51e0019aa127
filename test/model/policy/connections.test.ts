/** The permitted connections between pods, in words, against the naive evaluator. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { connectionsOf } from '../../../reconciler/model/policy/connections.ts';
import { nameOfPod } from '../../../reconciler/model/policy/members.ts';
import { mayConnect, type Service } from './naive.ts';
import { inputOf, policyWorld } from './worlds.ts';
import { longOr } from '../../support/long.ts';

const SERVICES: readonly Service[] = [
  { protocol: 'TCP', port: 79 },
  { protocol: 'TCP', port: 80 },
  { protocol: 'TCP', port: 83 },
  { protocol: 'UDP', port: 81 },
  { protocol: 'SCTP', port: 80 },
  { protocol: 'ICMP', port: 0 },
];

/** Returns true if the words name the service. */
function allows(words: string, { protocol, port }: Service): boolean {
  if (words === 'all') return true;
  return words.split(', ').some((text) => {
    const [name, range] = text.split(' ');
    if (protocol === 'ICMP') return text === 'other protocols';
    if (name !== protocol || range === undefined) return text === protocol;
    const [first = Number.NaN, last = first] = range.split('-').map(Number);
    return port >= first && port <= last;
  });
}

describe('connections between pods', () => {
  it('name exactly what both families allow', () => {
    let judged = 0;
    fc.assert(
      fc.property(policyWorld, (of) => {
        const local = of.pods.filter(({ isLocal }) => isLocal === true);
        const found = new Map(
          connectionsOf(inputOf(of)).map(({ from, to, allowed }) => [`${from} ${to}`, allowed]),
        );
        judged += found.size;
        for (const from of local) {
          for (const to of local) {
            if (from === to) continue;
            const words = found.get(`${nameOfPod(from)} ${nameOfPod(to)}`) ?? 'all';
            const naive = SERVICES.filter((service) =>
              [0, 1].every((family) => {
                const [source, target] = [from.addresses[family] ?? '', to.addresses[family] ?? ''];
                return mayConnect(of, { pod: from, address: source }, { pod: to, address: target }, service);
              }),
            );
            expect(SERVICES.filter((service) => allows(words, service))).toEqual(naive);
          }
        }
      }),
      { numRuns: longOr(200, 600) },
    );
    expect(judged).toBeGreaterThan(longOr(150, 500));
  });

  it('are those of one pod, if it is named', () => {
    const pods = ['a', 'b', 'c'].map((name, at) => ({
      namespace: 'x',
      name,
      labels: { app: name },
      addresses: [`10.0.0.${at}`],
      isLocal: true as const,
    }));
    const ingress = [
      { from: [{ podSelector: { matchLabels: { app: 'b' } } }], ports: [{ port: 80, endPort: 82 }] },
    ];
    const policies = { 'x/p': { podSelector: { matchLabels: { app: 'a' } }, ingress } };
    const input = { policies, pods, namespaces: new Map(), unknown: 'deny' as const, nodeCidrs: [] };
    expect(connectionsOf(input, 'x/b')).toEqual([{ from: 'x/b', to: 'x/a', allowed: 'TCP 80-82' }]);
    expect(connectionsOf(input, 'x/c')).toEqual([{ from: 'x/c', to: 'x/a', allowed: 'nothing' }]);
  });
});
