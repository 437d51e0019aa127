/** Foreign rules of all families and hooks, for pods of both address families. */
import { describe, expect, it } from 'vitest';
import { parseIptablesSave } from '../../../reconciler/kernel/filter/iptables-save.ts';
import { devicesInText, parseNftRuleset } from '../../../reconciler/kernel/filter/nft-ruleset.ts';
import { filterProblemsOf } from '../../../reconciler/model/filter/filter-problems.ts';
import type { FilterTable } from '../../../reconciler/model/filter/ruleset.ts';
import { documentOf, endpointOf, idOf, IPV6_POOL, NETWORK } from '../../support/node.ts';

const DOCUMENT = {
  ...documentOf([0], { ...NETWORK, pools: { ...NETWORK.pools, ipv6: IPV6_POOL } }),
  endpoints: {
    [idOf(0)]: endpointOf(0, { addresses: ['10.240.0.36/16', 'fd00:240::100/64'] }),
  },
};

/** A chain of the table `t`. Source: libnftables-json(5). */
type Chain = {
  readonly family: string;
  readonly hook: string;
  readonly policy?: string;
  readonly dev?: string | readonly string[];
  readonly rules?: readonly (readonly object[])[];
};

function nft({ family, hook, policy = 'accept', dev, rules = [] }: Chain): readonly FilterTable[] {
  const place = { family, table: 't' };
  const chain = { ...place, name: 'c', type: 'filter', hook, policy, ...(dev === undefined ? {} : { dev }) };
  const items = rules.map((expr, handle) => ({ rule: { ...place, chain: 'c', handle, expr } }));
  return parseNftRuleset(
    JSON.stringify({ nftables: [{ table: { family, name: 't' } }, { chain }, ...items] }),
  );
}

function found(tables: readonly FilterTable[], isBridgedToIp = true): readonly string[] {
  const bridgeFilter = isBridgedToIp ? 'on' : 'off';
  const packetFilters = { rules: { tables, unread: [] }, bridgeFilter, bridgeFilter6: bridgeFilter } as const;
  return filterProblemsOf(DOCUMENT, packetFilters).map(
    ({ severity, message, remedy }) => `${severity} ${message}; ${remedy}`,
  );
}

const DROP = { drop: null };
const payload = (protocol: string, field: string, right: unknown, op = '=='): object => ({
  match: { op, left: { payload: { protocol, field } }, right },
});
const match = (left: object, right: unknown, op = '=='): object => ({ match: { op, left, right } });
const prefix = (addr: string, len: number): object => ({ prefix: { addr, len } });
const { hostVeth = '' } = endpointOf(0);

describe('foreign rules of', () => {
  const CASES: readonly (readonly [string, Chain, string | undefined])[] = [
    ['ip6, by policy', { family: 'ip6', hook: 'forward', policy: 'drop' }, 'cut-off'],
    [
      'ip6, for the pods alone',
      {
        family: 'ip6',
        hook: 'forward',
        rules: [[payload('ip6', 'saddr', prefix('fd00:240::', 64)), DROP]],
      },
      'cut-off',
    ],
    [
      'ip6, for others',
      { family: 'ip6', hook: 'postrouting', rules: [[payload('ip6', 'daddr', prefix('fd01::', 64)), DROP]] },
      undefined,
    ],
    [
      'inet, for one of the families',
      {
        family: 'inet',
        hook: 'prerouting',
        rules: [[{ match: { op: '==', left: { meta: { key: 'nfproto' } }, right: 'ipv6' } }, DROP]],
      },
      'cut-off',
    ],
    [
      'inet, behind an accept of translated connections and of ICMP, as in firewalld',
      {
        family: 'inet',
        hook: 'forward',
        rules: [
          [match({ ct: { key: 'state' } }, { set: ['established', 'related'] }, 'in'), { accept: null }],
          [match({ ct: { key: 'status' } }, 'dnat', 'in'), { accept: null }],
          [match({ meta: { key: 'l4proto' } }, { set: ['icmp', 'ipv6-icmp'] }), { accept: null }],
          [{ reject: { type: 'icmpx', expr: 'admin-prohibited' } }],
        ],
      },
      'cut-off',
    ],
    [
      'inet, behind an accept of TCP',
      {
        family: 'inet',
        hook: 'forward',
        rules: [[match({ meta: { key: 'l4proto' } }, 'tcp'), { accept: null }], [DROP]],
      },
      'partial',
    ],
    [
      'inet, for ICMP',
      { family: 'inet', hook: 'forward', rules: [[match({ meta: { key: 'l4proto' } }, 'icmp'), DROP]] },
      'partial',
    ],
    [
      'inet, a reverse path filter, which every packet of a pod passes',
      {
        family: 'inet',
        hook: 'prerouting',
        rules: [[match({ fib: { result: 'oif', flags: ['saddr', 'mark', 'iif'] } }, false), DROP]],
      },
      undefined,
    ],
    [
      'inet, of what pods send to the node',
      { family: 'inet', hook: 'input', rules: [[match({ meta: { key: 'iifname' } }, 'azure0'), DROP]] },
      'cut-off',
    ],
    ['inet, postrouting', { family: 'inet', hook: 'postrouting', policy: 'drop' }, 'cut-off'],
    [
      'bridge, for IPv6',
      {
        family: 'bridge',
        hook: 'forward',
        rules: [[payload('ether', 'type', 'ip6'), DROP]],
      },
      'cut-off',
    ],
    ['netdev, on the way in', { family: 'netdev', hook: 'ingress', policy: 'drop', dev: 'eth0' }, 'cut-off'],
    [
      'netdev, on the way out, one of several devices',
      { family: 'netdev', hook: 'egress', policy: 'drop', dev: ['lo', 'eth0'] },
      'cut-off',
    ],
    ['netdev, of a pod', { family: 'netdev', hook: 'ingress', policy: 'drop', dev: hostVeth }, 'cut-off'],
    ['inet, on an interface', { family: 'inet', hook: 'ingress', policy: 'drop', dev: 'eth0' }, 'cut-off'],
    [
      'netdev, of another interface',
      { family: 'netdev', hook: 'ingress', policy: 'drop', dev: 'eth1' },
      undefined,
    ],
    [
      'netdev, for IPv6 packets to others',
      {
        family: 'netdev',
        hook: 'ingress',
        dev: 'eth0',
        rules: [[payload('ip6', 'daddr', 'fd00:240::77'), DROP]],
      },
      undefined,
    ],
    [
      'netdev, with a condition that is not evaluated',
      { family: 'netdev', hook: 'ingress', dev: 'eth0', rules: [[payload('tcp', 'dport', 25), DROP]] },
      'partial',
    ],
  ];

  it.each(CASES)('%s', (_what, chain, severity) => {
    const problems = found(nft(chain));
    expect(problems).toEqual(severity === undefined ? [] : [expect.stringContaining(`${severity} `)]);
  });

  it('ip6tables, with the command that accepts', () => {
    const text = '*filter\n:FORWARD DROP [0:0]\nCOMMIT\n';
    expect(found(parseIptablesSave(text, 'ip6'))).toEqual([
      expect.stringContaining('ip6tables -t filter -I FORWARD'),
    ]);
    const passed = '*mangle\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -s fd01::1/128 -j DROP\nCOMMIT\n';
    expect(found(parseIptablesSave(passed, 'ip6'))).toEqual([]);
  });

  it('interfaces, which nft 1.0 names in its text alone', () => {
    const text = `table netdev t {
	chain x {
		type filter hook ingress device "lo" priority filter; policy drop;
	}

	chain y {
		type filter hook egress devices = { v0, v1 } priority filter; policy drop;
		counter drop
	}
}`;
    expect([...devicesInText(text)]).toEqual([
      ['x', ['lo']],
      ['y', ['v0', 'v1']],
    ]);
  });

  it('ip6, which bridged packets pass by', () =>
    expect(found(nft({ family: 'ip6', hook: 'forward', policy: 'drop' }), false)).toEqual([]));
});

/** A table as network policies are: maps lead from each pod to a chain, and from there to one of its peers. */
function policyTableOf(name: string, pods: number): readonly FilterTable[] {
  const place = { family: 'inet', table: name };
  const numbers = Array.from({ length: pods }, (_, at) => at);
  const map = (id: string, to: string): object => ({
    map: {
      ...place,
      name: id,
      type: 'ipv4_addr',
      map: 'verdict',
      elem: numbers.map((at) => [`10.240.${at >> 8}.${at & 255}`, { jump: { target: `${to}${at}` } }]),
    },
  });
  const rule = (chain: string, expr: readonly object[]): object => ({
    rule: { ...place, chain, handle: 1, expr },
  });
  const vmap = (field: string, id: string): object => ({
    vmap: { key: { payload: { protocol: 'ip', field } }, data: `@${id}` },
  });
  const hook = { type: 'filter', hook: 'forward', prio: -10, policy: 'accept' };
  const items = [
    { table: { family: 'inet', name } },
    { chain: { ...place, name: 'forward', ...hook } },
    ...numbers.flatMap((at) => [
      { chain: { ...place, name: `pod${at}` } },
      { chain: { ...place, name: `peer${at}` } },
    ]),
    map('pods', 'pod'),
    map('peers', 'peer'),
    rule('forward', [vmap('daddr', 'pods')]),
    ...numbers.flatMap((at) => [
      rule(`pod${at}`, [vmap('saddr', 'peers')]),
      rule(`pod${at}`, [{ drop: null }]),
      rule(`peer${at}`, [{ accept: null }]),
    ]),
  ];
  return parseNftRuleset(JSON.stringify({ nftables: items }));
}

describe('a table of network policies', () => {
  it('is not traced if it is ours, however many pods it has', () => {
    expect(policyTableOf('vnet_policy', 1000)).toEqual([]);
  });

  it('of another program is traced for the pods of this node', () => {
    // The pod of the document has the address of the 37th.
    expect(found(policyTableOf('theirs', 40))).toEqual([
      expect.stringMatching(/^partial table inet theirs, chain pod36 /),
    ]);
  });
});
