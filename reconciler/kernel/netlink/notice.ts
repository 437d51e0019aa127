/** Multicast messages of rtnetlink and nfnetlink as facts. Pure. Source: rtnetlink(7), linux/netfilter/nf_tables.h. */
import { type AddressFact, parseAddress } from './address.ts';
import { align4, BodyReader } from './attribute.ts';
import { AF_BRIDGE, ipText } from './bytes.ts';
import { type LinkFact, parseLink, parsePortHairpin } from './link.ts';
import { type FdbFact, type NeighbourFact, parseFdb, parseNeighbour } from './neighbour.ts';
import { type ElementFact, parseElements } from './nftables.ts';
import { SET_SHAPES } from './nftables-key.ts';
import { parseRoute, type RouteFact } from './route.ts';

const HEADER_BYTES = 16;
const RTM = { NEWLINK: 16, DELLINK: 17, NEWADDR: 20, DELADDR: 21, NEWROUTE: 24, DELROUTE: 25 } as const;
const RTM_NEWNEIGH = 28;
const RTM_DELNEIGH = 29;

const NFNL_SUBSYS_NFTABLES = 10;
const NFT_DELTABLE = 2;
const NFT_NEWSETELEM = 12;
const NFT_DELSETELEM = 14;
const NFT_NEWGEN = 15;
const NFPROTO_BRIDGE = 7;
/** Struct nfgenmsg. */
const NFGEN_BYTES = 4;
/** The table's name has this number in messages about tables, chains, rules, sets and elements alike. */
const NFTA_TABLE = 1;
const NFTA_SET_ELEM_LIST_SET = 2;
const NFTA_GEN = { PROC_PID: 2, PROC_NAME: 3 } as const;

/** Struct ndmsg, and where it says which link. */
const NEIGHBOUR_BYTES = 12;
const NDA_DST = 1;
const AT_INDEX = 4;
/** Of struct ifinfomsg. */
const AT_FLAGS = 8;
const IFF_LOWER_UP = 0x10000;

/** One message. Shape: `portId` is the socket that asked for what it tells, 0 for the kernel itself. */
export type Message = { readonly type: number; readonly portId: number; readonly body: BodyReader };

/** What a message says. Shape: `isGone` is false where the thing is there now, as told. */
export type Fact =
  | {
      readonly kind: 'link';
      readonly isGone: boolean;
      readonly link: LinkFact;
      /** Of a veth: whether its other end is up. */
      readonly hasCarrier: boolean;
    }
  | { readonly kind: 'port'; readonly index: number; readonly hairpin: boolean }
  | { readonly kind: 'address'; readonly isGone: boolean; readonly address: AddressFact }
  | { readonly kind: 'route'; readonly isGone: boolean; readonly route: RouteFact }
  | { readonly kind: 'neighbour'; readonly neighbour: NeighbourFact }
  | { readonly kind: 'no-neighbour'; readonly index: number; readonly address: string }
  | { readonly kind: 'fdb'; readonly isGone: boolean; readonly fdb: FdbFact }
  | { readonly kind: 'table'; readonly isGone: boolean; readonly table: string }
  | {
      readonly kind: 'elements';
      readonly isGone: boolean;
      readonly table: string;
      readonly set: string;
      readonly elements: readonly ElementFact[];
    }
  | { readonly kind: 'transaction'; readonly pid: number; readonly name: string };

/** Returns the messages of a received datagram; their bodies point into it. Stops at the first malformed one. */
export function splitMessages(bytes: Uint8Array, length: number): Message[] {
  const datagram = new BodyReader(bytes, 0, length);
  const found: Message[] = [];
  for (let at = 0; at + HEADER_BYTES <= length; ) {
    const size = datagram.at32(at);
    if (size < HEADER_BYTES || at + size > length) break;
    const body = datagram.slice(at + HEADER_BYTES, size - HEADER_BYTES);
    found.push({ type: datagram.at16(at + 4), portId: datagram.at32(at + 12), body });
    at += align4(size);
  }
  return found;
}

/** Returns what a message of rtnetlink says; undefined for what is never in a State. */
export function parseRouteMessage({ type, body }: Message): Fact | undefined {
  switch (type) {
    case RTM.NEWLINK:
    case RTM.DELLINK:
      return parseLinkMessage(body, type === RTM.DELLINK);
    case RTM.NEWADDR:
    case RTM.DELADDR: {
      const address = parseAddress(body);
      return address && { kind: 'address', isGone: type === RTM.DELADDR, address };
    }
    case RTM.NEWROUTE:
    case RTM.DELROUTE: {
      const route = parseRoute(body);
      return route && { kind: 'route', isGone: type === RTM.DELROUTE, route };
    }
    case RTM_NEWNEIGH:
    case RTM_DELNEIGH:
      return parseNeighbourMessage(body, type === RTM_DELNEIGH);
    default:
      return undefined;
  }
}

/** A bridge tells of its ports in messages of its own; that one has left is told by the link as well. */
function parseLinkMessage(body: BodyReader, isGone: boolean): Fact | undefined {
  if (body.at8(0) !== AF_BRIDGE) {
    const hasCarrier = (body.at32(AT_FLAGS) & IFF_LOWER_UP) !== 0;
    return { kind: 'link', isGone, link: parseLink(body), hasCarrier };
  }
  const hairpin = isGone ? undefined : parsePortHairpin(body);
  return hairpin === undefined ? undefined : { kind: 'port', index: body.at32(AT_INDEX), hairpin };
}

/** One that is no longer permanent is announced as changed before it goes, or stays as something else. */
function parseNeighbourMessage(body: BodyReader, isGone: boolean): Fact | undefined {
  if (body.at8(0) === AF_BRIDGE) {
    const fdb = parseFdb(body);
    return fdb && { kind: 'fdb', isGone, fdb };
  }
  const neighbour = isGone ? undefined : parseNeighbour(body);
  if (neighbour !== undefined) return { kind: 'neighbour', neighbour };
  const address = ipText(body.attribute(NEIGHBOUR_BYTES, NDA_DST));
  return address === undefined ? undefined : { kind: 'no-neighbour', index: body.at32(AT_INDEX), address };
}

/** Returns what a message of nf_tables says; undefined for other families than bridge. */
export function parseNftMessage({ type, body }: Message): Fact | undefined {
  if (type >> 8 !== NFNL_SUBSYS_NFTABLES) return undefined;
  const message = type & 0xff;
  if (message === NFT_NEWGEN) return parseTransaction(body);
  const table = body.attribute(NFGEN_BYTES, NFTA_TABLE)?.toText();
  if (body.at8(0) !== NFPROTO_BRIDGE || table === undefined) return undefined;
  if (message !== NFT_NEWSETELEM && message !== NFT_DELSETELEM) {
    return { kind: 'table', isGone: message === NFT_DELTABLE, table };
  }
  const set = body.attribute(NFGEN_BYTES, NFTA_SET_ELEM_LIST_SET)?.toText() ?? '';
  const shape = SET_SHAPES[set];
  if (shape === undefined) return undefined;
  const elements = parseElements(shape, body);
  return { kind: 'elements', isGone: message === NFT_DELSETELEM, table, set, elements };
}

/** The end of a transaction names the process: the kernel itself looked it up. */
function parseTransaction(body: BodyReader): Fact {
  const pid = body.attribute(NFGEN_BYTES, NFTA_GEN.PROC_PID);
  const bytes = [0, 1, 2, 3].map((at) => pid?.at8(at) ?? 0);
  return {
    kind: 'transaction',
    pid: bytes.reduce((sum, byte) => sum * 256 + byte, 0),
    name: body.attribute(NFGEN_BYTES, NFTA_GEN.PROC_NAME)?.toText() ?? '',
  };
}
