/**
 * The verbs of both executables, from a decoded call to a result: azure-vnet as main plugin, azure-vnet-ipam
 * as IPAM.
 */
import { err, ok, type Result } from '../../reconciler/model/result.ts';
import { type AttachRequest, attachEndpoint } from './attach.ts';
import { endpointOf, type ForeignLease } from './claim.ts';
import { foreignIpam, leaseFromDelegate, runDelegate } from './delegate.ts';
import { detach, idOf, removeEndpoint, whoIs } from './detach.ts';
import type { CniVerb } from '../../reconciler/cni/call.ts';
import { type CniError, toCniError } from '../protocol/errors.ts';
import type { Call, Host } from '../host.ts';
import { omitUndefined } from '../../reconciler/model/objects.ts';
import { lookAtPod, refuseOwnNetns } from './namespace.ts';
import { podRoute } from '../protocol/route.ts';
import { chooseWanted, refuseBandwidth } from '../protocol/address-requests.ts';
import { type CniResult, ipamResult, mergeResults, parseResult } from '../protocol/result.ts';
import { read, run, type Work } from '../work.ts';

/** Runs the verb; undefined for success without output. */
export function* runVerb(
  host: Host,
  call: Call,
  verb: Exclude<CniVerb, 'VERSION'>,
): Work<Result<CniResult | undefined, CniError>> {
  const refused = refuseOwnNetns(host, call);
  if (refused !== undefined) return err(refused);
  switch (verb) {
    case 'ADD':
      return yield* add(host, call);
    case 'DEL':
      return yield* detach(host, call);
    case 'CHECK':
    case 'STATUS': {
      // Loaded lazily: ADD does not need them.
      const { check, status } = yield* run(() => import('./check.ts'));
      return yield* run(() => (verb === 'CHECK' ? check : status)(host, call));
    }
    case 'GC': {
      const { collect } = yield* run(() => import('./collect.ts'));
      return yield* collect(host, call);
    }
    default:
      return verb satisfies never;
  }
}

/** Returns the result of ADD, appended to that of the preceding plugins in the chain. */
function* add(host: Host, call: Call): Work<Result<CniResult, CniError>> {
  const attachment = describeAttachment(host, call);
  if (!attachment.ok) return attachment;
  const previous = parsePrevious(call);
  if (!previous.ok) return previous;
  const foreign = foreignIpam(call);
  const attached =
    foreign === undefined
      ? yield* attachEndpoint(host, call, attachment.value)
      : yield* attachDelegated(host, call, { attachment: attachment.value, ipam: foreign });
  if (!attached.ok) return attached;
  if (call.role === 'azure-vnet-ipam') return ok(ipamResult(attached.value));
  return ok(previous.value === undefined ? attached.value : mergeResults(previous.value, attached.value));
}

function parsePrevious({ netconf }: Call): Result<CniResult | undefined, CniError> {
  return netconf.prevResult === undefined
    ? ok(undefined)
    : parseResult(netconf.prevResult, netconf.cniVersion);
}

function describeAttachment(host: Host, call: Call): Result<AttachRequest, CniError> {
  const { invocation, netconf, args, role } = call;
  const refused = role === 'azure-vnet' ? refuseBandwidth(netconf.raw) : undefined;
  if (refused !== undefined) return err(refused);
  const look = lookAtPod(host, call);
  if (!look.ok) return look;
  const { containerId, ifName, netns } = invocation;
  const { ipam, wishes, isDefaultGateway } = netconf;
  const wanted = chooseWanted(wishes, args, { ifName, fixed: ipam.ipAddress });
  if (!wanted.ok) return wanted;
  return ok({
    key: { network: netconf.name, containerId, ifName },
    lease: role === 'azure-vnet-ipam',
    netns,
    ...look.value,
    routes: ipam.routes.map(podRoute),
    ...wanted.value,
    ...omitUndefined({ pod: args.pod, isDefaultGateway }),
  });
}

type Delegated = { readonly attachment: AttachRequest; readonly ipam: string };

/**
 * ADD with another IPAM plugin: called first, and once per attachment; its address is released if the rest
 * fails.
 */
function* attachDelegated(
  host: Host,
  call: Call,
  { attachment, ipam }: Delegated,
): Work<Result<CniResult, CniError>> {
  const giveBack = (): Promise<Result<unknown, CniError>> => runDelegate(host, call, ipam, 'DEL');
  const snapshot = yield* read(host.session);
  if (!snapshot.ok) return err(toCniError(snapshot.error, 'document'));
  const existing = endpointOf(snapshot.value?.document, idOf(call));
  if (existing !== undefined && existing.leaving === undefined) {
    return yield* attachEndpoint(host, call, attachment);
  }
  if (existing !== undefined) {
    const removed = yield* removeEndpoint(host, { id: idOf(call), who: whoIs(call), giveBack });
    if (!removed.ok) return removed;
  }
  const lease = yield* run(() => askDelegate(host, call, ipam));
  const attached = lease.ok
    ? yield* attachEndpoint(host, call, { ...attachment, foreign: lease.value })
    : lease;
  if (attached.ok) return attached;
  const given = yield* run(giveBack);
  if (!given.ok) host.note(`release of the address: ${given.error.msg}`);
  return attached;
}

async function askDelegate(host: Host, call: Call, ipam: string): Promise<Result<ForeignLease, CniError>> {
  const result = await runDelegate(host, call, ipam, 'ADD');
  return result.ok ? leaseFromDelegate(ipam, result.value) : result;
}
