/** STATUS: whether ADD can be served. Read-only. */
import { whenLoaded } from '../../reconciler/document/library.ts';
import { refusalText } from '../../reconciler/loop/report/condition-details.ts';
import { allocateAddresses } from '../../reconciler/model/addresses/allocate.ts';
import { poolsOf } from '../../reconciler/model/addresses/families.ts';
import { coreOf } from '../../reconciler/model/modes/cores.ts';
import { networkOf } from '../../reconciler/model/networks.ts';
import { err, ok, type Result } from '../../reconciler/model/result.ts';
import { linkKeyOf } from '../../reconciler/model/state.ts';
import type { Network, Uplink, VnetDocument } from '../../schemas/generated/vnet.ts';
import type { Call, Host } from '../host.ts';
import { CNI_CODES, type CniError, cniError, toCniError } from '../protocol/errors.ts';
import { foreignIpam } from '../protocol/netconf.ts';
import { otherNode, whyNotAttachable } from './claim.ts';
import { runDelegate } from './delegate.ts';
import { scopeOf } from '../../reconciler/model/scope.ts';

/**
 * Resolves to success unless pods are cut off or no ADD could ever succeed. A node without document or
 * network is ready: the first ADD creates both. Notes on stderr: a refused edit, since the previous
 * generation is in force; an exhausted pool; a host endpoint that did not answer.
 * Errors: 50 if the document cannot be used or written; 51 if the uplink is missing, which cuts off pods.
 * Source: CNI specification 1.1, STATUS; containerd reports a failure as NetworkReady=false, and the node's
 * pods are evicted.
 */
export async function status(host: Host, call: Call): Promise<Result<undefined, CniError>> {
  const read = await whenLoaded(host.session.library, () => host.session.store.read());
  if (!read.ok) return unavailable(toCniError(read.error, 'document'));
  // Pods start from the previous generation, so STATUS must not fail.
  if (read.value?.refused !== undefined) host.note(`vnet: edit refused: ${refusalText(read.value.refused)}`);
  const document = read.value?.document;
  const refusal = otherNode(document, host.session.nodeName);
  if (refusal !== undefined) return unavailable(refusal);
  const unwritable = await host.whyNotWritable?.();
  if (unwritable !== undefined) {
    const how = 'Every ADD and DEL fails until it can be written: findmnt, lsattr and df show why.';
    return unavailable(cniError(CNI_CODES.documentInvalid, unwritable, how));
  }
  const network = networkOf(document, call.netconf.name);
  if (document !== undefined && network !== undefined) {
    const served = await checkNetwork(host, call, { document, network });
    if (!served.ok) return served;
  }
  const foreign = foreignIpam(call);
  if (foreign === undefined) return ok(undefined);
  const delegated = await runDelegate(host, call, foreign, 'STATUS');
  return delegated.ok ? ok(undefined) : delegated;
}

async function checkNetwork(
  host: Host,
  call: Call,
  { document, network }: { readonly document: VnetDocument; readonly network: Network },
): Promise<Result<undefined, CniError>> {
  const { name } = call.netconf;
  const isAttaching = call.role === 'azure-vnet';
  const unfit = isAttaching ? whyNotAttachable(network, name) : undefined;
  if (unfit !== undefined) return unavailable(unfit);
  await noteSilence(host, network, name);
  const own = lookAtNode(host, isAttaching ? coreOf(network).links(network).uplink : undefined);
  if (!own.ok) return own;
  if (foreignIpam(call) !== undefined) return ok(undefined);
  const request = { network: name, now: host.session.now(), ifName: 'eth0', own: own.value };
  const free = allocateAddresses(document, request);
  // A failure would make the node not ready and evict the pods of a full node.
  if (!free.ok) {
    const { explainExhaustion } = await import('../../reconciler/model/addresses/pool-summary.ts');
    host.note(`vnet: ADD cannot be served: ${explainExhaustion(document, request, free.error).message}`);
  }
  return ok(undefined);
}

async function noteSilence(host: Host, network: Network, name: string): Promise<void> {
  if (!poolsOf(network).some(({ pool }) => pool.source === 'azure')) return;
  const { lastFailure } = await import('../../reconciler/fabric/pool-source.ts');
  const silence = host.place && lastFailure(host.place.sys, host.place.runDirectory, name);
  if (silence !== undefined)
    host.note(`vnet: the pool has the addresses of an earlier answer: ${silence.message}`);
}

function unavailable({ msg, details }: CniError): Result<never, CniError> {
  return err(cniError(CNI_CODES.notAvailable, msg, details));
}

/** Returns the addresses of the node. Errors: 51 if it does not have the uplink. */
function lookAtNode({ session }: Host, uplink: Uplink | undefined): Result<readonly string[], CniError> {
  const devices = uplink === undefined ? [] : [uplink.name];
  const seen = session.kernel.observe(scopeOf({ devices, own: true }));
  if (!seen.ok) return unavailable(toCniError(seen.error, 'kernel'));
  const { state, own } = seen.value;
  if (uplink === undefined || state.has(linkKeyOf(uplink.name))) return ok(own ?? []);
  const details = 'Pods have lost the network too. See `ip link` and `vnet status`.';
  return err(cniError(CNI_CODES.limitedConnectivity, `the uplink ${uplink.name} is gone`, details));
}
