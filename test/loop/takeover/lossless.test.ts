/**
 * Law of a takeover: an uplink has the same objects after `vnet release`, and after a takeover that failed at
 * any of its steps; the bridge has them in between. Random uplinks on the real kernel; full dumps of ip(8)
 * show differences. An uplink that cannot move is refused, without any change.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Network } from '../../../schemas/generated/vnet.ts';
import { createNft } from '../../../reconciler/kernel/apply/nft-command.ts';
import { planNetworks } from '../../../reconciler/loop/node/plan-node.ts';
import type { Session } from '../../../reconciler/loop/node/session.ts';
import { captureNetwork } from '../../../reconciler/loop/takeover/capture.ts';
import { ensureNetworks } from '../../../reconciler/loop/takeover/takeover.ts';
import type { Kernel } from '../../../reconciler/model/ports/kernel.ts';
import { err, failure, renderFailure, type Result } from '../../../reconciler/model/result.ts';
import { fabricOfProcess, openRealTestbed } from '../../kernel/contract/real-testbed.ts';
import type { Testbed } from '../../kernel/contract/testbed.ts';
import { routerAdvertisement } from '../../node/frames.ts';
import { heardLinkOf, sendFrames } from '../../node/hear-frames.ts';
import { dumpUplink } from '../../node/uplink-stage.ts';
import { execNow, mustExec } from '../../support/exec.ts';
import { isLong, longOr } from '../../support/long.ts';
import { createMemorySession } from '../../support/memory-session.ts';
import { casesOf, countCases } from '../../support/cases.ts';
import { hasNamespaces } from '../../support/namespaces.ts';
import { documentOf, NETWORK } from '../../support/node.ts';
import { anyUplink, type RandomUplink } from './random-uplink.ts';

const BASE = [
  'link add dummy0 type dummy',
  'link set dummy0 up',
  'addr add 10.77.0.4/24 dev dummy0',
  'addr add 10.240.0.35/16 dev eth0',
  'route add default via 10.240.0.1 dev eth0 proto dhcp src 10.240.0.35 metric 100',
];

/** Counters of the kernel, and values that it creates for each interface. */
const NOT_COMPARED = ['stable_secret'];

function settingsOf(dev: string): readonly string[] {
  return ['ipv4', 'ipv6'].flatMap((family) => {
    const folder = `/proc/sys/net/${family}/conf/${dev}`;
    return readdirSync(folder)
      .filter((name) => !NOT_COMPARED.includes(name))
      .map((name) => `${family} ${name} ${readFileSync(`${folder}/${name}`, 'utf8').trim()}`);
  });
}

function dump(dev: string): readonly string[] {
  return dumpUplink((argv) => execNow(argv).stdout, dev);
}

function furnish({ lines, settings }: RandomUplink): void {
  // Addresses are usable at once, not after a second of duplicate address detection.
  writeFileSync('/proc/sys/net/ipv6/conf/eth0/accept_dad', '0\n');
  for (const setting of settings) {
    const [path, value] = setting.split(' ');
    writeFileSync(`/proc/sys/net/${path}`, `${value}\n`);
  }
  // Lines that the kernel refuses are omitted.
  for (const { family, commands } of batchesOf([...BASE, ...lines]))
    execNow(['ip', ...family, '-force', '-batch', '-'], { input: commands.join('\n') });
}

/** One process for consecutive lines of a family, which is an option of ip(8) and no part of a line. */
function batchesOf(lines: readonly string[]): readonly { family: string[]; commands: string[] }[] {
  const batches: { family: string[]; commands: string[] }[] = [];
  for (const text of lines) {
    const [, option = '', command = ''] = /^(?:(-[46]) )?(.*)$/.exec(text) ?? [];
    const family = option === '' ? [] : [option];
    const last = batches.at(-1);
    if (last !== undefined && last.family[0] === family[0]) last.commands.push(command);
    else batches.push({ family, commands: [command] });
  }
  return batches;
}

function sessionOn(
  testbed: Testbed,
  apply: Kernel['apply'] = (changes) => testbed.kernel.apply(changes),
): Session {
  const { kernel: _simulated, ...session } = createMemorySession(undefined as never, documentOf([]));
  return { ...session, kernel: { ...testbed.kernel, apply } };
}

/** A kernel that fails at the nth change of the plan, and not during the rollback. */
function failingAt(testbed: Testbed, at: number): Kernel['apply'] {
  let done = 0;
  let isBroken = false;
  return (changes) =>
    isBroken
      ? testbed.kernel.apply(changes)
      : changes.flatMap((change) => {
          done += 1;
          if (isBroken) return [err(failure('interrupted', 'test', 'not tried'))];
          if (done <= at) return testbed.kernel.apply([change]);
          isBroken = true;
          return [err(failure('io', 'test', 'made to fail by the test'))];
        });
}

/** A kernel at which one change of the plan fails, and all others are done. */
function failingOnce(testbed: Testbed, at: number): Kernel['apply'] {
  let done = 0;
  return (changes) =>
    changes.flatMap((change) => {
      done += 1;
      return done === at + 1
        ? [err(failure('io', 'test', 'made to fail by the test'))]
        : testbed.kernel.apply([change]);
    });
}

/** Both routers of the network advertise themselves until the kernel has heard them. */
function hearRouters(isHeard: () => boolean): void {
  const fabric = fabricOfProcess();
  const links: readonly { readonly ifname: string; readonly ifindex: number }[] = JSON.parse(
    fabric.mustExec(['ip', '-j', 'link', 'show', 'up', 'type', 'veth']).stdout,
  );
  // The kernel may still be removing the ports of nodes before this one.
  const { ifname = '' } = links.toSorted((one, other) => other.ifindex - one.ifindex)[0] ?? {};
  const { mac } = heardLinkOf(fabric, ifname);
  const frames = ['fe80::1', 'fe80::2'].map((router) =>
    routerAdvertisement({ mac, prefix: '2001:db8:1::', seconds: [900, 3600, 1800], router }),
  );
  for (let tries = 0; !isHeard(); tries += 1) {
    if (tries === 30) throw new Error('no effect');
    sendFrames(fabric, ifname, frames);
  }
}

const RICH: readonly string[] = [
  'addr add 10.240.0.9/16 dev eth0',
  'addr add 10.100.0.5/24 dev eth0 label eth0:1',
  'addr add 10.250.0.1 peer 10.250.0.2/32 dev eth0',
  'addr add fd00::35/64 dev eth0 nodad',
  'addr add fd00::9/64 dev eth0 nodad valid_lft 3600 preferred_lft 1800',
  'route add 10.9.0.0/16 via 10.100.0.1 dev eth0 src 10.100.0.5 initcwnd 20',
  'route add 10.8.0.0/16 nexthop via 10.240.0.1 dev eth0 nexthop via 10.240.0.2 dev eth0 weight 3',
  '-6 route add fd09::/64 via fd00::1 dev eth0 expires 600 pref high',
  'neigh add 10.240.0.77 lladdr 02:00:00:00:00:77 nud permanent dev eth0',
];

type Outcome = { readonly lines: number; readonly steps: number; readonly isRefused: boolean };

function examine(uplink: RandomUplink, cut: number): Outcome {
  const testbed = openRealTestbed(createNft(process.env));
  try {
    furnish(uplink);
    const [before, settings] = [dump('eth0'), settingsOf('eth0')];
    const captured = captureNetwork(testbed.kernel, 'bridge', { master: 'eth0', pools: NETWORK.pools });
    if (!captured.ok) {
      expect(captured.error).toMatchObject({
        code: 'refused',
        message: expect.stringContaining('cannot move'),
      });
      expect(dump('eth0')).toEqual(before);
      return { lines: before.length, steps: 0, isRefused: true };
    }
    const document = documentOf([], captured.value);
    const planned = planNetworks(testbed.kernel, document);
    const steps = planned.ok ? planned.value.plan.steps : [];
    failAt(testbed, document, { steps: steps.length, cut });
    expect({ failed: dump('eth0'), settings: settingsOf('eth0') }).toEqual({ failed: before, settings });
    expect(problemOf(ensureNetworks(sessionOn(testbed), document))).toBe('');
    const onBridge = before.map((text) => text.replace(/ DEV:\w+/, ' DEV'));
    expect({ bridge: dump('azure0') }).toEqual({ bridge: onBridge });
    expect(ensureNetworks(sessionOn(testbed), document)).toEqual({ ok: true, value: [] });
    const released = documentOf([], releasedOf(captured.value));
    expect(problemOf(ensureNetworks(sessionOn(testbed), released))).toBe('');
    mustExec(['ip', 'link', 'del', 'azure0']);
    expect({ released: dump('eth0'), settings: settingsOf('eth0') }).toEqual({ released: before, settings });
    return { lines: before.length, steps: steps.length, isRefused: false };
  } finally {
    testbed.close();
  }
}

function problemOf(result: Result<unknown>): string {
  return result.ok ? '' : renderFailure(result.error);
}

function failAt(
  testbed: Testbed,
  document: ReturnType<typeof documentOf>,
  { steps, cut }: { readonly steps: number; readonly cut: number },
): void {
  const at = Math.floor(cut * steps);
  const failed = ensureNetworks(sessionOn(testbed, failingAt(testbed, at)), document);
  expect([at, failed]).toMatchObject([at, { ok: false, error: { message: 'made to fail by the test' } }]);
}

function releasedOf(network: Network): Network {
  return network.mode === 'bridge' ? { ...network, uplink: { ...network.uplink, released: true } } : network;
}

describe.skipIf(!hasNamespaces)('any uplink', () => {
  it('is on the bridge unchanged, and restored by a release and after a failure at any step', () => {
    const outcomes: Outcome[] = [];
    const begun = performance.now();
    const checked = fc.check(
      fc.property(anyUplink, fc.double({ min: 0, max: 0.999, noNaN: true }), (uplink, cut) => {
        outcomes.push(examine(uplink, cut));
      }),
      { numRuns: casesOf(longOr(8, 50)), endOnFailure: !isLong },
    );
    countCases(outcomes.length);
    const refused = outcomes.filter(({ isRefused }) => isRefused).length;
    const seconds = ((performance.now() - begun) / 1000).toFixed(0);

    console.log(`seed ${checked.seed}: ${outcomes.length} uplinks, ${refused} refused, ${seconds} s`);
    const { errorInstance: cause } = checked;
    if (checked.failed) throw new Error(fc.defaultReportMessage(checked), { cause });
    expect(outcomes.length - refused).toBeGreaterThan(outcomes.length / 2);
  });

  it('has a route to each of its routers after a failure at each step', () => {
    const testbed = openRealTestbed(createNft(process.env));
    try {
      furnish({ lines: [], settings: [] });
      // A learned route that a rollback did not have to restore has a stand-in beside it, which expires.
      const ways = (): readonly string[] => {
        const { stdout } = execNow(['ip', '-6', 'route', 'show', 'default']);
        return [...new Set([...stdout.matchAll(/via (\S+ dev \S+)/g)].map(([, way = '']) => way))].toSorted();
      };
      const both = (): boolean => ways().length === 2;
      hearRouters(both);
      const captured = captureNetwork(testbed.kernel, 'bridge', { master: 'eth0', pools: NETWORK.pools });
      if (!captured.ok) throw new Error(renderFailure(captured.error));
      const document = documentOf([], captured.value);
      const planned = planNetworks(testbed.kernel, document);
      const steps = planned.ok ? planned.value.plan.steps : [];
      expect(steps.length).toBeGreaterThan(10);
      for (const [at, { key }] of steps.entries()) {
        expect([key, ensureNetworks(sessionOn(testbed, failingOnce(testbed, at)), document).ok]).toEqual([
          key,
          false,
        ]);
        expect([key, ways()]).toEqual([key, ['fe80::1 dev eth0', 'fe80::2 dev eth0']]);
        execNow(['ip', '-6', 'route', 'flush', 'default']);
        hearRouters(both);
      }
    } finally {
      testbed.close();
    }
  });

  it('with addresses of both families, routes and neighbours is the same after a failure at each step', () => {
    const testbed = openRealTestbed(createNft(process.env));
    try {
      furnish({ lines: RICH, settings: ['ipv4/conf/eth0/rp_filter 2'] });
      const [before, settings] = [dump('eth0'), settingsOf('eth0')];
      const captured = captureNetwork(testbed.kernel, 'bridge', { master: 'eth0', pools: NETWORK.pools });
      if (!captured.ok) throw new Error(renderFailure(captured.error));
      const document = documentOf([], captured.value);
      const planned = planNetworks(testbed.kernel, document);
      const steps = planned.ok ? planned.value.plan.steps : [];
      expect(steps.length).toBeGreaterThan(15);
      for (const [at, { key }] of steps.entries()) {
        const failed = ensureNetworks(sessionOn(testbed, failingOnce(testbed, at)), document);
        expect([key, failed]).toMatchObject([
          key,
          { ok: false, error: { message: 'made to fail by the test' } },
        ]);
        expect({ key, dump: dump('eth0'), settings: settingsOf('eth0') }).toEqual({
          key,
          dump: before,
          settings,
        });
      }
    } finally {
      testbed.close();
    }
  });
});
