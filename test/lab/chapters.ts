/** The chapters of the story up to the repair: healthy nodes, breakage and repair. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Netns } from '../support/netns.ts';
import { breakByHand } from './breakage.ts';
import { GATEWAY, OUTSIDES } from './fabric.ts';
import { checkSame, isPlan, parseOutput, PODS } from './expectations.ts';
import { type Lab, type LabNode, type Pod, startPod, vnet } from './lab.ts';
import { answers, type PingCount, startPing, staysSilent } from './ping.ts';
import type { Story } from './story.ts';

const FAMILIES = [4, 6] as const;
type Family = (typeof FAMILIES)[number];

/** Describes the lab. */
export async function introduce(lab: Lab, story: Story): Promise<void> {
  const [first] = lab.nodes;
  story.title('Two nodes on an Azure-like fabric');
  story.say(
    'The fabric answers every ARP request with 12:34:56:78:9a:bc, delivers by destination address to the',
  );
  story.say("owning node's NIC, and drops and counts every frame whose source MAC is not that NIC's.");
  const show = async (command: string): Promise<void> =>
    story.show(first.node.name, command, await first.node.exec(command.split(' ')));
  await show('ip -br address');
  await show('ip route');
  const change = first.mode.movesUplink ? 'unchanged' : `with mode ${first.mode.name}`;
  story.say(`The CNI configuration of an AKS node, ${change}:`);
  const file = 'etc/cni/net.d/10-azure.conflist';
  story.show(first.node.name, `cat /${file}`, await first.node.exec(['cat', join(first.node.root, file)]));
}

/** Starts the first pods while the nodes ping their gateway: the takeover of eth0 must lose no packet. */
export async function startFirstPods(lab: Lab, story: Story): Promise<void> {
  const { movesUplink, ipam } = lab.nodes[0].mode;
  const source =
    ipam === undefined
      ? 'Each first ADD asks the host endpoint for the addresses of its node.'
      : "The pool is the node's pod CIDR, from its configuration.";
  story.title(`Pods start: the first ADD writes vnet.yaml${movesUplink ? ' and takes over eth0' : ''}`);
  story.say(`No document exists. ${source}`);
  for (const [index, where] of lab.nodes.entries()) {
    const pings = startPing(where.node.netns, GATEWAY);
    await pings.answered(10);
    for (const name of PODS[index] ?? []) await addPod(where, name, story);
    await pings.answered(10);
    checkLost(story, `pings lost while the first pods start on ${where.node.name}`, await pings.stop());
  }
  story.check('requests to the host endpoint', ipam === undefined ? 2 : 0, lab.wireserver.askedCount());
  const [first] = lab.nodes;
  story.say('The document now declares everything:');
  const text = readFileSync(join(first.node.root, 'var/lib/vnet/vnet.yaml'), 'utf8');
  const outcome = { argv: [], code: 0, stdout: text, stderr: '', durationMs: 0 };
  story.show(first.node.name, 'cat /var/lib/vnet/vnet.yaml', outcome, 100);
  story.show(first.node.name, 'vnet get endpoints', await vnet(first, ['get', 'endpoints']));
  story.show(first.node.name, 'vnet status', await vnet(first, ['status']));
  const [web] = first.pods.values();
  story.say('The view from a pod:');
  for (const command of ['ip -br address', 'ip route'])
    if (web !== undefined)
      story.show(`${first.node.name}/web`, command, await web.netns.exec(command.split(' ')));
}

/** Resolves to the pod after ADD of the whole list; shows the runtime's result. */
export async function addPod(where: LabNode, name: string, story: Story, instance = 1): Promise<Pod> {
  const before = where.runtime.calls().length;
  const pod = await startPod(where, name, instance);
  const calls = where.runtime.calls().slice(before);
  const took = calls.map((call) => `${call.plugin} ${call.durationMs.toFixed(0)} ms`).join(', ');
  const stdout = `${pod.result.ips?.[0]?.address} via ${pod.result.ips?.[0]?.gateway}   (${took})\n`;
  story.show(where.node.name, `CNI ADD shop/${name}`, {
    argv: [],
    code: 0,
    stdout,
    stderr: '',
    durationMs: 0,
  });
  return pod;
}

/** Checks that at most `limit` pings were lost; too few pings are a failure. */
export function checkLost(story: Story, name: string, count: PingCount, limit = 0): void {
  const { length } = count.lost;
  const isEnough = count.sent >= 20;
  const expected = limit === 0 ? '0' : `0 to ${limit}`;
  story.check(name, expected, isEnough ? length : `only ${count.sent} sent`, isEnough && length <= limit);
  story.say(`    of ${count.sent}, one every 10 ms`);
}

/** Pings along every kind of path; `when` names the checks. */
export async function pingAround(lab: Lab, story: Story, when: string): Promise<void> {
  const [first, second] = lab.nodes;
  const [web, api] = [...first.pods.values()];
  const [orders] = [...second.pods.values()];
  if (web === undefined || api === undefined || orders === undefined) throw new Error('too few pods to ping');
  const addressIn = ({ address, address6 = '' }: Pod, family: Family): string =>
    family === 4 ? address : address6;
  const nodeIn = ({ node: { nic } }: LabNode, family: Family): string =>
    family === 4 ? nic.primary : (nic.ipv6?.primary ?? '');
  const pathsIn = (family: Family): readonly (readonly [string, Netns, string])[] => [
    ['pod to pod on the node', web.netns, addressIn(api, family)],
    ['pod to pod across nodes', web.netns, addressIn(orders, family)],
    ['pod to pod, the other way', orders.netns, addressIn(api, family)],
    ['pod to the outside', web.netns, OUTSIDES[family]],
    ['node to its pod', first.node.netns, addressIn(web, family)],
    ['pod to its node', web.netns, nodeIn(first, family)],
    ['pod to the other node', web.netns, nodeIn(second, family)],
    ['node to a pod of the other node', second.node.netns, addressIn(api, family)],
  ];
  const returned = (): readonly number[] => [
    lab.fabric.returnedPackets(first.node.nic),
    lab.fabric.returnedPackets6(first.node.nic),
  ];
  const before = returned();
  story.check(`${when}: pod to gateway, IPv4`, 'answers', await answerOf(web.netns, GATEWAY));
  for (const [index] of pathsIn(4).entries()) {
    // Both families at once.
    const asked = FAMILIES.map(async (family) => {
      const [name, from, to] = pathsIn(family)[index] ?? ['', web.netns, ''];
      return [`${when}: ${name}, IPv${family}`, await answerOf(from, to)] as const;
    });
    for (const [name, seen] of await Promise.all(asked)) story.check(name, 'answers', seen);
  }
  for (const [index, count] of returned().entries())
    story.check(
      `${when}: pod to pod on the node, by the fabric, IPv${FAMILIES[index]}`,
      first.mode.byFabric === true ? 'yes' : 'no',
      count > (before[index] ?? 0) ? 'yes' : 'no',
    );
}

async function answerOf(from: Netns, to: string): Promise<string> {
  return (await answers(from, to)) ? 'answers' : 'no answer';
}

/** Breaks five things by hand; the dry run must list exactly these, and one reconcile must repair them. */
export async function breakAndRepair(lab: Lab, story: Story): Promise<void> {
  const [first] = lab.nodes;
  story.title(`Break ${first.node.name} by hand`);
  const clean = await vnet(first, ['reconcile', '--dry-run']);
  story.check('exit of the dry run before', 0, clean.code);
  const expected = await breakByHand(first, story);
  const leaked = lab.fabric.foreignFrames(first.node.nic);
  const [web] = first.pods.values();
  const isSilent = web === undefined || (await staysSilent(web.netns, GATEWAY));
  story.check('while broken: pod to gateway', 'no answer', isSilent ? 'no answer' : 'answers');
  const dropped = lab.fabric.foreignFrames(first.node.nic) - leaked;
  // Without the rules, frames leave a bridge with the pod's MAC; a routed packet has the node's.
  const leaks = first.mode.movesUplink ? 'yes' : 'no';
  story.check("while broken: the fabric drops the pod's frames", leaks, dropped > 0 ? 'yes' : 'no');

  story.title('vnet reconcile --dry-run lists exactly the broken objects');
  story.show(first.node.name, 'vnet reconcile --dry-run', await vnet(first, ['reconcile', '--dry-run']), 80);
  const planned = await vnet(first, ['reconcile', '--dry-run', '-o', 'json']);
  const keys = parseOutput(planned, isPlan).steps.map((step) => step.key);
  story.check('exit of the dry run', 2, planned.code);
  checkSame(story, keys, expected);

  story.title('vnet reconcile repairs them');
  const repaired = await vnet(first, ['reconcile']);
  story.show(first.node.name, 'vnet reconcile', repaired, 80);
  story.check('exit of reconcile', 0, repaired.code);
  const after = await vnet(first, ['reconcile', '--dry-run']);
  story.show(first.node.name, 'vnet reconcile --dry-run', after);
  story.check('exit of the dry run after the repair', 0, after.code);
}

/** Resolves after that time. Units: milliseconds. */
export function pause(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs));
}
