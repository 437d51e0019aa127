/**
 * The parts of nf_tables that the hot path needs: elements of our sets, and the contents of our table. Pure.
 * Source: include/uapi/linux/netfilter/nf_tables.h and nfnetlink.h.
 */
import { BodyWriter } from './writer.ts';
import type { BodyReader } from './reader.ts';
import { type NetlinkRequest, NLM_F_ACK, NLM_F_CREATE, NLM_F_EXCL } from './message.ts';
import { encodeRegister, familyOfSet, parseRegister } from './nftables-key.ts';
import type { NftFamily, NftSet } from '../../model/kinds/nft-element.ts';

const NFNL_SUBSYS_NFTABLES = 10;
const NFNL_MSG_BATCH_BEGIN = 16;
const NFNL_MSG_BATCH_END = 17;
const NFPROTO_UNSPEC = 0;
/** The numbers of the families of our tables. Source: linux/netfilter.h. */
export const NFPROTO: Readonly<Record<NftFamily, number>> = { inet: 1, bridge: 7 };
/** The families of our tables. */
export const NFT_FAMILIES = ['bridge', 'inet'] as const;
const NFT_MSG_GETTABLE = 1;
const NFT_MSG_DELTABLE = 2;
const NFT_MSG_GETRULE = 7;
const NFT_MSG_NEWSETELEM = 12;
const NFT_MSG_GETSETELEM = 13;
const NFT_MSG_DELSETELEM = 14;
const NFTA_TABLE_NAME = 1;
const NFTA_RULE_TABLE = 1;
const NFTA_RULE_CHAIN = 2;
const NFTA_RULE_USERDATA = 7;
const LIST_TABLE = 1;
const LIST_SET = 2;
const LIST_ELEMENTS = 3;
const NFTA_LIST_ELEM = 1;
const ELEMENT_KEY = 1;
const ELEMENT_DATA = 2;
const NFTA_DATA_VALUE = 1;
const HEADER_BYTES = 4;

/** nft's user data type of a rule's comment. Source: nftables, include/libnftnl/udata.h. */
const UDATA_RULE_COMMENT = 0;

/** A set of our table. */
export type SetName = { readonly table: string; readonly set: string };

/** A table. */
export type TableName = { readonly family: NftFamily; readonly name: string };

/** An element as bytes. */
export type RawElement = { readonly key: Uint8Array; readonly value?: Uint8Array };

/** An element as text. */
export type ElementFact = { readonly key: string; readonly value?: string };

/** Returns the element as bytes; undefined if it does not match the set's types. */
export function encodeElement(shape: NftSet, element: ElementFact): RawElement | undefined {
  const key = encodeRegister(shape.key, element.key);
  if (key === undefined) return undefined;
  if (shape.value === undefined) return { key };
  if (element.value === undefined) return undefined;
  const value = encodeRegister([shape.value], element.value);
  return value === undefined ? undefined : { key, value };
}

/**
 * Returns the requests with the begin and end messages of a transaction; the last request wants an
 * acknowledgement.
 */
export function encodeBatch(requests: readonly NetlinkRequest[]): NetlinkRequest[] {
  const changes = requests.map((request, index) =>
    index === requests.length - 1 ? { ...request, flags: request.flags | NLM_F_ACK } : request,
  );
  return [batchMark(NFNL_MSG_BATCH_BEGIN), ...changes, batchMark(NFNL_MSG_BATCH_END)];
}

function batchMark(type: number): NetlinkRequest {
  return { type, flags: 0, body: putHeader(NFPROTO_UNSPEC, NFNL_SUBSYS_NFTABLES).finish() };
}

/** Returns the request that adds an element; EEXIST if it exists. */
export function createElement(set: SetName, element: RawElement): NetlinkRequest {
  const flags = NLM_F_CREATE | NLM_F_EXCL;
  return { type: messageType(NFT_MSG_NEWSETELEM), flags, body: encodeElements(set, [element]) };
}

/** Returns the request that deletes an element; ENOENT if it does not exist. */
export function deleteElement(set: SetName, key: Uint8Array): NetlinkRequest {
  return { type: messageType(NFT_MSG_DELSETELEM), flags: 0, body: encodeElements(set, [{ key }]) };
}

/** Returns the request for one element. */
export function getElement(set: SetName, key: Uint8Array): NetlinkRequest {
  return { type: messageType(NFT_MSG_GETSETELEM), flags: 0, body: encodeElements(set, [{ key }]) };
}

/** Returns the request for all elements of a set. */
export function dumpElements(set: SetName): NetlinkRequest {
  return { type: messageType(NFT_MSG_GETSETELEM), flags: 0, body: putSet(set).finish() };
}

/** Returns the request for a table. */
export function getTable({ family, name }: TableName): NetlinkRequest {
  const body = putHeader(NFPROTO[family], 0).text(NFTA_TABLE_NAME, name);
  return { type: messageType(NFT_MSG_GETTABLE), flags: 0, body: body.finish() };
}

/** Returns the request for all tables of all families. */
export function dumpTables(): NetlinkRequest {
  return { type: messageType(NFT_MSG_GETTABLE), flags: 0, body: putHeader(NFPROTO_UNSPEC, 0).finish() };
}

/** Returns the number of the family (linux/netfilter.h) and the name in an NFT_MSG_NEWTABLE body. */
export function parseTable(body: BodyReader): { readonly family: number; readonly name: string } {
  return { family: body.at8(0), name: body.attribute(HEADER_BYTES, NFTA_TABLE_NAME)?.toText() ?? '' };
}

/** Returns the request that deletes a table and its contents. */
export function deleteTableRequest({ family, name }: TableName): NetlinkRequest {
  const body = putHeader(NFPROTO[family], 0).text(NFTA_TABLE_NAME, name);
  return { type: messageType(NFT_MSG_DELTABLE), flags: 0, body: body.finish() };
}

/** Returns the request for the rules of a table. */
export function dumpRules({ family, name }: TableName): NetlinkRequest {
  const body = putHeader(NFPROTO[family], 0).text(NFTA_RULE_TABLE, name);
  return { type: messageType(NFT_MSG_GETRULE), flags: 0, body: body.finish() };
}

/** Returns the body that lists elements of a set. */
function encodeElements(set: SetName, elements: readonly RawElement[]): Uint8Array {
  const body = putSet(set);
  body.nest(LIST_ELEMENTS, () => {
    for (const { key, value } of elements) {
      body.nest(NFTA_LIST_ELEM, () => {
        body.nest(ELEMENT_KEY, () => void body.bytes(NFTA_DATA_VALUE, key));
        if (value !== undefined) body.nest(ELEMENT_DATA, () => void body.bytes(NFTA_DATA_VALUE, value));
      });
    }
  });
  return body.finish();
}

/** Returns the elements in an NFT_MSG_NEWSETELEM body; those of other types are skipped. */
export function parseElements(shape: NftSet, body: BodyReader): ElementFact[] {
  const list = body.attribute(HEADER_BYTES, LIST_ELEMENTS);
  const found: ElementFact[] = [];
  for (const element of list?.attributes(0, NFTA_LIST_ELEM) ?? []) {
    const key = parseRegister(shape.key, element.attribute(0, ELEMENT_KEY)?.attribute(0, NFTA_DATA_VALUE));
    if (key === undefined) continue;
    const data = element.attribute(0, ELEMENT_DATA)?.attribute(0, NFTA_DATA_VALUE);
    const value = shape.value === undefined ? undefined : parseRegister([shape.value], data);
    found.push(value === undefined ? { key } : { key, value });
  }
  return found;
}

/** A rule's chain and comment. */
export type RuleFact = { readonly chain: string; readonly comment: string | undefined };

/** Returns chain and comment in an NFT_MSG_NEWRULE body. */
export function parseRule(body: BodyReader): RuleFact {
  const chain = body.attribute(HEADER_BYTES, NFTA_RULE_CHAIN)?.toText() ?? '';
  const userData = body.attribute(HEADER_BYTES, NFTA_RULE_USERDATA);
  return { chain, comment: userData === undefined ? undefined : parseComment(userData) };
}

/** nft's records: one byte each of type and length, then the value. */
function parseComment(userData: BodyReader): string | undefined {
  for (let at = 0; at + 2 <= userData.length; at += 2 + userData.at8(at + 1)) {
    if (userData.at8(at) === UDATA_RULE_COMMENT) return userData.slice(at + 2, userData.at8(at + 1)).toText();
  }
  return undefined;
}

function messageType(message: number): number {
  return (NFNL_SUBSYS_NFTABLES << 8) | message;
}

function putSet({ table, set }: SetName): BodyWriter {
  return putHeader(NFPROTO[familyOfSet(set)], 0).text(LIST_TABLE, table).text(LIST_SET, set);
}

/** struct nfgenmsg: family, version, and a resource id in network order. */
function putHeader(family: number, resource: number): BodyWriter {
  return new BodyWriter().put8(family).put8(0).put16be(resource);
}
