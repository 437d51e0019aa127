/** Whether another machine has the addresses of a new endpoint. Loaded lazily: only networks with a probe need it. */
import { addAnswers, isOfFabric, readAnswers } from '../reconciler/loop/files/probe-file.ts';
import { probeAddresses } from '../reconciler/kernel/probe/probe.ts';
import { withoutLength } from '../reconciler/model/addresses/address.ts';
import { coreOf } from '../reconciler/model/modes/cores.ts';
import { probeOf } from '../reconciler/model/networks.ts';
import { err, ok, renderFailure, type Result } from '../reconciler/model/result.ts';
import type { Network, VnetDocument } from '../schemas/generated/vnet.ts';
import type { Call, Host } from './host.ts';
import { CNI_CODES, type CniError, cniError } from './protocol/errors.ts';
import { endpointOf } from '../reconciler/model/endpoints.ts';
import type { ClaimRequest } from './verbs/claim.ts';
import { removeEndpoint, authorOfCall } from './verbs/detach.ts';
import { run, type Work } from './work.ts';

/** The addresses of other machines, and how many were met so far. */
type Answered = { readonly answered: readonly string[]; readonly probes: number };

/** How many addresses of other machines an ADD may meet. */
const MAX_PROBES = 16;

/** One ADD. */
type Asking = {
  readonly host: Host;
  readonly call: Call;
  readonly request: Pick<ClaimRequest, 'key' | 'isLease' | 'foreign'>;
  readonly id: string;
};

/** The document with the endpoint, and how many addresses were in use before. */
type Probed = { readonly document: VnetDocument | undefined; readonly probes: number | undefined };

/**
 * Returns the addresses of other machines, if they have one of the endpoint's: it is then removed from the document.
 * An address that another plugin has leased is not ours to judge.
 * Errors: 11 after many such addresses; those of the removal.
 */
export function* probeEndpoint(
  { host, call, request, id }: Asking,
  network: Network,
  { document, probes = 0 }: Probed,
): Work<Result<Answered, CniError> | undefined> {
  const endpoint = endpointOf(document, id);
  if (endpoint === undefined || request.isLease || request.foreign !== undefined) return undefined;
  const { addresses } = endpoint;
  const answered = yield* run(() => askNetwork(host, request.key.network, { section: network, addresses }));
  if (answered.length === 0) return undefined;
  const removed = yield* removeEndpoint(host, { id, who: authorOfCall(call), isFresh: true });
  if (!removed.ok) return removed;
  if (probes + 1 < MAX_PROBES) return ok({ answered, probes: probes + 1 });
  const msg = `other machines answer for ${probes + 1} addresses of network ${request.key.network}, the last one ${endpoint.addresses.join(', ')}`;
  return err(cniError(CNI_CODES.tryAgainLater, msg, 'See vnet get pool; exclude them from the pool.'));
}

/**
 * Resolves to the addresses of the network for which other machines answered a probe lately, if one of the endpoint's is among them now; else to
 * none. In a network with a bridge, it asks there: the bridge reaches its pods and the uplink; before the bridge exists, and in
 * networks without one, on the uplink.
 */
async function askNetwork(
  { place, session, note }: Host,
  network: string,
  { section, addresses }: { readonly section: Network; readonly addresses: readonly string[] },
): Promise<readonly string[]> {
  const { timeoutMs } = probeOf(section) ?? {};
  const { bridge, uplink } = coreOf(section).links(section);
  const devices = [bridge?.name, uplink?.name].flatMap((name) => name ?? []);
  if (place === undefined || timeoutMs === undefined || devices.length === 0) return [];
  const { sys, runDirectory } = place;
  const asked = addresses.map(withoutLength);
  const answers = await probeAddresses(sys, { devices, addresses: asked, timeoutMs });
  if (!answers.ok) {
    note(`vnet: no probe: ${renderFailure(answers.error)}`);
    return [];
  }
  const nowMs = session.now().getTime();
  const found = answers.value.map((one) => ({ ...one, atMs: nowMs }));
  addAnswers(sys, runDirectory, { network, answers: found });
  if (found.every(isOfFabric)) return [];
  return readAnswers(sys, runDirectory, { network, nowMs }).flatMap((one) =>
    isOfFabric(one) ? [] : [one.address],
  );
}
