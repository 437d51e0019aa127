/** GC: removes attachments of one network that the runtime no longer lists. */
import { count } from '../../reconciler/model/words.ts';
import { loadWhole } from '../../reconciler/document/library.ts';
import { parseEndpointId } from '../../reconciler/model/names.ts';
import { err, ok, type Result } from '../../reconciler/model/result.ts';
import type { Endpoint } from '../../schemas/generated/vnet.ts';
import { foreignIpam } from '../protocol/netconf.ts';
import { runDelegate } from './delegate.ts';
import { removeEndpoint } from './detach.ts';
import { CNI_CODES, type CniError, cniError, toCniError } from '../protocol/errors.ts';
import type { Call, Host, Role } from '../host.ts';
import { removeLeaks } from './leaks.ts';
import { read, run, type Work } from '../work.ts';

/** The runtime may not yet have listed the attachment of an ADD in progress. Units: milliseconds. */
const GRACE_MS = 10_000;

/**
 * Ensures that no attachment of this network remains that the runtime did not list, except those of the last
 * 10 s, and no kernel object without a record. Without a list, or with `disableGC`, removes nothing; an empty
 * list means that none is valid.
 * Errors: the first error's code with all messages; everything else is still removed.
 */
export function* collect(host: Host, call: Call): Work<Result<undefined, CniError>> {
  const { validAttachments, name, disableGC } = call.netconf;
  if (validAttachments === undefined || disableGC) return ok(undefined);
  const snapshot = yield* read(host.session);
  if (!snapshot.ok) return err(toCniError(snapshot.error, 'document'));
  const endpoints = Object.entries(snapshot.value?.document.endpoints ?? {});
  const known = new Set(validAttachments.map(({ containerId, ifName }) => `${containerId}/${ifName}`));
  const isStale = staleness(call.role, known, host.session.now());
  const failures: CniError[] = [];
  for (const [id, endpoint] of endpoints) {
    if (parseEndpointId(id).network !== name || !isStale(id, endpoint)) continue;
    const { ipam } = endpoint;
    const giveBack = async (): Promise<Result<unknown, CniError>> =>
      ipam === undefined ? ok(undefined) : releaseDelegated(host, call, id, ipam);
    const removed = yield* removeEndpoint(host, { id, who: `${call.role} GC ${name}`, giveBack });
    if (!removed.ok) failures.push(removed.error);
  }
  if (call.role === 'azure-vnet') {
    yield* run(() => loadWhole(host.session.library));
    yield* run(() => host.session.kernel.prepare());
    const leaks = removeLeaks(host, { network: name, valid: known });
    if (!leaks.ok) failures.push(leaks.error);
  }
  const foreign = foreignIpam(call);
  const delegated =
    foreign === undefined ? ok(undefined) : yield* run(() => runDelegate(host, call, foreign, 'GC'));
  if (!delegated.ok) failures.push(delegated.error);
  return summarise(failures);
}

/** Each executable collects its own entries: attachments, or bare leases. */
function staleness(
  role: Role,
  known: ReadonlySet<string>,
  now: Date,
): (id: string, endpoint: Endpoint) => boolean {
  return (id, endpoint) => {
    const { containerId, ifName } = parseEndpointId(id);
    const isMine = (endpoint.hostVeth === undefined) === (role === 'azure-vnet-ipam');
    const isYoung = Math.abs(now.getTime() - Date.parse(endpoint.added)) < GRACE_MS;
    return isMine && !isYoung && !known.has(`${containerId}/${ifName}`);
  };
}

function releaseDelegated(
  host: Host,
  call: Call,
  id: string,
  ipam: string,
): Promise<Result<unknown, CniError>> {
  const { containerId, ifName } = parseEndpointId(id);
  const env = { ...call.env, CNI_CONTAINERID: containerId, CNI_IFNAME: ifName, CNI_NETNS: '' };
  return runDelegate(host, { ...call, env }, ipam, 'DEL');
}

function summarise(failures: readonly CniError[]): Result<undefined, CniError> {
  const [first, ...more] = failures;
  if (first === undefined) return ok(undefined);
  if (more.length === 0) return err(first);
  const lines = failures.map(({ msg, details }) => (details === undefined ? msg : `${msg}: ${details}`));
  const code = failures.every((failure) => failure.code === first.code)
    ? first.code
    : CNI_CODES.kernelRefused;
  return err(
    cniError(code, `${count(failures.length, 'attachment')} could not be removed`, lines.join('\n')),
  );
}
