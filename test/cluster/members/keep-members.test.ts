/** The agent's copy of pods, namespaces and policies, from a fake cluster to the file that a node reads. */
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSys } from '#sys';
import { afterEach, describe, expect, it } from 'vitest';
import type { ApiObject } from '../../../reconciler/cluster/api/objects.ts';
import { NAMESPACES, NETWORK_POLICIES, PODS } from '../../../reconciler/cluster/api/resources.ts';
import { keepMembers } from '../../../reconciler/cluster/members/keep-members.ts';
import type { PolicyCopy } from '../../../reconciler/cluster/members/policy-copy.ts';
import { appendMembers, readMembers, writeMembers } from '../../../reconciler/document/members-file.ts';
import { must } from '../../support/must.ts';
import { FakeCluster } from '../fake/cluster.ts';
import { inProcess } from '../fake/in-process.ts';
import { adminOf } from '../fake/vnet-cluster.ts';
import { settle, VirtualClock } from '../virtual-clock.ts';

const ends: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

function pod(
  name: string,
  ip: string | undefined,
  more: { readonly node?: string; readonly phase?: string } = {},
): ApiObject {
  const containers = [{ name: 'main', ports: [{ name: 'web', containerPort: 8080 }, { containerPort: 1 }] }];
  return {
    metadata: { namespace: 'shop', name, labels: { app: name } },
    spec: { nodeName: more.node ?? 'node-2', containers },
    status: { phase: more.phase ?? 'Running', ...(ip === undefined ? {} : { podIP: ip, podIPs: [{ ip }] }) },
  };
}

async function open() {
  const clock = new VirtualClock();
  const cluster = new FakeCluster(
    [{ resource: PODS, hasStatus: false }, { resource: NAMESPACES }, { resource: NETWORK_POLICIES }],
    clock,
  );
  const admin = adminOf(cluster);
  const network = { isDown: false, isSilent: false };
  const directory = mkdtempSync(join(tmpdir(), 'vnet-keep-'));
  ends.push(() => rmSync(directory, { recursive: true }));
  const files = { sys: createSys(), directory };
  const written: string[] = [];
  const logged: string[] = [];
  const followed: number[] = [];
  let isEnforcing = true;
  let copy = (): PolicyCopy => ({ kind: 'off' });
  const start = async (): Promise<() => Promise<void>> => {
    const controller = new AbortController();
    const store: Parameters<typeof keepMembers>[0]['store'] = {
      write: (whole) => {
        written.push('whole');
        return writeMembers(files, whole);
      },
      append: (change) => {
        written.push(JSON.stringify(change));
        return appendMembers(files, change);
      },
    };
    const ports = {
      transport: inProcess(cluster, network, 'agent'),
      clock,
      store,
      log: (text: string) => void logged.push(text),
      worked: () => undefined,
      followed: () => void followed.push(clock.nowMs()),
      time: () => new Date(clock.nowMs()).toISOString(),
      opened: (asked: () => PolicyCopy) => {
        copy = asked;
      },
    };
    const node = { name: 'node-1', isEnforcing: () => isEnforcing, pollMs: 2000 };
    const running = keepMembers(ports, node, controller.signal);
    await pass(clock);
    const stop = async (): Promise<void> => {
      controller.abort();
      await running;
    };
    ends.push(stop);
    return stop;
  };
  const members = () => must(readMembers(files));
  const enforce = (value: boolean): void => {
    isEnforcing = value;
  };
  return {
    clock,
    cluster,
    admin,
    network,
    directory,
    written,
    logged,
    followed,
    start,
    members,
    enforce,
    copy: () => copy(),
  };
}

/** Lets pending work finish, and some milliseconds pass. */
async function pass(clock: VirtualClock, ms = 10): Promise<void> {
  await settle();
  await clock.advance(ms);
  await settle();
}

describe('the members of a node', () => {
  it('are the pods, namespaces and policies of the cluster', async () => {
    const { admin, start, members } = await open();
    must(await admin.create(NAMESPACES, { metadata: { name: 'shop', labels: { team: 'red' } } }));
    must(await admin.create(PODS, pod('one', '10.0.0.1')));
    must(await admin.create(PODS, pod('ended', '10.0.0.2', { phase: 'Succeeded' })));
    must(await admin.create(PODS, { ...pod('host', '10.9.0.1'), spec: { hostNetwork: true } }));
    must(await admin.create(PODS, pod('coming', undefined, { node: 'node-1' })));
    const spec = { podSelector: { matchLabels: { app: 'one' } }, ingress: [{}] };
    must(await admin.create(NETWORK_POLICIES, { metadata: { namespace: 'shop', name: 'p' }, spec }));
    await start();
    const ports = [{ name: 'web', port: 8080, protocol: 'TCP' }];
    const common = { namespace: 'shop', ports };
    expect(members()).toEqual({
      policies: { 'shop/p': spec },
      namespaces: new Map([['shop', { team: 'red' }]]),
      pods: [
        { ...common, name: 'coming', labels: { app: 'coming' }, addresses: [], isExpected: true },
        { ...common, name: 'one', labels: { app: 'one' }, addresses: ['10.0.0.1'] },
      ],
    });
  });

  it('follow the lives of pods: an address, new labels, an end, and the next pod at the address', async () => {
    const { admin, clock, start, members } = await open();
    const kubelet = { manager: 'kubelet', isForced: true } as const;
    const seen = (): readonly string[] =>
      (members()?.pods ?? []).map(
        ({ name, labels, addresses }) => `${name} ${Object.values(labels ?? {}).join()} ${addresses.join()}`,
      );
    must(await admin.create(PODS, pod('job', undefined, { phase: 'Pending' })));
    must(await admin.create(PODS, { ...pod('host', '10.9.0.1'), spec: { hostNetwork: true } }));
    await start();
    expect(seen()).toEqual(['job job ']);
    must(await admin.apply(PODS, pod('job', '10.0.0.1'), kubelet));
    await pass(clock);
    expect(seen()).toEqual(['job job 10.0.0.1']);
    const relabelled = pod('job', '10.0.0.1');
    const metadata = { ...relabelled.metadata, labels: { app: 'batch' } };
    must(await admin.apply(PODS, { ...relabelled, metadata }, kubelet));
    await pass(clock);
    expect(seen()).toEqual(['job batch 10.0.0.1']);
    // It remains in the cluster, with its last address.
    must(await admin.apply(PODS, pod('job', '10.0.0.1', { phase: 'Succeeded' }), kubelet));
    must(await admin.create(PODS, pod('next', '10.0.0.1')));
    await pass(clock);
    expect(seen()).toEqual(['next next 10.0.0.1']);
    must(await admin.apply(PODS, pod('next', '10.0.0.1', { phase: 'Failed' }), kubelet));
    await pass(clock);
    expect(seen()).toEqual([]);
  });

  it('change by a line at once, by one line for what comes soon after it, and not again', async () => {
    const { admin, clock, start, members, written } = await open();
    must(await admin.create(PODS, pod('one', '10.0.0.1')));
    must(await admin.create(PODS, pod('two', '10.0.0.2')));
    await start();
    expect(written).toEqual(['whole']);
    const before = members();
    must(await admin.apply(PODS, pod('one', '10.0.0.7'), { manager: 'kubelet', isForced: true }));
    await settle();
    expect(written).toHaveLength(2);
    must(await admin.delete(PODS, { namespace: 'shop', name: 'two' }));
    must(await admin.create(PODS, pod('three', '10.0.0.3')));
    await pass(clock);
    expect(written).toHaveLength(3);
    expect(JSON.parse(written[1] ?? '')).toMatchObject({
      pods: [{ name: 'one', addresses: ['10.0.0.7'] }],
    });
    expect(JSON.parse(written[2] ?? '')).toMatchObject({ pods: [{ name: 'three' }], gone: ['shop/two'] });
    expect(members()?.pods.map(({ addresses }) => addresses)).toEqual([['10.0.0.7'], ['10.0.0.3']]);
    expect(members()?.policies).toBe(before?.policies);
    await pass(clock, 60_000);
    expect(written).toHaveLength(3);
  });

  it('stay when the cluster is away, forbids, or was never reached', async () => {
    const { admin, clock, start, members, network, directory, written } = await open();
    must(await admin.create(PODS, pod('one', '10.0.0.1')));
    const stop = await start();
    await stop();
    const before = readFileSync(join(directory, 'policy.json'), 'utf8');
    network.isDown = true;
    await start();
    await pass(clock, 120_000);
    expect(readFileSync(join(directory, 'policy.json'), 'utf8')).toBe(before);
    expect(members()?.pods).toHaveLength(1);
    expect(written).toEqual(['whole']);
    network.isDown = false;
    must(await admin.create(PODS, pod('two', '10.0.0.2')));
    await pass(clock, 120_000);
    expect(members()?.pods).toHaveLength(2);
  });

  it('are written whole again after a write that failed', async () => {
    const { admin, clock, start, members, directory, logged } = await open();
    await start();
    rmSync(join(directory, 'policy.json'));
    must(await admin.create(PODS, pod('one', '10.0.0.1')));
    await pass(clock, 5000);
    expect(members()?.pods).toHaveLength(1);
    expect(logged.join()).toContain('policy.json');
    // A line that was cut off by a kill is no change, and the next agent writes the whole.
    appendFileSync(join(directory, 'policy.json'), '{"gone":["shop/one"]');
    expect(members()?.pods).toHaveLength(1);
  });

  it('say that they are behind when the server has not answered for a minute, and since when', async () => {
    const { clock, cluster, start, network, copy } = await open();
    expect(copy()).toEqual({ kind: 'off' });
    network.isDown = true;
    await start();
    expect(copy()).toEqual({ kind: 'reading' });
    await pass(clock, 120_000);
    expect(copy()).toEqual({ kind: 'behind', policies: 0, asOf: undefined });
    network.isDown = false;
    await pass(clock, 60_000);
    expect(copy()).toEqual({ kind: 'current', policies: 0 });
    // The server ends its watches every few minutes: that is not being away.
    for (let minute = 0; minute < 30; minute += 1) {
      await pass(clock, 60_000);
      expect(copy().kind).toBe('current');
    }
    network.isDown = true;
    cluster.endWatches();
    await pass(clock, 30_000);
    expect(copy().kind).toBe('current');
    const before = clock.nowMs();
    await pass(clock, 60_000);
    const seen = copy();
    expect(seen.kind).toBe('behind');
    expect(seen.kind === 'behind' && Date.parse(seen.asOf ?? '')).toBeLessThan(before);
    network.isDown = false;
    await pass(clock, 60_000);
    expect(copy()).toEqual({ kind: 'current', policies: 0 });
  });

  it('are current at the times that the agent records, and at none while the server does not answer', async () => {
    const { clock, cluster, start, network, followed } = await open();
    network.isDown = true;
    await start();
    await pass(clock, 60_000);
    expect(followed).toEqual([]);
    network.isDown = false;
    await pass(clock, 120_000);
    const [first = 0, ...later] = followed;
    expect(later.map((at, index) => at - (later[index - 1] ?? first))).toEqual(later.map(() => 15_000));
    expect(later.length).toBeGreaterThan(2);
    network.isDown = true;
    cluster.endWatches();
    await pass(clock, 16_000);
    const before = followed.length;
    await pass(clock, 120_000);
    expect(followed).toHaveLength(before);
  });

  it('have the time at which the agent received the first change of a line', async () => {
    const { admin, clock, start, written } = await open();
    await start();
    await pass(clock, 5000);
    const before = clock.nowMs();
    must(await admin.create(PODS, pod('one', '10.0.0.1')));
    await pass(clock, 1000);
    const { changedMs }: { changedMs?: number } = JSON.parse(written[1] ?? '{}');
    expect(changedMs).toBeGreaterThanOrEqual(before);
    expect(changedMs).toBeLessThan(before + 1000);
  });

  it('are followed only by a node that enforces policies', async () => {
    const { admin, clock, cluster, start, members, enforce } = await open();
    enforce(false);
    must(await admin.create(PODS, pod('one', '10.0.0.1')));
    await start();
    await pass(clock, 60_000);
    expect(members()).toBeUndefined();
    expect(cluster.requests.filter(({ token }) => token === 'agent')).toEqual([]);
    enforce(true);
    await pass(clock, 3000);
    expect(members()?.pods).toHaveLength(1);
  });
});
