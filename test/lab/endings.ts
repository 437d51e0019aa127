/** The chapters of the story after the repair: a reboot, and the release of eth0. */
import type { Netns } from '../support/netns.ts';
import { addPod, checkLost } from './chapters.ts';
import { GATEWAY } from './fabric.ts';
import { isList, parseOutput, PODS } from './expectations.ts';
import { type Lab, type LabNode, rebootNode, stopPod, vnet } from './lab.ts';
import { startPing } from './ping.ts';
import type { Story } from './story.ts';

/**
 * Number of pings that a release may lose. After eth0 has left the bridge and before the bridge has lost its
 * address, two prefix routes are equal, and the older one, through the bridge, wins. One ping is lost at most, unless a
 * busy machine interrupts the release there.
 */
const RELEASE_LOSS = 50;

/**
 * Reboots the first node: only the document survives. reconcile rebuilds the network, then new pods start.
 */
export async function rebootFirstNode(lab: Lab, story: Story): Promise<void> {
  const [first] = lab.nodes;
  const { name } = first.node;
  story.title(`${name} reboots: all kernel state is gone, only the document remains`);
  const before = await vnet(first, ['get', 'endpoints', '-o', 'json']);
  story.check('endpoints in the document before', PODS[0].length, parseOutput(before, isList).length);
  rebootNode(lab, first);
  story.show(name, 'ip -br address', await first.node.exec(['ip', '-br', 'address']));
  story.say('At boot a systemd unit runs this before kubelet starts:');
  const rebuilt = await vnet(first, ['reconcile']);
  story.show(name, 'vnet reconcile', rebuilt, 60);
  story.check('exit of reconcile after the reboot', 0, rebuilt.code);
  const again = await vnet(first, ['reconcile', '--dry-run']);
  story.check('exit of a dry run after that', 0, again.code);
  story.show(name, 'ip -br address', await first.node.exec(['ip', '-br', 'address']));
  const left = await vnet(first, ['get', 'endpoints', '-o', 'json']);
  story.check('endpoints left of the old boot', 0, parseOutput(left, isList).length);
  story.say('New pods start; released addresses are quarantined.');
  for (const pod of PODS[0]) await addPod(first, pod, story, 2);
}

/**
 * Stops all pods and releases eth0, where it was taken over; its addresses and routes must be the same as before the first
 * ADD. On a node whose eth0 was never touched, only the objects on eth0 are compared, but for routes of its network, which stays.
 */
export async function releaseNodes(
  lab: Lab,
  story: Story,
  before: ReadonlyMap<string, readonly string[]>,
): Promise<void> {
  const { movesUplink } = lab.nodes[0].mode;
  story.title(movesUplink ? 'vnet release restores eth0' : 'eth0 is unchanged');
  for (const where of lab.nodes) {
    const { name, netns } = where.node;
    for (const pod of where.pods.values()) await stopPod(where, pod);
    if (movesUplink) await release(where, story);
    const ofUplink = (line: string): boolean =>
      // A node that forwards IPv6 has the anycast address of routers.
      movesUplink || (/\beth0\b/.test(line) && !/proto 118|^route anycast/.test(line));
    const [was, is] = [before.get(name) ?? [], describeNetwork(netns)].map((lines) => lines.filter(ofUplink));
    if (was === undefined || is === undefined || was.length === 0) throw new Error('nothing to compare');
    const difference = [
      ...was.filter((line) => !is.includes(line)).map((line) => `lost ${line}`),
      ...is.filter((line) => !was.includes(line)).map((line) => `new ${line}`),
    ];
    for (const line of difference) story.say(`    ${line}`);
    story.check(`addresses, routes and links of ${name} that differ from before`, 0, difference.length);
  }
  const [first] = lab.nodes;
  story.show(first.node.name, 'ip route', await first.node.exec(['ip', 'route']));
}

async function release(where: LabNode, story: Story): Promise<void> {
  const { name, netns } = where.node;
  const pings = startPing(netns, GATEWAY);
  await pings.answered(10);
  const released = await vnet(where, ['release']);
  await pings.answered(10);
  story.show(name, 'vnet release', released);
  story.check(`exit of release on ${name}`, 0, released.code);
  checkLost(story, `pings lost during the release of ${name}`, await pings.stop(), RELEASE_LOSS);
}

/**
 * Returns links, addresses, routes and nftables of a namespace, one line each, without indexes. The state of
 * IPv6 duplicate address detection is omitted: it depends on time, not on configuration.
 */
export function describeNetwork(netns: Netns): readonly string[] {
  const lines = (argv: readonly string[]): readonly string[] =>
    netns
      .mustExec(argv)
      .stdout.split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '');
  return [
    ...lines(['ip', '-o', 'link', 'show']).map(
      (line) => `link ${line.replace(/^\d+: /, '').replace(/@\S+/, '')}`,
    ),
    ...lines(['ip', '-o', 'address', 'show']).map(
      (line) =>
        `address ${line
          .replace(/^\d+: /, '')
          .replaceAll(/ tentative|\s+/g, ' ')
          .replaceAll(/ +/g, ' ')}`,
    ),
    ...lines(['ip', '-4', 'route', 'show', 'table', 'all']).map((line) => `route ${line}`),
    ...lines(['ip', '-6', 'route', 'show', 'table', 'all'])
      .filter((line) => !line.startsWith('local fe80:'))
      .map((line) => `route ${line}`),
    ...lines(['nft', 'list', 'tables']).map((line) => `nft ${line}`),
  ];
}
