import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { SIMULATED_BIN } from '../plugin/live-node.ts';
import { containerOf, idOf } from '../support/node.ts';
import { readDesired, type Wanted } from './desired.ts';
import { SECOND_BOOT } from './record/stage.ts';
import { ALL_BUILDS, type OldNode, readFixture, restoreNode, scenesOf } from './restore.ts';
import { AZURE_CONF } from '../plugin/caller.ts';

const isBuilt = existsSync(join(SIMULATED_BIN, 'vnet'));
const LEASE = {
  program: 'azure-vnet-ipam',
  conf: { cniVersion: '1.0.0', name: 'storage', type: 'bridge', ipam: { type: 'azure-vnet-ipam' } },
} as const;

/** A pod of test/support/node.ts that is in no scene. */
const NEW = 12;

/** Sets that bridge mode has since then: the rules of an older build hold until their elements are there. */
const LATER = /^nft-element port_sources6? /;

describe.skipIf(!isBuilt).each(ALL_BUILDS)('a node of build %s', (build) => {
  let node: OldNode;
  afterEach(() => node.remove());

  const restored = (...[scene, state]: [string, Parameters<typeof restoreNode>[2]?]): OldNode => {
    node = restoreNode(build, scene, state);
    return node;
  };

  it.each(scenesOf(build))('is read to the same desired state: %s', async (scene) => {
    restored(scene, 'booted');
    const before: readonly Wanted[] = JSON.parse(readFixture(build, `${scene}/desired.json`));
    expect(before.length > 6).toBe(scene !== 'leased');
    const desired = await readDesired(node.root);
    const now = desired.filter(({ key }) => !LATER.test(key));
    expect(now.map(({ key }) => key)).toEqual(before.map(({ key }) => key));
    expect(now).toMatchObject(before);
  });

  it.each(scenesOf(build).filter((scene) => scene !== 'refused'))('has a valid document: %s', (scene) => {
    const done = restored(scene, 'booted').vnet('validate');
    expect([done.stdout + done.stderr, done.code]).toEqual([expect.any(String), 0]);
  });

  it.each([
    ['lived', { from: '10.240.0.', not: [36, 37, 38, 40, 42, 43, 44, 62, 63] }],
    ['reserved', { from: '10.240.0.', not: [60, 61] }],
    ['imported', { from: '10.240.2.', not: [35, 45, 195, 203] }],
    ['asked', { from: '10.240.0.', not: [36] }],
  ])('continues with ADD, CHECK and DEL: %s', (scene, { from, not }) => {
    restored(scene);
    const comments = commentsOf(node.read());
    const added = node.call('ADD', NEW);
    expect([added.stdout, added.code]).toEqual([expect.any(String), 0]);
    const address = addressOf(added.stdout);
    expect(address.startsWith(from)).toBe(true);
    expect(not.map((last) => `${from}${last}/16`)).not.toContain(address);
    expect(addressOf(node.call('ADD', NEW).stdout)).toBe(address);
    expect(node.read()).toContain(`${containerOf(NEW)}/eth0:`);
    const prevResult: unknown = JSON.parse(added.stdout);
    const checked = node.call('CHECK', NEW, { conf: { ...AZURE_CONF, prevResult } });
    expect([checked.stdout, checked.code]).toEqual(['', 0]);
    expect(node.call('DEL', NEW).code).toBe(0);
    expect(node.read()).not.toContain(`${containerOf(NEW)}/eth0:`);
    expect(commentsOf(node.read())).toEqual(comments);
    expect(node.vnet('reconcile', '--dry-run').code).toBe(0);
  });

  const unbridged = [
    ['transparent', { network: 'azure', pods: ['10.240.0.36/32', '10.240.0.38/32'], next: '10.240.0.39/32' }],
    ['routed', { network: 'kubenet', pods: ['10.244.0.2/24', '10.244.0.4/24'], next: '10.244.0.5/24' }],
  ] as const;
  // Builds before these modes have no such scene.
  it.each(unbridged.filter(([scene]) => scenesOf(build).includes(scene)))(
    'continues in a network without a bridged uplink: %s',
    (scene, { network, pods, next }) => {
      restored(scene);
      const conf = {
        cniVersion: '1.0.0',
        name: network,
        type: 'azure-vnet',
        ipam: { type: 'azure-vnet-ipam' },
      };
      expect([0, 2].map((pod) => addressOf(node.call('ADD', pod, { conf }).stdout))).toEqual(pods);
      const added = node.call('ADD', NEW, { conf });
      expect([addressOf(added.stdout), added.code]).toEqual([next, 0]);
      expect(node.read()).toContain('apiVersion: vnet.azure/v2\n');
      expect(node.call('DEL', NEW, { conf }).code).toBe(0);
      expect(node.vnet('reconcile', '--dry-run').code).toBe(0);
    },
  );

  it('keeps the addresses of existing pods, and releases those of others', () => {
    restored('lived');
    expect(addressOf(node.call('ADD', 1).stdout)).toBe('10.240.0.37/16');
    expect(node.call('DEL', 2).code).toBe(0);
    expect(node.read()).not.toContain(idOf(2));
    expect(node.read()).toMatch(/^ {2}azure\/10\.240\.0\.38: /m);
    expect(node.vnet('reconcile', '--dry-run').code).toBe(0);
  });

  it('keeps reservations for their pods', () => {
    restored('reserved');
    expect(addressOf(node.call('ADD', 1).stdout)).toBe('10.240.0.61/16');
    expect(addressOf(node.call('ADD', 0).stdout)).toBe('10.240.0.60/16');
  });

  it('continues to lease bare addresses, and quarantines a released one', () => {
    restored('leased');
    const added = node.call('ADD', NEW, LEASE);
    expect(addressOf(added.stdout)).toBe('10.250.0.38/16');
    expect(addressOf(node.call('ADD', 1, LEASE).stdout)).toBe('10.250.0.60/16');
    expect(node.call('DEL', 2, LEASE).code).toBe(0);
    expect(node.read()).toMatch(/^ {2}storage\/10\.250\.0\.36: /m);
    expect(node.read()).toMatch(/^ {2}storage\/10\.250\.0\.37: /m);
  });

  it.each(['lived', 'imported', 'asked'])('has the same meaning with its cached head: %s', (scene) => {
    const after = (isKnown: boolean): string => {
      restored(scene);
      if (!isKnown) rmSync(node.path('run/vnet/head.json'));
      expect(node.call('ADD', NEW).code).toBe(0);
      const text = node.read().replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME');
      if (isKnown) node.remove();
      return text;
    };
    expect(after(true)).toBe(after(false));
  });

  it('merges a hand edit in progress with the CNI writes since', () => {
    restored('editing');
    expect(node.call('ADD', NEW).code).toBe(0);
    const text = node.read();
    expect(text).toContain('      mtu: 1400 # by hand\n');
    for (const pod of [0, 1, NEW]) expect(text).toContain(`  ${idOf(pod)}:\n`);
    expect(node.vnet('reconcile').code).toBe(0);
    expect(node.vnet('reconcile', '--dry-run').code).toBe(0);
  });

  it('finishes a DEL that was killed', () => {
    restored('half-deleted');
    expect(node.call('DEL', 1).code).toBe(0);
    expect(node.read()).not.toContain(idOf(1));
    expect(node.read()).toMatch(/^ {2}azure\/10\.240\.0\.37: /m);
  });

  it('finishes, by a round, a DEL that was killed', () => {
    restored('half-deleted');
    expect(node.vnet('reconcile').code).toBe(0);
    expect(node.read()).not.toContain(idOf(1));
    expect(node.read()).toMatch(/^ {2}azure\/10\.240\.0\.37: /m);
  });

  it('releases the pods of an old boot, and quarantines their addresses', () => {
    restored('rebooted', 'empty');
    expect(node.vnet('reconcile').code).toBe(0);
    const text = node.read();
    expect(text).toContain(`bootId: ${SECOND_BOOT}\n`);
    expect(text).not.toContain(idOf(0));
    expect(text).toMatch(/^ {2}azure\/10\.240\.0\.36: /m);
    expect(text).toMatch(/^ {2}azure\/10\.240\.0\.37: /m);
    expect(node.vnet('reconcile', '--dry-run').code).toBe(0);
  });
});

function addressOf(stdout: string): string {
  const { ips } = JSON.parse(stdout) as { ips?: readonly { readonly address: string }[] };
  return ips?.[0]?.address ?? stdout;
}

/** The comments of the text, in order. */
function commentsOf(text: string): readonly string[] {
  return [...text.matchAll(/(?:^|\s)#.*$/gm)].map(([comment]) => comment.trim());
}
