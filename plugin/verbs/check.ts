/** CHECK: whether an attachment is unchanged since ADD. Read-only. */
import { whenLoaded } from '../../reconciler/document/library.ts';
import { planEndpoint } from '../../reconciler/loop/round/converge.ts';
import { err, ok, type Result } from '../../reconciler/model/result.ts';
import type { Step } from '../../reconciler/plan/step.ts';
import { count } from '../../reconciler/model/words.ts';
import type { VnetDocument } from '../../schemas/generated/vnet.ts';
import type { Call, Host } from '../host.ts';
import { CNI_CODES, type CniError, cniError, toCniError } from '../protocol/errors.ts';
import { foreignIpam } from '../protocol/netconf.ts';
import { parseResult } from '../protocol/parse-result.ts';
import { endpointOf } from '../../reconciler/model/endpoints.ts';
import { otherNode } from './claim.ts';
import { runDelegate } from './delegate.ts';
import { idOf } from './detach.ts';

/**
 * Resolves to success if the attachment is unchanged since ADD: in the document, in the runtime's copy of the
 * result, and in the kernel. Objects that chained plugins may change in the pod are not compared.
 * Errors: 104 listing each difference as want and have; those of the delegated IPAM plugin.
 */
export async function check(host: Host, call: Call): Promise<Result<undefined, CniError>> {
  const id = idOf(call);
  const read = await whenLoaded(host.session.library, () => host.session.store.read());
  if (!read.ok) return err(toCniError(read.error, 'document'));
  const document = read.value?.document;
  const endpoint = endpointOf(document, id);
  if (document === undefined || endpoint === undefined) {
    return differs(id, [`endpoint ${id}: want attached, have nothing in the document`]);
  }
  const refusal = otherNode(document, host.session.nodeName);
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
  const plan = planEndpoint(host.session, document, id);
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
