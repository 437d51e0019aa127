/** Upgrade from the executables of version 0.1.0 and back, under attached pods. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { reaches } from '../lab/ping.ts';
import { type LiveWatch, startWatch } from '../node/live-watch.ts';
import { BIN, contradictions, hasLiveNodes, type LiveNode, makeLiveNode } from '../plugin/live-node.ts';
import type { Netns } from '../support/netns.ts';
import { isSkipped } from '../support/skip.ts';
import { oldBuild, whyNoOldBuild } from './old-build.ts';

const reason = hasLiveNodes ? whyNoOldBuild() : 'no private namespaces here';
const isMissing = isSkipped('upgrade from the executables of version 0.1.0', reason);
const GATEWAY = '10.240.0.1';
const BUILDS = { old: oldBuild(), new: BIN } as const;
const BOTH = ['vnet', 'azure-vnet'] as const;

describe.skipIf(isMissing)('a node with the executables of version 0.1.0', () => {
  let node: LiveNode;
  let folder: string;
  let watch: LiveWatch | undefined;
  beforeEach(() => {
    node = makeLiveNode();
    folder = mkdtempSync(join(BIN, '../upgrade-'));
    place('old', BOTH);
  });
  afterEach(async () => {
    await watch?.end('SIGKILL');
    watch = undefined;
    node.remove();
    rmSync(folder, { recursive: true });
  });

  /** Complete by rename, as `vnet upgrade` does. */
  const place = (build: keyof typeof BUILDS, names: readonly string[]): void => {
    for (const name of names) {
      copyFileSync(join(BUILDS[build], name), join(folder, `.${name}`));
      renameSync(join(folder, `.${name}`), join(folder, name));
    }
  };
  const start = async (): Promise<void> => {
    await watch?.end('SIGTERM');
    watch = await startWatch({ ...node, program: join(folder, 'vnet') });
  };
  const call = (verb: string, pod: Netns) => node.call({ verb, pod, file: join(folder, 'azure-vnet') });
  const attach = async (): Promise<Netns> => {
    const pod = node.addPod();
    expect(await call('ADD', pod)).toMatchObject({ code: 0, stderr: '' });
    return pod;
  };
  const detach = async (pod: Netns): Promise<void> =>
    expect(await call('DEL', pod)).toMatchObject({ code: 0, stderr: '' });
  const expectWhole = (pods: readonly Netns[]): void => {
    expect(contradictions(node)).toEqual([]);
    expect(Object.keys(node.document()?.endpoints ?? {})).toHaveLength(pods.length);
    expect(pods.filter((pod) => !reaches(pod, GATEWAY))).toEqual([]);
    const env = { VNET_ROOT: node.root, VNET_NODE: 'node-1' };
    const preview = node.netns.execNow([join(folder, 'vnet'), 'reconcile', '--dry-run'], { env });
    expect([preview.code, preview.code === 0 ? '' : preview.stdout]).toEqual([0, '']);
  };

  it('is upgraded and downgraded, one executable at a time, with all pods', async () => {
    const pods = [await attach()];
    await start();
    pods.push(await attach());
    // A new shim beside the old program and its server; then the new program, which the old server does not answer for.
    place('new', ['azure-vnet']);
    pods.push(await attach());
    place('new', ['vnet']);
    pods.push(await attach());
    const before = node.document()?.endpoints;
    await start();
    expect(node.document()?.endpoints).toEqual(before);
    expectWhole(pods);
    // An old shim beside the new program and its server.
    place('old', ['azure-vnet']);
    pods.push(await attach());
    await detach(pods.shift() ?? node.addPod());
    place('new', ['azure-vnet']);
    pods.push(await attach());
    expectWhole(pods);
    // Downgrade: the new server serves until the old one is started.
    place('old', BOTH);
    pods.push(await attach());
    await start();
    pods.push(await attach());
    expectWhole(pods);
    for (const pod of pods.splice(0)) await detach(pod);
    expectWhole([]);
    expect(node.veths()).toEqual([]);
  });

  it.each([
    ['the document', 'var/lib/vnet/vnet.yaml'],
    ['the journal of the takeover', 'run/vnet/takeover.journal'],
  ])('has its first ADD, killed when it had written %s, finished by the new build', async (_what, file) => {
    const pod = node.addPod();
    const { options } = node.command({ verb: 'ADD', pod, env: { VNET_DIRECT: '1' } });
    const argv = [`--net=${node.netns.path}`, '--', join(folder, 'azure-vnet')];
    const env = { ...process.env, ...options.env };
    const child = spawn('nsenter', argv, { env, stdio: ['pipe', 'ignore', 'ignore'] });
    child.stdin.end(options.input);
    const path = join(node.root, file);
    while (!existsSync(path) && child.exitCode === null) await delay(1);
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'close');
    expect([child.signalCode, existsSync(path)]).toEqual(['SIGKILL', true]);
    place('new', BOTH);
    await start();
    expect(await call('ADD', pod)).toMatchObject({ code: 0, stderr: '' });
    expectWhole([pod]);
  });
});
