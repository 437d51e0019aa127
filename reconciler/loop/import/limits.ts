/** Limits of pods that the plugin `bandwidth` made, in the form of the document. Pure. */
import type { Bandwidth, Endpoint, RateLimit } from '../../../schemas/generated/vnet.ts';
import { type QdiscObject, showRate, TC_MARK } from '../../model/kinds/qdisc.ts';
import { normaliseAddress, withoutLength } from '../../model/addresses/address.ts';
import { parseEndpointId } from '../../model/names.ts';
import { isRecord, omitUndefined } from '../../model/objects.ts';
import type { Observation } from '../../model/ports/kernel.ts';
import { ok } from '../../model/result.ts';
import { HOST } from '../../model/state.ts';
import type { ShapedPods } from './shaper.ts';
import type { ImportFinding } from './endpoints.ts';
import type { KnownAttachment } from './live-proposal.ts';
import type { ImportOrigin } from './proposal.ts';

/** The kernel counts whole bytes. Units: bits. */
const ROUNDING_BITS = 8;

/**
 * Returns the limits that a runtime passed to the plugin `bandwidth`; undefined without any.
 * Units: bits per second, and bits. Source: CONVENTIONS.md of CNI.
 */
export function requestedLimits(capabilityArgs: unknown): Bandwidth | undefined {
  const requested = isRecord(capabilityArgs) ? capabilityArgs['bandwidth'] : undefined;
  if (!isRecord(requested)) return undefined;
  const [ingress, egress] = ['ingress', 'egress'].map((direction): RateLimit | undefined => {
    const [rate, burst] = [requested[`${direction}Rate`], requested[`${direction}Burst`]].map(Number);
    return rate !== undefined && burst !== undefined && rate > 0 && burst > 0 ? { rate, burst } : undefined;
  });
  if (ingress === undefined && egress === undefined) return undefined;
  return omitUndefined({ ingress, egress });
}

/**
 * Returns the origin with the limits of its endpoints: those that the kernel has. A pod's incoming traffic is limited on its host veth;
 * its outgoing traffic on an ifb, whose pod the runtime's record names; `shaped` are those of kubenet. An ifb whose pod is unknown stays,
 * and a finding names it.
 */
export function withLimits(
  origin: ImportOrigin,
  known: readonly KnownAttachment[],
  shaped: ShapedPods = new Map(),
): ImportOrigin {
  return {
    ...origin,
    propose: (observation, now) => {
      const proposal = origin.propose(observation, now);
      if (!proposal.ok) return proposal;
      const free = new Map(ifbs(observation));
      const findings: ImportFinding[] = [];
      const endpoints = Array.from(proposal.value.endpoints, ([id, endpoint]): [string, Endpoint] => {
        const limits = limitsOf(id, endpoint, { observation, known, shaped, free });
        if (limits === undefined) return [id, endpoint];
        findings.push({ sort: 'note', subject: endpoint.pod ?? id, message: messageOf(limits) });
        return [id, { ...endpoint, bandwidth: limits.bandwidth }];
      });
      for (const [name, { rateBits }] of free) {
        const message = `limits what a pod sends to ${showRate(rateBits)}, and no runtime's record names the pod: not imported, foreign`;
        findings.push({ sort: 'left', subject: name, message });
      }
      const all = [...proposal.value.findings, ...findings];
      return ok({ ...proposal.value, endpoints: new Map(endpoints), findings: all });
    },
  };
}

type Limits = { readonly bandwidth: Bandwidth; readonly ifb: string | undefined };

/** Shape: `free` are the ifbs that no endpoint has claimed yet. */
type LimitSource = {
  readonly observation: Observation;
  readonly known: readonly KnownAttachment[];
  readonly shaped: ShapedPods;
  readonly free: Map<string, QdiscObject>;
};

function limitsOf(
  id: string,
  { hostVeth, addresses }: Endpoint,
  { observation, known, shaped, free }: LimitSource,
): Limits | undefined {
  if (hostVeth === undefined) return undefined;
  const { network, containerId, ifName } = parseEndpointId(id);
  const requested = known.find(
    (one) => one.network === network && one.containerId === containerId && one.ifName === ifName,
  )?.bandwidth;
  const bucket = bucketOn(observation, hostVeth);
  const wanted = requested?.ingress;
  const own = addresses.flatMap((address) => shaped.get(normaliseAddress(withoutLength(address))) ?? [])[0];
  const ingress = bucket === undefined ? own?.ingress : isOf(bucket, wanted) ? wanted : limitOf(bucket);
  const [ifb] = Array.from(free).find(([, one]) => isOf(one, requested?.egress)) ?? [];
  const egress = ifb === undefined ? own?.egress : requested?.egress;
  if (ingress === undefined && egress === undefined) return undefined;
  if (ifb !== undefined) free.delete(ifb);
  return { bandwidth: omitUndefined({ ingress, egress }), ifb };
}

function isOf({ rateBits }: QdiscObject, limit: RateLimit | undefined): limit is RateLimit {
  return limit !== undefined && Math.abs(rateBits - limit.rate) <= ROUNDING_BITS;
}

function limitOf({ rateBits, burstNs }: QdiscObject): RateLimit {
  return { rate: rateBits, burst: Math.round((burstNs / 1e9) * rateBits) };
}

function bucketOn({ state }: Observation, dev: string): QdiscObject | undefined {
  const found = state.get(`qdisc root dev ${dev}`);
  return found?.kind === 'qdisc' && found.handle !== TC_MARK ? found : undefined;
}

/** The plugin names its ifb after a digest of the container's ID. */
function ifbs(observation: Observation): readonly (readonly [string, QdiscObject])[] {
  return Array.from(observation.state.values()).flatMap((object) => {
    const isIfb = object.kind === 'link' && object.netns === HOST && object.type === 'ifb';
    const bucket = isIfb ? bucketOn(observation, object.name) : undefined;
    return isIfb && bucket !== undefined ? [[object.name, bucket] as const] : [];
  });
}

function messageOf({ bandwidth: { ingress, egress }, ifb }: Limits): string {
  const parts = [
    ...(ingress === undefined ? [] : [`${showRate(ingress.rate)} received`]),
    ...(egress === undefined ? [] : [`${showRate(egress.rate)} sent`]),
  ];
  const left =
    ifb === undefined ? '' : `; ${ifb} of the plugin bandwidth is unused then, and is removed with the pod`;
  return `its limits stay: ${parts.join(', ')}${left}`;
}
