/** Addresses that move between nodes (keepalived, kube-vip): vnet moves them with the uplink, and never puts them back. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pendingIn } from '../support/exec.ts';
import { hasLiveNodes } from '../plugin/live-node.ts';
import { openUplinkStage, type UplinkStage } from './uplink-stage.ts';

const VIP = '10.240.9.50/32';

describe.skipIf(!hasLiveNodes)('a floating address', () => {
  let stage: UplinkStage;
  const shown = (dev: string): string => stage.ip(`-o addr show dev ${dev}`);
  const reconcile = (): string => {
    const { code, stdout, stderr } = stage.vnet('reconcile');
    expect([code, stderr]).toEqual([0, '']);
    return stdout;
  };

  beforeEach(() => {
    stage = openUplinkStage();
    stage.ip(`addr add ${VIP} dev eth0`);
    stage.cni('ADD');
  });
  afterEach(() => stage.remove());

  it('moves with the uplink, and is reported', () => {
    expect([shown('eth0'), shown('azure0')]).toEqual([
      expect.not.stringContaining(VIP),
      expect.stringContaining(VIP),
    ]);
    expect(stage.vnet('status').stdout).toContain(`${VIP} on azure0 moves between nodes`);
  });

  it('that has moved to another node is not added again', () => {
    stage.ip(`addr del ${VIP} dev azure0`);
    expect(pendingIn(stage.vnet('reconcile', '--dry-run'))).toBe('');
    reconcile();
    expect(shown('azure0')).not.toContain(VIP);
    expect(stage.vnet('status').stdout).toContain(`${VIP} has left this node`);
    expect(stage.vnet('doctor').stdout).toContain('vnet address own 10.240.9.50');
  });

  it('that its program adds to the enslaved NIC stays there, alone, and is reported', () => {
    stage.ip(`addr add ${VIP} dev eth0`);
    reconcile();
    expect([shown('eth0'), shown('azure0')]).toEqual([
      expect.stringContaining(VIP),
      expect.not.stringContaining(VIP),
    ]);
    expect(stage.vnet('status').stdout).toContain(`${VIP} is on eth0, a port of azure0`);
    stage.ip(`addr del ${VIP} dev eth0`);
    reconcile();
    expect(shown('azure0')).not.toContain(VIP);
  });

  it('that is owned is added again, and that is disowned is forgotten, where it is', () => {
    expect(stage.vnet('address', 'own', '10.240.9.50')).toMatchObject({ code: 0 });
    stage.ip(`addr del ${VIP} dev azure0`);
    expect(stage.vnet('reconcile', '--dry-run').code).toBe(2);
    reconcile();
    expect(shown('azure0')).toContain(VIP);
    expect(stage.vnet('status').stdout).not.toContain('moves between nodes');
    expect(stage.vnet('address', 'disown', VIP)).toMatchObject({ code: 0 });
    expect(stage.document()).not.toContain(VIP);
    reconcile();
    expect(shown('azure0')).toContain(VIP);
    expect(stage.vnet('address', 'disown', '10.240.9.51')).toMatchObject({ code: 66 });
  });

  it('that another program adds to the enslaved NIC later is reported, and owned on demand', () => {
    stage.ip('addr add 10.240.9.60/32 dev eth0');
    expect(reconcile()).not.toContain('10.240.9.60');
    expect(stage.vnet('status').stdout).toContain('10.240.9.60/32 is on eth0, a port of azure0');
    expect(stage.vnet('address', 'own', '10.240.9.60')).toMatchObject({ code: 0 });
    reconcile();
    expect([shown('eth0'), shown('azure0')]).toEqual([
      expect.not.stringContaining('10.240.9.60'),
      expect.stringContaining('10.240.9.60'),
    ]);
  });
});
