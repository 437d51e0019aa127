/** The messages of nf_tables about the table of network policies. Pure. Source: linux/netfilter/nf_tables.h. */
import { POLICY_TABLE } from '../../model/names.ts';
import { NLM_F_CREATE, NLM_F_EXCL, type NetlinkRequest } from '../netlink/message.ts';
import type { BodyReader } from '../netlink/reader.ts';
import { BodyWriter } from '../netlink/writer.ts';
import { classBytes, classText, type ElementShape, encodeKey, parseKey, shapeOfSet } from './registers.ts';

const SUBSYSTEM = 10 << 8;
const NFPROTO_INET = 1;
const [GETCHAIN, GETSET, NEWSETELEM, GETSETELEM, DELSETELEM] = [4, 10, 12, 13, 14];
const HEADER_BYTES = 4;
const [TABLE, CHAIN_NAME] = [1, 3];
const [SET_NAME, SET_FLAGS] = [2, 3];
const SET_IS_ANONYMOUS = 1;
const [LIST_TABLE, LIST_SET, LIST_ELEMENTS, LIST_ELEMENT] = [1, 2, 3, 1];
const [ELEMENT_KEY, ELEMENT_DATA, ELEMENT_KEY_END] = [1, 2, 10];
const [DATA_VALUE, DATA_VERDICT] = [1, 2];
const [VERDICT_CODE, VERDICT_CHAIN] = [1, 2];
const NFT_JUMP = new Uint8Array([0xff, 0xff, 0xff, 0xfd]);

/** Returns the type of a message of nf_tables. */
export function nftMessageType(message: number): number {
  return SUBSYSTEM | message;
}

/** Returns a body with the header of the table's family. */
export function policyHeader(): BodyWriter {
  return new BodyWriter().put8(NFPROTO_INET).put8(0).put16be(0);
}

/** The request for the chains of all tables of family inet. */
export const DUMP_CHAINS: NetlinkRequest = {
  type: SUBSYSTEM | GETCHAIN,
  flags: 0,
  body: policyHeader().finish(),
};

/** Returns the name of the chain in an answer; undefined for a chain of another table. */
export function parseChainName(body: BodyReader): string | undefined {
  const isOurs = body.attribute(HEADER_BYTES, TABLE)?.toText() === POLICY_TABLE;
  return isOurs ? body.attribute(HEADER_BYTES, CHAIN_NAME)?.toText() : undefined;
}

/** The request for the sets of the table. */
export const DUMP_SETS: NetlinkRequest = {
  type: SUBSYSTEM | GETSET,
  flags: 0,
  body: policyHeader().text(TABLE, POLICY_TABLE).finish(),
};

/** Returns the name of the set in an answer; undefined for one of another table, and for one within a rule. */
export function parseSetName(body: BodyReader): string | undefined {
  if (body.attribute(HEADER_BYTES, TABLE)?.toText() !== POLICY_TABLE) return undefined;
  const flags = body.attribute(HEADER_BYTES, SET_FLAGS)?.at8(3) ?? 0;
  return (flags & SET_IS_ANONYMOUS) === 0 ? body.attribute(HEADER_BYTES, SET_NAME)?.toText() : undefined;
}

function putSetName(set: string): BodyWriter {
  return policyHeader().text(LIST_TABLE, POLICY_TABLE).text(LIST_SET, set);
}

/** Returns the request for the elements of the set. */
export function dumpElementsOf(set: string): NetlinkRequest {
  return { type: SUBSYSTEM | GETSETELEM, flags: 0, body: putSetName(set).finish() };
}

/** Returns the elements in an answer as pairs of key and value. */
export function parseElementsOf(
  shape: ElementShape,
  body: BodyReader,
): readonly (readonly [string, string])[] {
  const list = body.attribute(HEADER_BYTES, LIST_ELEMENTS);
  return (list?.attributes(0, LIST_ELEMENT) ?? []).flatMap((element) => {
    const first = element.attribute(0, ELEMENT_KEY)?.attribute(0, DATA_VALUE);
    if (first === undefined) return [];
    const last = element.attribute(0, ELEMENT_KEY_END)?.attribute(0, DATA_VALUE) ?? first;
    return [[parseKey(shape, first, last), parseValue(shape, element.attribute(0, ELEMENT_DATA))]];
  });
}

function parseValue({ value }: ElementShape, data: BodyReader | undefined): string {
  if (value === 'chain') return data?.attribute(0, DATA_VERDICT)?.attribute(0, VERDICT_CHAIN)?.toText() ?? '';
  const bytes = value === 'class' ? data?.attribute(0, DATA_VALUE) : undefined;
  return bytes === undefined ? '' : classText(bytes);
}

/** The elements of one request: below the limit of 64 kB of an attribute. */
const ELEMENTS_PER_REQUEST = 400;

type Element = readonly [key: string, value: string];

/** Returns the requests that add or delete elements of the set; undefined if one is not of its types. */
export function elementRequests(
  verb: 'add' | 'delete',
  set: string,
  elements: readonly Element[],
): readonly NetlinkRequest[] | undefined {
  const shape = shapeOfSet(set);
  if (shape === undefined) return undefined;
  const requests: NetlinkRequest[] = [];
  for (let at = 0; at < elements.length; at += ELEMENTS_PER_REQUEST) {
    const body = putSetName(set);
    const some = elements.slice(at, at + ELEMENTS_PER_REQUEST);
    let isFit = true;
    body.nest(LIST_ELEMENTS, () => {
      for (const element of some) isFit = putElement(body, shape, element, verb) && isFit;
    });
    if (!isFit) return undefined;
    const type = SUBSYSTEM | (verb === 'add' ? NEWSETELEM : DELSETELEM);
    requests.push({ type, flags: verb === 'add' ? NLM_F_CREATE | NLM_F_EXCL : 0, body: body.finish() });
  }
  return requests;
}

function putElement(
  body: BodyWriter,
  shape: ElementShape,
  [text, value]: Element,
  verb: 'add' | 'delete',
): boolean {
  const key = encodeKey(shape, text);
  if (key === undefined) return false;
  body.nest(LIST_ELEMENT, () => {
    body.nest(ELEMENT_KEY, () => void body.bytes(DATA_VALUE, key.first));
    if (shape.isInterval) body.nest(ELEMENT_KEY_END, () => void body.bytes(DATA_VALUE, key.last));
    if (shape.value === undefined || verb === 'delete') return;
    body.nest(ELEMENT_DATA, () => {
      if (shape.value === 'class') body.bytes(DATA_VALUE, classBytes(value));
      else body.nest(DATA_VERDICT, () => void body.bytes(VERDICT_CODE, NFT_JUMP).text(VERDICT_CHAIN, value));
    });
  });
  return true;
}
