/** CHECK and STATUS: read-only. */
import { count } from '../../reconciler/plan/text.ts';
import type { Network, Uplink, VnetDocument } from '../../schemas/generated/vnet.ts';
import { whenLoaded } from '../../reconciler/document/library.ts';
import type { Problem, Snapshot } from '../../reconciler/document/store/store.ts';
import { refusalText } from '../../reconciler/loop/report/condition-details.ts';
import { planEndpoint } from '../../reconciler/loop/round/converge.ts';
import { allocateAddresses } from '../../reconciler/model/addresses/allocate.ts';
import { poolsOf } from '../../reconciler/model/addresses/families.ts';
import { coreOf } from '../../reconciler/model/modes/cores.ts';
import { networkOf } from '../../reconciler/model/networks.ts';
import { linkKeyOf } from '../../reconciler/model/state.ts';
import { err, ok, type Result } from '../../reconciler/model/result.ts';
import type { Plan, Step } from '../../reconciler/plan/step.ts';
import { endpointOf, otherNode, whyNotAttachable } from './claim.ts';
import { foreignIpam } from '../protocol/netconf.ts';
import { runDelegate } from './delegate.ts';
import { idOf } from './detach.ts';
import { CNI_CODES, type CniError, cniError, toCniError } from '../protocol/errors.ts';
import type { Call, Host } from '../host.ts';
import { parseResult } from '../protocol/parse-result.ts';

/**
 * Resolves to success if the attachment is unchanged since ADD: in the document, in the runtime's copy of the
 * result, and in the kernel. Objects that chained plugins may change in the pod are not compared.
 * Errors: 104 listing each difference as want and have; those of the delegated IPAM plugin.
 */
export async function check(host: Host, call: Call): Promise<Result<undefined, CniError>> {
  const id = idOf(call);
  const read = await readDocument(host);
  if (!read.ok) return err(toCniError(read.error, 'document'));
  const document = read.value?.document;
  const endpoint = endpointOf(document, id);
  if (document === undefined || endpoint === undefined) {
    return differs(id, [`endpoint ${id}: want attached, have nothing in the document`]);
  }
  const refusal = otherNode(document, host.session.node);
  if (refusal !== undefined) return err(refusal);
  if (endpoint.leaving !== undefined) return differs(id, [`endpoint ${id}: want attached, have leaving`]);
  const known = compareResult(call, endpoint.addresses);
  if (!known.ok) return known;
  await host.session.kernel.prepare();
  const kernel = endpoint.hostVeth === undefined ? ok([]) : compareKernel(host, document, id);
  if (!kernel.ok) return kernel;
  const lines = [...known.value, ...kernel.value];
  if (lines.length > 0) return differs(id, lines);
  const foreign = foreignIpam(call);
  if (foreign === undefined) return ok(undefined);
  const delegated = await runDelegate(host, call, foreign, 'CHECK');
  return delegated.ok ? ok(undefined) : delegated;
}

function readDocument({ session }: Host): Promise<Result<Snapshot | undefined, Problem>> {
  return whenLoaded(session.library, () => session.store.read());
}

function differs(id: string, lines: readonly string[]): Result<never, CniError> {
  return err(
    cniError(
      CNI_CODES.networkDiffers,
      `the network of ${id} differs from the document: ${count(lines.length, 'difference')}; repair with \`vnet reconcile\``,
      lines.join('\n'),
    ),
  );
}

/** The runtime's copy must contain the document's addresses; chained plugins may have added others. */
function compareResult({ netconf }: Call, addresses: readonly string[]): Result<readonly string[], CniError> {
  if (netconf.prevResult === undefined) return ok([]);
  const previous = parseResult(netconf.prevResult, netconf.cniVersion);
  if (!previous.ok) return previous;
  const have = previous.value.ips.map(({ address }) => address);
  const missing = addresses.filter((address) => !have.includes(address));
  return ok(missing.map((address) => `prevResult: want ${address}, have ${have.join(', ') || 'no address'}`));
}

function compareKernel(host: Host, document: VnetDocument, id: string): Result<readonly string[], CniError> {
  const plan: Result<Plan> = planEndpoint(host.session, document, id);
  if (!plan.ok) return err(toCniError(plan.error, 'kernel'));
  return ok(plan.value.steps.filter((step) => !isFollowing(step)).map(renderStep));
}

/** The sets that follow the MAC of a pod. */
const LEARNED_SETS: readonly string[] = ['own_macs', 'other_macs'];

/**
 * A MAC changed in the pod is no error: the port follows with the pod's next ARP frame, or in the next round.
 */
function isFollowing({ change }: Step): boolean {
  const subject = change.verb === 'delete' ? change.have : change.want;
  return subject.kind === 'nft-element' && LEARNED_SETS.includes(subject.set);
}

/** One line per object: `neighbour 10.240.0.36 dev azure0: mac want 0a:…, have 0a:…`. */
function renderStep(step: Step): string {
  if (step.change.verb === 'create') return `${step.key}: want present, have absent`;
  if (step.change.verb === 'delete') return `${step.key}: want absent, have present`;
  const fields = step.differences.map(({ field, want, have }) => `${field} want ${want}, have ${have}`);
  return `${step.key}: ${fields.join('; ')}`;
}

/**
 * Resolves to success unless pods are cut off or no ADD could ever succeed. A node without document or
 * network is ready: the first ADD creates both. Notes on stderr: a refused edit, since the previous
 * generation is in force; an exhausted pool; a host endpoint that did not answer.
 * Errors: 50 if the document cannot be used or written; 51 if the uplink is missing, which cuts off pods.
 * Source: CNI specification 1.1, STATUS; containerd reports a failure as NetworkReady=false, and the node's
 * pods are evicted.
 */
export async function status(host: Host, call: Call): Promise<Result<undefined, CniError>> {
  const read = await readDocument(host);
  if (!read.ok) return unavailable(toCniError(read.error, 'document'));
  // Pods start from the previous generation, so STATUS must not fail.
  if (read.value?.refused !== undefined) host.note(`vnet: edit refused: ${refusalText(read.value.refused)}`);
  const document = read.value?.document;
  const refusal = otherNode(document, host.session.node);
  if (refusal !== undefined) return unavailable(refusal);
  const unwritable = await host.whyNotWritable?.();
  if (unwritable !== undefined) {
    const how = 'Every ADD and DEL fails until it can be written: findmnt, lsattr and df show why.';
    return unavailable(cniError(CNI_CODES.documentInvalid, unwritable, how));
  }
  const network = networkOf(document, call.netconf.name);
  const foreign = foreignIpam(call);
  if (document !== undefined && network !== undefined) {
    const isAttaching = call.role === 'azure-vnet';
    const unfit = isAttaching ? whyNotAttachable(network, call.netconf.name) : undefined;
    if (unfit !== undefined) return unavailable(unfit);
    const { uplink } = isAttaching ? coreOf(network).links(network) : {};
    await noteSilence(host, network, call.netconf.name);
    const own = lookAtNode(host, uplink);
    if (!own.ok) return own;
    const request = { network: call.netconf.name, now: host.session.now(), ifName: 'eth0', own: own.value };
    const free = foreign === undefined ? allocateAddresses(document, request) : ok(undefined);
    // A failure would make the node not ready and evict the pods of a full node.
    if (!free.ok) {
      const { explainExhaustion } = await import('../../reconciler/model/addresses/pool-summary.ts');
      const { message } = explainExhaustion(document, request, free.error);
      host.note(`vnet: ADD cannot be served: ${message}`);
    }
  }
  if (foreign === undefined) return ok(undefined);
  const delegated = await runDelegate(host, call, foreign, 'STATUS');
  return delegated.ok ? ok(undefined) : delegated;
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
  const seen = session.kernel.observe({
    whole: false,
    devices,
    pods: [],
    sysctls: [],
    entries: [],
    own: true,
  });
  if (!seen.ok) return unavailable(toCniError(seen.error, 'kernel'));
  const { state, own } = seen.value;
  if (uplink === undefined || state.has(linkKeyOf(uplink.name))) return ok(own ?? []);
  const details = 'Pods have lost the network too. See `ip link` and `vnet status`.';
  return err(cniError(CNI_CODES.limitedConnectivity, `the uplink ${uplink.name} is gone`, details));
}
