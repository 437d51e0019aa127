/** A change of one pod among a thousand policies: in the kernel alone, and from the file that the cluster's agent writes to the rule. */
import { appendFileSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readStatus } from '../reconciler/loop/files/status-file.ts';
import { createSys } from '#sys';
import type { Attended } from './attended.ts';
import { CLUSTER_PODS, clusterPod } from './policy-cluster.ts';
import type { Recorder } from './series.ts';
import { FOLLOW_TASKS, POLICY_TASKS } from './tasks.ts';

const KEY = { endpoints: CLUSTER_PODS, contestant: POLICY_TASKS.many };

/** Units: milliseconds. */
const [LOOK_MS, LONGEST_MS] = [5, 30_000];

/** Measures changes of the kernel alone, by a process in the node's namespace that replaces its table: call it last. */
export function measureKernelChange({ here }: Attended, runs: number, recorder: Recorder): void {
  const script = join(import.meta.dirname, 'policy-change-process.ts');
  const argv = [process.execPath, '--import', 'tsx', script, String(runs)];
  const printed = here.node.netns.mustExec(argv, { timeoutMs: 120_000 }).stdout;
  const times: readonly number[] = JSON.parse(printed.trim().split('\n').at(-1) ?? '');
  for (const value of times) recorder.add({ ...KEY, task: FOLLOW_TASKS.kernel }, { value });
}

/** Measures from the end of the write to the end of the change, as the resident process records it. */
export async function measureFollowing({ here }: Attended, runs: number, recorder: Recorder): Promise<void> {
  const file = join(dirname(here.documentPath), 'policy.json');
  const run = join(dirname(here.documentPath), '../../../run/vnet');
  const sys = createSys();
  // The first line is the whole; changes follow it.
  if (!readFileSync(file, 'utf8').endsWith('\n')) appendFileSync(file, '\n');
  for (let round = -2; round < runs; round += 1) {
    const before = readStatus(sys, run)?.policies?.members;
    // The time of a file is that of the kernel's last tick, up to 4 ms earlier.
    const change = { pods: [clusterPod(700, 80_000 + round)], changedMs: Date.now() };
    appendFileSync(file, `${JSON.stringify(change)}\n`);
    const start = performance.now();
    while (readStatus(sys, run)?.policies?.members === before) {
      if (performance.now() - start > LONGEST_MS) throw new Error('the change is not followed');
      await new Promise((resolve) => void setTimeout(resolve, LOOK_MS));
    }
    const value = readStatus(sys, run)?.policies?.lagMs;
    if (value !== undefined && round >= 0) recorder.add({ ...KEY, task: FOLLOW_TASKS.event }, { value });
  }
}
