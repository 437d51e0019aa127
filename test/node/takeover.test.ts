/**
 * All objects of the uplink move to the bridge unchanged, and back on `vnet release`: each
 * attribute that ip(8) can give, alone and together, on the real kernel and by the executables.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pendingIn } from '../support/exec.ts';
import { BIN } from '../plugin/live-node.ts';
import { hasNamespaces } from '../support/namespaces.ts';
import { openUplinkStage, UPLINK_BASE, type UplinkStage } from './uplink-stage.ts';

const isBuilt = existsSync(join(BIN, 'vnet'));

/** Commands that configure the NIC, and the resulting lines of the document. */
const CARRIED: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  [
    'a default route of several next hops',
    [
      'route del default',
      'route add default metric 100 nexthop via 10.240.0.1 dev eth0 nexthop via 10.240.0.2 dev eth0 weight 3',
    ],
    ['nextHops:', 'weight: 3'],
  ],
  [
    'several next hops of IPv6',
    [
      'addr add fd00::35/64 dev eth0',
      '-6 route add fd0b::/64 nexthop via fd00::1 dev eth0 nexthop via fd00::2 dev eth0 weight 3',
    ],
    ['weight: 3'],
  ],
  [
    'several next hops, one of them through another NIC',
    [
      'link add eth1 type veth peer name fab1',
      'link set fab1 up',
      'link set eth1 up',
      'addr add 10.250.0.4/24 dev eth1',
      'route add 10.9.0.0/16 nexthop via 10.250.0.1 dev eth1 nexthop via 10.240.0.1 dev eth0',
    ],
    ['dev: eth1'],
  ],
  [
    'nexthop objects, a group of them, and routes that use them',
    [
      'nexthop add id 10 via 10.240.0.1 dev eth0 proto static',
      'nexthop add id 11 via 10.240.0.2 dev eth0',
      'nexthop add id 12 dev eth0',
      'nexthop add id 20 group 10/11,3',
      'route add 10.80.0.0/16 nhid 10',
      'route add 10.81.0.0/16 nhid 20 metric 7',
      'route add 10.82.0.0/16 nhid 12',
    ],
    ['nextHopId: 20', '11,3'],
  ],
  [
    'routes of other types, and of table local',
    [
      'route add local 10.99.0.0/16 dev eth0',
      'route add multicast 239.1.0.0/16 dev eth0',
      'route add broadcast 10.98.255.255 dev eth0 table 77',
      'route add blackhole 10.77.0.0/16',
      'route add prohibit 10.78.0.0/16',
      'route add unreachable 10.79.0.0/16 metric 5',
      'route add throw 10.76.0.0/16 table 200',
    ],
    ['type: local', 'type: multicast', 'type: broadcast'],
  ],
  [
    'a type of service, realms, a table, a source, and a gateway of the other family',
    [
      'route add 10.9.0.0/16 via 10.240.0.1 dev eth0 tos 0x10',
      'route add 10.9.0.0/16 via 10.240.0.2 dev eth0 realms 5/7',
      'route add default via 10.240.0.2 dev eth0 table 1000 src 10.240.0.35',
      '-4 route add default via inet6 fe80::1 dev eth0 metric 7',
    ],
    ['tos: 16', 'realms 5/7', 'table: 1000', 'to: 0.0.0.0/0', 'via: fe80::1'],
  ],
  [
    'metrics of a route',
    [
      'route change default via 10.240.0.1 dev eth0 proto dhcp src 10.240.0.35 metric 100 mtu lock 1400 initcwnd 32 initrwnd 33 quickack 1 advmss 1360 congctl reno rto_min 300ms features ecn',
    ],
    ['initcwnd 32', 'advmss 1360', 'congctl reno', 'lock 8196'],
  ],
  [
    'encapsulations',
    [
      'addr add fd00::35/64 dev eth0',
      'route add 10.82.0.0/16 encap ip id 100 dst 10.240.0.9 via 10.240.0.1 dev eth0',
      '-6 route add fd0a::/64 encap seg6 mode encap segs fd00::9 via fd00::1 dev eth0',
    ],
    ['21 0200'],
  ],
  [
    'IPv6 routes with a source prefix, a preference, and a lifetime',
    [
      'addr add fd00::35/64 dev eth0',
      '-6 route add fd09::/64 from fd00::35 via fd00::1 dev eth0',
      '-6 route add fd0c::/64 via fd00::1 dev eth0 expires 600 pref high proto ra',
      '-6 route add default dev eth0 metric 5',
    ],
    ['from: fd00::35/128', 'dynamic: true', 'pref 1', 'to: "::/0"'],
  ],
  [
    'point-to-point addresses',
    ['addr add 10.250.0.1 peer 10.250.0.2/32 dev eth0', 'addr add 10.250.0.1 peer 10.250.0.3/32 dev eth0'],
    ['peer: 10.250.0.2', 'peer: 10.250.0.3'],
  ],
  [
    'lifetimes of addresses',
    [
      'addr add 10.240.7.200/16 dev eth0 valid_lft 600 preferred_lft 300',
      'addr add fd00::35/64 dev eth0 valid_lft 600 preferred_lft 300',
      'addr add fd00::36/64 dev eth0 preferred_lft 0',
    ],
    ['dynamic: true'],
  ],
  [
    'addresses in their order, with secondary ones, labels, scopes, flags and metrics',
    [
      'addr add 10.100.0.5/24 dev eth0 label eth0:1',
      'addr add 10.240.0.9/16 dev eth0',
      'addr add 9.9.9.9/24 dev eth0 scope link',
      'addr add 10.100.0.4/24 dev eth0 noprefixroute',
      'addr add 8.8.0.1/16 brd 8.8.255.255 dev eth0 metric 50',
      'addr add fd00::9/64 dev eth0',
      'addr add fd00::1/64 dev eth0 nodad',
      'addr add fd01::5/64 dev eth0 noprefixroute mngtmpaddr',
    ],
    ['noDad: true', 'flags 256'],
  ],
  [
    'permanent neighbours, those without ARP, and proxy entries',
    [
      'addr add fd00::35/64 dev eth0',
      'neigh add 10.240.0.9 lladdr 02:00:00:00:00:09 nud permanent router dev eth0',
      'neigh add 10.240.0.11 lladdr 02:00:00:00:00:11 nud noarp dev eth0',
      'neigh add fd00::9 lladdr 02:00:00:00:00:09 nud permanent dev eth0 protocol static',
      'neigh add proxy 10.240.0.10 dev eth0',
      'neigh add proxy fd00::10 dev eth0',
    ],
    ['flags: 128', 'state: noarp', 'proxy: true'],
  ],
];

describe.skipIf(!hasNamespaces || !isBuilt)('an uplink taken over and released', () => {
  let stage: UplinkStage;
  beforeEach(() => {
    stage = openUplinkStage();
  });
  afterEach(() => stage.remove());

  it.each(CARRIED)('carries %s', (_what, lines, said) => {
    const rest = stage.dump('azure0');
    for (const line of lines) stage.ip(line);
    const before = stage.dump('eth0');
    expect(before).not.toEqual(rest);
    expect(stage.cni('ADD')).toMatchObject({ code: 0, stdout: expect.not.stringContaining('msg') });
    const labelled = before.map((line) => line.replace('DEV:1', 'DEV'));
    expect(stage.dump('azure0')).toEqual(labelled);
    for (const text of said) expect(stage.document()).toContain(text);
    expect(pendingIn(stage.vnet('reconcile', '--dry-run'))).toBe('');
    expect(stage.cni('DEL')).toMatchObject({ code: 0 });
    expect(stage.vnet('release', 'azure')).toMatchObject({ code: 0 });
    expect(stage.dump('eth0')).toEqual(before);
  });

  it('keeps the lifetimes of a lease that is renewed on the NIC, and says what no router renews', () => {
    stage.ip('addr add 10.240.7.200/16 dev eth0 valid_lft 600 preferred_lft 300');
    stage.ip('addr add fd00::35/64 dev eth0 valid_lft 600 preferred_lft 300');
    expect(stage.cni('ADD')).toMatchObject({ code: 0 });
    const left = (): number =>
      Number(/10[.]240[.]7[.]200.*valid_lft (\d+)sec/.exec(stage.ip('-o addr show dev azure0'))?.[1]);
    expect(left()).toBeLessThanOrEqual(600);
    stage.ip('addr add 10.240.7.200/16 dev eth0 valid_lft 7000 preferred_lft 6000');
    expect(stage.vnet('reconcile')).toMatchObject({ code: 0 });
    expect(left()).toBeGreaterThan(6900);
    expect(stage.ip('-o -4 addr show dev eth0')).toBe('');
    expect(stage.vnet('doctor').stdout).toContain(
      'accept_ra is off on azure0: address fd00::35/64 dev azure0',
    );
    // The lease ends: it is not added again.
    stage.ip('addr del 10.240.7.200/16 dev azure0');
    expect(pendingIn(stage.vnet('reconcile', '--dry-run'))).toBe('');
  });

  it('has its addresses in their order again after drift, and its routes', () => {
    for (const line of [
      'addr add 10.100.0.5/24 dev eth0',
      'addr add 10.240.0.9/16 dev eth0',
      'addr add 10.240.0.8/16 dev eth0',
      'addr add fd00::9/64 dev eth0 nodad',
      'addr add fd00::1/64 dev eth0 nodad',
      'route add 10.9.0.0/16 via 10.100.0.1 dev eth0 src 10.100.0.5',
    ])
      stage.ip(line);
    const before = stage.dump('eth0');
    expect(stage.cni('ADD')).toMatchObject({ code: 0 });
    stage.node.mustExec(['sysctl', '-qw', 'net.ipv4.conf.azure0.promote_secondaries=1']);
    const drifts = [
      ['10.240.0.35/16'],
      ['10.240.0.9/16'],
      ['10.240.0.35/16', '10.100.0.5/24'],
      ['fd00::9/64'],
    ];
    for (const addresses of drifts) {
      for (const address of addresses) {
        stage.ip(`addr del ${address} dev azure0`);
        stage.ip(`addr add ${address} ${address.includes(':') ? 'nodad ' : ''}dev azure0`);
      }
      expect(stage.dump('azure0')).not.toEqual(before);
      const preview = stage.vnet('reconcile', '--dry-run');
      expect([addresses, preview.code, preview.stdout]).toEqual([
        addresses,
        2,
        expect.stringContaining('order'),
      ]);
      expect(stage.vnet('reconcile')).toMatchObject({ code: 0 });
      expect([addresses, stage.dump('azure0')]).toEqual([addresses, before]);
      expect(stage.vnet('reconcile', '--dry-run').stdout).toContain('Nothing to do');
    }
  });

  /** What a reboot leaves: neither bridge nor pods, and the NIC as DHCP makes it. */
  const reboot = (): void => {
    stage.ip('link set eth0 nomaster');
    stage.ip('link del azure0');
    stage.node.execNow(['nft', 'delete', 'table', 'bridge', 'vnet']);
    stage.ip('addr flush dev eth0');
    for (const line of UPLINK_BASE) stage.ip(line);
  };
  const LATER = [
    'addr add 10.240.7.7/16 dev eth0',
    'addr add fd00::7/64 dev eth0',
    'route add 172.20.0.0/16 via 10.240.0.1 dev eth0 initcwnd 20',
    'neigh add 10.240.0.9 lladdr 02:00:00:00:00:09 nud permanent dev eth0',
  ];

  it.each([
    ['vnet reconcile', () => stage.vnet('reconcile')],
    ['the first ADD', () => stage.cni('ADD')],
  ])('has after a reboot all that came since the document was written: %s', (_by, begin) => {
    expect(stage.cni('ADD')).toMatchObject({ code: 0 });
    expect(stage.cni('DEL')).toMatchObject({ code: 0 });
    reboot();
    for (const line of LATER) stage.ip(line);
    const before = stage.dump('eth0');
    expect(begin()).toMatchObject({ code: 0 });
    expect(stage.dump('azure0')).toEqual(before);
    for (const text of ['10.240.7.7/16', 'fd00::7/64', '172.20.0.0/16', 'initcwnd 20', '02:00:00:00:00:09']) {
      expect(stage.document()).toContain(text);
    }
    expect(stage.vnet('history').stdout).toMatch(/adopted/);
  });

  it.each([
    ['route append 10.84.0.0/16 via 10.240.0.2 dev eth0', 'route 10.84.0.0/16 copy 1'],
    ['route change 10.240.0.0/16 dev eth0 proto kernel scope link src 10.240.0.35 mtu 1400', 'mtu 1400'],
  ])('is refused, and nothing is touched: %s', (line, said) => {
    stage.ip('route add 10.84.0.0/16 via 10.240.0.1 dev eth0');
    stage.ip(line);
    const before = stage.dump('eth0');
    const added = stage.cni('ADD');
    expect(JSON.parse(added.stdout)).toMatchObject({ code: 105, msg: expect.stringContaining(said) });
    expect(stage.dump('eth0')).toEqual(before);
  });
});
