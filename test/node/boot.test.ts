import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasLiveNodes } from '../plugin/live-node.ts';
import { renderOutcome } from '../support/exec.ts';
import { type BootLog, type BootNode, makeBootNode } from './boot/container.ts';
import { whyNoBoot } from './boot/root.ts';

const reason = hasLiveNodes ? whyNoBoot() : 'no private namespaces here';
if (reason !== undefined) console.log(`no node is booted: ${reason}`);

describe.skipIf(reason !== undefined)('a node that systemd boots, twice', () => {
  let node: BootNode;
  let [first, second]: [BootLog | undefined, BootLog | undefined] = [undefined, undefined];
  beforeAll(async () => {
    node = makeBootNode();
    const outcome = await node.run();
    [first, second] = [node.log(1), node.log(2)];
    if (outcome.code !== 0 || second === undefined)
      throw new Error(`${renderOutcome(outcome)}\n${first?.text ?? ''}`);
    if (process.env['VNET_TEST_TRANSCRIPT'] !== undefined)
      console.log([first, second].map((log) => log?.text).join('\n'));
  });
  afterAll(() => node.remove());

  it('starts its units in order: the network, the watch, then kubelet', () => {
    const order = 'vnet-boot vnet-watch kubelet';
    expect([first?.said['order'], second?.said['order']]).toEqual([order, order]);
    expect(second?.said['boot-id']).not.toBe(first?.said['boot-id']);
  });

  it('has nothing to do in its first boot, and waits for the first pod', () => {
    expect(first?.said).toMatchObject({
      'vnet-boot': 'inactive/success/no',
      'vnet-watch': 'active/success/yes',
      'watch-status': 'no document yet: the first ADD writes it',
      'bridge-before-kubelet': '0',
      'address-before-kubelet': 'host0:10.240.0.35/16',
    });
  });

  it('has bridge and uplink as in the document in its second boot, before kubelet starts', () => {
    expect(second?.said).toMatchObject({
      'vnet-boot': 'active/success/yes',
      'vnet-watch': 'active/success/yes',
      'bridge-before-kubelet': '1',
      'address-before-kubelet': 'azure0:10.240.0.35/16',
      'dry-run-before-kubelet': '0',
      'watch-status': expect.stringMatching(/^kernel matches generation \d+; 0 endpoints$/),
    });
  });

  it.each([1, 2])('gives a pod its network in boot %d, by the hardened units', (boot) => {
    const said = (boot === 1 ? first : second)?.said;
    expect(said).toMatchObject({ add: '0', 'served-by-watch': 'yes', 'ping-gateway': '0', endpoints: '1' });
    expect(said).toMatchObject({ 'neighbour-repaired': '1', 'watch-restarts': '0' });
    expect(said).toMatchObject({ 'timed-repair': '0', 'timed-neighbour': '1' });
    const woken = { 'woken-add': '0', 'woken-by-call': 'active', 'woken-served': 'yes', 'woken-del': '0' };
    expect(said).toMatchObject({ 'stopped-watch': 'inactive', ...woken, 'no-temporary-server': 'yes' });
  });

  it.each([1, 2])('lets namespaces be added and removed below /run/netns in boot %d', (boot) => {
    const said = (boot === 1 ? first : second)?.said;
    expect(said).toMatchObject({ 'short-add': '0', 'short-del': '0', 'short-namespace-is-gone': 'yes' });
  });

  it.each([1, 2])('rolls back an unconfirmed change, by a timer of systemd, in boot %d', (boot) => {
    const said = (boot === 1 ? first : second)?.said;
    expect(said).toMatchObject({ 'window-apply': '0', 'window-in-force': '1', 'window-timers': '1' });
    expect(said).toMatchObject({ 'window-over': '0', 'window-timers-after': '0', 'window-announced': '1' });
  });

  it('accepts the late DEL for a pod of the previous boot, whose address is in quarantine', () => {
    expect(second?.said['late-del']).toBe('0');
    expect(second?.said['pod-address']).not.toBe(first?.said['pod-address']);
    expect(second?.text).toMatch(/Released +endpoint azure\/old-1\/eth0/);
  });

  it.each([1, 2])('is as before when systemd-networkd is restarted in boot %d', (boot) => {
    const said = (boot === 1 ? first : second)?.said;
    expect(said).toMatchObject({
      'networkd-restarted': '0',
      'dry-run-after-networkd': '0',
      'ping-after-networkd': '0',
    });
  });
});
