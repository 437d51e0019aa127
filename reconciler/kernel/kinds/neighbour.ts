/** Permanent neighbours (ARP, ND) on the wire. Source: rtnetlink(7), linux/neighbour.h. */
import { familyOf, normaliseAddress } from '../../model/addresses/address.ts';
import type { RestAttributes } from '../../model/kinds/kind.ts';
import type { NeighbourObject } from '../../model/kinds/neighbour.ts';
import { VNET_PROTOCOL } from '../../model/names.ts';
import { Bug, ok, type Result } from '../../model/result.ts';
import type { LinkHandle } from '../apply/context.ts';
import { type BodyReader, knownTypes } from '../netlink/reader.ts';
import { AF_UNSPEC, familyNumber, ipBytes, ipText, macBytes, macText } from '../netlink/bytes.ts';
import type { NetlinkSocket } from '../netlink/socket.ts';
import { orAbsent } from '../read.ts';
import {
  NDA_CACHEINFO,
  NDA_DST,
  NDA_IFINDEX,
  NDA_LLADDR,
  NDA_PROBES,
  NDA_PROTOCOL,
  NDM_BYTES,
  NUD_PERMANENT,
  neighbourHeader,
  NOTICE_AT,
  RTM_GETNEIGH,
  RTM_NEWNEIGH,
  RTNLGRP_NEIGH,
} from './ndmsg.ts';
import { type Codec, type Found, hearingOf, requestOnLink, wireOnLink } from './on-link.ts';
import type { Growing, Heard, LinkPlace, Wire } from './wire.ts';

const NTF_PROXY = 0x08;

/** Of CACHEINFO and PROBES the kernel keeps count (age, use, attempts): they are no properties of the entry. */
const KNOWN = knownTypes(NDA_DST, NDA_LLADDR, NDA_CACHEINFO, NDA_PROBES, NDA_PROTOCOL);

/** A permanent neighbour. */
export type NeighbourFact = {
  readonly index: number;
  readonly address: string;
  readonly mac: string;
  readonly protocol: number | undefined;
  readonly rest?: RestAttributes | undefined;
};

/** The messages of neighbours. Law: parse gives back what encode is given. */
export const neighbourCodec: Codec<NeighbourObject, NeighbourFact> = {
  message: RTM_NEWNEIGH,
  encode: ({ index, address, mac, protocol, rest }) => {
    const body = encodeKey(index, address, NUD_PERMANENT).bytes(NDA_LLADDR, macBytes(mac));
    if (protocol !== undefined) body.u8(NDA_PROTOCOL, protocol);
    return body.rest(rest).finish();
  },
  encodeRemoval: ({ index, address }) => encodeKey(index, address).finish(),
  parse,
  toObject,
  toFact: (object, index) => ({ protocol: undefined, ...object, index }),
};

/** Neighbours. One that the kernel learned gives way to a permanent one, and is never removed. */
export const neighbourWire: Wire<NeighbourObject> = {
  ...wireOnLink(neighbourCodec, { read: readNeighbours, find, givesWay: () => ok(true) }),
  request: requestOnLink(neighbourCodec),
  hearing: {
    ...hearingOf(neighbourCodec, {
      groups: [RTNLGRP_NEIGH],
      filter: [
        { at: NOTICE_AT.state, bytes: 2, has: NUD_PERMANENT, verdict: 'accept' },
        { attribute: NDA_PROTOCOL, at: NOTICE_AT.attributes, is: VNET_PROTOCOL, verdict: 'accept' },
        { verdict: 'drop' },
      ],
    }),
    parse: parseAnnouncement,
  },
};

/** One that is no longer permanent is announced as changed before it goes, or stays as something else. */
function parseAnnouncement(body: BodyReader, isGone: boolean): Heard | undefined {
  const fact = isGone ? undefined : parse(body);
  if (fact !== undefined) {
    return { index: fact.index, isGone: false, toObject: (place) => toObject(fact, place) };
  }
  const address = ipText(body.attribute(NDM_BYTES, NDA_DST));
  if (address === undefined) return undefined;
  const toGone = (place: LinkPlace): NeighbourObject => ({ kind: 'neighbour', ...place, address, mac: '' });
  return { index: body.at32(4), isGone: true, toObject: toGone };
}

/** Returns the permanent neighbours on the link, on all links when the index is 0. */
function readNeighbours(socket: NetlinkSocket, index: number): Result<NeighbourFact[]> {
  const body = neighbourHeader(AF_UNSPEC, 0, { state: 0, flags: 0 });
  if (index !== 0) body.u32(NDA_IFINDEX, index);
  const request = { type: RTM_GETNEIGH, flags: 0, body: body.finish() };
  const found = orAbsent(socket.dump(request, parse, 'list neighbours'), []);
  return found.ok ? ok(found.value.filter((fact) => index === 0 || fact.index === index)) : found;
}

/** Asked for by itself since Linux 5.0 (RTM_GETNEIGH without a dump); kernels before can only list them. */
function find(
  { socket, index }: LinkHandle,
  want: NeighbourObject,
): Result<Found<NeighbourObject, NeighbourFact> | undefined> {
  const address = normaliseAddress(want.address);
  const request = { type: RTM_GETNEIGH, flags: 0, body: encodeKey(index, address).finish() };
  const one = socket.get(request, parse, `look up neighbour ${address}`);
  const isListed = !one.ok && one.error.code === 'unsupported';
  const all = isListed ? readNeighbours(socket, index) : orAbsent(one, undefined);
  if (!all.ok) return all;
  const fact = Array.isArray(all.value) ? all.value.find((each) => each.address === address) : all.value;
  return ok(fact && { fact, object: toObject(fact, want) });
}

/** Undefined when it isn't a permanent one of an Ethernet link. */
function parse(body: BodyReader): NeighbourFact | undefined {
  if ((body.at16(8) & NUD_PERMANENT) === 0 || (body.at8(10) & NTF_PROXY) !== 0) return undefined;
  const get = body.table(NDM_BYTES);
  const address = ipText(get(NDA_DST));
  const mac = macText(get(NDA_LLADDR));
  if (address === undefined || mac === undefined) return undefined;
  const protocol = get(NDA_PROTOCOL)?.at8(0);
  return { index: body.at32(4), address, mac, protocol, rest: body.rest(NDM_BYTES, KNOWN) };
}

/** Protocol 0 is that of nobody. */
function toObject(
  { address, mac, protocol, rest }: NeighbourFact,
  { netns, dev }: LinkPlace,
): NeighbourObject {
  const object: Growing<NeighbourObject> = { kind: 'neighbour', netns, dev, address, mac };
  if (protocol) object.protocol = protocol;
  if (rest !== undefined) object.rest = rest;
  return object;
}

function encodeKey(index: number, address: string, state = 0): ReturnType<typeof neighbourHeader> {
  const family = familyOf(address);
  if (family === undefined) throw new Bug(`not an IP address: ${JSON.stringify(address)}`);
  return neighbourHeader(familyNumber(family), index, { state, flags: 0 }).bytes(NDA_DST, ipBytes(address));
}
