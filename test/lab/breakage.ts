/** Breaks a node's network by hand, with the tools an administrator has. */
import { HOST, keyOf } from '../../reconciler/model/state.ts';
import { renderOutcome } from '../support/exec.ts';
import type { LabNode } from './lab.ts';
import { type Attached, macOf, vethOf } from './pod.ts';
import type { Story } from './story.ts';

/** The bridge of the network `azure`. */
export const BRIDGE = 'azure0';

/** Pods to break: one loses its neighbour entry, one its bridge port, one its default route. */
export type Victims = { readonly neighbour: Attached; readonly port: Attached; readonly route: Attached };

/** Returns the first three pods as victims. */
export function chooseVictims<P extends Attached>(
  pods: Iterable<P>,
): Victims & { readonly all: readonly P[] } {
  const all = [...pods];
  const [neighbour, port, route] = all;
  if (neighbour === undefined || port === undefined || route === undefined) throw new Error('too few pods');
  return { neighbour, port, route, all };
}

/**
 * Breaks five things: a permanent neighbour, the nftables table, a bridge port, a pod's default route and the
 * bridge's. Resolves to the keys of the objects that are missing or differ afterwards.
 */
export async function breakByHand(where: LabNode, story: Story): Promise<ReadonlySet<string>> {
  const victims = chooseVictims(where.pods.values());
  const { neighbour, port, route } = victims;
  const acts: readonly (readonly [string, string])[] = [
    ['A permanent neighbour is deleted.', `ip neigh del ${neighbour.address} dev ${BRIDGE}`],
    [
      `The host end of ${port.name} is taken out of the bridge; its forwarding entry goes with it.`,
      `ip link set ${vethOf(port)} nomaster`,
    ],
    [
      `${route.name} loses its default route.`,
      `nsenter --net=${route.attachment.netns} ip route del default`,
    ],
    ['The node loses its own.', `ip route del default dev ${BRIDGE}`],
    ['And the nftables table goes, with all that is in it.', 'nft delete table bridge vnet'],
  ];
  for (const [why, command] of acts) {
    story.say(why);
    const outcome = await where.node.exec(command.split(' '));
    story.show(where.node.name, command, outcome);
    if (outcome.code !== 0) throw new Error(`could not break it: ${renderOutcome(outcome)}`);
  }
  return brokenKeys(victims);
}

/** Returns the keys of the missing or changed objects after the five acts. */
export function brokenKeys(victims: Victims & { readonly all: readonly Attached[] }): ReadonlySet<string> {
  const { neighbour, port, route, all } = victims;
  return new Set([
    `neighbour ${neighbour.address} dev ${BRIDGE}`,
    `link ${vethOf(port)}`,
    `fdb ${macOf(port)} dev ${vethOf(port)}`,
    `route default netns ${route.attachment.netns}`,
    'route default metric 100',
    'nft-table bridge vnet',
    ...all.flatMap((pod) => [
      element('pods', pod.address),
      element('ports', vethOf(pod)),
      element('port_macs', `${vethOf(pod)} . ${macOf(pod)}`),
      element('port_ips', `${vethOf(pod)} . ${pod.address}`),
    ]),
  ]);
}

function element(set: string, key: string): string {
  return keyOf({ kind: 'nft-element', netns: HOST, table: 'vnet', set, key });
}
