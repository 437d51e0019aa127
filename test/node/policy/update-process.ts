/**
 * Changes the table of network policies of its namespace the given number of times, and prints how often it did; then, with the last
 * argument, goes on until it is killed. Elements change each time, classes each tenth time.
 */
import { createSys } from '#sys';
import { createKernel } from '../../../reconciler/kernel/apply/apply.ts';
import { createNft } from '../../../reconciler/kernel/apply/nft-command.ts';
import { PolicyCompiler } from '../../../reconciler/model/policy/compiler/compile.ts';
import type { PolicyPod } from '../../../reconciler/model/policy/members.ts';
import { policyTable } from '../../../reconciler/model/policy/table/table.ts';
import type { NftTableObject } from '../../../reconciler/model/state.ts';

const [times = '0', allowed = '', target = '', denied = '', goOn = ''] = process.argv.slice(2);
const kernel = createKernel(createSys(), createNft(process.env));
await kernel.prepare();
const compiler = new PolicyCompiler();

/** Whatever else changes, only the first pod may reach the target, on port 80. */
function tableAt(turn: number): NftTableObject {
  const pod = (name: string, address: string): PolicyPod => ({
    namespace: 'x',
    name,
    labels: { name },
    addresses: [address],
    isLocal: true,
  });
  const others = Array.from({ length: 20 }, (_, index): PolicyPod => {
    const address = `10.9.${(turn + index) % 200}.${index + 1}`;
    return { namespace: 'x', name: `other${index}`, labels: { name: 'other' }, addresses: [address] };
  });
  const from = (name: string): object[] => [{ podSelector: { matchLabels: { name } } }];
  const extra =
    Math.floor(turn / 10) % 2 === 0 ? [] : [{ from: from('other'), ports: [{ port: 1000 + (turn % 7) }] }];
  const ingress = [
    { from: from('allowed'), ports: [{ port: 80, protocol: 'UDP' as const, endPort: 80 + (turn % 3) }] },
    ...extra,
  ];
  const policies = { 'x/target': { podSelector: { matchLabels: { name: 'target' } }, ingress } };
  const pods = [pod('allowed', allowed), pod('target', target), pod('denied', denied), ...others];
  return policyTable(
    compiler.compile({ policies, namespaces: NONE, pods, unknown: 'deny', nodeCidrs: [] }),
    [],
  );
}

const NONE = new Map();
let before: NftTableObject | undefined;
const last = goOn === '' ? Number(times) : Number.POSITIVE_INFINITY;
for (let turn = 0; turn < last; turn += 1) {
  const want = tableAt(turn);
  const [result] = kernel.apply([
    before === undefined
      ? { verb: 'create', want }
      : { verb: 'update', want, have: before, fields: ['sets'] },
  ]);
  if (result?.ok !== true) throw new Error(JSON.stringify(result?.error));
  if (turn === 0) console.log('ready');
  before = want;
}
console.log(`done ${times}`);
kernel.close();
process.exit(0);
