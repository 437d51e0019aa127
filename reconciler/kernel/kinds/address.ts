/** Addresses of interfaces on the wire. Source: rtnetlink(7), linux/if_addr.h. */
import { familyOf, parseCidr } from '../../model/addresses/address.ts';
import type { AddressObject } from '../../model/kinds/address.ts';
import type { FieldChange, RestAttributes } from '../../model/kinds/kind.ts';
import { Bug, ok, type Result } from '../../model/result.ts';
import { keyOf } from '../../model/state.ts';
import { type Applied, type ApplyContext, changed, linkHandle } from '../apply/context.ts';
import { BodyReader, knownTypes } from '../netlink/reader.ts';
import { hexBytes, hexOf } from '../netlink/attribute.ts';
import { BodyWriter, wordBytes } from '../netlink/writer.ts';
import { AF_INET6, AF_UNSPEC, familyNumber, ipBytes, ipText } from '../netlink/bytes.ts';
import type { NetlinkRequest } from '../netlink/message.ts';
import type { NetlinkSocket } from '../netlink/socket.ts';
import { createQuestion, orAbsent } from '../read.ts';
import { type Codec, subscriptionOf, removalOf, wireOnLink } from './on-link.ts';
import { changePrefixRoute } from './prefix-route.ts';
import { rareSteps } from './rare-steps.ts';
import { RT_SCOPE_LINK } from './route-codec.ts';
import type { Mutable, LinkPlace, Wire } from './wire.ts';

const RTM_NEWADDR = 20;
const RTM_GETADDR = 22;
const RTNLGRP_IPV4_IFADDR = 5;
const RTNLGRP_IPV6_IFADDR = 9;

const IFA_ADDRESS = 1;
const IFA_LOCAL = 2;
const IFA_LABEL = 3;
const IFA_BROADCAST = 4;
const IFA_CACHEINFO = 6;
const IFA_FLAGS = 8;
const IFA_RT_PRIORITY = 9;
const IFA_F_SECONDARY = 0x01;
const IFA_F_NODAD = 0x02;
const IFA_F_DEPRECATED = 0x20;
const IFA_F_PERMANENT = 0x80;
const IFA_F_NOPREFIXROUTE = 0x200;
/** The flags without a field that are set by the creator; the others are state. */
const GIVEN_FLAGS = 0x10 | 0x100 | 0x400;
/** An unlimited lifetime. */
const FOREVER = 0xffffffff;
const HEADER_BYTES = 8;

const KNOWN = knownTypes(
  IFA_ADDRESS,
  IFA_LOCAL,
  IFA_LABEL,
  IFA_BROADCAST,
  IFA_CACHEINFO,
  IFA_FLAGS,
  IFA_RT_PRIORITY,
);

/**
 * An address in rtnetlink's form; absent fields are left to the kernel.
 * Shape: `address` with prefix length; `prefix` is the destination of the prefix route: the address without its host
 * bits, in IPv4 that of the peer. `isDynamic`: it expires unless its lease is renewed. `rest` includes unknown flags
 * (type 8).
 */
export type AddressFact = {
  readonly index: number;
  readonly address: string;
  readonly peer?: string | undefined;
  readonly prefix?: string;
  readonly scope?: number | undefined;
  readonly broadcast?: string | undefined;
  readonly label?: string | undefined;
  readonly metric?: number | undefined;
  readonly noPrefixRoute?: boolean | undefined;
  readonly noDad?: boolean | undefined;
  readonly isSecondary?: boolean;
  readonly isDynamic?: boolean;
  readonly lifetimes?: AddressObject['lifetimes'] | undefined;
  readonly rest?: RestAttributes | undefined;
};

/** The messages of addresses. */
export const addressCodec: Codec<AddressObject, AddressFact> = {
  message: RTM_NEWADDR,
  encode: (fact) => encodeAddress(fact),
  encodeRemoval: ({ index, address, peer }) => encodeAddress({ index, address, peer }),
  parse,
  toObject: addressObject,
  toFact: (object, index) => ({ ...object, index }),
};

const onLink = wireOnLink(addressCodec, { read: readAddresses });

/** Addresses. The kernel's routes for them are read in `observe/reach.ts`, with all other routes. */
export const addressWire: Wire<AddressObject> = {
  create: (context, want, peer) => {
    const add = (): Applied => onLink.create(context, want, peer);
    const isPlain = want.place === undefined && want.noDad !== false;
    const steps = isPlain ? undefined : rareSteps();
    return steps === undefined ? add() : steps.createMoved(context, want, add);
  },
  podRequest: (context, want) => (want.noDad === false ? undefined : onLink.podRequest(context, want)),
  find: onLink.find,
  change: (context, change) => (rareSteps()?.changeAddress ?? changeRoute)(context, change),
  remove: (context, have) => {
    const steps = have.address.includes(':') ? rareSteps() : undefined;
    return (steps?.removeIpv6Address ?? removeAddress)(context, have);
  },
  subscription: subscriptionOf(addressCodec, {
    groups: [RTNLGRP_IPV4_IFADDR],
    inet6Groups: [RTNLGRP_IPV6_IFADDR],
    inPods: true,
  }),
};

function removeAddress(context: ApplyContext, have: AddressObject): Applied {
  const step = `delete ${keyOf(have)}`;
  const link = linkHandle(context, have, step);
  if (!link.ok) return link;
  const { socket, index } = link.value;
  return changed(socket.request(removalOf(addressCodec, addressCodec.toFact(have, index)), step));
}

/** In a pod, only the route to the prefix is ever restored. */
function changeRoute(context: ApplyContext, { want }: FieldChange<AddressObject>): Applied {
  const step = `change ${keyOf(want)}`;
  const link = linkHandle(context, want, step);
  if (!link.ok) return link;
  const { socket, index } = link.value;
  return changePrefixRoute(socket, { ...want, index }, want.prefixRoute === true, step);
}

/**
 * Returns the addresses of the link (of all links if the index is 0), of both families unless one is given.
 * Omits IPv6 link-local addresses.
 */
export function readAddresses(socket: NetlinkSocket, index: number, family?: 4): Result<AddressFact[]> {
  const request = question(`${index} ${family}`, () => dumpAddresses(index, family));
  const found = orAbsent(socket.dump(request, parseGlobal, 'list addresses'), []);
  if (!found.ok) return found;
  return ok(index === 0 ? found.value : found.value.filter((fact) => fact.index === index));
}

/** A scan queries the second link of a thousand pods in sequence. */
const question = createQuestion();

/** Skips fe80::/10, present on every interface, by family and scope, before the text is made. */
function parseGlobal(body: BodyReader): AddressFact | undefined {
  return body.at8(0) === AF_INET6 && body.at8(3) === RT_SCOPE_LINK ? undefined : parse(body);
}

/** Returns the address as an object, without a label equal to the device's name, the kernel's default. */
export function addressObject(fact: AddressFact, { netns, dev }: LinkPlace): Mutable<AddressObject> {
  const { address, scope, broadcast, label, metric, noPrefixRoute, isSecondary, isDynamic, lifetimes } = fact;
  const { peer, noDad, rest } = fact;
  const object: Mutable<AddressObject> = { kind: 'address', netns, dev, address, scope: scope ?? 0 };
  if (peer !== undefined) object.peer = peer;
  if (noDad !== undefined) object.noDad = noDad;
  if (broadcast !== undefined) object.broadcast = broadcast;
  if (label !== undefined && label !== dev) object.label = label;
  if (metric !== undefined && metric !== 0) object.metric = metric;
  if (noPrefixRoute === true) object.noPrefixRoute = true;
  if (isSecondary === true) object.secondary = true;
  if (isDynamic === true) object.dynamic = true;
  if (lifetimes !== undefined) object.lifetimes = lifetimes;
  if (rest !== undefined) object.rest = rest;
  return object;
}

/** Returns the request for the addresses of the link: see readAddresses(). */
function dumpAddresses(index: number, family: 4 | undefined): NetlinkRequest {
  const number = family === undefined ? AF_UNSPEC : familyNumber(family);
  const body = new BodyWriter().put8(number).put8(0).put8(0).put8(0).put32(index);
  return { type: RTM_GETADDR, flags: 0, body: body.finish() };
}

/** Returns the message of an address. Throws a Bug for an invalid address. */
export function encodeAddress(fact: AddressFact, noDad = true): Uint8Array {
  const cidr = parseCidr(fact.address);
  const family = familyOf(fact.address);
  if (cidr === undefined || family === undefined)
    throw new Bug(`not an address with prefix: ${fact.address}`);
  const bytes = ipBytes(cidr.address);
  // Duplicate address detection would make an IPv6 address unusable for a second. Ours come from the
  // document, and those of a taken-over uplink were just in use on the same wire.
  const flags =
    (family === 6 && noDad ? IFA_F_NODAD : 0) |
    (fact.noPrefixRoute === true ? IFA_F_NOPREFIXROUTE : 0) |
    (restValue(fact.rest, FLAGS)?.at32(0) ?? 0);
  const body = new BodyWriter()
    .put8(familyNumber(family))
    .put8(cidr.length)
    .put8(flags & 0xff)
    .put8(fact.scope ?? 0)
    .put32(fact.index)
    .bytes(IFA_LOCAL, bytes)
    .bytes(IFA_ADDRESS, fact.peer === undefined ? bytes : ipBytes(fact.peer));
  if (fact.broadcast !== undefined) body.bytes(IFA_BROADCAST, ipBytes(fact.broadcast));
  if (fact.label !== undefined) body.text(IFA_LABEL, fact.label);
  if (flags !== 0) body.u32(IFA_FLAGS, flags);
  if (fact.metric !== undefined) body.u32(IFA_RT_PRIORITY, fact.metric);
  if (fact.lifetimes !== undefined) {
    const { preferredSeconds, validSeconds } = fact.lifetimes;
    // Struct ifa_cacheinfo without its timestamps.
    body.bytes(IFA_CACHEINFO, wordBytes(preferredSeconds, validSeconds, 0, 0));
  }
  return body.rest(fact.rest?.filter((attribute) => !attribute.startsWith(FLAGS))).finish();
}

const FLAGS = `${IFA_FLAGS} `;

function restValue(rest: RestAttributes | undefined, prefix: string): BodyReader | undefined {
  const attribute = rest?.find((one) => one.startsWith(prefix));
  return attribute === undefined ? undefined : BodyReader.of(hexBytes(attribute.slice(prefix.length)));
}

/** Returns undefined for families other than IP. */
function parse(body: BodyReader): AddressFact | undefined {
  const get = body.table(HEADER_BYTES);
  const length = body.at8(1);
  const far = get(IFA_ADDRESS);
  const near = get(IFA_LOCAL) ?? far;
  const local = ipText(near);
  const isIpv6 = body.at8(0) === AF_INET6;
  const prefix = ipText(isIpv6 ? near : far, length);
  if (far === undefined || near === undefined || local === undefined || prefix === undefined)
    return undefined;
  const flags = get(IFA_FLAGS)?.at32(0) ?? body.at8(2);
  const info = get(IFA_CACHEINFO);
  const [preferred, valid] = info === undefined ? [FOREVER, FOREVER] : [info.at32(0), info.at32(4)];
  // An address deprecated by hand stays deprecated: it has no lease that ends.
  const isDeprecated = (flags & IFA_F_DEPRECATED) !== 0 && valid === FOREVER;
  return {
    index: body.at32(4),
    address: `${local}/${length}`,
    peer: near === far || ipText(far) === local ? undefined : ipText(far),
    prefix: `${prefix}/${length}`,
    scope: body.at8(3),
    broadcast: ipText(get(IFA_BROADCAST)),
    label: get(IFA_LABEL)?.toText(),
    metric: get(IFA_RT_PRIORITY)?.at32(0),
    noPrefixRoute: (flags & IFA_F_NOPREFIXROUTE) !== 0,
    noDad: isIpv6 ? (flags & IFA_F_NODAD) !== 0 : undefined,
    // The same bit means "temporary" (RFC 8981) in IPv6.
    isSecondary: (flags & IFA_F_SECONDARY) !== 0 && !isIpv6,
    isDynamic: (flags & IFA_F_PERMANENT) === 0,
    lifetimes:
      isDeprecated || (preferred === FOREVER && valid === FOREVER)
        ? undefined
        : { preferredSeconds: preferred, validSeconds: valid },
    rest: joined([
      isDeprecated ? [`${IFA_CACHEINFO} ${hexOf(wordBytes(0, FOREVER, 0, 0))}`] : undefined,
      (flags & GIVEN_FLAGS) === 0 ? undefined : [FLAGS + hexOf(wordBytes(flags & GIVEN_FLAGS))],
      body.rest(HEADER_BYTES, KNOWN),
    ]),
  };
}

function joined(parts: readonly (RestAttributes | undefined)[]): RestAttributes | undefined {
  return parts.every((part) => part === undefined) ? undefined : parts.flatMap((part) => part ?? []);
}
