/** Addresses of interfaces in rtnetlink. Pure. Source: linux/if_addr.h. */
import { familyOf, parseCidr } from '../../model/addresses/address.ts';
import { Bug } from '../../model/result.ts';
import type { BodyReader } from './attribute.ts';
import { BodyWriter } from './attribute.ts';
import { AF_UNSPEC, familyNumber, ipBytes, ipText } from './bytes.ts';
import { NLM_F } from './message.ts';
import type { NetlinkRequest } from './message.ts';

const RTM_NEWADDR = 20;
const RTM_DELADDR = 21;
const RTM_GETADDR = 22;

const IFA = { ADDRESS: 1, LOCAL: 2, LABEL: 3, BROADCAST: 4, FLAGS: 8, RT_PRIORITY: 9 } as const;
const IFA_F_SECONDARY = 0x01;
const IFA_F_NODAD = 0x02;
const IFA_F_PERMANENT = 0x80;
const IFA_F_NOPREFIXROUTE = 0x200;
const HEADER_BYTES = 8;

/**
 * An address as rtnetlink knows it.
 * Shape: `address` with prefix length; `prefix` is where the prefix route leads: the address without its host bits, but for
 * a point-to-point interface those of the other end.
 */
export type AddressFact = {
  readonly index: number;
  readonly address: string;
  readonly prefix: string;
  readonly scope: number;
  readonly broadcast: string | undefined;
  readonly label: string | undefined;
  readonly metric: number | undefined;
  readonly noPrefixRoute: boolean;
  readonly isSecondary: boolean;
  /** It ends by itself, unless its lease is renewed. */
  readonly isDynamic: boolean;
};

/** What to add; what is absent is the kernel's to choose. */
export type AddressSpec = {
  readonly index: number;
  readonly address: string;
  readonly scope?: number | undefined;
  readonly broadcast?: string | undefined;
  readonly label?: string | undefined;
  readonly metric?: number | undefined;
  readonly noPrefixRoute?: boolean | undefined;
};

/** Returns the request that adds an address: `ip address add`. */
export function createAddress(spec: AddressSpec): NetlinkRequest {
  return { type: RTM_NEWADDR, flags: NLM_F.CREATE | NLM_F.EXCL, body: encodeAddress(spec) };
}

/** Returns the request that changes metric and flags of an address: `ip address replace`. */
export function replaceAddress(spec: AddressSpec): NetlinkRequest {
  return { type: RTM_NEWADDR, flags: NLM_F.CREATE | NLM_F.REPLACE, body: encodeAddress(spec) };
}

/** Returns the request that removes an address: `ip address del`. */
export function deleteAddress({ index, address }: Pick<AddressSpec, 'index' | 'address'>): NetlinkRequest {
  return { type: RTM_DELADDR, flags: 0, body: encodeAddress({ index, address }) };
}

/** Returns the request for the addresses of one link, or of all when the index is 0; of both families unless one is named. */
export function dumpAddresses(index: number, family?: 4 | 6): NetlinkRequest {
  const number = family === undefined ? AF_UNSPEC : familyNumber(family);
  const body = new BodyWriter().put8(number).put8(0).put8(0).put8(0).put32(index);
  return { type: RTM_GETADDR, flags: 0, body: body.finish() };
}

/** Returns the body of a request about an address. Throws a Bug when it is none. */
export function encodeAddress(spec: AddressSpec): Uint8Array {
  const cidr = parseCidr(spec.address);
  const family = familyOf(spec.address);
  if (cidr === undefined || family === undefined)
    throw new Bug(`not an address with prefix: ${spec.address}`);
  const bytes = ipBytes(cidr.address);
  // Duplicate address detection would keep an IPv6 address unusable for a second: ours come from the document,
  // and when an uplink is taken over they were in use on the same wire a moment ago.
  const flags = (family === 6 ? IFA_F_NODAD : 0) | (spec.noPrefixRoute === true ? IFA_F_NOPREFIXROUTE : 0);
  const body = new BodyWriter()
    .put8(familyNumber(family))
    .put8(cidr.length)
    .put8(flags & 0xff)
    .put8(spec.scope ?? 0)
    .put32(spec.index)
    .bytes(IFA.LOCAL, bytes)
    .bytes(IFA.ADDRESS, bytes);
  if (spec.broadcast !== undefined) body.bytes(IFA.BROADCAST, ipBytes(spec.broadcast));
  if (spec.label !== undefined) body.text(IFA.LABEL, spec.label);
  if (flags !== 0) body.u32(IFA.FLAGS, flags);
  if (spec.metric !== undefined) body.u32(IFA.RT_PRIORITY, spec.metric);
  return body.finish();
}

/** Returns what the body of an RTM_NEWADDR says, or undefined for a family that is not IP. */
export function parseAddress(body: BodyReader): AddressFact | undefined {
  const get = body.table(HEADER_BYTES);
  const length = body.at8(1);
  const far = get(IFA.ADDRESS);
  const local = ipText(get(IFA.LOCAL) ?? far);
  const prefix = ipText(far, length);
  if (local === undefined || prefix === undefined) return undefined;
  const flags = get(IFA.FLAGS)?.at32(0) ?? body.at8(2);
  return {
    index: body.at32(4),
    address: `${local}/${length}`,
    prefix: `${prefix}/${length}`,
    scope: body.at8(3),
    broadcast: ipText(get(IFA.BROADCAST)),
    label: get(IFA.LABEL)?.toText(),
    metric: get(IFA.RT_PRIORITY)?.at32(0),
    noPrefixRoute: (flags & IFA_F_NOPREFIXROUTE) !== 0,
    // The same bit means "temporary" (RFC 8981) in IPv6.
    isSecondary: (flags & IFA_F_SECONDARY) !== 0 && local.includes('.'),
    isDynamic: (flags & IFA_F_PERMANENT) === 0,
  };
}
