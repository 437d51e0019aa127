/**
 * `npx tsx bench/agent.ts [PODS] [ROUNDS]` (root, after `npm run build`): memory of `vnet agent` with so many pods in the cluster, and the time
 * from the event of a new revision to the document and to the kernel.
 */
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { makeLiveNode } from '../test/plugin/live-node.ts';

const node = makeLiveNode();
try {
  const pod = node.addPod();
  const added = await node.call({ verb: 'ADD', pod });
  if (added.code !== 0) throw new Error(added.stdout + added.stderr);
  const path = join(node.root, 'var/lib/vnet/vnet.yaml');
  const text = readFileSync(path, 'utf8');
  writeFileSync(path, text.replace(/^networks:/m, 'policy: { enforce: true }\nnetworks:'));
  const made = node.reconcile();
  if (made.code !== 0) throw new Error(made.stdout + made.stderr);
  const work = [join(import.meta.dirname, 'agent-work.ts'), node.root, ...process.argv.slice(2)];
  const program = ['nsenter', `--net=${node.netns.path}`, '--', process.execPath, '--import', 'tsx', ...work];
  const [command = '', ...args] = program;
  process.exitCode = spawnSync(command, args, { stdio: 'inherit' }).status ?? 1;
} finally {
  node.remove();
}
