/** Makes the table of policies with each list of ports in turn: the first by nft, the others without it. */
import { createSys } from '#sys';
import { createKernel } from '../../reconciler/kernel/apply/apply.ts';
import { createNft } from '../../reconciler/kernel/apply/nft-command.ts';
import { PolicyCompiler } from '../../reconciler/model/policy/compiler/compile.ts';
import type { PolicyPod } from '../../reconciler/model/policy/members.ts';
import { policyTable } from '../../reconciler/model/policy/table/table.ts';
import type { NftTableObject } from '../../reconciler/model/state.ts';
import type { NetworkPolicy } from '../../schemas/generated/vnet.ts';

function tableOf(ports: readonly number[]): NftTableObject {
  const pods = [1, 2, 3, 4].map((at): PolicyPod => {
    const addresses = [`10.9.0.${at}`, `fd00::${at}`];
    return { namespace: 'x', name: `p${at}`, labels: { app: `a${at % 2}` }, addresses, isLocal: true };
  });
  const rules = ports.map((port, at) => ({
    peers: [{ podSelector: { matchLabels: { app: `a${at}` } } }],
    ports: [{ port }, { protocol: 'UDP' as const, port, endPort: port + 20 }],
  }));
  const ingress = rules.map(({ peers, ...rest }) => ({ from: peers, ...rest }));
  const egress = rules.map(({ peers, ...rest }) => ({ to: peers, ...rest }));
  const policies: Record<string, NetworkPolicy> = {
    'x/p': { podSelector: {}, policyTypes: ['Ingress', 'Egress'], ingress, egress },
  };
  const namespaces = new Map();
  return policyTable(
    new PolicyCompiler().compile({ policies, namespaces, pods, unknown: 'deny', nodeCidrs: [] }),
    [],
  );
}

let have: NftTableObject | undefined;
for (const step of process.argv.slice(2)) {
  const want = tableOf(JSON.parse(step));
  const kernel = createKernel(createSys(), have === undefined ? createNft(process.env) : undefined);
  await kernel.prepare();
  const [result] = kernel.apply([
    have === undefined ? { verb: 'create', want } : { verb: 'update', want, have, fields: ['sets'] },
  ]);
  if (result?.ok !== true) throw new Error(JSON.stringify(result?.error));
  have = want;
  kernel.close();
}
process.exit(0);
