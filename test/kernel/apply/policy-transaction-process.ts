/**
 * Makes a table of policies, then changes it together with the set of policed pods of the bridge's table, where the latter is there. Prints
 * the results, and the number of transactions. It ends after the first run of nft, or before the second one, if told so; with `change`, the
 * table is there.
 */
import { createSys } from '#sys';
import { createKernel } from '../../../reconciler/kernel/apply/apply.ts';
import { createNft } from '../../../reconciler/kernel/apply/nft-command.ts';
import { NetlinkSocket, ReceiveBuffer } from '../../../reconciler/kernel/netlink/socket.ts';
import { nftMessageType, policyHeader } from '../../../reconciler/kernel/policy/messages.ts';
import { PolicyCompiler } from '../../../reconciler/model/policy/compiler/compile.ts';
import { policyTable } from '../../../reconciler/model/policy/table/table.ts';
import { NFT_TABLE } from '../../../reconciler/model/names.ts';
import { FLAGS } from '../../../reconciler/model/ports/sys.ts';
import { HOST, type NftElementObject, type NftTableObject } from '../../../reconciler/model/state.ts';

const sys = createSys();

function tableWith(addresses: readonly string[]): NftTableObject {
  const pods = [{ namespace: 'x', name: 'p', labels: {}, addresses, isLocal: true as const }];
  const policies = { 'x/p': { podSelector: {} } };
  const input = { policies, namespaces: new Map(), pods, unknown: 'deny' as const, nodeCidrs: [] };
  return policyTable(new PolicyCompiler().compile(input), []);
}

/** Source: NFT_MSG_GETGEN and NFTA_GEN_ID of linux/netfilter/nf_tables.h. */
function generation(): number {
  const options = { protocol: FLAGS.NETLINK_NETFILTER, readOnly: true, buffer: new ReceiveBuffer() };
  const socket = NetlinkSocket.open(sys, options);
  if (!socket.ok) throw new Error(JSON.stringify(socket.error));
  const request = { type: nftMessageType(16), flags: 0, body: policyHeader().finish() };
  const read = socket.value.get(request, (body) => body.attribute(4, 1)?.toBytes(), 'read the generation');
  socket.value.close();
  const bytes = read.ok ? (read.value ?? []) : [];
  return [...bytes].reduce((sum, byte) => sum * 256 + byte, 0);
}

const [way] = process.argv.slice(2);
const nft = createNft(process.env);
let runs = 0;
const cut: typeof nft = {
  ...nft,
  run: (script) => {
    runs += 1;
    if (way === 'before-second' && runs === 2) process.exit(0);
    const done = nft.run(script);
    if (way === 'after-first') process.exit(0);
    return done;
  },
};
const kernel = createKernel(sys, cut);
await kernel.prepare();
const [have, want] = [tableWith(['10.9.0.1']), tableWith(['10.9.0.1', '10.9.0.2'])];
const [made] = way === 'change' ? [] : kernel.apply([{ verb: 'create', want: have }]);
if (way !== 'change' && made?.ok !== true) throw new Error(JSON.stringify(made?.error));
const lift: NftElementObject = {
  kind: 'nft-element',
  netns: HOST,
  table: NFT_TABLE,
  set: 'policed4',
  key: '10.9.0.2',
};
const before = generation();
const results = kernel.apply([
  { verb: 'update', want, have, fields: ['sets'] },
  { verb: 'create', want: lift },
]);
const after = generation();
kernel.close();
console.log(
  JSON.stringify({
    transactions: after - before,
    results: results.map((one) => (one.ok ? one.value : one.error.code)),
  }),
);
process.exit(0);
