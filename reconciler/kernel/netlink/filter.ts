/**
 * Socket filters (classic BPF) for netlink multicast: the kernel drops irrelevant notifications before they
 * cost anything. Pure.
 * Source: Documentation/networking/filter.rst, linux/filter.h, linux/bpf_common.h.
 */
import { parseCidr } from '../../model/addresses/address.ts';
import type { Destination } from '../../model/ports/monitor.ts';
import type { FilterTest, Subscription } from '../kinds/wire.ts';
import { LITTLE_ENDIAN } from './attribute.ts';
import { familyNumber, ipBytes } from './bytes.ts';

/** One instruction, struct sock_filter. Shape: `jt` and `jf` of a jump count instructions to skip. */
type Instruction = readonly [code: number, jt: number, jf: number, k: number];

const LOAD_WORD = 0x20;
const LOAD_HALF = 0x28;
const LOAD_BYTE = 0x30;
const LOAD_IMMEDIATE = 0x00;
const LOAD_WORD_AT_X = 0x40;
const LOAD_BYTE_AT_X = 0x50;
const LOAD_LENGTH = 0x80;
const X_IMMEDIATE = 0x01;
const X_FROM_A = 0x07;
const A_FROM_X = 0x87;
const X_FROM_MEMORY = 0x61;
const STORE = 0x02;
const SHIFT_LEFT = 0x64;
const SHIFT_RIGHT = 0x74;
const MASK = 0x54;
const OR_X = 0x4c;
const JUMP_EQUAL = 0x15;
const JUMP_EQUAL_X = 0x1d;
const JUMP_ANY_BIT = 0x45;
const JUMP_ALWAYS = 0x05;
const RETURN = 0x06;

/**
 * Loads the offset of the attribute with the type in X, searched from A on; 0 if absent.
 * Source: SKF_AD_OFF + SKF_AD_NLATTR.
 */
const ATTRIBUTE = -0x1000 + 12;

const ACCEPT: Instruction = [RETURN, 0, 0, 0xffffffff];
const DROP: Instruction = [RETURN, 0, 0, 0];

/** Above this number, destinations are not compared. Source: BPF_MAXINSNS is 4096. */
const MAX_DESTINATIONS = 200;

/** Offsets in a message: the 16-byte header, then that of rtnetlink or nfnetlink. */
const AT = { type: 4, family: 16, destinationLength: 17, nftAttributes: 20, routeAttributes: 28 } as const;

/** The table's name in messages about tables, chains, rules, sets and elements alike. */
const NFTA_TABLE = 1;

const RTA_DST = 1;
const NFT_NEWGEN = (10 << 8) | 15;

/** The parts of a kind's notifications that a filter examines. */
type Filtered = Pick<Subscription, 'message' | 'family' | 'filter'>;

/** Returns the filter for host notifications; types of kinds without a filter pass. */
export function nodeFilter(kinds: readonly Filtered[], destinations: readonly Destination[]): Uint8Array {
  // A kind of one family takes its messages before a kind of all families.
  const ordered = kinds.toSorted((left, right) => (right.family ?? 0) - (left.family ?? 0));
  return assemble([
    ...ordered.flatMap((kind) =>
      kind.filter === undefined
        ? []
        : forTypes([kind.message, kind.message + 1], blockOf(kind, kind.filter, destinations)),
    ),
    ACCEPT,
  ]);
}

/** Returns the filter for pod notifications: only removals pass. */
export function podFilter(kinds: readonly Filtered[], destinations: readonly Destination[]): Uint8Array {
  return assemble([
    ...kinds.flatMap((kind) =>
      forTypes([kind.message + 1], blockOf(kind, kind.filter ?? [{ verdict: 'accept' }], destinations)),
    ),
    DROP,
  ]);
}

/** Messages of another family continue after the block. */
function blockOf(
  { family }: Filtered,
  tests: readonly FilterTest[],
  destinations: readonly Destination[],
): readonly Instruction[] {
  const block = tests.flatMap((test) => instructionsOf(test, destinations));
  if (family === undefined) return block;
  return [[LOAD_BYTE, 0, 0, AT.family], [JUMP_EQUAL, 1, 0, family], jump(block.length), ...block];
}

function instructionsOf(
  { at = 0, bytes, is, isNot, has, attribute, destination, verdict }: FilterTest,
  destinations: readonly Destination[],
): readonly Instruction[] {
  const decision = verdict === 'accept' ? ACCEPT : DROP;
  if (destination === true) return anyOf(destinations, decision);
  const value = (number: number): number => (bytes === 2 ? hostHalf(number) : number);
  const decide = (load: Instruction): readonly Instruction[] => {
    if (isNot !== undefined) return [load, [JUMP_EQUAL, 1, 0, value(isNot)], decision];
    if (has !== undefined) return [load, [JUMP_ANY_BIT, 0, 1, value(has)], decision];
    return is === undefined ? [decision] : [load, [JUMP_EQUAL, 0, 1, value(is)], decision];
  };
  if (attribute === undefined) return decide([bytes === 2 ? LOAD_HALF : LOAD_BYTE, 0, 0, at]);
  const tested = decide([LOAD_BYTE_AT_X, 0, 0, 4]);
  return [...findAttribute(attribute, at, tested.length + 1), [X_FROM_A, 0, 0, 0], ...tested];
}

/**
 * Returns the filter of nftables notifications: it passes changes of tables of this name, with or without a suffix that begins with `_`,
 * the end of each transaction, and datagrams of several messages, since it can only look at the first one.
 * Shape: the name has four bytes.
 */
export function nftFilter(table: string): Uint8Array {
  const first = new DataView(new TextEncoder().encode(table).buffer).getUint32(0, false);
  const named: readonly Instruction[] = [
    [X_FROM_A, 0, 0, 0],
    [LOAD_WORD_AT_X, 0, 0, 4],
    [JUMP_EQUAL, 0, 4, first],
    [LOAD_BYTE_AT_X, 0, 0, 8],
    [JUMP_EQUAL, 1, 0, 0],
    [JUMP_EQUAL, 0, 1, '_'.charCodeAt(0)],
    ACCEPT,
  ];
  return assemble([
    // Compares the message's length (machine order) with the datagram's, by the low half.
    [LOAD_HALF, 0, 0, LITTLE_ENDIAN ? 0 : 2],
    ...(LITTLE_ENDIAN ? swapHalf() : []),
    [X_FROM_A, 0, 0, 0],
    [LOAD_LENGTH, 0, 0, 0],
    [JUMP_EQUAL_X, 1, 0, 0],
    ACCEPT,
    [LOAD_HALF, 0, 0, AT.type],
    [JUMP_EQUAL, 0, 1, hostHalf(NFT_NEWGEN)],
    ACCEPT,
    ...findAttribute(NFTA_TABLE, AT.nftAttributes, named.length),
    ...named,
    DROP,
  ]);
}

/** Swaps the bytes of the half word in A. */
function swapHalf(): readonly Instruction[] {
  return [
    [X_FROM_A, 0, 0, 0],
    [SHIFT_RIGHT, 0, 0, 8],
    [STORE, 0, 0, 0],
    [A_FROM_X, 0, 0, 0],
    [SHIFT_LEFT, 0, 0, 8],
    [MASK, 0, 0, 0xff00],
    [X_FROM_MEMORY, 0, 0, 0],
    [OR_X, 0, 0, 0],
  ];
}

/** Applies the block to messages of these types; others continue after it. */
function forTypes(types: readonly number[], block: readonly Instruction[]): readonly Instruction[] {
  const tests = types.map((type, index): Instruction => {
    // Over the remaining tests and the jump behind them.
    return [JUMP_EQUAL, types.length - index, 0, hostHalf(type)];
  });
  return [[LOAD_HALF, 0, 0, AT.type], ...tests, jump(block.length), ...block];
}

/** Skips any number of instructions: conditional jumps reach only 255. */
function jump(over: number): Instruction {
  return [JUMP_ALWAYS, 0, 0, over];
}

/** Returns the verdict for routes to one of the destinations; for IPv6, the first 32 bits are compared. */
function anyOf(destinations: readonly Destination[], verdict: Instruction): readonly Instruction[] {
  if (destinations.length > MAX_DESTINATIONS) return [verdict];
  return destinations.flatMap((destination) => {
    const { length, word } = wordOf(destination);
    const address: readonly Instruction[] =
      length === 0
        ? []
        : [
            ...findAttribute(RTA_DST, AT.routeAttributes, 4),
            [X_FROM_A, 0, 0, 0],
            [LOAD_WORD_AT_X, 0, 0, 4],
            [JUMP_EQUAL, 0, 1, word],
          ];
    const rest = [...address, verdict];
    return [
      [LOAD_BYTE, 0, 0, AT.family],
      [JUMP_EQUAL, 0, rest.length + 2, familyNumber(destination.family)],
      [LOAD_BYTE, 0, 0, AT.destinationLength],
      [JUMP_EQUAL, 0, rest.length, length],
      ...rest,
    ] satisfies readonly Instruction[];
  });
}

function wordOf({ family, to }: Destination): { readonly length: number; readonly word: number } {
  const cidr = to === 'default' ? undefined : parseCidr(to);
  if (cidr === undefined) return { length: 0, word: 0 };
  const bytes = ipBytes(cidr.address);
  const length = Math.min(cidr.length, family === 4 ? 32 : 128);
  return { length, word: new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, false) };
}

/** Leaves the attribute's offset in A; skips `otherwise` instructions if it is absent. */
function findAttribute(type: number, from: number, otherwise: number): readonly Instruction[] {
  return [
    [X_IMMEDIATE, 0, 0, type],
    [LOAD_IMMEDIATE, 0, 0, from],
    [LOAD_WORD, 0, 0, ATTRIBUTE],
    [JUMP_EQUAL, otherwise, 0, 0],
  ];
}

/** A filter loads numbers in network order; netlink's are in machine order. */
function hostHalf(value: number): number {
  return LITTLE_ENDIAN ? ((value & 0xff) << 8) | (value >> 8) : value;
}

function assemble(program: readonly Instruction[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(program.length * 8));
  for (const [index, [code, jt, jf, k]] of program.entries()) {
    view.setUint16(index * 8, code, LITTLE_ENDIAN);
    view.setUint8(index * 8 + 2, jt);
    view.setUint8(index * 8 + 3, jf);
    view.setUint32(index * 8 + 4, k >>> 0, LITTLE_ENDIAN);
  }
  return new Uint8Array(view.buffer);
}
