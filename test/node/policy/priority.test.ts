/** Packets that policies judge keep the priority that they came with: what other programs set, and queueing disciplines read. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasLiveNodes } from '../../plugin/live-node.ts';
import type { Netns } from '../../support/netns.ts';
import { addressOf } from '../mode-nodes.ts';
import {
  DATA_PATHS,
  type DataPath,
  makePolicyNode,
  type PolicyNode,
  type PolicyTestPod,
} from './policy-node.ts';

/** Both pods are isolated, and each judgement finds its peer by class. */
const HEAD = `policy: { enforce: true }
networkPolicies:
  shop/db:
    podSelector: { matchLabels: { app: db } }
    ingress: [{ from: [{ podSelector: { matchLabels: { app: web } } }] }]
  shop/web:
    podSelector: { matchLabels: { app: web } }
    policyTypes: [Egress]
    egress: [{ to: [{ podSelector: { matchLabels: { app: db } } }] }]
`;

/** Records the priorities of echo requests before policies judge them, and as they leave. */
const RECORDS = `table inet records {
  set before4 { type classid; flags dynamic; size 64; }
  set before6 { type classid; flags dynamic; size 64; }
  set after4 { type classid; flags dynamic; size 64; }
  set after6 { type classid; flags dynamic; size 64; }
  chain before {
    type filter hook forward priority filter - 11;
    icmp type echo-request add @before4 { meta priority }
    icmpv6 type echo-request add @before6 { meta priority }
  }
  chain after {
    type filter hook postrouting priority 300;
    icmp type echo-request add @after4 { meta priority }
    icmpv6 type echo-request add @after6 { meta priority }
  }
}
`;

type Host = { readonly netns: Netns; readonly fromWeb: string };

/** A setter of priorities, the way to undo it, and the priority of a forwarded packet then. Source: ip_forward() of the kernel sets that of IPv4 by its type of service. */
type Setting = {
  readonly by: string;
  readonly set?: (host: Host) => readonly string[];
  readonly unset?: (host: Host) => readonly string[];
  readonly tos?: string;
  readonly expected: { readonly 4: string; readonly 6: string };
};

const both = (command: (tool: string) => string): string[] => ['iptables', 'ip6tables'].map(command);

/** A bridge with br_netfilter shows FORWARD neighbour discovery, too, at any time. */
const ECHO_REQUESTS: Readonly<Record<string, string>> = {
  iptables: '-p icmp --icmp-type echo-request',
  ip6tables: '-p icmpv6 --icmpv6-type echo-request',
};

const SETTINGS: readonly Setting[] = [
  { by: 'nothing', expected: { 4: 'none', 6: 'none' } },
  { by: 'the type of service (bulk)', tos: '0x08', expected: { 4: '0:2', 6: 'none' } },
  { by: 'the type of service (interactive)', tos: '0x10', expected: { 4: '0:6', 6: 'none' } },
  { by: 'the type of service (EF)', tos: '0xb8', expected: { 4: '0:4', 6: 'none' } },
  {
    by: 'iptables, CLASSIFY in FORWARD',
    set: () => both((tool) => `${tool} -w -t mangle -A FORWARD -j CLASSIFY --set-class 1:3`),
    unset: () => both((tool) => `${tool} -w -t mangle -F FORWARD`),
    expected: { 4: '1:3', 6: '1:3' },
  },
  {
    by: 'nft in the forward hook',
    set: () => [
      `nft 'add table inet qos; add chain inet qos c { type filter hook forward priority mangle; }; add rule inet qos c meta priority set 1:2'`,
    ],
    unset: () => ['nft delete table inet qos'],
    expected: { 4: '1:2', 6: '1:2' },
  },
  {
    // As skbedit of tc does, which the kernel of the tests lacks.
    by: 'nft at the interface of the sender',
    set: ({ fromWeb }) => [
      `nft 'add table netdev qos; add chain netdev qos c { type filter hook ingress device ${fromWeb} priority 0; }; add rule netdev qos c meta priority set 1:3'`,
    ],
    unset: () => ['nft delete table netdev qos'],
    expected: { 4: 'none', 6: '1:3' },
  },
];

/** Returns the name of the host veth of the pod. */
function hostVethOf(node: Netns, pod: Netns): string {
  const [own]: readonly { readonly link_index: number }[] = JSON.parse(
    pod.mustExec(['ip', '-j', 'link', 'show', 'dev', 'eth0']).stdout,
  );
  const all: readonly { readonly ifindex: number; readonly ifname: string }[] = JSON.parse(
    node.mustExec(['ip', '-j', 'link']).stdout,
  );
  return all.find(({ ifindex }) => ifindex === own?.link_index)?.ifname ?? '';
}

describe
  .skipIf(!hasLiveNodes)
  .each(Object.keys(DATA_PATHS).filter((path): path is DataPath => path in DATA_PATHS))(
  'priorities of judged packets, %s',
  (path) => {
    let node: PolicyNode;
    let web: PolicyTestPod;
    let db: PolicyTestPod;
    let host: Host;
    const run = (commands: readonly string[] = []): void => {
      for (const command of commands) node.netns.mustExec(['sh', '-c', command]);
    };
    const ping = (family: 4 | 6, tos = '0'): void => {
      const sent = web.netns.execNow(['ping', '-c1', '-W20', '-Q', tos, addressOf(db.netns, family)]);
      expect(sent.stdout).toMatch(/ 0% packet loss/);
    };
    const recorded = (set: string): readonly string[] => {
      const listed = node.netns.mustExec(['nft', 'list', 'set', 'inet', 'records', set]).stdout;
      const [, elements = ''] = /elements = \{([^}]*)\}/.exec(listed) ?? [];
      return elements.split(',').map((element) => element.trim());
    };

    beforeAll(() => {
      node = makePolicyNode(path, HEAD, true);
      web = node.add('shop', 'web', { labels: { app: 'web' } });
      db = node.add('shop', 'db', { labels: { app: 'db' } });
      node.netns.mustExec(['nft', '-f', '-'], { input: RECORDS });
      host = { netns: node.netns, fromWeb: hostVethOf(node.netns, web.netns) };
    });
    afterAll(() => node.remove());

    it.each(SETTINGS)('stay as set by $by', ({ set, unset, tos, expected }) => {
      run(set?.(host));
      for (const family of [4, 6] as const) ping(family, tos);
      run(unset?.(host));
      const found = [4, 6].flatMap((family) => [recorded(`before${family}`), recorded(`after${family}`)]);
      run(['before4', 'before6', 'after4', 'after6'].map((name) => `nft flush set inet records ${name}`));
      expect(found).toEqual([[expected[4]], [expected[4]], [expected[6]], [expected[6]]]);
    });

    it('lead to the class of a queueing discipline', () => {
      const toDb = hostVethOf(node.netns, db.netns);
      const sent = (): number => {
        const shown = node.netns.mustExec(['tc', '-s', 'class', 'show', 'dev', toDb]).stdout;
        return Number(/class htb 1:3 [^]*?Sent \d+ bytes (\d+) pkt/.exec(shown)?.[1]);
      };
      run([
        `tc qdisc add dev ${toDb} root handle 1: htb`,
        `tc class add dev ${toDb} parent 1: classid 1:3 htb rate 1gbit`,
        ...both(
          (tool) => `${tool} -w -t mangle -A FORWARD ${ECHO_REQUESTS[tool]} -j CLASSIFY --set-class 1:3`,
        ),
      ]);
      const before = sent();
      for (const family of [4, 6] as const) ping(family);
      expect(sent() - before).toBe(2);
      run([`tc qdisc del dev ${toDb} root`, ...both((tool) => `${tool} -w -t mangle -F FORWARD`)]);
    });
  },
);
