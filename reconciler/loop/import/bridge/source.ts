/** A node of the plugins `bridge` and `host-local`, or of kubenet, as read from its files and its kernel. Types only. */
import type { Masquerade } from '../../../../schemas/generated/vnet.ts';
import type { VethPeer } from '../../../model/ports/veth-peer.ts';
import type { KnownAttachment } from '../live-proposal.ts';
import type { ShapedPods } from '../shaper.ts';

/** A range of host-local. Shape: without an end, the whole subnet. */
export type LocalRange = {
  readonly subnet: string;
  readonly rangeStart?: string;
  readonly rangeEnd?: string;
  readonly gateway?: string;
};

/** An address that host-local has given away. Source: one file for each, plugins/ipam/host-local. */
export type LocalLease = { readonly address: string; readonly containerId: string; readonly ifName?: string };

/** The configuration of the plugin `bridge`. Shape: `masquerades` is its ipMasq. */
export type BridgeConf = {
  readonly network: string;
  readonly bridge: string;
  readonly hairpin?: boolean;
  readonly masquerades: boolean;
  readonly dataDir?: string;
  readonly ranges: readonly LocalRange[];
};

/**
 * The inputs of the import.
 * Shape: `masquerade` is that of other programs (ip-masq-agent, kubenet), if they have one; `shaped` are the limits of kubenet; `notes` name
 * the parts that are not imported.
 */
export type BridgeSource = {
  readonly conf: BridgeConf;
  readonly leases: readonly LocalLease[];
  readonly known: readonly KnownAttachment[];
  readonly ends: readonly VethPeer[];
  readonly masquerade?: Masquerade;
  readonly shaped?: ShapedPods;
  readonly notes: readonly { readonly subject: string; readonly message: string }[];
};
