import { once } from 'node:events';
import type { ChildProcess } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildClientLab, type ClientLab, HOST } from './client-lab.ts';
import { criOf, importImage, startContainerd, whyNotContainerd } from './containerd.ts';
import type { PodSpec } from './cri.ts';
import { BRIDGE_MODE, LAB_MODES } from '../lab/modes.ts';
import { isLong } from '../support/long.ts';

const reason = whyNotContainerd();
if (reason !== undefined) console.log(`containerd is not tried: ${reason}`);

/** In the long form, every mode. */
const MODES = isLong ? LAB_MODES : [BRIDGE_MODE];

describe.skipIf(reason !== undefined).each(MODES)('containerd, mode $name', (mode) => {
  let lab: ClientLab;
  let daemon: ChildProcess;
  let first = '';
  const cri = () => criOf(lab);
  const pod = (name: string, more: Partial<PodSpec> = {}): PodSpec => ({
    name,
    attempt: 0,
    cgroup: `/${lab.cgroup}`,
    ...more,
  });
  const web = { ports: [{ hostPort: 8080, containerPort: 80 }] };
  const calls = () => lab.recorder.take('azure-vnet');

  beforeAll(async () => {
    lab = await buildClientLab('1.0.0', mode);
    daemon = await startContainerd(lab);
    await importImage(lab);
  });
  afterAll(() => lab.remove());

  it('calls only ADD, with the name of the pod; the pod is reachable from another node', async () => {
    first = await cri().runPod(pod('web', web));
    const [add, ...more] = calls();
    expect(more).toEqual([]);
    expect(add).toMatchObject({ verb: 'ADD', code: 0, env: { CNI_CONTAINERID: first } });
    expect(add?.env['CNI_NETNS']).toMatch(/^\/var\/run\/netns\/cni-[0-9a-f-]{36}$/);
    expect(add?.env['CNI_ARGS']?.split(';').toSorted()).toEqual([
      'IgnoreUnknown=1',
      `K8S_POD_INFRA_CONTAINER_ID=${first}`,
      'K8S_POD_NAME=web',
      'K8S_POD_NAMESPACE=shop',
      'K8S_POD_UID=uid-web',
    ]);
    expect(await cri().addressOf(first)).toBe(lab.first.replace(/\/.*/, ''));
    expect(Object.values(lab.document().endpoints ?? {})).toMatchObject([{ pod: 'shop/web' }]);
    expect(await lab.pageFromOther(lab.first.replace(/\/.*/, ''), 80)).toBe('hello');
  });

  it('publishes a port, which another node reaches; its keys have capitals', async () => {
    expect(await lab.pageFromOther(HOST, 8080)).toBe('hello');
    const side = await cri().runPod(pod('side', { ports: [{ hostPort: 8081, containerPort: 80 }] }));
    const mappings = lab.recorder.take('portmap').at(-1)?.input['runtimeConfig'];
    expect(mappings).toMatchObject({
      portMappings: [{ HostPort: 8081, ContainerPort: 80, Protocol: 'tcp' }],
    });
    await cri().stopPod(side);
    await cri().removePod(side);
    expect(lab.addresses()).toEqual([lab.first.replace(/\/.*/, '')]);
  });

  it('is restarted under its pods without a call', async () => {
    calls();
    daemon.kill('SIGTERM');
    await once(daemon, 'exit');
    daemon = await startContainerd(lab);
    expect(await cri().addressOf(first)).toBe(lab.first.replace(/\/.*/, ''));
    expect(calls()).toEqual([]);
    expect(await lab.pageFromOther(HOST, 8080)).toBe('hello');
  });

  it('ends every pod with two DELs: with namespace and result, then with neither', async () => {
    await cri().stopPod(first);
    await cri().removePod(first);
    const seen = calls();
    expect(seen.map(({ verb, code }) => [verb, code])).toEqual([
      ['DEL', 0],
      ['DEL', 0],
    ]);
    expect(seen.map(({ env }) => env['CNI_NETNS'] === '')).toEqual([false, true]);
    expect(seen.map(({ input }) => 'prevResult' in input)).toEqual([true, false]);
    expect(lab.addresses()).toEqual([]);
    expect(await lab.veths()).toEqual([]);
  });

  it('a new sandbox of the same pod keeps its address when the old one is deleted late', async () => {
    const old = await cri().runPod(pod('late', web));
    await cri().stopPod(old);
    const renewed = await cri().runPod(pod('late', { ...web, attempt: 1 }));
    const address = await cri().addressOf(renewed);
    await cri().removePod(old);
    expect(lab.addresses()).toEqual([address]);
    expect(await lab.pageFromOther(HOST, 8080)).toBe('hello');
    first = renewed;
  });

  it('has one engine for many concurrent pods, which holds none of its pipes and serves the next ones', async () => {
    calls();
    const pods = await Promise.all(
      Array.from({ length: 12 }, (_, index) => cri().runPod(pod(`burst-${index}`))),
    );
    expect(calls().map(({ verb, code }) => `${verb} ${code}`)).toEqual(pods.map(() => 'ADD 0'));
    const addresses = await Promise.all(pods.map((id) => cri().addressOf(id)));
    expect(new Set(addresses).size).toBe(12);
    const servers = await lab.machine.must('pgrep', '--full', '--exact', 'vnet serve');
    expect(servers.trim()).toMatch(/^\d+$/);
    const ends = [0, 1, 2].map((fd) => `/proc/${servers.trim()}/fd/${fd}`);
    expect((await lab.machine.must('readlink', ...ends)).trim()).toBe('/dev/null\n/dev/null\n/dev/null');
    await Promise.all(
      pods.map((id) =>
        cri()
          .stopPod(id)
          .then(() => cri().removePod(id)),
      ),
    );
    expect(calls().map(({ code }) => code)).toEqual(pods.flatMap(() => [0, 0]));
    expect(await lab.machine.must('pgrep', '--full', '--exact', 'vnet serve')).toBe(servers);
    expect(lab.addresses()).toEqual([await cri().addressOf(first)]);
  });

  it('after a reboot deletes the old sandbox without a namespace, twice, and starts a new one', async () => {
    calls();
    await lab.reboot();
    daemon = await startContainerd(lab);
    await cri().stopPod(first);
    const renewed = await cri().runPod(pod('late', { ...web, attempt: 2 }));
    await cri().removePod(first);
    const seen = calls();
    expect(seen.map(({ verb, code }) => [verb, code])).toEqual([
      ['DEL', 0],
      ['ADD', 0],
      ['DEL', 0],
    ]);
    expect(seen.map(({ env }) => env['CNI_NETNS'] === '')).toEqual([true, false, true]);
    expect(lab.addresses()).toEqual([await cri().addressOf(renewed)]);
    expect(await lab.pageFromOther(HOST, 8080)).toBe('hello');
    await cri().stopPod(renewed);
    await cri().removePod(renewed);
    expect(lab.addresses()).toEqual([]);
    expect(await lab.veths()).toEqual([]);
  });
});
