/** Rules of other programs that cut pods off: found by status and doctor, on the real kernel. */
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LiveNode, makeLiveNode, hasLiveNodes } from '../plugin/live-node.ts';
import type { Netns } from '../support/netns.ts';

const SWITCH = '/proc/sys/net/bridge/bridge-nf-call-iptables';
const hasBridgeFilter = existsSync(SWITCH);

const table = (family: string, chain: string, rules = ''): string =>
  `nft 'add table ${family} other; add chain ${family} other x { ${chain}; }; ${rules}'`;
const forward = (policy: string): string => `type filter hook forward priority 0; policy ${policy}`;
const rule = (family: string, text: string): string => `add rule ${family} other x ${text};`;
const kubeProxy = `iptables -t nat -N KUBE-SERVICES; iptables -t nat -A PREROUTING -j KUBE-SERVICES`;

/** Shape: doctor's level and check, and whether a packet from pod to pod arrives. */
const CASES: readonly (readonly [
  what: string,
  command: string,
  level: string,
  id: string,
  isCut: boolean,
])[] = [
  ['a policy', table('ip', forward('drop')), 'problem', 'foreign-rules', true],
  [
    'a policy after an accept of established connections',
    table('inet', forward('drop'), rule('inet', 'ct state established,related accept')),
    'problem',
    'foreign-rules',
    true,
  ],
  [
    'a rule for the pods alone',
    table('ip', forward('accept'), rule('ip', 'ip saddr 10.240.0.0/16 counter drop')),
    'problem',
    'foreign-rules',
    true,
  ],
  [
    'a chain that is jumped to, by a set',
    table(
      'ip',
      forward('accept'),
      `add set ip other s { type ipv4_addr; flags interval; elements = { 10.240.0.0/24 }; };
       add chain ip other y; add rule ip other y reject; ${rule('ip', 'ip daddr @s jump y')}`,
    ),
    'problem',
    'foreign-rules',
    true,
  ],
  ['a bridge table', table('bridge', forward('drop')), 'problem', 'foreign-rules', true],
  [
    'a bridge table for the links of the pods',
    table('bridge', forward('accept'), rule('bridge', 'iifname "azv*" drop')),
    'problem',
    'foreign-rules',
    true,
  ],
  ['what iptables drops', 'iptables -P FORWARD DROP', 'problem', 'foreign-rules', true],
  [
    'what it accepts before that',
    'iptables -P FORWARD DROP; iptables -A FORWARD -m physdev --physdev-is-bridged -j ACCEPT',
    'ok',
    'foreign-rules',
    false,
  ],
  [
    'rules for others',
    table(
      'ip',
      forward('accept'),
      rule('ip', 'iifname "docker0" drop') + rule('ip', 'ct state invalid drop'),
    ),
    'ok',
    'foreign-rules',
    false,
  ],
  [
    'some packets',
    table('ip', forward('accept'), rule('ip', 'tcp dport 25 drop')),
    'warning',
    'foreign-rules',
    false,
  ],
  [
    'no rules on the bridge',
    `echo 0 > ${SWITCH}; ${table('ip', forward('drop'))}`,
    'ok',
    'foreign-rules',
    false,
  ],
  [
    'a policy on the NIC itself',
    table('netdev', 'type filter hook ingress device eth0 priority 0; policy drop'),
    'problem',
    'foreign-rules',
    false,
  ],
  [
    'a rule on the NIC itself, of family inet, on the way out',
    table(
      'netdev',
      'type filter hook egress device eth0 priority 0; policy accept',
      rule('netdev', 'ip saddr 10.240.0.0/16 drop'),
    ),
    'problem',
    'foreign-rules',
    false,
  ],
  [
    'a rule on the link of a pod',
    `V=$(ip -o link show type veth | grep -o 'azv[0-9a-f]*' | head -n 1)
     ${table('netdev', "type filter hook ingress device '$V' priority 0; policy drop")}`,
    'problem',
    'foreign-rules',
    true,
  ],
  [
    'a rule on another interface, and rules for IPv6, which no pod has',
    `${table('netdev', 'type filter hook ingress device lo priority 0; policy drop')}
     ${table('ip6', forward('drop'))}
     ${table('inet', forward('accept'), rule('inet', 'meta nfproto ipv6 drop') + rule('inet', 'ip6 saddr ::/0 drop'))}
     ip6tables -P FORWARD DROP`,
    'ok',
    'foreign-rules',
    false,
  ],
  ['services without br_netfilter', `${kubeProxy}; echo 0 > ${SWITCH}`, 'problem', 'service-rules', false],
  ['services with it', kubeProxy, 'ok', 'service-rules', false],
];

describe.skipIf(!hasLiveNodes || !hasBridgeFilter)('foreign rules', () => {
  let node: LiveNode;
  let pods: Netns[];
  beforeAll(async () => {
    node = makeLiveNode();
    node.netns.mustExec(['sh', '-c', `echo 1 > ${SWITCH}`]);
    pods = [node.addPod(), node.addPod()];
    await Promise.all(pods.map((pod) => node.call({ verb: 'ADD', pod })));
  });
  afterAll(() => node.remove());

  const isCut = (): boolean => {
    const [from, to] = pods as [Netns, Netns];
    const { stdout } = to.mustExec(['ip', '-4', '-o', 'addr', 'show', 'eth0']);
    const address = /inet ([\d.]+)/.exec(stdout)?.[1] ?? '';
    return from.execNow(['ping', '-c1', '-W1', address]).code !== 0;
  };

  it.each(CASES)('%s', (...[, command, level, id, cuts]) => {
    node.netns.mustExec(['sh', '-ec', command]);
    try {
      expect(isCut()).toBe(cuts);
      expect(node.vnet('reconcile', '--dry-run').code).toBe(0);
      // A single round says it, too, and records it.
      const reconciled = node.vnet('reconcile');
      const said = level === 'problem' ? expect.stringMatching(/drops|do not answer/) : '';
      expect([reconciled.code, reconciled.stderr]).toEqual([0, said]);
      const checks: { id: string; level: string; remedy?: string }[] = JSON.parse(
        node.vnet('doctor', '-o', 'json').stdout,
      );
      const found = checks.find((check) => check.id === id);
      expect([found?.level, found]).toEqual([level, found]);
      const { conditions, ready } = JSON.parse(node.vnet('status', '-o', 'json').stdout);
      const obstructed = conditions.find(({ type }: { type: string }) => type === 'Obstructed');
      expect([obstructed.status, ready]).toEqual([level === 'problem', level !== 'problem']);
      // The printed remedy works.
      const remedy = /to accept the packets: (.*?)(?:;|$)/.exec(found?.remedy ?? '')?.[1];
      const isRoute = cuts && !command.includes('bridge');
      expect(!isRoute || remedy !== undefined).toBe(true);
      node.netns.mustExec(['sh', '-ec', isRoute ? (remedy ?? '') : 'true']);
      expect(isCut()).toBe(cuts && !isRoute);
    } finally {
      node.netns.mustExec([
        'sh',
        '-c',
        `nft flush table ip other; nft delete table ip other; for f in inet ip6 bridge netdev; do nft delete table $f other; done; ip6tables -P FORWARD ACCEPT
         iptables -P FORWARD ACCEPT; iptables -F FORWARD; iptables -t nat -F; iptables -t nat -X; echo 1 > ${SWITCH}`,
      ]);
    }
  });
});
