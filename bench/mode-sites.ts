/** Nodes in each mode, whose pods have addresses of one family. */
import { GATEWAY6, type Nic } from '../test/lab/fabric.ts';
import { type Site, siteOf } from './bench-node.ts';
import { makePods, type PodEntry } from './documents.ts';
import type { ModeFamily } from './tasks.ts';

/** A node in a mode: its site, and the pods of its document. */
export type ModeSite = { readonly site: Site; readonly pods: readonly PodEntry[] };

const BRIDGES: Readonly<Partial<Record<ModeFamily['mode'], string>>> = {
  bridge: 'azure0',
  tunnel: 'azure0',
  routed: 'cbr0',
};

const TYPE = 'azure-vnet-ipam';

/** Addresses of pods. Shape: `ofPod` is without the prefix length; `bits` and `gateway` are those of an endpoint. */
type Plan = {
  readonly ipam: object;
  readonly ofPod: (index: number) => string;
  readonly bits: number;
  readonly gateway: string;
};

/** Returns the nth node with this number of pods; the fabric delivers their addresses to it. Shape: addresses begin at `firstPod`. */
export function modeSite(
  nth: { readonly index: number; readonly firstPod: number },
  one: ModeFamily,
  size: number,
): ModeSite {
  const { nic } = siteOf(nth.index, 0);
  const { ipam, ofPod, bits, gateway } = planOf(one, nth.firstPod);
  const pods = makePods(nic.node, nth.firstPod, size).map((pod, index) => ({
    ...pod,
    address: ofPod(index),
    bits,
    gateway,
  }));
  const bridge = BRIDGES[one.mode];
  const conf = { mode: one.mode, master: 'eth0', bridge, ipam: { type: TYPE, ...ipam } };
  return { site: { nic: withPods(nic, one, pods), firstPod: nth.firstPod, conf }, pods };
}

function withPods(nic: Nic, { mode, family }: ModeFamily, pods: readonly PodEntry[]): Nic {
  const secondaries = mode === 'routed' ? [] : pods.map(({ address }) => address);
  if (family === 4) return { ...nic, secondaries };
  const primary = nic.primary.replace('10.240.0.', 'fd00:240::');
  return { ...nic, ipv6: { primary, secondaries, podCidr: 'fd00:244::/64' } };
}

/** Pods of mode routed have addresses outside the subnet of the node, and a gateway in their own. */
function planOf({ mode, family }: ModeFamily, first: number): Plan {
  const isRouted = mode === 'routed';
  const isAlone = mode.startsWith('transparent');
  const net = isRouted ? 244 : 240;
  if (family === 6) {
    const subnet = `fd00:${net}::/64`;
    return {
      ipam: {
        subnet,
        addresses: [`fd00:${net}::${first}:0/112`],
        ...(isRouted ? {} : { gateway: GATEWAY6 }),
      },
      ofPod: (index) => `fd00:${net}::${first}:${(index + 2).toString(16)}`,
      bits: isRouted ? 64 : 128,
      gateway: isRouted ? `fd00:${net}::1` : GATEWAY6,
    };
  }
  return {
    ipam: { subnet: `10.${net}.0.0/16`, addresses: [`10.${net}.${first}.0-10.${net}.${first + 15}.255`] },
    ofPod: (index) => `10.${net}.${first + Math.floor(index / 256)}.${index % 256}`,
    bits: isAlone ? 32 : 16,
    gateway: isAlone ? '169.254.1.1' : `10.${net}.0.1`,
  };
}
