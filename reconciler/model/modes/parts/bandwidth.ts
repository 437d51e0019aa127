/** The limits of a pod's traffic as kernel objects. Pure. */
import type { Endpoint, RateLimit } from '../../../../schemas/generated/vnet.ts';
import { showRate, TC_MARK } from '../../kinds/qdisc.ts';
import { endpointMark, hostVethName, parseEndpointId } from '../../names.ts';
import { HOST, type NetObject, type QdiscObject } from '../../state.ts';

/** A bucket holds at least a packet of any usual MTU: the kernel drops longer ones. */
const LEAST_BURST_BYTES = 10_240;
/** The time that a packet waits in the queue of a bucket at most. Source: the plugin bandwidth. */
const LATENCY_SECONDS = 0.025;
const TICK_NS = 64;
const MOST = 0xffff_ffff;

/**
 * Returns the objects that limit an endpoint. Packets to the pod are queued on its host veth; packets from it are redirected, as it
 * arrives at the host veth, to an ifb, and waits there. Source: the plugin bandwidth.
 */
export function bandwidthObjects(id: string, { bandwidth, hostVeth = '' }: Endpoint): readonly NetObject[] {
  const { ingress, egress } = bandwidth ?? {};
  const { network, containerId, ifName } = parseEndpointId(id);
  const place = { netns: HOST, dev: hostVeth } as const;
  const limits: NetObject[] = ingress === undefined ? [] : [bucketOn(hostVeth, ingress)];
  if (egress === undefined) return limits;
  const ifb = `ifb${hostVethName(network, containerId, ifName).slice(3)}`;
  return [
    ...limits,
    { kind: 'link', netns: HOST, name: ifb, type: 'ifb', up: true, alias: endpointMark(id) },
    bucketOn(ifb, egress),
    { kind: 'filter', ...place, redirect: ifb },
  ];
}

function bucketOn(dev: string, { rate, burst }: RateLimit): QdiscObject {
  const rateBytes = Math.ceil(rate / 8);
  const burstBytes = Math.max(Math.floor(burst / 8), LEAST_BURST_BYTES);
  const ticks = Math.floor(Math.min((burstBytes / rateBytes) * 1e9, MOST) / TICK_NS);
  const limitBytes = Math.min(Math.ceil(rateBytes * LATENCY_SECONDS) + burstBytes, MOST);
  return {
    kind: 'qdisc',
    netns: HOST,
    dev,
    handle: TC_MARK,
    rateBits: rateBytes * 8,
    burstNs: ticks * TICK_NS,
    limitBytes,
  };
}

/** Returns the limits in a few words: `ingress 100Mbit, egress 10Mbit`; empty without any. */
export function renderBandwidth(bandwidth: Endpoint['bandwidth']): string {
  return (['ingress', 'egress'] as const)
    .flatMap((direction) => {
      const limit = bandwidth?.[direction];
      return limit === undefined ? [] : [`${direction} ${showRate(limit.rate)}`];
    })
    .join(', ');
}
