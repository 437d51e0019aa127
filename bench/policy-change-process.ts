/**
 * Makes the table of a thousand network policies in its network namespace, and moves one peer of them to another address the given number of
 * times. Prints the milliseconds of each change in the kernel as JSON.
 */
import { createSys } from '#sys';
import { createKernel } from '../reconciler/kernel/apply/apply.ts';
import { createNft } from '../reconciler/kernel/apply/nft-command.ts';
import { PolicyCompiler } from '../reconciler/model/policy/compiler/compile.ts';
import { changedTable, policyTable } from '../reconciler/model/policy/table/table.ts';
import type { NftTableObject } from '../reconciler/model/state.ts';
import { clusterPod, inputOf, makeCluster } from './policy-cluster.ts';

const runs = Number(process.argv[2]);
const kernel = createKernel(createSys(), createNft(process.env));
await kernel.prepare();
const input = inputOf(makeCluster());
const local = input.pods.filter(({ isLocal }) => isLocal === true);
const others = input.pods.filter(({ isLocal }) => isLocal !== true);
const compiler = new PolicyCompiler();
const [made] = kernel.apply([{ verb: 'create', want: policyTable(compiler.compile(input), []) }]);
if (made?.ok !== true) throw new Error(JSON.stringify(made?.error));

const unread = (): NftTableObject => {
  throw new Error('the whole table is read');
};
const times: number[] = [];
let before = { ...input, local, others };
for (let round = 0; round < runs; round += 1) {
  const after = { ...before, others: others.with(700, clusterPod(730, 80_000 + round)) };
  const change = compiler.change(before, after);
  if (change === undefined) throw new Error('not a change');
  const startMs = performance.now();
  const [done] = kernel.apply([
    { verb: 'update', ...changedTable(unread, unread, change), fields: ['sets'] },
  ]);
  times.push(performance.now() - startMs);
  if (done?.ok !== true) throw new Error(JSON.stringify(done?.error));
  before = after;
}
kernel.close();
console.log(JSON.stringify(times));
process.exit(0);
