/** Neighbours (ARP, ND) and bridge forwarding entries in rtnetlink. Pure. Source: linux/neighbour.h. */
import { familyOf } from '../../model/addresses/address.ts';
import { Bug } from '../../model/result.ts';
import type { BodyReader } from './attribute.ts';
import { BodyWriter } from './attribute.ts';
import { AF_BRIDGE, AF_UNSPEC, familyNumber, ipBytes, ipText, macBytes, macText } from './bytes.ts';
import { NLM_F } from './message.ts';
import type { NetlinkRequest } from './message.ts';

const RTM_NEWNEIGH = 28;
const RTM_DELNEIGH = 29;
const RTM_GETNEIGH = 30;

const NDA = { DST: 1, LLADDR: 2, VLAN: 5, IFINDEX: 8, MASTER: 9, PROTOCOL: 12 } as const;
const NTF_SELF = 0x02;
const NTF_MASTER = 0x04;
const NTF_PROXY = 0x08;
const NUD_REACHABLE = 0x02;
const NUD_NOARP = 0x40;
const NUD_PERMANENT = 0x80;
const HEADER_BYTES = 12;

/** A permanent neighbour. */
export type NeighbourFact = {
  readonly index: number;
  readonly address: string;
  readonly mac: string;
  readonly protocol: number | undefined;
};

/** A static forwarding entry of a bridge: frames to `mac` leave by the port `index`. */
export type FdbFact = { readonly index: number; readonly mac: string };

/** Returns the request that adds a permanent neighbour; with `replace` whatever entry is there becomes it. */
export function createNeighbour(fact: NeighbourFact, replace: boolean): NetlinkRequest {
  const flags = NLM_F.CREATE | (replace ? NLM_F.REPLACE : NLM_F.EXCL);
  return { type: RTM_NEWNEIGH, flags, body: encodeNeighbour(fact) };
}

/** Returns the request that removes a neighbour. */
export function deleteNeighbour(fact: Pick<NeighbourFact, 'index' | 'address'>): NetlinkRequest {
  const family = neighbourFamily(fact.address);
  const body = putHeader(family, fact.index, { state: 0, flags: 0 }).bytes(NDA.DST, ipBytes(fact.address));
  return { type: RTM_DELNEIGH, flags: 0, body: body.finish() };
}

/** Returns the request for the neighbours of one link, or of all when the index is 0. */
export function dumpNeighbours(index: number): NetlinkRequest {
  const body = putHeader(AF_UNSPEC, 0, { state: 0, flags: 0 });
  if (index !== 0) body.u32(NDA.IFINDEX, index);
  return { type: RTM_GETNEIGH, flags: 0, body: body.finish() };
}

/** Returns the request for one neighbour. Source: RTM_GETNEIGH without a dump, since Linux 5.0. */
export function getNeighbour(fact: Pick<NeighbourFact, 'index' | 'address'>): NetlinkRequest {
  const family = neighbourFamily(fact.address);
  const body = putHeader(family, fact.index, { state: 0, flags: 0 }).bytes(NDA.DST, ipBytes(fact.address));
  return { type: RTM_GETNEIGH, flags: 0, body: body.finish() };
}

/** Returns the body that describes a permanent neighbour. Law: parseNeighbour gives it back. */
export function encodeNeighbour({ index, address, mac, protocol }: NeighbourFact): Uint8Array {
  const body = putHeader(neighbourFamily(address), index, { state: NUD_PERMANENT, flags: 0 })
    .bytes(NDA.DST, ipBytes(address))
    .bytes(NDA.LLADDR, macBytes(mac));
  if (protocol !== undefined) body.u8(NDA.PROTOCOL, protocol);
  return body.finish();
}

/** Returns the neighbour that the body describes, or undefined when it isn't a permanent one of an Ethernet link. */
export function parseNeighbour(body: BodyReader): NeighbourFact | undefined {
  if ((body.at16(8) & NUD_PERMANENT) === 0 || (body.at8(10) & NTF_PROXY) !== 0) return undefined;
  const get = body.table(HEADER_BYTES);
  const address = ipText(get(NDA.DST));
  const mac = macText(get(NDA.LLADDR));
  if (address === undefined || mac === undefined) return undefined;
  return { index: body.at32(4), address, mac, protocol: get(NDA.PROTOCOL)?.at8(0) };
}

/** Returns the request that adds a static forwarding entry; with `replace` a learned one becomes it. */
export function createFdb(fact: FdbFact, replace: boolean): NetlinkRequest {
  const flags = NLM_F.CREATE | (replace ? NLM_F.REPLACE : NLM_F.EXCL);
  return { type: RTM_NEWNEIGH, flags, body: encodeFdb(fact) };
}

/** Returns the request that removes a forwarding entry. */
export function deleteFdb(fact: FdbFact): NetlinkRequest {
  return { type: RTM_DELNEIGH, flags: 0, body: encodeFdb(fact) };
}

/** Returns the request for the forwarding entries of one port, or of all bridges when the index is 0. */
export function dumpFdb(index: number): NetlinkRequest {
  const body = putHeader(AF_BRIDGE, index, { state: 0, flags: 0 });
  return { type: RTM_GETNEIGH, flags: 0, body: body.finish() };
}

/** Returns the body that describes a static forwarding entry. */
export function encodeFdb({ index, mac }: FdbFact): Uint8Array {
  return putHeader(AF_BRIDGE, index, { state: NUD_NOARP | NUD_REACHABLE, flags: NTF_MASTER })
    .bytes(NDA.LLADDR, macBytes(mac))
    .finish();
}

/** An entry of a bridge: `static` by hand, `permanent` for a port's own address, or learned from traffic. */
export type FdbEntry = FdbFact & {
  readonly bridgeIndex: number;
  readonly state: 'static' | 'permanent' | 'learned';
};

/**
 * Returns the static entry that the body describes, or undefined: learned entries and the kernel's own are left out,
 * so are those that parseFdbEntry leaves out.
 */
export function parseFdb(body: BodyReader): FdbFact | undefined {
  // Most entries are the kernel's own or learned: they need no closer look.
  if ((body.at16(8) & NUD_NOARP) === 0) return undefined;
  const entry = parseFdbEntry(body);
  return entry?.state === 'static' ? { index: entry.index, mac: entry.mac } : undefined;
}

/** Returns the bridge's entry that the body describes; those of a device's own filter, or of one VLAN, are left out. */
export function parseFdbEntry(body: BodyReader): FdbEntry | undefined {
  if ((body.at8(10) & NTF_SELF) !== 0) return undefined;
  const get = body.table(HEADER_BYTES);
  const bridgeIndex = get(NDA.MASTER)?.at32(0);
  const mac = macText(get(NDA.LLADDR));
  if (bridgeIndex === undefined || mac === undefined || get(NDA.VLAN) !== undefined) return undefined;
  const bits = body.at16(8);
  const state = (bits & NUD_NOARP) !== 0 ? 'static' : (bits & NUD_PERMANENT) !== 0 ? 'permanent' : 'learned';
  return { index: body.at32(4), mac, bridgeIndex, state };
}

/** struct ndmsg. */
function putHeader(family: number, index: number, at: { state: number; flags: number }): BodyWriter {
  return new BodyWriter().put8(family).put8(0).put16(0).put32(index).put16(at.state).put8(at.flags).put8(0);
}

function neighbourFamily(address: string): number {
  const family = familyOf(address);
  if (family === undefined) throw new Bug(`not an IP address: ${JSON.stringify(address)}`);
  return familyNumber(family);
}
