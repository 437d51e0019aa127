/**
 * The messages of nf_tables for classes of peers: a set, and a chain with one rule that asks it. Pure. The bytes are those of nft(8), which
 * lists them like its own.
 * Source: linux/netfilter/nf_tables.h; nft --debug=netlink.
 */
import { POLICY_TABLE } from '../../model/names.ts';
import { type ClassNames, classOfChain } from '../../model/policy/table/chains.ts';
import { NLM_F_APPEND, NLM_F_CREATE, NLM_F_EXCL, type NetlinkRequest } from '../netlink/message.ts';
import type { BodyWriter } from '../netlink/writer.ts';
import { nftMessageType, policyHeader } from './messages.ts';

const [NEWCHAIN, DELCHAIN, NEWRULE, NEWSET, DELSET] = [3, 5, 6, 9, 11];
const TABLE = 1;
const CHAIN_NAME = 3;
const SET = { name: 2, flags: 3, keyType: 4, keyLength: 5, description: 9, id: 10, userData: 13 } as const;
const [DESCRIPTION_CONCAT, LIST_ELEMENT, FIELD_LENGTH] = [2, 1, 1];
const RULE = { chain: 2, expressions: 4, userData: 7 } as const;
const [EXPRESSION_NAME, EXPRESSION_DATA] = [1, 2];
const [DATA_VALUE, DATA_VERDICT, VERDICT_CODE, VERDICT_CHAIN] = [1, 2, 1, 2];

/** NFT_SET_INTERVAL and NFT_SET_CONCAT. */
const INTERVAL_OF_CONCATENATION = 0x4 | 0x80;

/** nft's types ipv4_addr, ipv6_addr, inet_proto and inet_service, six bits each. */
const KEY_TYPES = { 4: (7 << 12) | (12 << 6) | 13, 6: (8 << 12) | (12 << 6) | 13 } as const;

const ADDRESS_BYTES = { 4: 4, 6: 16 } as const;

/** The byte orders of a key and of data, unspecified, as nft records them. */
const SET_USER_DATA = new Uint8Array([0, 4, 0, 0, 0, 0, 3, 8, 0, 4, 13, 0, 0, 0, 1, 0]);

const COMMENT = new TextEncoder().encode('vnet:class\0');
const RULE_USER_DATA = new Uint8Array([0, COMMENT.length, ...COMMENT]);

const NF_ACCEPT = 1;
const NFT_GOTO = -4;

/** The verdict register, 16-byte registers, and those of four bytes from number 8 on. */
const [VERDICT, FIRST] = [0, 1];

/** Returns the requests that make the sets, chains and rules of classes, by chain; EEXIST if one exists. */
export function createClasses(chains: readonly string[]): readonly NetlinkRequest[] {
  const classes = chains.flatMap((chain) => {
    const names = classOfChain(chain);
    return names === undefined ? [] : [{ chain, names }];
  });
  return [
    ...classes.map(({ names }, index) => createSet(names, index + 1)),
    ...classes.map(({ chain }) => createChain(chain)),
    ...classes.map(({ chain, names }) => createRule(chain, names)),
  ];
}

/** Returns the requests that delete the chains, with their rules, and the sets. */
export function deleteClasses(chains: readonly string[]): readonly NetlinkRequest[] {
  const sets = chains.flatMap((chain) => classOfChain(chain)?.set ?? []);
  return [
    ...chains.map((chain) => request(DELCHAIN, 0, (body) => body.text(CHAIN_NAME, chain))),
    ...sets.map((set) => request(DELSET, 0, (body) => body.text(SET.name, set))),
  ];
}

function request(message: number, flags: number, fill: (body: BodyWriter) => BodyWriter): NetlinkRequest {
  const body = policyHeader().text(TABLE, POLICY_TABLE);
  return { type: nftMessageType(message), flags, body: fill(body).finish() };
}

function createSet({ set, family }: ClassNames, id: number): NetlinkRequest {
  const address = ADDRESS_BYTES[family];
  return request(NEWSET, NLM_F_CREATE | NLM_F_EXCL, (body) => {
    body.text(SET.name, set);
    put32(body, SET.flags, INTERVAL_OF_CONCATENATION);
    put32(body, SET.keyType, KEY_TYPES[family]);
    put32(body, SET.keyLength, address + 8);
    put32(body, SET.id, id);
    body.nest(SET.description, () => {
      body.nest(DESCRIPTION_CONCAT, () => {
        for (const length of [address, 1, 2])
          body.nest(LIST_ELEMENT, () => put32(body, FIELD_LENGTH, length));
      });
    });
    return body.bytes(SET.userData, SET_USER_DATA);
  });
}

function createChain(chain: string): NetlinkRequest {
  return request(NEWCHAIN, NLM_F_CREATE | NLM_F_EXCL, (body) => body.text(CHAIN_NAME, chain));
}

/** The registers of the second and third part of the key, as nft allocates them. */
const PARTS = { 4: { protocol: 9, port: 10 }, 6: { protocol: 2, port: 13 } } as const;

/** Source: ip(7), RFC 8200 3: offsets of both addresses, and the families' numbers in nf_tables. */
const ADDRESSES = {
  4: { source: 12, destination: 16, nfproto: 2 },
  6: { source: 8, destination: 24, nfproto: 10 },
} as const;

function createRule(chain: string, { set, family, matches, next }: ClassNames): NetlinkRequest {
  const { nfproto, [matches]: offset } = ADDRESSES[family];
  const { protocol, port } = PARTS[family];
  return request(NEWRULE, NLM_F_CREATE | NLM_F_APPEND, (body) => {
    body.text(RULE.chain, chain);
    body.nest(RULE.expressions, () => {
      // Of meta, the register is the first attribute and the key the second: NFT_META_NFPROTO, NFT_META_L4PROTO.
      addExpression(body, 'meta', () => putNumbers(body, FIRST, 15));
      addExpression(body, 'cmp', () => {
        putNumbers(body, FIRST, 0);
        body.nest(3, () => void body.bytes(DATA_VALUE, new Uint8Array([nfproto])));
      });
      addExpression(body, 'payload', () => putNumbers(body, FIRST, 1, offset, ADDRESS_BYTES[family]));
      addExpression(body, 'meta', () => putNumbers(body, protocol, 16));
      addExpression(body, 'payload', () => putNumbers(body, port, 2, 2, 2));
      addExpression(body, 'lookup', () => {
        body.text(1, set);
        put32(body, 2, FIRST);
      });
      addExpression(body, 'immediate', () => {
        putNumbers(body, VERDICT);
        body.nest(2, () => {
          body.nest(DATA_VERDICT, () => {
            put32(body, VERDICT_CODE, next === undefined ? NF_ACCEPT : NFT_GOTO);
            if (next !== undefined) body.text(VERDICT_CHAIN, next);
          });
        });
      });
    });
    return body.bytes(RULE.userData, RULE_USER_DATA);
  });
}

function addExpression(body: BodyWriter, name: string, fill: () => void): void {
  body.nest(LIST_ELEMENT, () => {
    body.text(EXPRESSION_NAME, name);
    body.nest(EXPRESSION_DATA, fill);
  });
}

/** The first attributes of an expression, which are numbers. */
function putNumbers(body: BodyWriter, ...values: readonly number[]): void {
  for (const [at, value] of values.entries()) put32(body, at + 1, value);
}

/** Numbers of nf_tables are in network order. */
function put32(body: BodyWriter, type: number, value: number): void {
  body.bytes(type, new Uint8Array([value >>> 24, value >>> 16, value >>> 8, value]));
}
