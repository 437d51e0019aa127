/** The story on the simulated kernel, for machines that do not allow namespaces. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSys } from '#sys';
import type { Change } from '../../reconciler/model/ports/kernel.ts';
import { HOST, type NetObject } from '../../reconciler/model/state.ts';
import type { Outcome } from '../support/exec.ts';
import { chooseVictims } from './breakage.ts';
import { checkSame, isPlan, parseOutput, PODS } from './expectations.ts';
import { GATEWAY, NICS, type Nic } from './fabric.ts';
import { BRIDGE, BRIDGE_MODE, type Victims } from './modes.ts';
import { macOf, vethOf } from './pod.ts';
import { must } from '../support/must.ts';
import {
  makeSimulatedNode,
  rebootSimulatedNode,
  type SimulatedNode,
  startSimulatedPod,
} from './simulated-node.ts';
import type { Story } from './story.ts';
import { answerRequest } from './wireserver-answer.ts';

/** Tells the story without packets; resolves to true when every check holds. Leaves nothing behind. */
export async function tellSimulated(story: Story): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), 'vnet-lab-'));
  const clear = (): void => rmSync(folder, { recursive: true, force: true });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => {
      clear();
      process.exit(130);
    });
  const endpoints = await Promise.all(NICS.map(serveHostEndpoint));
  try {
    const sys = createSys();
    const nodes = NICS.map((nic, index) =>
      makeSimulatedNode(sys, nic, join(folder, nic.node), endpoints[index]?.url ?? ''),
    );
    await startPods(nodes, story);
    const [first] = nodes;
    if (first !== undefined) {
      await breakAndRepair(first, story);
      await reboot(first, story);
      await giveBack(first, story);
    }
    return story.summarise();
  } finally {
    for (const endpoint of endpoints) endpoint.close();
    clear();
  }
}

async function startPods(nodes: readonly SimulatedNode[], story: Story): Promise<void> {
  story.title('Pods start: the first ADD writes vnet.yaml and takes over eth0');
  for (const [index, node] of nodes.entries())
    for (const name of PODS[index] ?? []) {
      const pod = await startSimulatedPod(node, name);
      show(story, node.name, `CNI ADD shop/${name}`, `${pod.address} via ${pod.result.ips?.[0]?.gateway}`);
    }
  const [first] = nodes;
  if (first === undefined) return;
  const text = readFileSync(join(first.root, 'var/lib/vnet/vnet.yaml'), 'utf8');
  show(story, first.name, 'cat /var/lib/vnet/vnet.yaml', text);
  story.show(first.name, 'vnet get endpoints', await first.vnet(['get', 'endpoints']));
  const addresses = nodes.flatMap((node) => Array.from(node.pods.values(), (pod) => pod.address));
  story.check('pods with a unique address', 6, new Set(addresses).size);
}

async function breakAndRepair(node: SimulatedNode, story: Story): Promise<void> {
  story.title(`Break ${node.name} by hand`);
  const clean = await node.vnet(['reconcile', '--dry-run']);
  story.check('exit of the dry run before', 0, clean.code);
  const victims = chooseVictims(node.pods.values());
  for (const [what, change] of actsOf(victims)) {
    story.say(what);
    const tampered = must(node.play((kernel) => kernel.tamper(change)));
    if (tampered !== 'changed') throw new Error(`could not break it: ${JSON.stringify(change)}`);
  }
  story.title('vnet reconcile --dry-run lists exactly the broken objects');
  const expected = BRIDGE_MODE.broken(victims);
  story.show(node.name, 'vnet reconcile --dry-run', await node.vnet(['reconcile', '--dry-run']), 80);
  const planned = await node.vnet(['reconcile', '--dry-run', '-o', 'json']);
  const keys = parseOutput(planned, isPlan).steps.map((step) => step.key);
  story.check('exit of the dry run', 2, planned.code);
  checkSame(story, keys, expected);
  const repaired = await node.vnet(['reconcile']);
  story.show(node.name, 'vnet reconcile', repaired, 80);
  story.check('exit of reconcile', 0, repaired.code);
  story.check('exit of the dry run after', 0, (await node.vnet(['reconcile', '--dry-run'])).code);
}

function gone(have: NetObject): Change {
  return { verb: 'delete', have };
}

/** The same five acts as on a real kernel. */
function actsOf({ neighbour, port, route }: Victims): readonly (readonly [string, Change])[] {
  const veth = { kind: 'link', netns: HOST, name: vethOf(port), type: 'veth' } as const;
  const way = { kind: 'route', family: 4, to: 'default', table: 254, via: GATEWAY } as const;
  return [
    [
      'A permanent neighbour is deleted.',
      gone({
        kind: 'neighbour',
        netns: HOST,
        dev: BRIDGE,
        address: neighbour.address,
        mac: macOf(neighbour),
      }),
    ],
    [
      `The host end of ${port.name} is taken out of the bridge.`,
      { verb: 'update', want: { ...veth, master: '' }, have: veth, fields: ['master'] },
    ],
    [
      `${route.name} loses its default route.`,
      gone({ ...way, netns: route.attachment.netns, metric: 0, dev: 'eth0' }),
    ],
    ['The node loses its own.', gone({ ...way, netns: HOST, metric: 100, dev: BRIDGE })],
    [
      'The nftables table goes.',
      gone({ kind: 'nft-table', netns: HOST, family: 'bridge', name: 'vnet', rules: [] }),
    ],
  ];
}

async function reboot(node: SimulatedNode, story: Story): Promise<void> {
  story.title(`${node.name} reboots: all kernel state is gone, only the document remains`);
  rebootSimulatedNode(node);
  const rebuilt = await node.vnet(['reconcile']);
  story.show(node.name, 'vnet reconcile', rebuilt, 60);
  story.check('exit of reconcile after the reboot', 0, rebuilt.code);
  story.check(
    'endpoints left of the old boot',
    '[]',
    (await node.vnet(['get', 'endpoints', '-o', 'json'])).stdout.trim(),
  );
  for (const name of PODS[0]) {
    const pod = await startSimulatedPod(node, name, 2);
    show(story, node.name, `CNI ADD shop/${name}`, pod.address);
  }
  story.check('exit of a dry run after that', 0, (await node.vnet(['reconcile', '--dry-run'])).code);
}

async function giveBack(node: SimulatedNode, story: Story): Promise<void> {
  story.title('vnet release restores eth0');
  for (const pod of node.pods.values()) must(await node.runtime.del(pod.attachment));
  const released = await node.vnet(['release']);
  story.show(node.name, 'vnet release', released);
  story.check('exit of release', 0, released.code);
}

/** Resolves to the host endpoint of one node, on a free port of loopback. */
async function serveHostEndpoint(nic: Nic): Promise<{ readonly url: string; readonly close: () => void }> {
  const order = { nics: [nic], behaviour: 'answer', delayMs: 0, stay: false } as const;
  const server: Server = createServer((request, response) => {
    const { status, body } = answerRequest(order, '127.0.0.1', request.url ?? '');
    response.writeHead(status, { 'Content-Type': 'text/xml; charset=utf-8', Connection: 'close' }).end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the host endpoint has no port');
  return { url: `http://127.0.0.1:${address.port}`, close: () => server.close() };
}

function show(story: Story, where: string, command: string, stdout: string): void {
  const outcome: Outcome = { argv: [], code: 0, stdout, stderr: '', durationMs: 0 };
  story.show(where, command, outcome, 100);
}
