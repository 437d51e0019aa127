/** Breaks a node's network by hand, with the tools an administrator has. */
import { renderOutcome } from '../support/exec.ts';
import type { LabNode } from './lab.ts';
import type { Victims } from './modes.ts';
import type { Attached } from './pod.ts';
import type { Story } from './story.ts';

/** Returns the first three pods as victims. */
export function chooseVictims<P extends Attached>(
  pods: Iterable<P>,
): Victims & { readonly all: readonly P[] } {
  const all = [...pods];
  const [neighbour, port, route] = all;
  if (neighbour === undefined || port === undefined || route === undefined) throw new Error('too few pods');
  return { neighbour, port, route, all };
}

/** Breaks five things. Resolves to the keys of the objects that are missing or differ afterwards. */
export async function breakByHand(where: LabNode, story: Story): Promise<ReadonlySet<string>> {
  const victims = chooseVictims(where.pods.values());
  for (const [why, command] of where.mode.acts(victims)) {
    story.say(why);
    const outcome = await where.node.exec(command.split(' '));
    story.show(where.node.name, command, outcome);
    if (outcome.code !== 0) throw new Error(`could not break it: ${renderOutcome(outcome)}`);
  }
  return where.mode.broken({ ...victims, own6: where.node.nic.ipv6?.primary });
}
