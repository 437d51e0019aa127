import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { reaches } from '../lab/ping.ts';
import { type LiveNode, hasLiveNodes } from '../plugin/live-node.ts';
import type { Netns } from '../support/netns.ts';
import { bindLease, MAC, plugNic, makePluggedNode } from './live-reboot.ts';
import { bridged } from '../support/node.ts';
import { type LiveWatch, startWatch } from './live-watch.ts';

/** Duration of an unplugged cable or a driver reload. */
const AWHILE_MS = 2000;

describe.skipIf(!hasLiveNodes)('an uplink that comes and goes under vnet watch', () => {
  let node: LiveNode;
  let pod: Netns;
  let watch: LiveWatch;
  beforeEach(async () => {
    ({ node, pod } = await makePluggedNode());
    watch = await startWatch(node);
  });
  afterEach(async () => {
    await watch.end('SIGKILL');
    node.remove();
  });

  const ip = (line: string): void => void node.netns.mustExec(['ip', ...line.split(' ')]);
  const fabric = (line: string): void => void node.fabric.mustExec(['ip', ...line.split(' ')]);
  const awhile = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, AWHILE_MS));
  const isWell = (): boolean => node.reconcile('--dry-run', '--full').code === 0;
  const carries = (): string =>
    ['-4 -o addr show dev azure0', '-4 route show dev azure0']
      .map((line) =>
        node.netns
          .execNow(['ip', ...line.split(' ')])
          .stdout.replaceAll(/^\d+: |linkdown |(?<=_lft )\d+(?=sec)/gm, ''),
      )
      .join('');
  const isOnline = (from: Netns): boolean => reaches(from, '10.240.0.1');

  /** Resolves to the time until the kernel matched the document. Units: milliseconds. */
  const recovery = async (): Promise<number> => {
    const begun = performance.now();
    await watch.until('waited until all is well', isWell);
    return performance.now() - begun;
  };
  const expectRecovered = async (before: string): Promise<void> => {
    const tookMs = await recovery();
    console.log(`all well ${tookMs.toFixed(0)} ms after the link (with the time that the looking takes)`);
    expect(carries()).toBe(before);
    expect([isOnline(node.netns), isOnline(pod)]).toEqual([true, true]);
    // The kernel is repaired slightly before the loop has observed and reported it.
    await watch.until('waited until it says so', () => watch.status()?.conditions[0]?.status === true);
    expect([watch.status()?.conditions[0]?.type, watch.stderr()]).toEqual(['Ready', '']);
  };

  it('may lose its carrier for two seconds: nothing is lost, and nothing repaired', async () => {
    const before = carries();
    fabric('link set nic down');
    await awhile();
    fabric('link set nic up');
    await expectRecovered(before);
    expect(watch.events.filter(({ type }) => type !== 'Started')).toEqual([]);
  });

  it('is up again when it was set down, and so is its bridge', async () => {
    const before = carries();
    for (const dev of ['eth0', 'azure0']) ip(`link set ${dev} down`);
    await expectRecovered(before);
    await watch.until('waited for the word of it', () =>
      watch.events.some(({ type, key }) => type === 'Repaired' && key === 'link eth0'),
    );
  });

  it('is followed under another name, and when it has its own again', async () => {
    const before = carries();
    const uplinkName = (): string | undefined => bridged(node.document()?.networks['azure'])?.uplink.name;
    for (const [from, to] of [
      ['eth0', 'other0'],
      ['other0', 'eth0'],
    ] as const) {
      ip(`link set ${from} down`);
      ip(`link set ${from} name ${to}`);
      await watch.until('waited for the document to follow', () => uplinkName() === to);
      ip(`link set ${to} up`);
    }
    await expectRecovered(before);
  });

  it('is in its bridge again when the driver recreates it and DHCP gives it its address', async () => {
    const before = carries();
    ip('link del eth0');
    await awhile();
    plugNic(node);
    bindLease(node);
    await expectRecovered(before);
    expect(node.document()?.metadata.generation).toBe(1);
  });

  it('is in its bridge within the round that its coming begins, however long it was away', async () => {
    ip('link del eth0');
    // Backoff has grown by now: a new event must not wait for it.
    await watch.until('waited for the fifth attempt', () =>
      watch.events.some(({ type, message }) => type === 'Backoff' && message.includes('attempt 5')),
    );
    plugNic(node);
    const begun = performance.now();
    await watch.until('waited until it is in its bridge', () =>
      node.netns.mustExec(['ip', '-o', 'link', 'show', 'eth0']).stdout.includes('master azure0'),
    );
    console.log(`in its bridge ${(performance.now() - begun).toFixed(0)} ms after it came`);
    await watch.until('waited until all is well', isWell);
    expect(isOnline(pod)).toBe(true);
  });

  it('does not mind a second interface of its MAC that comes and goes: accelerated networking', async () => {
    const rounds = watch.status()?.time;
    for (let turn = 0; turn < 3; turn += 1) {
      ip(`link add enP1s1 address ${MAC} type veth peer name far1`);
      for (const dev of ['enP1s1', 'far1']) ip(`link set ${dev} up`);
      await new Promise((resolve) => setTimeout(resolve, 100));
      expect(isOnline(pod)).toBe(true);
      ip('link del enP1s1');
    }
    expect(isWell()).toBe(true);
    expect(watch.events.filter(({ type }) => type !== 'Started')).toEqual([]);
    expect(watch.status()?.time).toBe(rounds);
  });
});
