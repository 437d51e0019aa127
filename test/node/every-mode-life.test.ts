/**
 * Every mode on a node: the loop, the commands, the verbs of CNI, kills and a reboot, on a real kernel and a fabric without
 * multicast: rows of docs/modes.md.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseSamples } from '../daemon/metrics/exposition.ts';
import { DUAL_NICS } from '../lab/fabric.ts';
import { answers, reaches } from '../lab/ping.ts';
import { BIN, containerOf } from '../plugin/live-node.ts';
import type { Outcome } from '../support/exec.ts';
import { isLong, longOr } from '../support/long.ts';
import { hasNamespaces } from '../support/namespaces.ts';
import { makeNetns, type Netns, uniqueName } from '../support/netns.ts';
import { scrapeSocket } from './live-metrics.ts';
import { type LiveWatch, startWatch } from './live-watch.ts';
import { MODE_CASES, modeConf } from './mode-cases.ts';
import { addressOf, type ModeNode } from './mode-nodes.ts';
import { useTwoNodes } from './two-nodes.ts';

const isBuilt = existsSync(join(BIN, 'vnet'));
const FAMILIES = [4, 6] as const;

type Explained = { readonly items: readonly { readonly item: string; readonly state: string }[] };

/** The modes through the fabric share their objects with the others: they are in the long form. */
const MODES = MODE_CASES.filter(({ mode }) => isLong || !mode.endsWith('tunnel'));

describe.skipIf(!hasNamespaces || !isBuilt).each(MODES)('mode $mode', (given) => {
  const { here, pod, far, run, dryRun } = useTwoNodes(modeConf(given), DUAL_NICS);
  const vnet = (...args: readonly string[]): Outcome => here().vnet(...args);
  const json = (...args: readonly string[]): string => vnet(...args, '-o', 'json').stdout;
  const isWhole = async (): Promise<boolean> => {
    const ways = FAMILIES.map((family) => answers(pod(0), addressOf(far(), family)));
    return dryRun() === '' && (await Promise.all(ways)).every(Boolean);
  };

  beforeAll(() => {
    for (const family of FAMILIES)
      for (const one of [pod(0), pod(1), far()]) reaches(one, addressOf(pod(0), family));
  });

  it('shows drift beforehand, in the pod that it is of, and repairs exactly that', async () => {
    const [id = ''] = Object.keys(here().document().endpoints ?? {});
    pod(0).mustExec('ip route del default'.split(' '));
    run(`nft delete table ${given.table} vnet`);
    const { drift }: { drift: readonly { key: string; pods: readonly string[] }[] } = JSON.parse(
      json('drift'),
    );
    const keys = drift.map(({ key }) => key);
    expect(keys).toEqual(
      expect.arrayContaining([`route default netns ${pod(0).path}`, `nft-table ${given.table} vnet`]),
    );
    const { steps }: { steps: readonly { key: string }[] } = JSON.parse(json('reconcile', '--dry-run'));
    expect(new Set(steps.map(({ key }) => key))).toEqual(new Set(keys));
    const { items }: Explained = JSON.parse(json('explain', addressOf(pod(0))));
    expect(items.filter(({ state }) => state !== 'ok').map(({ item }) => item)).toEqual(
      expect.arrayContaining([expect.stringMatching(/default/)]),
    );
    expect(vnet('graph').stdout).toContain(addressOf(pod(0)));
    expect(vnet('get', 'endpoints').stdout).toContain(pod(0).name);
    // The node of this test has no directory of CNI configurations.
    const found: readonly { readonly id: string; readonly level: string }[] = JSON.parse(
      vnet('doctor', '-o', 'json').stdout,
    );
    const problems = found.filter(({ level }) => level === 'problem').map(({ id: check }) => check);
    expect(problems).toEqual(['conflist', 'binaries']);
    expect(vnet('reconcile').code).toBe(0);
    expect(await isWhole()).toBe(true);
    expect(vnet('drift').code).toBe(0);
    const after: Explained = JSON.parse(json('explain', id));
    expect(after.items.filter(({ state }) => state !== 'ok')).toEqual([]);
  });

  it('answers CHECK, STATUS and GC, and keeps a history that can be rolled back', () => {
    const conf = { cniVersion: '1.1.0' };
    const prevResult: object = JSON.parse(here().call('ADD', pod(0), conf).stdout);
    expect(here().call('CHECK', pod(0), { ...conf, prevResult })).toMatchObject({ code: 0, stdout: '' });
    pod(0).mustExec('ip route del default'.split(' '));
    expect(JSON.parse(here().call('CHECK', pod(0), { ...conf, prevResult }).stdout)).toHaveProperty('code');
    expect(vnet('reconcile').code).toBe(0);
    expect(here().call('CHECK', pod(0), { ...conf, prevResult }).code).toBe(0);
    expect(here().call('STATUS', pod(0), conf)).toMatchObject({ code: 0, stdout: '' });
    const gone = here().addPod();
    const address = addressOf(gone);
    // A younger attachment is left alone.
    here().write(
      here()
        .text()
        .replaceAll(/added: "?20[-0-9T:.]*Z"?/g, 'added: "2020-01-01T00:00:00.000Z"'),
    );
    const valid = [pod(0), pod(1)].map((one) => ({ containerID: containerOf(one), ifname: 'eth0' }));
    expect(here().call('GC', gone, { ...conf, 'cni.dev/valid-attachments': valid }).code).toBe(0);
    expect(Object.keys(here().document().endpoints ?? {})).toHaveLength(2);
    expect(run('ip route; ip neigh; bridge fdb; nft list ruleset')).not.toContain(`${address} `);
    expect(vnet('history').stdout).toContain('GC');
    const { generation } = here().document().metadata;
    here().edit('        source: static\n', '        source: static\n        quarantineSeconds: 60\n');
    expect(vnet('reconcile').code).toBe(0);
    expect(vnet('rollback', String(generation)).code).toBe(0);
    expect(here().text()).not.toContain('quarantineSeconds: 60');
    expect(dryRun()).toBe('');
  });

  it('is repaired by the loop, which names the program, and by the next one after a kill -9: both families', async () => {
    const node = { netns: here().netns(), root: here().root, name: here().nic.node };
    const breakAll = (): void => {
      run(`nft delete table ${given.table} vnet`);
      for (const family of FAMILIES) {
        const address = addressOf(pod(0), family);
        run(`ip -${family} neigh flush nud permanent to ${address}`);
        pod(0).mustExec(['ip', `-${family}`, 'route', 'del', 'default']);
        if (given.table === 'inet') run(`ip -${family} route del ${address}`);
      }
    };
    const untilWhole = async (watch: LiveWatch): Promise<void> => {
      const end = Date.now() + 60_000;
      while (!(await isWhole()) && Date.now() < end) await pause(20);
      expect([dryRun(), await isWhole(), watch.stderr()]).toEqual(['', true, '']);
    };
    const socket = join(here().root, 'metrics.sock');
    const first = await startWatch(node, '--metrics', `unix:${socket}`);
    breakAll();
    await untilWhole(first);
    expect(first.events).toContainEqual(
      expect.objectContaining({
        type: 'Drift',
        key: `nft-table ${given.table} vnet`,
        by: expect.stringContaining('nft'),
      }),
    );
    const samples = parseSamples(await scrapeSocket(socket));
    expect(samples.get('vnet_endpoints{network="azure",state="ready"}')).toBe(2);
    expect(await first.end('SIGKILL')).toBe('SIGKILL');
    breakAll();
    expect(dryRun()).not.toBe('');
    const second = await startWatch(node);
    await untilWhole(second);
    expect(await second.end('SIGTERM')).toBe(0);
  });

  it('is whole after one reconcile when an ADD is killed at any moment: both families', async () => {
    for (const delayMs of KILLS_MS.slice(0, longOr(1, KILLS_MS.length))) {
      const killed = makeNetns(uniqueName('pod'));
      await killAdd(here(), modeConf(given)(here().nic), killed, delayMs);
      expect([delayMs, vnet('reconcile').code]).toEqual([delayMs, 0]);
      expect([delayMs, dryRun()]).toEqual([delayMs, '']);
      expect([delayMs, here().call('ADD', killed).code]).toEqual([delayMs, 0]);
      for (const family of FAMILIES)
        expect([delayMs, reaches(killed, addressOf(far(), family))]).toEqual([delayMs, true]);
      expect(here().call('DEL', killed).code).toBe(0);
      killed.remove();
    }
    for (const family of FAMILIES) expect(await answers(pod(1), addressOf(far(), family))).toBe(true);
  });

  it('is there again after a reboot, for new pods: both families', async () => {
    here().reboot();
    expect(vnet('reconcile').code).toBe(0);
    expect(here().document().endpoints ?? {}).toEqual({});
    const fresh = here().addPod();
    for (const family of FAMILIES) {
      expect(reaches(fresh, addressOf(far(), family))).toBe(true);
      expect(await answers(far(), addressOf(fresh, family))).toBe(true);
    }
    expect(dryRun()).toBe('');
  });

  it('gives the node back, or says that it has taken nothing over', () => {
    for (const one of here().pods()) expect(here().call('DEL', one).code).toBe(0);
    const released = vnet('release', 'azure');
    expect([released.code, run('ip -4 addr show dev eth0')]).toEqual([
      given.takesUplink ? 0 : 66,
      expect.stringContaining('10.240.0.35/16'),
    ]);
    expect(reaches(here().netns(), addressOf(far()))).toBe(true);
    expect(dryRun()).toBe('');
  });
});

/** Moments of a kill after the start of an ADD, the usual ones first. */
const KILLS_MS = [60, 20, 100, 40, 5, 10, 15, 30, 50, 70, 80, 90, 120, 150];

/** Ensures that the ADD, in a process of its own, was killed after the time or has ended. */
async function killAdd(node: ModeNode, conf: object, pod: Netns, delayMs: number): Promise<void> {
  const child = spawn('nsenter', [`--net=${node.netns().path}`, '--', join(BIN, 'azure-vnet')], {
    stdio: ['pipe', 'ignore', 'ignore'],
    env: {
      ...process.env,
      VNET_ROOT: node.root,
      VNET_NODE: node.nic.node,
      VNET_DIRECT: '1',
      CNI_COMMAND: 'ADD',
      CNI_CONTAINERID: containerOf(pod),
      CNI_NETNS: pod.path,
      CNI_IFNAME: 'eth0',
      CNI_PATH: BIN,
      CNI_ARGS: `IgnoreUnknown=1;K8S_POD_NAMESPACE=default;K8S_POD_NAME=${pod.name}`,
    },
  });
  const ended = new Promise((resolve) => child.once('close', resolve));
  child.stdin.on('error', () => undefined);
  child.stdin.end(
    JSON.stringify({ cniVersion: '1.0.0', name: 'azure', type: 'azure-vnet', master: 'eth0', ...conf }),
  );
  await pause(delayMs);
  child.kill('SIGKILL');
  await ended;
}
