/** Addresses of interfaces on the wire. Source: rtnetlink(7), linux/if_addr.h. */
import {
  familyOf,
  normaliseAddress,
  normalisePrefix,
  parseCidr,
  withoutLength,
} from '../../model/addresses/address.ts';
import type { AddressObject } from '../../model/kinds/address.ts';
import type { FieldChange } from '../../model/kinds/kind.ts';
import { KERNEL_PROTOCOL } from '../../model/names.ts';
import { Bug, ok, type Result } from '../../model/result.ts';
import { keyOf } from '../../model/state.ts';
import { type Applied, type ApplyContext, changed, firstDifference, linkHandle } from '../apply/context.ts';
import type { BodyReader } from '../netlink/attribute.ts';
import { BodyWriter } from '../netlink/attribute.ts';
import { AF_INET6, AF_UNSPEC, familyNumber, ipBytes, ipText } from '../netlink/bytes.ts';
import type { NetlinkRequest } from '../netlink/message.ts';
import { NLM_F } from '../netlink/message.ts';
import type { NetlinkSocket } from '../netlink/socket.ts';
import { createQuestion, orAbsent, readLinkByIndex } from '../read.ts';
import { additionOf, type Codec, hearingOf, removalOf, wireOnLink } from './on-link.ts';
import { RT_SCOPE_LINK, routeCodec, type RouteFact } from './route.ts';
import type { Growing, Place, Wire } from './wire.ts';

const RTM_NEWADDR = 20;
const RTM_GETADDR = 22;
const RTNLGRP_IPV4_IFADDR = 5;
const RTNLGRP_IPV6_IFADDR = 9;

const IFA = { ADDRESS: 1, LOCAL: 2, LABEL: 3, BROADCAST: 4, FLAGS: 8, RT_PRIORITY: 9 } as const;
const IFA_F_SECONDARY = 0x01;
const IFA_F_NODAD = 0x02;
const IFA_F_PERMANENT = 0x80;
const IFA_F_NOPREFIXROUTE = 0x200;
const HEADER_BYTES = 8;

/** The main routing table. Source: RT_TABLE_MAIN of linux/rtnetlink.h. */
const RT_TABLE_MAIN = 254;
/** The metric of IPv6 prefix routes. Source: IP6_RT_PRIO_ADDRCONF of linux/ipv6_route.h. */
const IPV6_PREFIX_METRIC = 256;

/**
 * An address as rtnetlink knows it; what is absent is the kernel's to choose.
 * Shape: `address` with prefix length; `prefix` is where the prefix route leads: the address without its host bits, but for
 * a point-to-point interface those of the other end. `isDynamic`: it ends by itself, unless its lease is renewed.
 */
export type AddressFact = {
  readonly index: number;
  readonly address: string;
  readonly prefix?: string;
  readonly scope?: number | undefined;
  readonly broadcast?: string | undefined;
  readonly label?: string | undefined;
  readonly metric?: number | undefined;
  readonly noPrefixRoute?: boolean | undefined;
  readonly isSecondary?: boolean;
  readonly isDynamic?: boolean;
};

/** The messages of addresses. */
export const addressCodec: Codec<AddressObject, AddressFact> = {
  message: RTM_NEWADDR,
  encode,
  encodeRemoval: ({ index, address }) => encode({ index, address }),
  parse,
  toObject: addressObject,
  toFact: ({ address, scope, broadcast, label, metric, noPrefixRoute }, index) => ({
    index,
    address,
    scope,
    broadcast,
    label,
    metric,
    noPrefixRoute,
  }),
};

const { create, find } = wireOnLink(addressCodec, { read: readAddresses });

/** Addresses. The routes that the kernel makes for them are read in `observe/reach.ts`, with all other routes. */
export const addressWire: Wire<AddressObject> = {
  create,
  find,
  change,
  remove: (context, have) => {
    const step = `delete ${keyOf(have)}`;
    const link = linkHandle(context, have, step);
    if (!link.ok) return link;
    const removal = removalOf(addressCodec, { index: link.value.index, address: have.address });
    return changed(link.value.socket.request(removal, step));
  },
  hearing: hearingOf(addressCodec, {
    groups: [RTNLGRP_IPV4_IFADDR],
    inet6Groups: [RTNLGRP_IPV6_IFADDR],
    inPods: true,
  }),
};

/**
 * Ensures the named fields of the address. Metric and prefix route are changed in place, but IPv4 keeps everything
 * else that it was given at first: then the address is removed and added again in one datagram.
 */
function change(context: ApplyContext, { want, fields }: FieldChange<AddressObject>): Applied {
  const step = `change ${keyOf(want)}`;
  const link = linkHandle(context, want, step);
  if (!link.ok) return link;
  const { socket, index } = link.value;
  const facts = readAddresses(socket, index);
  if (!facts.ok) return facts;
  const wanted = normaliseAddress(want.address);
  const fact = facts.value.find(({ address }) => address === wanted);
  const have = fact && addressObject(fact, want);
  const next = addressCodec.toFact({ ...have, ...want }, index);
  const differs = have === undefined || firstDifference(have, want, fields) !== undefined;
  const isInPlace = fields.every((field) => field === 'metric' || field === 'prefixRoute');
  const updated: Applied = differs
    ? replace(socket, next, have === undefined || isInPlace, step)
    : ok('unchanged');
  const isWanted = want.prefixRoute === true;
  if (!updated.ok || !fields.includes('prefixRoute') || (isWanted && have === undefined)) return updated;
  const routed = setPrefixRoute(socket, next, isWanted, step);
  return routed.ok && routed.value === 'unchanged' ? updated : routed;
}

function replace(socket: NetlinkSocket, fact: AddressFact, isInPlace: boolean, step: string): Applied {
  if (isInPlace) return changed(socket.request(additionOf(addressCodec, fact, true), step));
  const requests = [removalOf(addressCodec, fact), additionOf(addressCodec, fact)];
  const [, added = ok(undefined)] = socket.requests(requests, step);
  return changed(added);
}

/** The kernel makes the route with the address and when the interface comes up, and never again while that stays up. */
function setPrefixRoute(socket: NetlinkSocket, fact: AddressFact, isWanted: boolean, step: string): Applied {
  const route = prefixRouteOf(fact);
  // Before others to the same prefix: refused only where exactly this one is there.
  const addition = { ...additionOf(routeCodec, route), flags: NLM_F.CREATE };
  const done = socket.request(isWanted ? addition : removalOf(routeCodec, route), step);
  if (done.ok || done.error.code === (isWanted ? 'exists' : 'not-found')) {
    return ok(done.ok ? 'changed' : 'unchanged');
  }
  const link = isWanted ? readLinkByIndex(socket, fact.index) : ok(undefined);
  return link.ok && link.value?.up === false ? ok('unchanged') : done;
}

/** Returns the route that the kernel makes for an address. Source: fib_add_ifaddr(), addrconf_prefix_route() of Linux. */
function prefixRouteOf({ index, address, metric = 0 }: AddressFact): RouteFact {
  const isIpv4 = familyOf(address) === 4;
  return {
    index,
    family: isIpv4 ? 4 : 6,
    to: normalisePrefix(address),
    table: RT_TABLE_MAIN,
    metric: metric === 0 && !isIpv4 ? IPV6_PREFIX_METRIC : metric,
    source: isIpv4 ? withoutLength(address) : undefined,
    scope: isIpv4 ? RT_SCOPE_LINK : 0,
    protocol: KERNEL_PROTOCOL,
  };
}

/**
 * Returns the addresses of the link, of all links when the index is 0; of both families unless one is named. IPv6 link-local ones
 * are left out.
 */
export function readAddresses(socket: NetlinkSocket, index: number, family?: 4): Result<AddressFact[]> {
  const request = question(`${index} ${family}`, () => dumpAddresses(index, family));
  const found = orAbsent(socket.dump(request, parseGlobal, 'list addresses'), []);
  if (!found.ok) return found;
  return ok(index === 0 ? found.value : found.value.filter((fact) => fact.index === index));
}

/** A thousand pods in a row are asked for the addresses of their second link. */
const question = createQuestion();

/** fe80::/10, which the kernel gives to every interface, is told by family and scope, before the text is made. */
function parseGlobal(body: BodyReader): AddressFact | undefined {
  return body.at8(0) === AF_INET6 && body.at8(3) === RT_SCOPE_LINK ? undefined : parse(body);
}

/** Returns the address as an object; a label that is the device's name, as the kernel gives it, says nothing. */
export function addressObject(fact: AddressFact, { netns, dev }: Place): Growing<AddressObject> {
  const { address, scope, broadcast, label, metric, noPrefixRoute, isSecondary, isDynamic } = fact;
  const object: Growing<AddressObject> = { kind: 'address', netns, dev, address, scope: scope ?? 0 };
  if (broadcast !== undefined) object.broadcast = broadcast;
  if (label !== undefined && label !== dev) object.label = label;
  if (metric !== undefined && metric !== 0) object.metric = metric;
  if (noPrefixRoute === true) object.noPrefixRoute = true;
  if (isSecondary === true) object.secondary = true;
  if (isDynamic === true) object.dynamic = true;
  return object;
}

/** Returns the request for the addresses of one link, or of all when the index is 0; of both families unless one is named. */
export function dumpAddresses(index: number, family?: 4 | 6): NetlinkRequest {
  const number = family === undefined ? AF_UNSPEC : familyNumber(family);
  const body = new BodyWriter().put8(number).put8(0).put8(0).put8(0).put32(index);
  return { type: RTM_GETADDR, flags: 0, body: body.finish() };
}

/** Throws a Bug when it is no address. */
function encode(fact: AddressFact): Uint8Array {
  const cidr = parseCidr(fact.address);
  const family = familyOf(fact.address);
  if (cidr === undefined || family === undefined)
    throw new Bug(`not an address with prefix: ${fact.address}`);
  const bytes = ipBytes(cidr.address);
  // Duplicate address detection would keep an IPv6 address unusable for a second: ours come from the document,
  // and when an uplink is taken over they were in use on the same wire a moment ago.
  const flags = (family === 6 ? IFA_F_NODAD : 0) | (fact.noPrefixRoute === true ? IFA_F_NOPREFIXROUTE : 0);
  const body = new BodyWriter()
    .put8(familyNumber(family))
    .put8(cidr.length)
    .put8(flags & 0xff)
    .put8(fact.scope ?? 0)
    .put32(fact.index)
    .bytes(IFA.LOCAL, bytes)
    .bytes(IFA.ADDRESS, bytes);
  if (fact.broadcast !== undefined) body.bytes(IFA.BROADCAST, ipBytes(fact.broadcast));
  if (fact.label !== undefined) body.text(IFA.LABEL, fact.label);
  if (flags !== 0) body.u32(IFA.FLAGS, flags);
  if (fact.metric !== undefined) body.u32(IFA.RT_PRIORITY, fact.metric);
  return body.finish();
}

/** Undefined for a family that is not IP. */
function parse(body: BodyReader): AddressFact | undefined {
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
