/** The far end of a host veth. Types only. */
import type { NetnsPath } from '../state.ts';

/**
 * The far end of a veth: an interface in some namespace.
 * Shape: addresses with length, without link-local ones; `gateways` of its default routes, IPv4 first.
 */
export type VethPeer = {
  readonly hostVeth: string;
  readonly netns: NetnsPath;
  readonly netnsInode: number;
  readonly ifName: string;
  readonly mac: string;
  readonly addresses: readonly string[];
  readonly gateways: readonly string[];
};
