import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildClientLab, type ClientLab, HOST } from './client-lab.ts';
import { BIN } from '../plugin/live-node.ts';
import { LAB_MODES, TRANSPARENT_MODE } from '../lab/modes.ts';
import { isLong } from '../support/long.ts';
import { whyNotPodman } from './machine.ts';
import { openPodman, type Podman } from './podman.ts';
import type { Recorded } from './recorder.ts';

const reason = whyNotPodman();
if (reason !== undefined) console.log(`podman is not tried: ${reason}`);

/** In the long form, every mode. */
const MODES = isLong ? LAB_MODES : [TRANSPARENT_MODE];

describe.skipIf(reason !== undefined).each(MODES)('podman, mode $name', (mode) => {
  let lab: ClientLab;
  let opened: Podman;
  const podman: Podman['run'] = (...args) => opened.run(...args);
  const run: Podman['start'] = (...args) => opened.start(...args);
  const calls = (): readonly Recorded[] => lab.recorder.take('azure-vnet');

  beforeAll(async () => {
    lab = await buildClientLab('1.0.0', mode);
    opened = openPodman(lab);
  });
  afterAll(() => lab.remove());

  it('calls VERSION with dummies and without a name, then ADD without a namespace of Kubernetes', async () => {
    const id = await run('web', '--publish', '8080:80');
    const [version, add, ...more] = calls();
    expect(version).toMatchObject({
      verb: 'VERSION',
      code: 0,
      env: { CNI_NETNS: 'dummy', CNI_IFNAME: 'dummy', CNI_PATH: 'dummy', CNI_CONTAINERID: '' },
      input: { cniVersion: '1.0.0' },
    });
    expect(version?.input).not.toHaveProperty('name');
    expect(add).toMatchObject({ verb: 'ADD', code: 0, env: { CNI_CONTAINERID: id, CNI_IFNAME: 'eth0' } });
    expect(add?.env['CNI_ARGS']?.split(';').toSorted()).toEqual(['IgnoreUnknown=1', 'K8S_POD_NAME=web']);
    expect(more).toEqual([]);
    // There is no resident process: the ADD has started a temporary server, for which podman does not wait.
    expect((await lab.machine.must('pgrep', '--full', '--exact', 'vnet serve')).trim()).toMatch(/^\d+$/);
    expect(lab.addresses()).toEqual([lab.first.replace(/\/.*/, '')]);
    expect(await podman('exec', 'web', 'ip', '-o', '-4', 'addr', 'show', 'eth0')).toContain(lab.first);
  });

  it('has its container reached from another node, by its own address and by a published port', async () => {
    expect(await lab.pageFromOther(lab.first.replace(/\/.*/, ''), 80)).toBe('I am web');
    expect(await lab.pageFromOther(HOST, 8080)).toBe('I am web');
  });

  it('restarts a container: DEL with the result of ADD, then ADD in a new namespace', async () => {
    await podman('restart', '--time', '2', 'web');
    const seen = calls().filter(({ verb }) => verb !== 'VERSION');
    expect(seen.map(({ verb, code }) => [verb, code])).toEqual([
      ['DEL', 0],
      ['ADD', 0],
    ]);
    expect(seen[0]?.input).toMatchObject({ prevResult: { ips: [{ address: lab.first }] } });
    expect(seen[1]?.env['CNI_NETNS']).not.toBe(seen[0]?.env['CNI_NETNS']);
    expect(lab.addresses()).toHaveLength(1);
    expect(await lab.veths()).toHaveLength(1);
    expect(await lab.pageFromOther(HOST, 8080)).toBe('I am web');
  });

  it('detaches and attaches a running container (network reload, disconnect, connect)', async () => {
    await run('side');
    const before = lab.addresses();
    calls();
    await podman('network', 'reload', 'side');
    const reload = calls().filter(({ verb }) => verb !== 'VERSION');
    expect(reload.map(({ verb, code }) => [verb, code])).toEqual([
      ['DEL', 0],
      ['ADD', 0],
    ]);
    expect(reload[1]?.env['CNI_ARGS']).toMatch(/;MAC=[0-9a-f:]{17}/);
    expect(lab.addresses().toSorted()).toEqual(before.toSorted());
    await podman('network', 'disconnect', 'azure', 'side');
    expect(lab.addresses()).toHaveLength(1);
    await podman('network', 'connect', 'azure', 'side');
    expect(lab.addresses()).toHaveLength(2);
    expect(calls().filter(({ code }) => code !== 0)).toEqual([]);
  });

  it('starts a container after a reboot with an ADD of the same id, and no DEL before it', async () => {
    const [was] = Object.keys(lab.document().endpoints ?? {}).filter((id) => id.includes('/'));
    calls();
    await lab.reboot();
    await podman('start', 'web');
    const seen = calls().filter(({ verb }) => verb !== 'VERSION');
    expect(seen.map(({ verb, code }) => [verb, code])).toEqual([['ADD', 0]]);
    expect(was).toContain(seen[0]?.env['CNI_CONTAINERID']);
    expect(await lab.veths()).toHaveLength(1);
    expect(await lab.pageFromOther(HOST, 8080)).toBe('I am web');
  });

  it('sends no DEL for a pod that was not restarted; reconcile releases its address', async () => {
    await podman('rm', '--force', '--time', '1', 'web', 'side');
    const deleted = calls().filter(({ verb }) => verb === 'DEL');
    expect(new Set(deleted.map(({ env: { CNI_CONTAINERID: id } }) => id)).size).toBe(1);
    expect(lab.addresses()).toHaveLength(1);
    await lab.machine.must(join(BIN, 'vnet'), 'reconcile');
    expect(lab.addresses()).toEqual([]);
    expect(await lab.veths()).toEqual([]);
    expect(await lab.isSilentToOther(HOST, 8080)).toBe(true);
  });
});
