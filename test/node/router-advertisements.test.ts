/**
 * An uplink that a router configures (SLAAC): its bridge renumbers, and after a release or a rollback the uplink itself. Raw router
 * advertisements on the real kernel.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hasLiveNodes } from '../plugin/live-node.ts';
import { pendingIn } from '../support/exec.ts';
import { routerAdvertisement } from './frames.ts';
import { heardLinkOf, sendFrames } from './hear-frames.ts';
import { openUplinkStage, type UplinkStage } from './uplink-stage.ts';

const OLD = '2001:db8:1:0:20d:3aff:fe51:c490/64';
const NEW = '2001:db8:2:0:20d:3aff:fe51:c490/64';

describe.skipIf(!hasLiveNodes)('an uplink that a router configures', () => {
  let stage: UplinkStage;
  beforeEach(() => {
    stage = openUplinkStage();
  });
  afterEach(() => stage.remove());

  const global = (dev: string): string => stage.ip(`-6 -o addr show scope global dev ${dev}`);
  const routes = (): string => stage.ip('-6 route show default');
  const setting = (name: string): string =>
    stage.node.mustExec(['cat', `/proc/sys/net/${name}`]).stdout.trim();

  /** Sends advertisements until `done`: the kernel ignores those that arrive before the interface is ready. */
  const advertise = (prefix: string, done: () => boolean, valid = 3600): void => {
    const { mac } = heardLinkOf(stage.fabric, 'fab');
    const frame = routerAdvertisement({ mac, prefix, seconds: [900, valid, 1800] });
    for (let tries = 0; !done(); tries += 1) {
      if (tries === 30) throw new Error(`no effect: ${global('azure0')}`);
      sendFrames(stage.fabric, 'fab', [frame]);
    }
  };
  const configure = (): void =>
    advertise('2001:db8:1::', () => global('eth0').includes(OLD) && routes().includes('dev eth0'));
  const on = (dev: string, address: string) => (): boolean => global(dev).includes(address);
  const validOf = (address: string): number =>
    Number(new RegExp(`${address}.*valid_lft (\\d+)sec`).exec(global('azure0'))?.[1]);

  it('renumbers on its bridge, with one route at any time, and on itself after a release', () => {
    configure();
    expect(routes()).toMatch(/^default via fe80::1 dev eth0 proto ra metric 1024 expires/);
    expect(stage.cni('ADD')).toMatchObject({ code: 0 });
    expect([setting('ipv6/conf/azure0/accept_ra'), global('azure0')]).toEqual([
      '2',
      expect.stringContaining(OLD),
    ]);
    expect(routes()).toMatch(/^default via fe80::1 dev azure0 proto ra metric 1025 expires \d+sec[^\n]*\n$/);
    expect(pendingIn(stage.vnet('reconcile', '--dry-run'))).toBe('');
    // The address of before the takeover is renewed, and the router's new prefix is there.
    advertise('2001:db8:1::', () => validOf(OLD) > 7000, 7200);
    advertise('2001:db8:2::', on('azure0', NEW));
    expect(routes()).toContain('dev azure0 proto ra metric 1024 expires');
    expect(stage.vnet('reconcile')).toMatchObject({ code: 0 });
    expect(routes()).toMatch(/^default via fe80::1 dev azure0 proto ra metric 1024 expires \d+sec[^\n]*\n$/);
    expect(stage.vnet('doctor').stdout).not.toContain('is not renewed');
    expect(stage.cni('DEL')).toMatchObject({ code: 0 });
    expect(stage.vnet('release')).toMatchObject({ code: 0 });
    for (const address of [OLD, NEW]) expect(global('eth0')).toContain(address);
    expect(routes()).toContain('default via fe80::1 dev eth0 proto ra metric 1025');
    advertise('2001:db8:3::', on('eth0', '2001:db8:3:'));
    expect(routes()).toContain('default via fe80::1 dev eth0 proto ra metric 1024');
    expect(setting('ipv6/conf/eth0/accept_ra')).toBe('1');
  });

  it('keeps the routes of two routers, each as long as its router advertises itself', () => {
    const { mac } = heardLinkOf(stage.fabric, 'fab');
    const send = (routers: readonly string[], done: () => boolean): void => {
      const frames = routers.map((router) =>
        routerAdvertisement({ mac, prefix: '2001:db8:1::', seconds: [900, 3600, 1800], router }),
      );
      for (let tries = 0; !done(); tries += 1) {
        if (tries === 30) throw new Error(`no effect: ${routes()}`);
        sendFrames(stage.fabric, 'fab', frames);
      }
    };
    const ways = (): readonly string[] =>
      [...routes().matchAll(/via (\S+ dev \S+ proto ra metric \d+)/g)].map(([, way = '']) => way).toSorted();
    const routesOn = (dev: string, first: number, second: number): readonly string[] => [
      `fe80::1 dev ${dev} proto ra metric ${first}`,
      `fe80::2 dev ${dev} proto ra metric ${second}`,
    ];
    const both = ['fe80::1', 'fe80::2'];
    send(both, () => ways().length === 2);
    expect(ways()).toEqual(routesOn('eth0', 1024, 1024));
    expect(stage.cni('ADD')).toMatchObject({ code: 0 });
    expect(ways()).toEqual(routesOn('azure0', 1025, 1026));
    expect(pendingIn(stage.vnet('reconcile', '--dry-run'))).toBe('');
    send(['fe80::2'], () => ways().length === 3);
    expect(stage.vnet('reconcile')).toMatchObject({ code: 0 });
    expect(ways()).toEqual(routesOn('azure0', 1025, 1024));
    send(both, () => ways().length === 3);
    expect(stage.vnet('reconcile')).toMatchObject({ code: 0 });
    expect(ways()).toEqual(routesOn('azure0', 1024, 1024));
    expect(pendingIn(stage.vnet('reconcile', '--dry-run'))).toBe('');
    expect(stage.cni('DEL')).toMatchObject({ code: 0 });
    expect(stage.vnet('release')).toMatchObject({ code: 0 });
    expect(ways()).toEqual(routesOn('eth0', 1025, 1026));
  });

  it('is configured by it after a takeover that failed', () => {
    configure();
    stage.node.mustExec(['nft', 'add', 'table', 'bridge', 'vnet']);
    stage.node.mustExec(['nft', 'add', 'set', 'bridge', 'vnet', 'ports', '{ type ether_addr; }']);
    expect(stage.cni('ADD').code).not.toBe(0);
    expect(global('eth0')).toContain(OLD);
    advertise('2001:db8:2::', on('eth0', NEW));
    expect(routes()).toContain('dev eth0 proto ra metric 1024');
  });

  it('goes on doing so on a node that routes, and after a reboot', () => {
    configure();
    expect(stage.cni('ADD')).toMatchObject({ code: 0 });
    stage.node.mustExec(['sysctl', '-qw', 'net.ipv6.conf.all.forwarding=1']);
    advertise('2001:db8:2::', on('azure0', NEW));
    expect(stage.cni('DEL')).toMatchObject({ code: 0 });
    stage.node.mustExec(['sysctl', '-qw', 'net.ipv6.conf.all.forwarding=0']);
    for (const line of ['link set eth0 nomaster', 'link del azure0', 'addr add 10.240.0.35/16 dev eth0'])
      stage.ip(line);
    configure();
    expect(stage.cni('ADD')).toMatchObject({ code: 0 });
    advertise('2001:db8:2::', on('azure0', NEW));
  });

  it('is unchanged where another program receives the advertisements', () => {
    configure();
    stage.node.mustExec(['sysctl', '-qw', 'net.ipv6.conf.eth0.accept_ra=0']);
    expect(stage.cni('ADD')).toMatchObject({ code: 0 });
    expect(setting('ipv6/conf/azure0/accept_ra')).toBe('0');
    expect(stage.vnet('doctor').stdout).toContain('accept_ra is off on azure0');
  });

  it('gives its own settings to the bridge, which keeps them', () => {
    const given = [
      'ipv4.conf.eth0.rp_filter=2',
      'ipv4.conf.eth0.arp_announce=2',
      'ipv6.conf.eth0.hop_limit=77',
    ];
    for (const one of given) stage.node.mustExec(['sysctl', '-qw', `net.${one}`]);
    expect(stage.cni('ADD')).toMatchObject({ code: 0 });
    const onBridge = (): readonly string[] =>
      ['ipv4/conf/azure0/rp_filter', 'ipv4/conf/azure0/arp_announce', 'ipv6/conf/azure0/hop_limit'].map(
        setting,
      );
    expect(onBridge()).toEqual(['2', '2', '77']);
    expect(stage.document()).toContain('name: ipv4/conf/rp_filter\n          value: "2"');
    stage.node.mustExec(['sysctl', '-qw', 'net.ipv4.conf.azure0.rp_filter=0']);
    expect(stage.vnet('reconcile')).toMatchObject({ code: 0 });
    expect(onBridge()).toEqual(['2', '2', '77']);
  });
});
