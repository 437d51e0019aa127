/** The chapter about the resident loop: it repairs drift, and an unconfirmed change rolls back. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { breakByHand } from './breakage.ts';
import { addPod, pause } from './chapters.ts';
import { GATEWAY } from './fabric.ts';
import { BIN, type Lab, type LabNode, stopPod, vnet } from './lab.ts';
import { answers } from './ping.ts';
import type { Story } from './story.ts';

/** Time limit of the loop for all repairs, including the check a second later. Units: milliseconds. */
const LONGEST_MS = 300_000;
const POLL_MS = 20;

/**
 * Breaks the node again while `vnet watch` runs and repairs it; then starts a pod through the resident
 * process.
 */
export async function healByItself(lab: Lab, story: Story): Promise<void> {
  const [first] = lab.nodes;
  story.title('vnet watch repairs the same breakage on its own');
  const watch = await startWatch(first);
  try {
    await breakByHand(first, story);
    const [web] = first.pods.values();
    const isWhole = async (): Promise<boolean> =>
      (await vnet(first, ['reconcile', '--dry-run'])).code === 0 &&
      web !== undefined &&
      (await answers(web.netns, GATEWAY));
    const deadline = Date.now() + LONGEST_MS;
    let isRepaired = await isWhole();
    while (!isRepaired && Date.now() < deadline) {
      await pause(POLL_MS);
      isRepaired = await isWhole();
    }
    story.show(first.node.name, 'vnet events --since 1m', await vnet(first, ['events', '--since', '1m']), 30);
    story.check('repaired, nothing left to do', 'yes', isRepaired ? 'yes' : 'no');
    story.say('The resident process, already warm, serves the next call:');
    const late = await addPod(first, 'late', story);
    story.check('the pod that it started: to gateway', 'answers', await answered(late.netns));
    await stopPod(first, late);
  } finally {
    await endWatch(watch);
  }
}

async function answered(from: Parameters<typeof answers>[0]): Promise<string> {
  return (await answers(from, GATEWAY)) ? 'answers' : 'no answer';
}

/** Resolves to the loop once it serves calls. */
async function startWatch({ node }: LabNode): Promise<ChildProcess> {
  const argv = [`--net=${node.netns.path}`, '--', join(BIN, 'vnet'), 'watch'];
  const env = { ...process.env, VNET_ROOT: node.root, VNET_NODE: node.nic.node };
  const child = spawn('nsenter', argv, { env, stdio: 'ignore' });
  process.on('exit', () => child.kill('SIGKILL'));
  const deadline = Date.now() + LONGEST_MS;
  while (!existsSync(join(node.root, 'run/vnet/calls.sock'))) {
    if (child.exitCode !== null || Date.now() > deadline) throw new Error('vnet watch did not start');
    await pause(POLL_MS);
  }
  return child;
}

function endWatch(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve();
    child.on('exit', () => resolve());
    child.kill('SIGTERM');
  });
}
