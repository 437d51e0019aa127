import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSys } from '#sys';
import type { Output } from '../../reconciler/app/output.ts';
import { fleet, type FleetChoice } from '../../reconciler/cli/verbs/cluster/fleet-actions.ts';
import type { VerbContext } from '../../reconciler/cli/verb.ts';
import type { ApiClient } from '../../reconciler/cluster/api/client.ts';
import { createApiClock } from '../../reconciler/cluster/api/clock.ts';
import { NETWORK_ROLLOUTS, NODE_NETWORKS } from '../../reconciler/cluster/custom-resources.ts';
import { must } from '../support/must.ts';
import { serveFake, type FakeServer } from './fake/http.ts';
import { addRevision, adminOf, openVnetCluster, want } from './fake/vnet-cluster.ts';

let server: FakeServer;
let folder: string;
let admin: ApiClient;
beforeEach(async () => {
  const cluster = openVnetCluster(createApiClock());
  server = await serveFake(cluster);
  admin = adminOf(cluster);
  folder = mkdtempSync(join(tmpdir(), 'vnet-fleet-'));
  const config = {
    'current-context': 'lab',
    contexts: [{ name: 'lab', context: { cluster: 'lab', user: 'me' } }],
    clusters: [{ name: 'lab', cluster: { server: server.url } }],
    users: [{ name: 'me', user: {} }],
  };
  writeFileSync(join(folder, 'config'), JSON.stringify(config));
});
afterEach(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

/** Runs `vnet fleet`; returns its exit code, or the code of the failure, and what it printed. */
async function run(choice: Partial<FleetChoice> & Pick<FleetChoice, 'action'>) {
  const printed: string[] = [];
  const output: Output = {
    print: (text) => void printed.push(text),
    warn: () => undefined,
    paint: (_, text) => text,
  };
  const environment = { KUBECONFIG: join(folder, 'config') };
  const context = { sys: createSys(), environment, who: 'vnet fleet', output } as unknown as VerbContext;
  const nothing = { name: undefined, other: undefined, kubeconfig: undefined, format: 'text' } as const;
  const done = await fleet(context, { ...nothing, ...choice });
  const code = done.ok ? done.value : 'code' in done.error && done.error.code;
  return { code, text: printed.join('\n') };
}

async function addNode(name: string, free: number, reason: string): Promise<void> {
  await want(admin, name, { desiredRevision: 'v8' });
  const is = (status: 'True' | 'False') => ({ status, reason, message: 'text', lastTransitionTime: '' });
  const conditions = [
    { type: 'Ready', ...is('True') },
    { type: 'Converged', ...is('False') },
    { type: 'Applied', ...is('False') },
  ];
  const status = {
    addresses: { free, capacity: 30 },
    revision: { confirmed: 'v7' },
    drift: { count: 0 },
    conditions,
  };
  const options = { manager: 'vnet-agent', subresource: 'status' } as const;
  must(await admin.apply(NODE_NETWORKS, { metadata: { name }, status }, options));
}

describe('vnet fleet', () => {
  it('lists nodes, one node, and values for programs', async () => {
    await addNode('node-b', 7, 'LocallyEdited');
    await addNode('node-a', 30, 'RevisionPending');
    const all = await run({ action: 'nodes' });
    expect(all.text.split('\n').map((line) => line.split(/\s{2,}/))).toEqual([
      ['NODE', 'DESIRED', 'CONFIRMED', 'READY', 'CONVERGED', 'FREE', 'CAPACITY', 'DRIFT'],
      ['node-a', 'v8', 'v7', 'True', 'False (RevisionPending)', '30', '30', '0'],
      ['node-b', 'v8', 'v7', 'True', 'False (LocallyEdited)', '7', '30', '0'],
    ]);
    const one = await run({ action: 'nodes', name: 'node-b', format: 'json' });
    expect(JSON.parse(one.text)).toMatchObject([{ name: 'node-b', status: { addresses: { free: 7 } } }]);
    expect((await run({ action: 'nodes', name: 'node-c' })).code).toBe('not-found');
  });

  it('shows a rollout with the nodes that failed, pauses and resumes it', async () => {
    must(await admin.create(NETWORK_ROLLOUTS, { metadata: { name: 'r' }, spec: { revision: 'v8' } }));
    await addNode('node-a', 30, 'Refused');
    const status = {
      phase: 'Halted',
      step: 2,
      nodes: { total: 2, failed: 1 },
      halted: { reason: 'Refused', node: 'node-a' },
    };
    const options = { manager: 'vnet-controller', subresource: 'status' } as const;
    must(await admin.apply(NETWORK_ROLLOUTS, { metadata: { name: 'r' }, status }, options));
    expect((await run({ action: 'status', name: 'r' })).text).toBe(
      [
        'r: revision v8, Halted, step 2; node-a: Refused',
        '  2 total, 1 failed',
        '  node-a: Refused: text',
      ].join('\n'),
    );
    expect((await run({ action: 'pause', name: 'r' })).code).toBe(0);
    expect(must(await admin.get(NETWORK_ROLLOUTS, { name: 'r' }))['spec']).toEqual({
      revision: 'v8',
      paused: true,
    });
    expect((await run({ action: 'resume', name: 'r' })).code).toBe(0);
    expect(must(await admin.get(NETWORK_ROLLOUTS, { name: 'r' }))['spec']).toEqual({
      revision: 'v8',
      paused: false,
    });
    expect((await run({ action: 'pause', name: 'gone' })).code).toBe('not-found');
    expect((await run({ action: 'history' })).text).toContain('Halted');
  });

  it('shows the fields that differ between two revisions', async () => {
    await addRevision(admin, 'v7', { networks: { azure: { bridge: { mtu: 1500 } } } });
    await addRevision(admin, 'v8', { networks: { azure: { bridge: { mtu: 1400, hairpin: true } } } });
    const differing = await run({ action: 'diff', name: 'v7', other: 'v8' });
    expect(differing).toEqual({
      code: 2,
      text: 'networks.azure.bridge.hairpin: - → true\nnetworks.azure.bridge.mtu: 1500 → 1400',
    });
    expect(await run({ action: 'diff', name: 'v7', other: 'v7' })).toEqual({
      code: 0,
      text: 'no differences',
    });
    expect((await run({ action: 'diff', name: 'v7', other: 'v9' })).code).toBe('not-found');
  });
});
