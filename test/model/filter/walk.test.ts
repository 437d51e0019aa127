import { describe, expect, it } from 'vitest';
import { parseIptablesSave } from '../../../reconciler/kernel/filter/iptables-save.ts';
import { filterProblemsOf } from '../../../reconciler/model/filter/filter-problems.ts';
import { documentOf } from '../../support/node.ts';

/**
 * Rules of kube-proxy and kubelet.
 * Source: pkg/proxy/iptables/proxier.go, pkg/kubelet/kubelet_network_linux.go.
 */
const KUBERNETES = `*nat
:PREROUTING ACCEPT [0:0]
:KUBE-SERVICES - [0:0]
-A PREROUTING -j KUBE-SERVICES
-A KUBE-SERVICES -d 10.0.0.10/32 -p udp -j DROP
COMMIT
*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:KUBE-FIREWALL - [0:0]
:KUBE-FORWARD - [0:0]
:KUBE-SERVICES - [0:0]
-A FORWARD -m comment --comment "kubernetes forwarding rules" -j KUBE-FORWARD
-A FORWARD -m conntrack --ctstate NEW -j KUBE-SERVICES
-A OUTPUT -j KUBE-FIREWALL
-A KUBE-FIREWALL ! -s 127.0.0.0/8 -d 127.0.0.0/8 -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP
-A KUBE-FORWARD -m conntrack --ctstate INVALID -j DROP
-A KUBE-FORWARD -m mark --mark 0x4000/0x4000 -j ACCEPT
-A KUBE-FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A KUBE-SERVICES -d 10.0.0.9/32 -p tcp -m tcp --dport 80 -j REJECT --reject-with icmp-port-unreachable
COMMIT
`;

/** Additional rules of dockerd. */
const DOCKER = KUBERNETES.replace(':FORWARD ACCEPT', ':FORWARD DROP')
  .replace(':OUTPUT', ':DOCKER - [0:0]\n:OUTPUT')
  .replace(
    '-A OUTPUT',
    `-A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A FORWARD -o docker0 -j DOCKER
-A FORWARD -i docker0 ! -o docker0 -j ACCEPT
-A OUTPUT`,
  );

function found(text: string, bridgeFilter: 'on' | 'off' | 'absent' = 'on'): readonly string[] {
  const rules = { tables: parseIptablesSave(text), unread: [] };
  const filterProblems = filterProblemsOf(documentOf([0, 1]), { rules, bridgeFilter });
  return filterProblems.map(({ id, severity, message }) => `${id} ${severity} ${message}`);
}

const forward = (...lines: readonly string[]): string =>
  ['*filter', ':FORWARD ACCEPT [0:0]', ':SUB - [0:0]', ...lines, 'COMMIT', ''].join('\n');

describe('the packets of pods in foreign rules', () => {
  it('pass those of kube-proxy and the kubelet', () => expect(found(KUBERNETES)).toEqual([]));

  it("are dropped by dockerd's policy", () =>
    expect(found(DOCKER)).toEqual([
      expect.stringMatching(/^foreign-rules cut-off .*chain FORWARD \(policy drop\)/),
    ]));

  it.each(['off', 'absent'] as const)(
    'miss the services where bridge-nf-call-iptables is %s',
    (bridgeFilter) =>
      expect(found(KUBERNETES, bridgeFilter)).toEqual([expect.stringMatching(/^service-rules cut-off/)]),
  );

  it.each([
    ['a rule after one that accepts all', ['-A FORWARD -i azure0 -j ACCEPT', '-A FORWARD -j DROP'], []],
    [
      'a rule after one that accepts some',
      ['-A FORWARD -p tcp -j ACCEPT', '-A FORWARD -j DROP'],
      ['partial'],
    ],
    ['one pod', ['-A FORWARD -s 10.240.0.37/32 -j DROP'], ['partial']],
    ['all but another range', ['-A FORWARD ! -s 10.1.0.0/16 -j DROP'], ['cut-off']],
    ['a chain that returns', ['-A FORWARD -j SUB', '-A SUB -i azure0 -j RETURN', '-A SUB -j DROP'], []],
    [
      'a chain that returns some',
      ['-A FORWARD -j SUB', '-A SUB -p tcp -j RETURN', '-A SUB -j DROP'],
      ['partial'],
    ],
    ['goto, and what follows it', ['-A FORWARD -g SUB', '-A FORWARD -j DROP', '-A SUB -j LOG'], []],
    ['a comment with words of options', ['-A FORWARD -m comment --comment "-i azure0 -j DROP" -j SUB'], []],
  ])('%s', (_what, lines, severities) => {
    expect(found(forward(...lines)).map((line) => line.split(' ')[1])).toEqual(severities);
  });
});
