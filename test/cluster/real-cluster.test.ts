/** The manifests, agents and a controller on a real kube-apiserver: roles, custom resources, rollouts over two nodes. */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSys } from '#sys';
import { SIMULATED_KERNELS } from '../../reconciler/app/kernel/simulated.ts';
import { resolvePaths } from '../../reconciler/app/paths.ts';
import { runAgent } from '../../reconciler/cluster/agent/agent.ts';
import type { AgentNode } from '../../reconciler/cluster/agent/agent-node.ts';
import { openLocalNode } from '../../reconciler/cluster/agent/local-node.ts';
import { type ApiClient, createApiClient } from '../../reconciler/cluster/api/client.ts';
import { createApiClock } from '../../reconciler/cluster/api/clock.ts';
import { openTransport } from '../../reconciler/cluster/api/https.ts';
import { EVENTS, NODES, PODS } from '../../reconciler/cluster/api/resources.ts';
import type { Transport } from '../../reconciler/cluster/api/transport.ts';
import { runController } from '../../reconciler/cluster/controller/controller.ts';
import { runAsLeader } from '../../reconciler/cluster/controller/leader.ts';
import {
  NETWORK_REVISIONS,
  NETWORK_ROLLOUTS,
  NODE_NETWORKS,
} from '../../reconciler/cluster/custom-resources.ts';
import { err, failure } from '../../reconciler/model/result.ts';
import { type CliNode, makeCliNode } from '../cli/simulated-node.ts';
import { SIMULATED_BIN } from '../plugin/live-node.ts';
import { execNow } from '../support/exec.ts';
import { must } from '../support/must.ts';
import { establish } from './contract/establish.ts';
import { follow } from './contract/follow.ts';
import { openRealServer, realServer, type RealServer } from './contract/real-server.ts';
import { conditionsOf, statusOf } from './fake/vnet-cluster.ts';
import { objectsOf, resourceOf } from './manifests.ts';

const MTU = (mtu: number) => ({ networks: { azure: { bridge: { mtu } } } });

describe.skipIf(realServer === undefined)('on a real API server', () => {
  let server: RealServer;
  let transport: Transport;
  let admin: ApiClient;
  const nodes = new Map<string, CliNode>();
  const stop = new AbortController();
  const running: Promise<unknown>[] = [];
  const logged: string[] = [];
  /** Nodes whose agents cannot confirm. */
  const cutOff = new Set<string>();

  beforeAll(async () => {
    server = await openRealServer();
    transport = openTransport(server.access, 'admin');
    admin = createApiClient(transport);
    for (const definition of objectsOf('crds')) must(await establish(admin, transport, definition));
    for (const object of objectsOf('rbac'))
      must(await admin.apply(resourceOf(object), object, { manager: 'admin' }));
  });
  afterAll(async () => {
    stop.abort();
    await Promise.all(running);
    transport.close();
    for (const node of nodes.values()) node.remove();
    await server.close();
  });

  const connect = (token: string) => {
    const own = openTransport(server.accessOf(token), 'vnet-test');
    const log = (text: string): void => void logged.push(text);
    return { transport: own, client: createApiClient(own), clock: createApiClock(), log };
  };

  async function startNode(name: string): Promise<void> {
    const cli = makeCliNode();
    nodes.set(name, cli);
    must(await admin.create(NODES, { metadata: { name } }));
    const environment = { VNET_ROOT: cli.root, VNET_NODE: 'node-1' };
    const place = {
      sys: createSys(),
      paths: resolvePaths({}, environment),
      environment,
      kernels: SIMULATED_KERNELS,
    };
    const arm = ({ started }: { started: string }): void =>
      void cli.start('revert', '--at-deadline', started);
    const local = must(await openLocalNode({ place, warn: () => undefined, arm, isStopped: () => false }));
    const node: AgentNode = {
      warmUp: () => local.warmUp(),
      observe: () => local.observe(),
      record: () => local.record(),
      keep: (record) => local.keep(record),
      apply: (request) => local.apply(request),
      change: (change) => local.change(change),
      withdraw: (attempt) => local.withdraw(attempt),
      ended: (attempt) => local.ended(attempt),
      confirm: (attempt) =>
        cutOff.has(name)
          ? Promise.resolve(err(failure('busy', 'confirm', 'cut off')))
          : local.confirm(attempt),
    };
    const time = (): string => new Date().toISOString();
    const ports = {
      ...connect('agent-token'),
      node,
      time,
      worked: () => undefined,
      policy: () => ({ kind: 'off' as const }),
    };
    running.push(runAgent(ports, { name, version: 'test', pollMs: 200 }, stop.signal));
  }

  /** Appends what kubectl and vnet print to the file of VNET_TEST_TRANSCRIPT. */
  const note = (title: string, ...commands: readonly (readonly string[])[]): void => {
    const file = process.env['VNET_TEST_TRANSCRIPT'];
    if (file === undefined) return;
    const env = { KUBECONFIG: server.kubeconfig, HOME: '/nonexistent' };
    const blocks = commands.map((argv) => {
      const [word = '', ...rest] = argv;
      const own = nodes.get(word);
      const done =
        own === undefined
          ? execNow([word === 'vnet' ? join(SIMULATED_BIN, 'vnet') : word, ...rest], { env })
          : own.vnet(...rest);
      const shown = own === undefined ? argv.join(' ') : `vnet ${rest.join(' ')}   # on ${word}`;
      return `\`\`\`text\n$ ${shown}\n${done.stdout}${done.stderr}`.trimEnd() + '\n```\n';
    });
    appendFileSync(file, `## ${title}\n\n${blocks.join('\n')}\n`);
  };

  const phase = async (name: string, wanted: string): Promise<void> => {
    const followed = follow(transport, NETWORK_ROLLOUTS, {
      query: { fieldSelector: `metadata.name=${name}` },
    });
    const now = (): unknown =>
      (followed.reflector.cache.get(name)?.['status'] as { phase?: string } | undefined)?.phase;
    await followed.until(() => now() === wanted);
    await followed.stop();
  };

  const mtuOf = (name: string): string => /mtu: (\d+) # as/.exec(nodes.get(name)?.read() ?? '')?.[1] ?? '';
  const rollOut = async (name: string, spec: object): Promise<void> => {
    must(
      await admin.create(NETWORK_ROLLOUTS, {
        metadata: { name },
        spec: { revision: name, soakSeconds: 1, ...spec },
      }),
    );
  };
  const addRevision = async (name: string, document: object): Promise<void> => {
    must(await admin.create(NETWORK_REVISIONS, { metadata: { name }, spec: { document } }));
  };

  it('takes every manifest, as a dry run', async () => {
    for (const base of ['node', 'agent', 'controller', 'rbac', 'crds']) {
      for (const object of objectsOf(base)) {
        const applied = await admin.apply(resourceOf(object), object, {
          manager: 'kustomize',
          isDryRun: true,
          isForced: true,
        });
        expect([object.kind, object.metadata.name, applied.ok ? '' : applied.error.message]).toEqual([
          object.kind,
          object.metadata.name,
          '',
        ]);
      }
    }
  });

  it('lets an agent write statuses only, and no controller write nodes', async () => {
    const agent = createApiClient(connect('agent-token').transport);
    const controller = createApiClient(connect('controller-token').transport);
    const object = { metadata: { name: 'x' }, spec: {} };
    const forbidden = { ok: false, error: { code: 'permission', status: 403 } };
    expect(await agent.apply(NODE_NETWORKS, object, { manager: 'x' })).toMatchObject(forbidden);
    expect(await agent.create(NETWORK_REVISIONS, { ...object, spec: { document: {} } })).toMatchObject(
      forbidden,
    );
    expect(await agent.list({ ...NODES, plural: 'secrets', isNamespaced: true })).toMatchObject(forbidden);
    const pod = { metadata: { name: 'x', namespace: 'default' }, spec: {} };
    expect(await agent.create(PODS, pod)).toMatchObject(forbidden);
    expect(await agent.list(PODS)).toMatchObject({ ok: true });
    expect(await controller.create(NODES, object)).toMatchObject(forbidden);
    expect(await controller.delete(NODES, { name: 'x' })).toMatchObject(forbidden);
  });

  it('refuses values that the document does not allow, and keeps unknown fields for the agents', async () => {
    const create = (name: string, document: object) =>
      admin.create(NETWORK_REVISIONS, { metadata: { name }, spec: { document } });
    const wrong = await create('wrong', MTU(12));
    expect(wrong).toMatchObject({ ok: false, error: { code: 'invalid', status: 422 } });
    expect(wrong.ok ? '' : wrong.error.message).toContain('spec.document.networks.azure.bridge.mtu');
    expect(must(await create('later', { networks: { azure: { turbo: true } } }))['spec']).toEqual({
      document: { networks: { azure: { turbo: true } } },
    });
  });

  it('brings a revision to both nodes, one after the other', async () => {
    for (const name of ['node-a', 'node-b']) await startNode(name);
    const ports = connect('controller-token');
    const candidate = {
      ...ports,
      identity: 'c-1',
      time: () => `${new Date().toISOString().slice(0, -1)}000Z`,
    };
    running.push(runAsLeader(candidate, (signal) => runController(ports, signal), stop.signal));
    await addRevision('mtu-1400', MTU(1400));
    await rollOut('mtu-1400', { steps: ['1', '100%'], confirmWithinSeconds: 60 });
    await phase('mtu-1400', 'Complete');
    expect([...nodes.keys()].map(mtuOf)).toEqual(['1400', '1400']);
    expect(conditionsOf(await statusOf(admin, 'node-b'))).toMatchObject({
      Ready: 'True Converged',
      Converged: 'True Converged',
      Confirmed: 'True Confirmed',
    });
    expect(nodes.get('node-a')?.vnet('history').stdout).toContain('kubernetes:mtu-1400');
    note(
      'A revision reaches both nodes',
      ['kubectl', 'get', 'networkrevisions,networkrollouts,nodenetworks'],
      ['node-a', 'history', '-n', '2'],
    );
  });

  it('keeps an edit on a node, and reports it', async () => {
    const node = nodes.get('node-a');
    const text = node?.read().replace('mtu: 1400 #', 'mtu: 1420 #') ?? '';
    expect(node?.vnet('apply', '-f', node.file('edit.yaml', text)).code).toBe(0);
    const followed = follow(transport, NODE_NETWORKS, { query: { fieldSelector: 'metadata.name=node-a' } });
    const edits = (): unknown =>
      (followed.reflector.cache.get('node-a')?.['status'] as { localEdits?: string[] } | undefined)
        ?.localEdits;
    await followed.until(
      () => followed.reflector.isSynced() && JSON.stringify(edits()) === '["networks.azure.bridge.mtu"]',
    );
    await followed.stop();
    expect(conditionsOf(await statusOf(admin, 'node-a'))['Converged']).toBe('False LocallyEdited');
    note(
      'An edit on a node is kept, and reported',
      ['vnet', 'fleet', 'nodes'],
      ['node-a', 'blame', 'networks.azure.bridge'],
    );
    expect(
      node?.vnet(
        'apply',
        '-f',
        node.file('edit.yaml', (node?.read() ?? '').replace('mtu: 1420 #', 'mtu: 1400 #')),
      ).code,
    ).toBe(0);
  });

  it('halts when a node cannot confirm; that node rolls itself back, the other one keeps the revision', async () => {
    cutOff.add('node-b');
    await addRevision('mtu-1300', MTU(1300));
    await rollOut('mtu-1300', { steps: ['1', '100%'], confirmWithinSeconds: 5 });
    await phase('mtu-1300', 'Halted');
    expect([...nodes.keys()].map(mtuOf)).toEqual(['1300', '1400']);
    const { halted } = must(await admin.get(NETWORK_ROLLOUTS, { name: 'mtu-1300' }))['status'] as {
      halted: unknown;
    };
    expect(halted).toEqual({ reason: 'RolledBack', node: 'node-b' });
    const events = follow(transport, EVENTS);
    await events.until(() => events.changes.some(({ object }) => object['reason'] === 'RolledBack'));
    await events.stop();
    expect(conditionsOf(await statusOf(admin, 'node-b'))).toMatchObject({
      Ready: 'True Converged',
      Applied: 'False RolledBack',
    });
    note(
      'A node that cannot confirm halts the rollout, and rolls itself back',
      ['vnet', 'fleet', 'status', 'mtu-1300'],
      ['vnet', 'fleet', 'nodes'],
      ['node-b', 'history', '-n', '3'],
      ['kubectl', 'get', 'networkrollouts,nodenetworks'],
    );
  });

  it('continues a halted rollout after a change of its spec: the server takes a status without a halt', async () => {
    must(await admin.patch(NETWORK_ROLLOUTS, { name: 'mtu-1300' }, { spec: { maxFailures: 1 } }, 'admin'));
    await phase('mtu-1300', 'Complete');
    expect([...nodes.keys()].map(mtuOf)).toEqual(['1300', '1400']);
    note('The halted rollout continues when its spec changes', ['vnet', 'fleet', 'history']);
  });

  it('a revision with a field of a later version is refused by the first node, and changes nothing', async () => {
    const before = [...nodes.values()].map((node) => node.read());
    await rollOut('later', { steps: ['1', '100%'] });
    await phase('later', 'Halted');
    expect([...nodes.values()].map((node) => node.read())).toEqual(before);
    expect(conditionsOf(await statusOf(admin, 'node-a'))['Applied']).toBe('False Invalid');
  });
});
