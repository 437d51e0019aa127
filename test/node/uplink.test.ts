import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BIN, LIVE_CONF, hasLiveNodes } from '../plugin/live-node.ts';
import { execNow, type Outcome } from '../support/exec.ts';
import { makeNetns, type Netns, uniqueName } from '../support/netns.ts';

/** All kinds of configuration by an administrator, DHCP and IPv6 on a NIC. */
const UPLINK = [
  'link add eth0 address 00:0d:3a:51:c4:90 mtu 1480 type veth peer name fab',
  'link set fab up',
  'link set eth0 up',
  'addr add 10.240.0.35/16 brd 10.240.255.255 metric 100 dev eth0',
  'addr add 10.240.0.200/16 dev eth0',
  'addr add 10.241.0.201/17 label eth0:1 dev eth0',
  'addr add 192.0.2.7/24 noprefixroute dev eth0',
  'addr add 2001:db8::35/64 nodad dev eth0',
  'route add default via 10.240.0.1 dev eth0 proto dhcp src 10.240.0.35 metric 100',
  'route add 168.63.129.16 via 10.240.0.1 dev eth0 proto dhcp src 10.240.0.35 metric 100',
  'route add 169.254.169.254 via 10.240.0.1 dev eth0 proto dhcp src 10.240.0.35 metric 100',
  'route add 192.0.2.0/24 dev eth0 scope link proto static',
  'route add 198.51.100.0/24 via 192.0.2.1 dev eth0 proto static mtu 1400',
  'route add 203.0.113.9 via 172.31.0.1 dev eth0 onlink',
  'route add default via 10.240.0.1 dev eth0 table 200',
  'route add 10.240.0.0/16 dev eth0 table 200 scope link',
  'rule add from 10.240.0.200 table 200',
  '-6 route add default via fe80::1 dev eth0 metric 1024',
  '-6 route add 2001:db8:9::/48 via 2001:db8::1 dev eth0',
] as const;

/** Foreign objects on the node, which must not be touched. */
const FOREIGN: readonly (readonly string[])[] = [
  ['ip', 'link', 'add', 'br-foreign', 'type', 'bridge'],
  ['ip', 'link', 'add', 'azvforeign', 'type', 'veth', 'peer', 'name', 'azvforeign2'],
  ['ip', 'link', 'set', 'azvforeign', 'master', 'br-foreign', 'up'],
  ['ip', 'link', 'set', 'br-foreign', 'up'],
  ['ip', 'addr', 'add', '172.17.0.1/16', 'dev', 'br-foreign'],
  ['ip', 'route', 'add', '10.99.0.0/16', 'via', '172.17.0.2', 'dev', 'br-foreign'],
  [
    'ip',
    'neigh',
    'add',
    '172.17.0.2',
    'lladdr',
    '02:00:00:00:00:02',
    'nud',
    'permanent',
    'dev',
    'br-foreign',
  ],
  ['nft', 'add', 'table', 'bridge', 'theirs'],
  ['nft', 'add', 'chain', 'bridge', 'theirs', 'c', '{ type filter hook forward priority 0; }'],
  ['nft', 'add', 'rule', 'bridge', 'theirs', 'c', 'meta', 'mark', '7', 'accept'],
  ['nft', 'add', 'table', 'inet', 'theirs'],
];

/** The uplink has further addresses of the subnet, outside the pool. */
const CONF = { ...LIVE_CONF, ipam: { ...LIVE_CONF.ipam, addresses: ['10.240.0.36-10.240.0.65'] } };

describe.skipIf(!hasLiveNodes)('an uplink with everything on it', () => {
  let node: Netns;
  let pod: Netns;
  let root: string;

  beforeEach(() => {
    node = makeNetns(uniqueName('node'));
    pod = makeNetns(uniqueName('pod'));
    root = mkdtempSync(join(tmpdir(), 'vnet-uplink-'));
    for (const line of UPLINK) node.mustExec(['ip', ...line.split(' ')]);
    for (const argv of FOREIGN) node.mustExec(argv);
    if (execNow(['which', 'ebtables']).code === 0) {
      node.mustExec([
        'ebtables',
        '-t',
        'nat',
        '-A',
        'PREROUTING',
        '-p',
        'IPv4',
        '--ip-dst',
        '172.17.0.2',
        '-j',
        'ACCEPT',
      ]);
    }
  });
  afterEach(() => {
    node.remove();
    pod.remove();
    rmSync(root, { recursive: true });
  });

  const vnet = (...args: readonly string[]): Outcome =>
    node.execNow([join(BIN, 'vnet'), ...args], { env: { VNET_ROOT: root } });

  const cni = (verb: string): Outcome =>
    node.execNow([join(BIN, 'azure-vnet')], {
      input: JSON.stringify(CONF),
      env: {
        VNET_ROOT: root,
        CNI_COMMAND: verb,
        CNI_CONTAINERID: 'c1',
        CNI_NETNS: pod.path,
        CNI_IFNAME: 'eth0',
        CNI_PATH: BIN,
        CNI_ARGS: 'IgnoreUnknown=1',
      },
    });

  /** Addresses, and routes of all tables, of one device according to ip. */
  const carried = (dev: string) => {
    const json = (argv: readonly string[]): Record<string, unknown>[] =>
      JSON.parse(node.mustExec(['ip', '-j', ...argv]).stdout || '[]');
    const [link] = json(['addr', 'show', 'dev', dev]);
    const isOwn = ({ dst }: Record<string, unknown>): boolean =>
      !/^(fe80|ff00|multicast|local|broadcast)/.test(String(dst));
    const routes = [
      ...json(['route', 'show', 'table', 'all', 'dev', dev]),
      ...json(['-6', 'route', 'show', 'table', 'all', 'dev', dev]),
    ]
      .filter((route) => isOwn(route) && route['table'] !== 'local')
      .map(({ flags, dev: _dev, pref: _pref, ...route }) =>
        JSON.stringify({ ...route, flags: String(flags).includes('onlink') }),
      );
    const addresses = ((link?.['addr_info'] ?? []) as Record<string, unknown>[])
      .filter(({ scope, local }) => !(scope === 'link' && String(local).startsWith('fe80')))
      .map(({ local, prefixlen, scope, broadcast, metric, noprefixroute }) =>
        JSON.stringify({ local, prefixlen, scope, broadcast, metric, noprefixroute }),
      );
    return { addresses: addresses.toSorted(), routes: routes.toSorted() };
  };

  const foreign = (): string =>
    [
      ['ip', '-o', 'addr', 'show', 'dev', 'br-foreign'],
      ['ip', '-o', '-d', 'link', 'show', 'dev', 'azvforeign'],
      ['ip', 'route', 'show', 'dev', 'br-foreign'],
      ['ip', 'neigh', 'show', 'dev', 'br-foreign'],
      ['ip', 'rule'],
      ['nft', '-a', 'list', 'table', 'bridge', 'theirs'],
      ['nft', '-a', 'list', 'table', 'inet', 'theirs'],
      ['nft', '-a', 'list', 'table', 'bridge', 'nat'],
    ]
      .map((argv) => node.execNow(argv).stdout)
      .join('\n')
      .replaceAll(/valid_lft.*/g, '');

  it('moves to the bridge as a whole, and back on release; nothing foreign is touched at any step', () => {
    const before = carried('eth0');
    const label = node.mustExec(['ip', '-o', 'addr', 'show', 'dev', 'eth0', 'label', 'eth0:1']).stdout;
    const theirs = foreign();
    expect(before.addresses).toHaveLength(5);
    expect(before.routes.length).toBeGreaterThan(10);

    const added = cni('ADD');
    expect([added.code, added.stderr]).toEqual([0, '']);
    expect(carried('azure0')).toEqual(before);
    expect(carried('eth0')).toEqual({ addresses: [], routes: [] });
    const [bridge] = JSON.parse(node.mustExec(['ip', '-j', 'link', 'show', 'azure0']).stdout);
    expect([bridge.address, bridge.mtu, bridge.flags.includes('MULTICAST')]).toEqual([
      '00:0d:3a:51:c4:90',
      1480,
      true,
    ]);
    const [uplink] = JSON.parse(node.mustExec(['ip', '-j', 'link', 'show', 'eth0']).stdout);
    expect([uplink.master, uplink.flags.includes('MULTICAST')]).toEqual(['azure0', true]);
    expect(foreign()).toBe(theirs);

    expect([vnet('reconcile', '--dry-run').code, vnet('reconcile').code]).toEqual([0, 0]);
    expect(foreign()).toBe(theirs);
    node.mustExec(['ip', 'addr', 'flush', 'dev', 'azure0']);
    node.mustExec(['ip', 'link', 'set', 'eth0', 'nomaster']);
    node.mustExec(['nft', 'delete', 'table', 'bridge', 'vnet']);
    expect(vnet('reconcile', '--dry-run').code).toBe(2);
    const repaired = vnet('reconcile');
    expect([repaired.code, repaired.stderr]).toEqual([0, '']);
    expect(carried('azure0')).toEqual(before);
    expect(foreign()).toBe(theirs);

    expect(vnet('release').code).toBe(5);
    expect(cni('DEL').code).toBe(0);
    expect(foreign()).toBe(theirs);
    const released = vnet('release');
    expect([released.code, released.stderr]).toEqual([0, '']);
    expect(carried('eth0')).toEqual(before);
    expect(node.mustExec(['ip', '-o', 'addr', 'show', 'dev', 'eth0', 'label', 'eth0:1']).stdout).toBe(label);
    expect(node.execNow(['ip', 'link', 'show', 'azure0']).code).not.toBe(0);
    expect(node.execNow(['nft', 'list', 'table', 'bridge', 'vnet']).code).not.toBe(0);
    expect(foreign()).toBe(theirs);
    expect(vnet('reconcile', '--dry-run').code).toBe(0);
  });

  it('keeps a foreign port of our bridge, and the objects on it', () => {
    expect(cni('ADD').code).toBe(0);
    for (const line of [
      'link add tap0 type veth peer name tap1',
      'link set tap0 master azure0 up',
      'neigh add 10.240.7.7 lladdr 02:00:00:00:00:07 nud permanent dev azure0',
      'route add 10.7.0.0/16 via 10.240.0.1 dev azure0 proto bird',
    ]) {
      node.mustExec(['ip', ...line.split(' ')]);
    }
    node.mustExec(['bridge', 'fdb', 'add', '02:00:00:00:00:08', 'dev', 'tap0', 'master', 'static']);
    const show = (): string =>
      [
        ['ip', '-o', 'link', 'show', 'dev', 'tap0'],
        ['ip', 'neigh', 'show', '10.240.7.7', 'dev', 'azure0'],
        ['ip', 'route', 'show', '10.7.0.0/16'],
        ['bridge', 'fdb', 'show', 'dev', 'tap0'],
      ]
        .map((argv) => node.mustExec(argv).stdout)
        .join('');
    const theirs = show();
    const preview = vnet('reconcile', '--dry-run', '-o', 'json');
    expect(preview.code).toBe(0);
    const keys = JSON.parse(preview.stdout).foreign.map(({ key }: { key: string }) => key);
    expect(keys).toEqual(
      expect.arrayContaining(['link tap0', 'neighbour 10.240.7.7 dev azure0', 'route 10.7.0.0/16']),
    );
    expect(vnet('reconcile').code).toBe(0);
    expect(cni('DEL').code).toBe(0);
    expect(vnet('reconcile').code).toBe(0);
    expect(show()).toBe(theirs);
  });

  it('is unchanged when nftables refuses the rules', () => {
    const before = carried('eth0');
    // A table of our name with a set of another type cannot take our rules.
    node.mustExec(['nft', 'add', 'table', 'bridge', 'vnet']);
    node.mustExec(['nft', 'add', 'set', 'bridge', 'vnet', 'ports', '{ type ether_addr; }']);
    const added = cni('ADD');
    expect(added.code).not.toBe(0);
    expect(JSON.parse(added.stdout)).toMatchObject({
      code: expect.any(Number),
      msg: expect.stringContaining('set ports'),
    });
    expect(carried('eth0')).toEqual(before);
    expect(node.execNow(['ip', 'link', 'show', 'azure0']).code).not.toBe(0);
  });
});
