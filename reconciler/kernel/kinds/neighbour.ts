/** Permanent neighbours (ARP, ND) and proxy entries on the wire. Source: rtnetlink(7), linux/neighbour.h. */
import { familyOf, normaliseAddress } from '../../model/addresses/address.ts';
import type { RestAttributes } from '../../model/kinds/kind.ts';
import type { NeighbourObject } from '../../model/kinds/neighbour.ts';
import { VNET_PROTOCOL } from '../../model/names.ts';
import { Bug, ok, type Result } from '../../model/result.ts';
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
  NUD_NOARP,
  NUD_PERMANENT,
  neighbourHeader,
  NOTICE_AT,
  RTM_GETNEIGH,
  RTM_NEWNEIGH,
  RTNLGRP_NEIGH,
} from './ndmsg.ts';
import { rareSteps } from './rare-steps.ts';
import { deletionBatch } from './deletion-batch.ts';
import {
  addFields,
  type Codec,
  type KindLookup,
  subscriptionOf,
  requestOnLink,
  wireOnLink,
} from './on-link.ts';
import type { Mutable, ParsedNotice, LinkPlace, Wire } from './wire.ts';
import type { BodyWriter } from '../netlink/writer.ts';

const NTF_PROXY = 0x08;
/** The flags set by the creator: externally learned, router. Source: NTF_* of linux/neighbour.h. */
const GIVEN_FLAGS = 0x10 | 0x80;

const STATES = { permanent: NUD_PERMANENT, noarp: NUD_NOARP, stale: 0x04 } as const;
/** CACHEINFO and PROBES hold counters (age, use, attempts), not properties of the entry. */
const KNOWN = knownTypes(NDA_DST, NDA_LLADDR, NDA_CACHEINFO, NDA_PROBES, NDA_PROTOCOL);

/** An entry that does not expire. Shape: as NeighbourObject, with the index of the link. */
export type NeighbourFact = {
  readonly index: number;
  readonly address: string;
  readonly mac: string;
  readonly protocol: number | undefined;
  readonly proxy?: boolean | undefined;
  readonly state?: NeighbourObject['state'] | undefined;
  readonly flags?: number | undefined;
  readonly rest?: RestAttributes | undefined;
};

/** The messages of neighbours. Law: parse inverts encode. */
export const neighbourCodec: Codec<NeighbourObject, NeighbourFact> = {
  message: RTM_NEWNEIGH,
  encode: (fact) => {
    // An entry without a MAC has no state yet.
    const isOpen = fact.state === 'stale' && fact.mac === '';
    const body = encodeKey(fact, isOpen ? 0 : STATES[fact.state ?? 'permanent']);
    if (fact.mac !== '') body.bytes(NDA_LLADDR, macBytes(fact.mac));
    if (fact.protocol !== undefined) body.u8(NDA_PROTOCOL, fact.protocol);
    return body.rest(fact.rest).finish();
  },
  encodeRemoval: ({ index, address, proxy }) => encodeKey({ index, address, proxy }).finish(),
  parse,
  toObject,
  toFact: (object, index) => ({ protocol: undefined, ...object, index }),
};

/** RTM_GETNEIGH without a dump needs Linux 5.0; older kernels can only list. */
const lookUp: KindLookup<NeighbourObject, NeighbourFact> = {
  read: readNeighbours,
  givesWay: () => ok(true),
  single: (index, { address, proxy }) => ({
    type: RTM_GETNEIGH,
    flags: 0,
    body: encodeKey({ index, address: normaliseAddress(address), proxy }).finish(),
  }),
};

const onLink = wireOnLink(neighbourCodec, lookUp);
const requestFor = requestOnLink(neighbourCodec);

/** Neighbours. A permanent entry replaces a learned one; learned ones are never removed. */
export const neighbourWire: Wire<NeighbourObject> = {
  ...onLink,
  // The kernel silently accepts a proxy entry that exists.
  create: (context, want, peer) =>
    want.proxy === true
      ? onLink.change(context, { want, have: want, fields: [] })
      : onLink.create(context, want, peer),
  request: (context, want) => (want.proxy === true ? undefined : requestFor(context, want)),
  batches: [deletionBatch({ codec: neighbourCodec, lookUp }, (object) => object.kind === 'neighbour')],
  subscription: {
    ...subscriptionOf(neighbourCodec, {
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

/**
 * An entry that loses its permanent state is announced as changed, before it is deleted or stays in another
 * state.
 */
function parseAnnouncement(body: BodyReader, isGone: boolean): ParsedNotice | undefined {
  const fact = isGone ? undefined : parse(body);
  if (fact !== undefined) {
    return { index: fact.index, isGone: false, toObject: (place) => toObject(fact, place) };
  }
  const address = ipText(body.attribute(NDM_BYTES, NDA_DST));
  if (address === undefined) return undefined;
  const toGone = (place: LinkPlace): NeighbourObject => ({ kind: 'neighbour', ...place, address, mac: '' });
  return { index: body.at32(4), isGone: true, toObject: toGone };
}

/** Returns the entries on the link; on all links if the index is 0. Proxy entries are in a separate list. */
function readNeighbours(socket: NetlinkSocket, index: number): Result<NeighbourFact[]> {
  const found: NeighbourFact[] = [];
  for (const flags of [0, NTF_PROXY]) {
    const body = neighbourHeader(AF_UNSPEC, 0, { state: 0, flags });
    if (index !== 0) body.u32(NDA_IFINDEX, index);
    const request = { type: RTM_GETNEIGH, flags: 0, body: body.finish() };
    const some = orAbsent(socket.dump(request, parse, 'list neighbours'), []);
    if (!some.ok) return some;
    for (const fact of some.value) if (index === 0 || fact.index === index) found.push(fact);
  }
  return ok(found);
}

/** Returns undefined for entries that the kernel learned, its own for groups, and links other than Ethernet. */
function parse(body: BodyReader): NeighbourFact | undefined {
  const proxy = (body.at8(10) & NTF_PROXY) !== 0 ? true : undefined;
  const state = body.at16(8);
  const isLasting = proxy === true || (state & (NUD_PERMANENT | NUD_NOARP)) !== 0;
  if (!isLasting && rareSteps()?.isGivenNeighbour(body) !== true) return undefined;
  const get = body.table(NDM_BYTES);
  const address = ipText(get(NDA_DST));
  const mac = proxy === true ? '' : (macText(get(NDA_LLADDR)) ?? (isLasting ? undefined : ''));
  if (address === undefined || mac === undefined) return undefined;
  const isPermanent = proxy === true || (state & NUD_PERMANENT) !== 0;
  if (isLasting && !isPermanent && (OF_ALL.test(mac) || GROUP.test(address))) return undefined;
  return {
    index: body.at32(4),
    address,
    mac,
    protocol: get(NDA_PROTOCOL)?.at8(0),
    proxy,
    state: isPermanent ? undefined : isLasting ? 'noarp' : 'stale',
    flags: body.at8(10) & GIVEN_FLAGS || undefined,
    rest: body.rest(NDM_BYTES, KNOWN),
  };
}

/** The kernel's own entries without ARP: of groups, of broadcast addresses, and of interfaces without ARP. */
const GROUP = /^(22[4-9]\.|23\d\.|ff..:)/;
const OF_ALL = /^(00|ff)(:\1){5}/;

/** Protocol 0 means none. */
function toObject(fact: NeighbourFact, { netns, dev }: LinkPlace): NeighbourObject {
  const { address, mac, protocol } = fact;
  const object: Mutable<NeighbourObject> = { kind: 'neighbour', netns, dev, address, mac };
  if (protocol) object.protocol = protocol;
  return addFields(object, fact, ['proxy', 'state', 'flags', 'rest']);
}

type EntryKey = Pick<NeighbourFact, 'index' | 'address' | 'proxy' | 'flags'>;

function encodeKey({ index, address, proxy, flags = 0 }: EntryKey, state = 0): BodyWriter {
  const family = familyOf(address);
  if (family === undefined) throw new Bug(`not an IP address: ${JSON.stringify(address)}`);
  const header = { state, flags: flags | (proxy === true ? NTF_PROXY : 0) };
  return neighbourHeader(familyNumber(family), index, header).bytes(NDA_DST, ipBytes(address));
}
