/** Whether another machine has the addresses of a new endpoint. Loaded lazily: only networks with a probe need it. */
import { addAnswers, isOfFabric, readAnswers } from '../reconciler/loop/files/probe-file.ts';
import { probeAddresses } from '../reconciler/kernel/probe/probe.ts';
import { withoutLength } from '../reconciler/model/addresses/address.ts';
import { coreOf } from '../reconciler/model/modes/cores.ts';
import { probeOf } from '../reconciler/model/networks.ts';
import type { Sys } from '../reconciler/model/ports/sys.ts';
import { err, ok, renderFailure, type Result } from '../reconciler/model/result.ts';
import type { Endpoint, Network } from '../schemas/generated/vnet.ts';
import type { Call, Host } from './host.ts';
import { CNI_CODES, type CniError, cniError } from './protocol/errors.ts';
import type { ClaimRequest } from './verbs/claim.ts';
import { removeEndpoint, whoIs } from './verbs/detach.ts';
import { run, type Work } from './work.ts';

/** How many addresses of other machines an ADD may meet. */
const MOST_PROBES = 16;

/** One ADD. */
type Asking = {
  readonly host: Host;
  readonly call: Call;
  readonly request: Pick<ClaimRequest, 'key' | 'lease' | 'foreign'>;
  readonly id: string;
};

/** The endpoint in the document, and how many addresses were probed before. */
type Probed = { readonly endpoint: Endpoint | undefined; readonly probes: number | undefined };

/**
 * Returns the addresses of other machines, if they have one of the endpoint's: it is then removed from the document; else none.
 * An address that another plugin has leased is not ours to judge.
 * Errors: 11 after many such addresses; those of the removal.
 */
export function* probeEndpoint(
  { host, call, request, id }: Asking,
  network: Network,
  { endpoint, probes = 0 }: Probed,
): Work<Result<readonly string[], CniError>> {
  const { probe } = host;
  if (probe === undefined || endpoint === undefined || request.lease || request.foreign !== undefined)
    return ok([]);
  const answered = yield* run(() => probe(request.key.network, network, endpoint.addresses));
  if (answered.length === 0) return ok([]);
  const removed = yield* removeEndpoint(host, { id, who: whoIs(call), fresh: true });
  if (!removed.ok) return removed;
  if (probes + 1 < MOST_PROBES) return ok(answered);
  const msg = `other machines answer for ${probes + 1} addresses of network ${request.key.network}, the last one ${endpoint.addresses.join(', ')}`;
  return err(cniError(CNI_CODES.tryAgainLater, msg, 'See vnet get pool; exclude them from the pool.'));
}

/** Where probes are sent and recorded. */
type ProbePlace = {
  readonly sys: Sys;
  readonly runDirectory: string;
  readonly now: () => Date;
  readonly note: (line: string) => void;
};

/**
 * Returns the prober of this machine. In a network with a bridge, it asks there: the bridge reaches its pods and the uplink; before
 * the bridge exists, and in networks without one, on the uplink.
 */
export function createProber({ sys, runDirectory, now, note }: ProbePlace): NonNullable<Host['probe']> {
  return async (network, section, addresses) => {
    const { timeoutMs } = probeOf(section) ?? {};
    const { bridge, uplink } = coreOf(section).links(section);
    const devices = [bridge?.name, uplink?.name].flatMap((name) => name ?? []);
    if (timeoutMs === undefined || devices.length === 0) return [];
    const asked = addresses.map(withoutLength);
    const answers = await probeAddresses(sys, { devices, addresses: asked, timeoutMs });
    if (!answers.ok) {
      note(`vnet: no probe: ${renderFailure(answers.error)}`);
      return [];
    }
    const nowMs = now().getTime();
    const found = answers.value.map((one) => ({ ...one, atMs: nowMs }));
    addAnswers(sys, runDirectory, { network, answers: found });
    if (found.every(isOfFabric)) return [];
    return readAnswers(sys, runDirectory, { network, nowMs }).flatMap((one) =>
      isOfFabric(one) ? [] : [one.address],
    );
  };
}
