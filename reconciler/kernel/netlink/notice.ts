/** Multicast messages of rtnetlink and nfnetlink. Pure. Source: rtnetlink(7), linux/netfilter/nf_tables.h. */
import { align4 } from './attribute.ts';
import { BodyReader } from './reader.ts';
import { AF_BRIDGE } from './bytes.ts';
import { type LinkFact, parseLink, parsePortHairpin, RTM_DELLINK } from './link.ts';
import { type ElementFact, NFPROTO, parseElements } from './nftables.ts';
import { POLICY_TABLE } from '../../model/names.ts';
import type { NftFamily } from '../../model/kinds/nft-element.ts';
import { familyOfSet, NFT_SETS } from './nftables-key.ts';

const HEADER_BYTES = 16;

const NFNL_SUBSYS_NFTABLES = 10;
const NFT_DELTABLE = 2;
const NFT_NEWSETELEM = 12;
const NFT_DELSETELEM = 14;
const NFT_NEWGEN = 15;
/** struct nfgenmsg. */
const NFGEN_BYTES = 4;
/** The table's name has this type in messages about tables, chains, rules, sets and elements. */
const NFTA_TABLE = 1;
const NFTA_SET_ELEM_LIST_SET = 2;
const NFTA_GEN = { PROC_PID: 2, PROC_NAME: 3 } as const;

/** Offsets in struct ifinfomsg. */
const AT_INDEX = 4;
const AT_FLAGS = 8;
const IFF_LOWER_UP = 0x10000;

/** One message. Shape: `portId` is the socket of the request that caused it, 0 for the kernel. */
export type Message = { readonly type: number; readonly portId: number; readonly body: BodyReader };

/** A link message. Shape: `hasCarrier` of a veth: its peer is up. */
export type LinkNotice =
  | { readonly kind: 'link'; readonly isGone: boolean; readonly link: LinkFact; readonly hasCarrier: boolean }
  | { readonly kind: 'port'; readonly index: number; readonly hairpin: boolean };

/** A message of nf_tables. Shape: `isGone` is false if the object exists now. */
export type NftNotice =
  | { readonly kind: 'table'; readonly isGone: boolean; readonly family: NftFamily; readonly table: string }
  | {
      readonly kind: 'elements';
      readonly isGone: boolean;
      readonly table: string;
      readonly set: string;
      readonly elements: readonly ElementFact[];
    }
  | { readonly kind: 'transaction'; readonly pid: number; readonly name: string };

/**
 * Returns the messages of a datagram of `length` bytes received at the offset; their bodies refer to its bytes. Stops at the first malformed
 * one.
 */
export function splitMessages(bytes: Uint8Array, length: number, offset = 0): Message[] {
  const datagram = new BodyReader(bytes, offset, offset + length);
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

/**
 * Returns the contents of a link message. A bridge reports its ports in separate messages; a port's leaving
 * is also reported by its link.
 */
export function parseLinkMessage({ type, body }: Message): LinkNotice | undefined {
  const isGone = type === RTM_DELLINK;
  if (body.at8(0) !== AF_BRIDGE) {
    const hasCarrier = (body.at32(AT_FLAGS) & IFF_LOWER_UP) !== 0;
    return { kind: 'link', isGone, link: parseLink(body), hasCarrier };
  }
  const hairpin = isGone ? undefined : parsePortHairpin(body);
  return hairpin === undefined ? undefined : { kind: 'port', index: linkIndexOf({ body }), hairpin };
}

/** Returns the index of the link that a link message is about. */
export function linkIndexOf({ body }: Pick<Message, 'body'>): number {
  return body.at32(AT_INDEX);
}

/** Returns the contents of an nf_tables message; undefined for families other than ours. */
export function parseNftMessage({ type, body }: Message): NftNotice | undefined {
  if (type >> 8 !== NFNL_SUBSYS_NFTABLES) return undefined;
  const message = type & 0xff;
  if (message === NFT_NEWGEN) return parseTransaction(body);
  const table = body.attribute(NFGEN_BYTES, NFTA_TABLE)?.toText();
  const family = familyOfNumber(body.at8(0));
  if (family === undefined || table === undefined) return undefined;
  // The table of policies has its elements as a part.
  const isOfElements = (message === NFT_NEWSETELEM || message === NFT_DELSETELEM) && table !== POLICY_TABLE;
  if (!isOfElements) {
    return { kind: 'table', isGone: message === NFT_DELTABLE, family, table };
  }
  const set = body.attribute(NFGEN_BYTES, NFTA_SET_ELEM_LIST_SET)?.toText() ?? '';
  const shape = NFT_SETS[set];
  if (shape === undefined || familyOfSet(set) !== family) return undefined;
  const elements = parseElements(shape, body);
  return { kind: 'elements', isGone: message === NFT_DELSETELEM, table, set, elements };
}

function familyOfNumber(number: number): NftFamily | undefined {
  if (number === NFPROTO.bridge) return 'bridge';
  return number === NFPROTO.inet ? 'inet' : undefined;
}

/** The end of a transaction has the process ID, filled in by the kernel. */
function parseTransaction(body: BodyReader): NftNotice {
  const pid = body.attribute(NFGEN_BYTES, NFTA_GEN.PROC_PID);
  const bytes = [0, 1, 2, 3].map((at) => pid?.at8(at) ?? 0);
  return {
    kind: 'transaction',
    pid: bytes.reduce((sum, byte) => sum * 256 + byte, 0),
    name: body.attribute(NFGEN_BYTES, NFTA_GEN.PROC_NAME)?.toText() ?? '',
  };
}
