import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { reaches } from '../lab/ping.ts';
import { containerOf, type LiveNode, hasLiveNodes } from '../plugin/live-node.ts';
import type { Netns } from '../support/netns.ts';
import { bindLease, haltNode, plugNic, makePluggedNode } from './live-reboot.ts';
import { type LiveWatch, startWatch } from './live-watch.ts';

describe.skipIf(!hasLiveNodes)('a node after a reboot', () => {
  let node: LiveNode;
  let pod: Netns;
  let watch: LiveWatch | undefined;
  beforeEach(async () => {
    ({ node, pod } = await makePluggedNode());
    haltNode(node, [pod]);
  });
  afterEach(async () => {
    await watch?.end('SIGKILL');
    watch = undefined;
    node.remove();
  });

  const isConverged = (): boolean => node.reconcile('--dry-run').code === 0;
  const isOnline = (from: Netns): boolean => reaches(from, '10.240.0.1');
  const settle = (what: string): Promise<void> =>
    watch === undefined ? Promise.resolve() : watch.until(what, isConverged);
  const ip = (...args: readonly string[]): string => node.netns.mustExec(['ip', ...args]).stdout;

  /** The first round of the boot, and a function for later ones. */
  const rounds = {
    'vnet reconcile': () => Promise.resolve(node.reconcile().code),
    'vnet watch': async () => {
      watch = await startWatch(node);
      return 0;
    },
  };
  const expectWell = async (address = '10.240.0.35'): Promise<void> => {
    await settle('waited until all is well');
    expect([isConverged(), node.reconcile('--dry-run').stderr]).toEqual([true, '']);
    expect(ip('-4', '-o', 'addr', 'show', 'dev', 'eth0')).toBe('');
    expect(ip('-4', '-o', 'addr', 'show', 'dev', 'azure0')).toContain(`inet ${address}/16`);
    expect(ip('route', 'get', '8.8.8.8')).toContain('dev azure0');
    const next = node.addPod();
    expect((await node.call({ verb: 'ADD', pod: next })).code).toBe(0);
    expect([isOnline(node.netns), isOnline(next)]).toEqual([true, true]);
  };

  describe.each(['vnet reconcile', 'vnet watch'] as const)('with %s', (by) => {
    it('has its bridge if the address comes first', async () => {
      plugNic(node);
      bindLease(node);
      expect(await rounds[by]()).toBe(0);
      await expectWell();
    });

    it('has its bridge if the address comes afterwards', async () => {
      plugNic(node);
      expect(await rounds[by]()).toBe(0);
      bindLease(node);
      if (by === 'vnet reconcile') expect(node.reconcile().code).toBe(0);
      await expectWell();
    });

    it('has its bridge if even the interface comes afterwards', async () => {
      await rounds[by]();
      plugNic(node);
      bindLease(node);
      if (by === 'vnet reconcile') expect(node.reconcile().code).toBe(0);
      await expectWell();
    });

    it('has its bridge if the route to its prefix was there before the address', async () => {
      plugNic(node);
      ip('route', 'add', '10.240.0.0/16', 'dev', 'eth0', 'proto', 'kernel', 'scope', 'link');
      await rounds[by]();
      bindLease(node);
      if (by === 'vnet reconcile') expect(node.reconcile()).toMatchObject({ code: 0 });
      await expectWell();
      expect(ip('route', 'show', 'dev', 'eth0')).toBe('');
    });

    it.each(['first', 'afterwards'])(
      'has the routes of a lease of another metric that comes %s',
      async (when) => {
        plugNic(node);
        if (when === 'first') bindLease(node, { metric: 100 });
        await rounds[by]();
        if (when !== 'first') bindLease(node, { metric: 100 });
        if (by === 'vnet reconcile') expect(node.reconcile().code).toBe(0);
        await expectWell();
        expect(ip('route', 'show', 'dev', 'eth0')).toBe('');
      },
    );

    it.each(['first', 'afterwards'])('has another address when its lease arrives %s', async (when) => {
      plugNic(node);
      if (when === 'first') bindLease(node, { address: '10.240.0.99' });
      await rounds[by]();
      if (when !== 'first') bindLease(node, { address: '10.240.0.99' });
      if (by === 'vnet reconcile') expect(node.reconcile().code).toBe(0);
      await expectWell('10.240.0.99');
      expect(ip('-4', '-o', 'addr', 'show', 'dev', 'azure0')).not.toContain('10.240.0.35/16');
      expect(ip('route', 'show', 'default')).toContain('src 10.240.0.99');
    });

    it('leaves the default route of another interface', async () => {
      plugNic(node);
      bindLease(node);
      ip(...'link add eth1 type veth peer name far1'.split(' '));
      ip('link', 'set', 'far1', 'up');
      for (const line of ['link set eth1 up', 'addr add 192.0.2.2/24 dev eth1']) ip(...line.split(' '));
      ip(...'route add default via 192.0.2.1 dev eth1 proto dhcp metric 200'.split(' '));
      await rounds[by]();
      await expectWell();
      expect(ip('route', 'show', 'default', 'dev', 'eth1')).toContain('via 192.0.2.1');
    });
  });

  it('quarantines the addresses of its last boot, and keeps reservations', async () => {
    plugNic(node);
    bindLease(node);
    expect(node.reconcile().code).toBe(0);
    const { endpoints, released, metadata } = node.document() ?? {};
    expect(endpoints ?? {}).toEqual({});
    expect(Object.keys(released ?? {})).toEqual(['azure/10.240.0.36']);
    expect(metadata?.bootId).toMatch(/^00000000-/);
    const next = node.addPod();
    const added = JSON.parse((await node.call({ verb: 'ADD', pod: next })).stdout);
    expect(added.ips[0].address).toBe('10.240.0.37/16');
  });

  it('accepts the late DELs of its last boot, any number of times', async () => {
    plugNic(node);
    bindLease(node);
    const late = { verb: 'DEL', pod };
    const env = { CNI_CONTAINERID: containerOf(pod) };
    expect((await node.call({ ...late, env })).code).toBe(0);
    expect(node.reconcile().code).toBe(0);
    for (const CNI_NETNS of ['', pod.path, '/proc/999999/ns/net'])
      expect((await node.call({ ...late, env: { ...env, CNI_NETNS } })).code).toBe(0);
    await expectWell();
  });
});
