/** Names and ownership marks: how vnet names its objects, and recognises them later. Pure. */
import type { VnetDocument } from '../../schemas/generated/vnet.ts';
import { sha1, sha1Hex } from './sha1.ts';

/** The version of the document's format that this program writes. */
export const API_VERSION: VnetDocument['apiVersion'] = 'vnet.azure/v2';

/**
 * The protocol number on our routes and neighbours.
 * Not in iproute2's /etc/iproute2/rt_protos (checked with 6.1), above RTPROT_STATIC, so free for users.
 */
export const VNET_PROTOCOL = 118;

/**
 * The same number on an address: IFA_PROTO, since Linux 5.18; older kernels ignore it. Shape: as in `rest`.
 * Source: linux/if_addr.h.
 */
export const ADDRESS_MARK = '11 76';

/** The protocol number of DHCP clients' routes. Source: RTPROT_DHCP of linux/rtnetlink.h. */
export const DHCP_PROTOCOL = 16;

/**
 * The protocol number of the kernel's own routes for addresses.
 * Source: RTPROT_KERNEL of linux/rtnetlink.h.
 */
export const KERNEL_PROTOCOL = 2;

/** The protocol number of default routes from router advertisements. Source: RTPROT_RA of linux/rtnetlink.h. */
export const RA_PROTOCOL = 9;

/** The protocol number azure-vnet gives a pod's routes. Source: RTPROT_STATIC of linux/rtnetlink.h. */
export const STATIC_PROTOCOL = 4;

/** The family and name of our nftables table. */
export const NFT_TABLE = 'vnet';

/** The name of our table of network policies, of family inet. */
export const POLICY_TABLE = 'vnet_policy';

/** The prefix of our aliases. */
const MARK = 'vnet:';

/** Stands for the pod's interface where only the location of an object matters. */
export const ANY_LINK = { mac: '' } as const;

/** The three parts of an attachment's key. */
export type EndpointKey = { readonly network: string; readonly containerId: string; readonly ifName: string };

/** Returns the endpoint's key in the document: `azure/1bd38ad8…/eth0`. */
export function endpointId(network: string, containerId: string, ifName: string): string {
  return `${network}/${containerId}/${ifName}`;
}

/** Returns the parts of an endpoint's key; neither of them can contain a slash. Law: inverse of endpointId. */
export function parseEndpointId(id: string): EndpointKey {
  const [network = '', containerId = '', ifName = ''] = id.split('/');
  return { network, containerId, ifName };
}

/** Returns the key of a released address in the document: `azure/10.240.0.36`. */
export function releaseKey(network: string, address: string): string {
  return `${network}/${address}`;
}

/** Returns the parts of a released address's key; neither can contain a slash. Law: inverse of releaseKey. */
export function parseReleaseKey(key: string): { readonly network: string; readonly address: string } {
  const [network = '', address = ''] = key.split('/');
  return { network, address };
}

/** Returns the display name of an endpoint's pod: namespace and name, else a prefix of its container ID. */
export function podNameOf(id: string, endpoint: { readonly pod?: string } | undefined): string {
  return endpoint?.pod ?? parseEndpointId(id).containerId.slice(0, 12);
}

/** Follows the name of a network that is planned in its former state, beside its successor of the same name. */
export const BEFORE_SUFFIX = ' (before)';

/** Returns true for an endpoint ID, false for a network name: an owner is one of the two. */
export function isEndpointOwner(owner: string): boolean {
  return owner.includes('/');
}

/** Returns the alias that marks a network's bridge as ours. */
export function networkMark(network: string): string {
  return `${MARK}${network}`;
}

/** Source: IFALIASZ of linux/if.h is 256, with a NUL that a request carries too: the kernel takes 255 bytes. */
const LONGEST_MARK = 254;

/**
 * Returns the alias that marks an endpoint's host veth as ours.
 * Law: different endpoints have different marks, with names of any length.
 */
export function endpointMark(id: string): string {
  const mark = MARK + id;
  if (mark.length <= LONGEST_MARK) return mark;
  return `${mark.slice(0, LONGEST_MARK - 17)}#${sha1Hex(id).slice(0, 16)}`;
}

/** Follows the mark of a veth until its pod has forgotten the MAC that the veth had. */
const FORMER = / was (\S+)$/;

/** Returns the network or endpoint of our mark, a long name only in part; undefined for any other alias. */
export function parseMark(alias: string | undefined): string | undefined {
  return alias !== undefined && isMark(alias) ? alias.slice(MARK.length).replace(FORMER, '') : undefined;
}

/**
 * Returns the mark of a veth whose pod may have learned the former MAC.
 * Law: parseMark does not see the MAC, parseFormerMac returns it; a mark without room for it is returned unchanged.
 */
export function markWithFormerMac(mark: string, mac: string): string {
  const marked = `${mark} was ${mac}`;
  return marked.length > LONGEST_MARK ? mark : marked;
}

/** Returns the former MAC of a marked veth; undefined without one. */
export function parseFormerMac(alias: string | undefined): string | undefined {
  return isMark(alias) ? FORMER.exec(alias ?? '')?.[1] : undefined;
}

/** Returns true if the alias is our mark. */
export function isMark(alias: string | undefined): boolean {
  return alias?.startsWith(MARK) ?? false;
}

/**
 * Returns the host side's interface name, as azure-vnet gives it in bridge mode.
 * Source: azure-container-networking, network/endpoint_linux.go: `azv` + 11 hex of sha1(network+container+interface).
 */
export function hostVethName(network: string, containerId: string, ifName: string): string {
  return `azv${sha1Hex(network + containerId + ifName).slice(0, 11)}`;
}

/**
 * Returns the pod's MAC: locally administered, and determined by the attachment; `attempt` gives
 * alternatives.
 */
export function podMac(network: string, containerId: string, ifName: string, attempt = 0): string {
  const digest = sha1(`${network}/${containerId}/${ifName}/${attempt === 0 ? '' : attempt}`);
  const bytes = [0x0a, ...digest.subarray(0, 5)];
  return bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(':');
}

/**
 * Returns the MAC of the host veth: the pod's, but beginning with fe, as in libvirt. That is above any NIC's, so the
 * bridge never adopts it. It is set at creation, since udev rewrites unset addresses.
 * Law: never the pod's own, which another plugin may have chosen: the bridge would take it as its port's.
 */
export function hostMac(podMacText: string): string {
  const mac = podMacText.toLowerCase();
  return `${mac.startsWith('fe') ? 'fa' : 'fe'}${mac.slice(2)}`;
}
