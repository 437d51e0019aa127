/**
 * Two nodes of the lab as a cluster: real kernels, pods, the executables `vnet agent` and `vnet controller`, and the fake API server or a real
 * kube-apiserver. A revision, a local edit, a node that another program keeps from converging, a halt, a roll-back. No ping is lost.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NODES, type Resource } from '../../reconciler/cluster/api/resources.ts';
import type { ApiObject } from '../../reconciler/cluster/api/objects.ts';
import {
  NETWORK_REVISIONS,
  NETWORK_ROLLOUTS,
  NODE_NETWORKS,
  type NodeNetworkStatus,
} from '../../reconciler/cluster/custom-resources.ts';
import { BIN, buildLab, type Lab, type LabNode, removeLab, startPod } from '../lab/lab.ts';
import { BRIDGE_MODE } from '../lab/modes.ts';
import { type Pinging, startPing } from '../lab/ping.ts';
import { hasLiveNodes, readOwn } from '../plugin/live-node.ts';
import { execNow } from '../support/exec.ts';
import { must } from '../support/must.ts';
import { openWay } from './api-way.ts';
import { follow } from './contract/follow.ts';
import { conditionsOf, statusOf } from './fake/vnet-cluster.ts';
import { kubeconfigOf, LAB_SERVERS, type LabServer } from './lab-server.ts';

const MTU = (mtu: number) => ({ networks: { azure: { bridge: { mtu } } } });

/** Another program on the node: it answers each MTU of 1300 with one of 1400. */
const OTHER_PROGRAM = `ip -o monitor link | while read -r line; do
  case "$line" in *azure0*"mtu 1300 "*) ip link set azure0 mtu 1400 ;; esac
done`;

describe.skipIf(!hasLiveNodes).each(LAB_SERVERS)('two nodes on $server', ({ server: title, open }) => {
  describe.skipIf(open === undefined)('with real kernels', () => {
    const folder = mkdtempSync(join(tmpdir(), 'vnet-fleet-'));
    const running: ChildProcess[] = [];
    const ways: (() => Promise<void>)[] = [];
    const pings: Pinging[] = [];
    let server: LabServer;
    let lab: Lab;

    /** Starts a program that runs until the end, in the node's namespace or in ours. */
    const start = (where: LabNode | undefined, ...argv: readonly string[]): void => {
      const node = where?.node;
      const words = node === undefined ? argv : ['nsenter', `--net=${node.netns.path}`, '--', ...argv];
      const [command = '', ...args] = words;
      const env = {
        ...process.env,
        ...(node === undefined ? {} : { VNET_ROOT: node.root, VNET_NODE: node.name }),
      };
      // A group of its own: a shell ends with its children.
      running.push(spawn(command, args, { env, stdio: 'ignore', detached: true }));
    };
    const configFile = (user: 'admin' | 'agent' | 'controller'): string => join(folder, `${user}.conf`);

    beforeAll(async () => {
      if (open === undefined) throw new Error('no server');
      server = await open();
      lab = await buildLab(join(folder, 'lab'), BRIDGE_MODE, { prefix: `fleet${process.pid}-` });
      for (const user of ['admin', 'agent', 'controller'] as const)
        writeFileSync(configFile(user), kubeconfigOf(server.accessOf(user)));
      for (const where of lab.nodes) {
        await startPod(where, 'web');
        must(await server.admin.create(NODES, { metadata: { name: where.node.name } }));
        ways.push(await openWay(where.node.netns, server.port));
        start(
          where,
          join(BIN, 'vnet'),
          'agent',
          '--node',
          where.node.name,
          '--kubeconfig',
          configFile('agent'),
        );
      }
      start(
        undefined,
        join(BIN, 'vnet'),
        'controller',
        '--identity',
        'c-1',
        '--kubeconfig',
        configFile('controller'),
      );
      const [one, two] = lab.nodes.map(({ pods }) => pods.get('web'));
      if (one === undefined || two === undefined) throw new Error('no pod');
      const ping = startPing(one.netns, two.result.ips?.[0]?.address.split('/')[0] ?? '', { intervalMs: 50 });
      pings.push(ping);
      await ping.answered(3);
    });
    afterAll(async () => {
      for (const child of running) {
        if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) continue;
        const ended = once(child, 'exit');
        process.kill(-child.pid, 'SIGKILL');
        await ended;
      }
      for (const close of ways) await close();
      await removeLab(lab);
      await server.close();
      rmSync(folder, { recursive: true, force: true });
    });

    const follows = async (
      [resource, name]: readonly [Resource, string],
      holds: (object: ApiObject | undefined) => boolean,
    ): Promise<void> => {
      const query = { fieldSelector: `metadata.name=${name}` };
      const followed = follow(server.transport, resource, { query });
      await followed.until(() => holds(followed.reflector.cache.get(name)));
      await followed.stop();
    };
    const phase = (name: string, wanted: string): Promise<void> =>
      follows([NETWORK_ROLLOUTS, name], (object) => Object(object?.['status']).phase === wanted);
    const addRevision = async (name: string, document: object): Promise<void> =>
      void must(await server.admin.create(NETWORK_REVISIONS, { metadata: { name }, spec: { document } }));
    const rollOut = async (revision: string): Promise<void> => {
      const spec = { revision, soakSeconds: 1, steps: ['1', '100%'], confirmWithinSeconds: 60 };
      must(await server.admin.create(NETWORK_ROLLOUTS, { metadata: { name: revision }, spec }));
    };
    const onNode = (where: LabNode, ...argv: readonly string[]) =>
      where.node.netns.execNow(argv, { env: { VNET_ROOT: where.node.root, VNET_NODE: where.node.name } });
    const mtus = (): readonly string[] =>
      lab.nodes.map((where) => {
        const [, mtu = ''] =
          / mtu (\d+) /.exec(onNode(where, 'ip', '-o', 'link', 'show', 'azure0').stdout) ?? [];
        return mtu;
      });
    const documents = (): readonly string[] =>
      lab.nodes.map(({ node }) => {
        const network = readOwn(join(node.root, 'var/lib/vnet/vnet.yaml'))?.networks['azure'];
        return String(network?.mode === 'bridge' ? network.bridge.mtu : '');
      });
    const conditions = async (name: string) => conditionsOf(await statusOf(server.admin, name));

    /** Appends what kubectl and vnet print to the file of VNET_TEST_TRANSCRIPT. */
    const note = (
      heading: string,
      ...commands: readonly (readonly [where: LabNode | undefined, line: string])[]
    ): void => {
      const file = process.env['VNET_TEST_TRANSCRIPT'];
      if (file === undefined || server.kubeconfig === undefined) return;
      const env = { KUBECONFIG: server.kubeconfig, HOME: '/nonexistent' };
      const blocks = commands.map(([where, line]) => {
        const [word = '', ...rest] = line.split(' ');
        const argv = [word === 'vnet' ? join(BIN, 'vnet') : word, ...rest];
        const { stdout, stderr } = where === undefined ? execNow(argv, { env }) : onNode(where, ...argv);
        const place = where === undefined ? '' : `   # on ${where.node.name}`;
        return `\`\`\`text\n$ ${line}${place}\n${stdout}${stderr}`.trimEnd() + '\n```\n';
      });
      appendFileSync(file, `## ${heading}\n\n${blocks.join('\n')}\n`);
    };

    it('a revision reaches documents and kernels of both nodes, one after the other', async () => {
      await addRevision('mtu-1400', MTU(1400));
      await rollOut('mtu-1400');
      await phase('mtu-1400', 'Complete');
      expect([documents(), mtus()]).toEqual([
        ['1400', '1400'],
        ['1400', '1400'],
      ]);
      for (const { node } of lab.nodes)
        expect(await conditions(node.name)).toMatchObject({
          Ready: 'True Converged',
          Converged: 'True Converged',
          Confirmed: 'True Confirmed',
        });
      const [first] = lab.nodes;
      expect(onNode(first, join(BIN, 'vnet'), 'history').stdout).toContain('kubernetes:mtu-1400');
      note(
        'A revision reaches both nodes',
        [undefined, 'kubectl get networkrevisions,networkrollouts,nodenetworks'],
        [first, 'vnet history -n 2'],
        [first, 'ip -o link show azure0'],
      );
    });

    it('an edit on a node is kept, and reported', async () => {
      const [first] = lab.nodes;
      const path = join(first.node.root, 'var/lib/vnet/vnet.yaml');
      const edit = (from: number, to: number): void => {
        const file = join(folder, 'edit.yaml');
        writeFileSync(file, readFileSync(path, 'utf8').replace(`mtu: ${from}`, `mtu: ${to}`));
        expect(onNode(first, join(BIN, 'vnet'), 'apply', '-f', file)).toMatchObject({ code: 0 });
      };
      edit(1400, 1420);
      await follows(
        [NODE_NETWORKS, first.node.name],
        (object) =>
          JSON.stringify((object?.['status'] as NodeNetworkStatus | undefined)?.localEdits) ===
          '["networks.azure.bridge.mtu"]',
      );
      expect((await conditions(first.node.name))['Converged']).toBe('False LocallyEdited');
      expect(mtus()).toEqual(['1420', '1400']);
      note(
        'An edit on a node is kept, and reported',
        [undefined, 'vnet fleet nodes'],
        [first, 'vnet blame networks.azure.bridge'],
      );
      edit(1420, 1400);
    });

    it('a node that does not converge rolls itself back and halts the rollout; the other one keeps the revision', async () => {
      const [, second] = lab.nodes;
      start(second, 'sh', '-c', OTHER_PROGRAM);
      await addRevision('mtu-1300', MTU(1300));
      await rollOut('mtu-1300');
      await phase('mtu-1300', 'Halted');
      expect([documents(), mtus()]).toEqual([
        ['1300', '1400'],
        ['1300', '1400'],
      ]);
      const { halted } = Object(
        must(await server.admin.get(NETWORK_ROLLOUTS, { name: 'mtu-1300' }))['status'],
      );
      expect(halted).toEqual({ reason: 'RolledBack', node: second.node.name });
      expect((await conditions(second.node.name))['Applied']).toBe('False RolledBack');
      note(
        'A node that does not converge halts the rollout, and rolls itself back',
        [undefined, 'vnet fleet status mtu-1300'],
        [undefined, 'kubectl get networkrollouts,nodenetworks'],
        [second, 'vnet history -n 3'],
        [second, 'ip -o link show azure0'],
      );
    });

    it('no ping between the pods was lost', async () => {
      const counts = await Promise.all(pings.splice(0).map((ping) => ping.stop()));
      expect(counts.map(({ lost }) => lost)).toEqual([[]]);
      console.log(`${title}: ${counts.map(({ sent }) => sent).join()} pings, 0 lost`);
    });
  });
});
