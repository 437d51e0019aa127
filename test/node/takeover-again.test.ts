/**
 * A network manager that configures the NIC again (systemd-networkd restarted) takes it out of the bridge and appends its routes:
 * on the real kernel, by the executables.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hasLiveNodes } from '../plugin/live-node.ts';
import { openUplinkStage, UPLINK_BASE, type UplinkStage } from './uplink-stage.ts';

describe.skipIf(!hasLiveNodes)('an uplink that a network manager configures again', () => {
  let stage: UplinkStage;
  beforeEach(() => {
    stage = openUplinkStage();
  });
  afterEach(() => stage.remove());

  it.each([
    ['the default route', []],
    [
      'with IPv6',
      ['addr add fd00::35/64 dev eth0 nodad', '-6 route append default via fd00::1 dev eth0 metric 100'],
    ],
    ['with a route to the gateway', ['route append 10.240.0.1/32 dev eth0 proto dhcp scope link metric 100']],
  ])('is taken over again with its appended routes: %s', (_with, more) => {
    for (const line of more) stage.ip(line);
    const before = stage.dump('eth0');
    expect(stage.cni('ADD')).toMatchObject({ code: 0 });
    stage.ip('link set eth0 nomaster');
    for (const line of [...UPLINK_BASE, ...more]) stage.ip(line.replace('route add', 'route append'));
    console.log(
      stage.node.mustExec(['ip', '-6', 'r']).stdout,
      stage.vnet('reconcile', '--dry-run').stdout,
      stage.vnet('reconcile').stderr,
    );
    expect(stage.vnet('reconcile')).toMatchObject({ code: 0 });
    expect(stage.dump('azure0')).toEqual(before);
    expect(stage.node.mustExec(['ip', 'route', 'show', 'dev', 'eth0']).stdout).toBe('');
    expect(stage.vnet('reconcile', '--dry-run')).toMatchObject({ code: 0 });
    expect(stage.cni('DEL')).toMatchObject({ code: 0 });
    expect(stage.vnet('release')).toMatchObject({ code: 0 });
    expect(stage.dump('eth0')).toEqual(before);
  });

  it('is not taken over again while an appended route of the NIC leads elsewhere', () => {
    expect(stage.cni('ADD')).toMatchObject({ code: 0 });
    stage.ip('link set eth0 nomaster');
    stage.ip('addr add 10.240.0.35/16 dev eth0');
    stage.ip('route append default via 10.240.0.2 dev eth0 proto dhcp src 10.240.0.35 metric 100');
    expect(stage.vnet('reconcile').stderr).toContain('route default metric 100 copy 1 cannot move');
    expect(stage.node.mustExec(['ip', 'route', 'show', 'dev', 'eth0']).stdout).toContain('via 10.240.0.2');
  });
});
