/**
 * All objects of the uplink move to the bridge unchanged, and back on `vnet release`: each
 * attribute that ip(8) can give, alone and together, on the real kernel and by the executables.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pendingIn } from '../support/exec.ts';
import { hasLiveNodes } from '../plugin/live-node.ts';
import { CARRIED } from './carried.ts';
import { openUplinkStage, UPLINK_BASE, type UplinkStage } from './uplink-stage.ts';

describe.skipIf(!hasLiveNodes)('an uplink taken over and released', () => {
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
    stage.node.mustExec(['sysctl', '-qw', 'net.ipv6.conf.eth0.accept_ra=0']);
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
      expect(stage.vnet('reconcile', '--dry-run')).toMatchObject({ code: 0 });
    }
  });

  /** The node after a reboot: neither bridge nor pods, and the NIC as DHCP makes it. */
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
    stage.node.mustExec(['sysctl', '-qw', 'net.ipv4.conf.eth0.rp_filter=2']);
    const before = stage.dump('eth0');
    expect(begin()).toMatchObject({ code: 0 });
    expect(stage.dump('azure0')).toEqual(before);
    for (const text of ['10.240.7.7/16', 'fd00::7/64', '172.20.0.0/16', 'initcwnd 20', '02:00:00:00:00:09']) {
      expect(stage.document()).toContain(text);
    }
    expect(stage.vnet('history').stdout).toMatch(/adopted/);
    expect(stage.node.mustExec(['sysctl', '-n', 'net.ipv4.conf.azure0.rp_filter']).stdout).toBe('2\n');
    expect(stage.vnet('reconcile', '--dry-run').code).toBe(0);
  });

  it('gives what others added to the bridge to the uplink with a release', () => {
    expect(stage.cni('ADD')).toMatchObject({ code: 0 });
    stage.ip('addr add 10.240.8.8/16 dev azure0');
    stage.ip('route add 10.99.0.0/16 via 10.240.0.1 dev azure0 proto static');
    const before = stage.dump('azure0');
    expect(stage.cni('DEL')).toMatchObject({ code: 0 });
    expect(stage.vnet('release')).toMatchObject({ code: 0 });
    expect(stage.dump('eth0')).toEqual(before);
  });

  it('keeps its queueing disciplines and forwarding entries', () => {
    const tc = (line: string): string => stage.node.mustExec(['tc', ...line.split(' ')]).stdout;
    tc('qdisc add dev eth0 root handle 1: tbf rate 100mbit burst 32k latency 10ms');
    tc('qdisc add dev eth0 handle ffff: ingress');
    stage.node.mustExec(['bridge', 'fdb', 'add', '02:00:00:00:00:99', 'dev', 'eth0', 'self']);
    const kept = (): string =>
      tc('qdisc show dev eth0') + stage.node.mustExec(['bridge', 'fdb', 'show', 'dev', 'eth0']).stdout;
    const before = kept();
    expect(stage.cni('ADD')).toMatchObject({ code: 0 });
    expect(tc('qdisc show dev eth0')).toContain('tbf 1: root');
    expect(pendingIn(stage.vnet('reconcile', '--dry-run'))).toBe('');
    expect(stage.cni('DEL')).toMatchObject({ code: 0 });
    expect(stage.vnet('release')).toMatchObject({ code: 0 });
    expect(kept()).toBe(before);
  });

  it.each([
    ['is down', 'link set eth0 down', 'eth0 is down'],
    ['has an MTU that is too low for pods', 'link set eth0 mtu 500', 'eth0 has MTU 500'],
  ])('is refused, and nothing is touched, while it %s', (_what, line, said) => {
    stage.ip(line);
    const before = stage.dump('eth0');
    const added = stage.cni('ADD');
    expect(JSON.parse(added.stdout)).toMatchObject({ code: 105, msg: expect.stringContaining(said) });
    expect(stage.dump('eth0')).toEqual(before);
    expect(stage.document).toThrow('ENOENT');
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
