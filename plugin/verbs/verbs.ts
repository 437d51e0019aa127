/**
 * The verbs of both executables, from a decoded call to a result: azure-vnet as main plugin, azure-vnet-ipam
 * as IPAM.
 */
import { err, ok, type Result } from '../../reconciler/model/result.ts';
import { attachEndpoint } from './attach.ts';
import type { AttachRequest } from './claim.ts';
import { detach } from './detach.ts';
import type { CniVerb } from '../../reconciler/cni/call.ts';
import type { CniError } from '../protocol/errors.ts';
import type { Call, Host } from '../host.ts';
import { field, isJsonObject, type Json } from '../protocol/json.ts';
import { readLabels } from '../protocol/labels.ts';
import { omitUndefined } from '../../reconciler/model/objects.ts';
import { readPodNamespace, refuseOwnNetns } from './namespace.ts';
import { podRoute } from '../protocol/route.ts';
import { chooseRequest } from '../protocol/address-requests.ts';
import { foreignIpam } from '../protocol/netconf.ts';
import { type CniResult, ipamResult } from '../protocol/result.ts';
import { run, type Work } from '../work.ts';

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
    // Loaded lazily: ADD does not need them.
    case 'CHECK':
      return yield* run(async () => (await import('./check.ts')).check(host, call));
    case 'STATUS':
      return yield* run(async () => (await import('./status.ts')).status(host, call));
    case 'GC':
      return yield* (yield* run(() => import('./collect.ts'))).collect(host, call);
    default:
      return verb satisfies never;
  }
}

/** Returns the result of ADD, appended to that of the preceding plugins in the chain. */
function* add(host: Host, call: Call): Work<Result<CniResult, CniError>> {
  const { raw } = call.netconf;
  const limits = yield* readLimits(call);
  if (!limits.ok) return limits;
  const attachment = describeAttachment(host, call, limits.value);
  if (!attachment.ok) return attachment;
  if (!isPlain(raw) || !isPlain(field(raw, 'ipam'))) {
    const { unhonouredKeys } = yield* run(() => import('../../reconciler/cni/unhonoured.ts'));
    for (const key of unhonouredKeys(raw)) host.note(`vnet: not honoured: ${key}`);
  }
  const chained = yield* readChain(call);
  if (!chained.ok) return chained;
  const foreign = foreignIpam(call);
  const attached =
    foreign === undefined
      ? yield* attachEndpoint(host, call, attachment.value)
      : yield* (yield* run(() => import('./attach-delegated.ts'))).attachDelegated(host, call, {
          attachment: attachment.value,
          ipam: foreign,
        });
  if (!attached.ok) return attached;
  return ok(call.role === 'azure-vnet-ipam' ? ipamResult(attached.value) : chained.value(attached.value));
}

const PLAIN =
  /^(cniVersion|name|type|master|bridge|ipam|dns|capabilities|runtimeConfig|args|prevResult|disable(Check|GC)|document|isDefaultGateway|ipsToRouteViaHost|environment|subnet|gateway|ipAddress|addresses|url|quarantineSeconds|routes)$/i;

/** Other keys are examined: some of them are azure-vnet's, which vnet ignores. */
function isPlain(object: Json | undefined): boolean {
  return Object.keys(object ?? {}).every((key) => key === 'mode' || PLAIN.test(key));
}

/** Returns the function that appends a result to that of the preceding plugins. Errors: 6 if theirs cannot be decoded. */
function* readChain({ netconf }: Call): Work<Result<(own: CniResult) => CniResult, CniError>> {
  const { prevResult, cniVersion } = netconf;
  if (prevResult === undefined) return ok((own) => own);
  const { mergeResults, parseResult } = yield* run(() => import('../protocol/parse-result.ts'));
  const previous = parseResult(prevResult, cniVersion);
  return previous.ok ? ok((own) => mergeResults(previous.value, own)) : previous;
}

type Limits = NonNullable<AttachRequest['bandwidth']>;

/** Few pods have limits. An address alone cannot be limited. */
function* readLimits({ role, netconf }: Call): Work<Result<Limits | undefined, CniError>> {
  const runtime = field(netconf.raw, 'runtimeConfig');
  const requested = isJsonObject(runtime) ? field(runtime, 'bandwidth') : undefined;
  if (role !== 'azure-vnet' || !isJsonObject(requested)) return ok(undefined);
  return (yield* run(() => import('../protocol/bandwidth.ts'))).readBandwidth(requested);
}

function describeAttachment(
  host: Host,
  call: Call,
  bandwidth: Limits | undefined,
): Result<AttachRequest, CniError> {
  const { invocation, netconf, args, role } = call;
  const look = readPodNamespace(host, call);
  if (!look.ok) return look;
  const { containerId, ifName, netns } = invocation;
  const { ipam, addressRequests, isDefaultGateway } = netconf;
  const wanted = chooseRequest(addressRequests, args, { ifName, fixed: ipam.ipAddress });
  if (!wanted.ok) return wanted;
  return ok({
    key: { network: netconf.name, containerId, ifName },
    isLease: role === 'azure-vnet-ipam',
    netns,
    ...look.value,
    routes: ipam.routes.map(podRoute),
    ...wanted.value,
    ...omitUndefined({
      pod: args.pod,
      labels: readLabels(netconf.raw),
      isDefaultGateway,
      ranges: ipam.ranges,
      bandwidth,
    }),
  });
}
