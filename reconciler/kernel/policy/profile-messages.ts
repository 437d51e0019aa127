/**
 * The messages of nf_tables for profiles: a chain with its rules, and the sets that it asks. Pure. The bytes are
 * those of nft(8), which lists them like its own.
 * Source: linux/netfilter/nf_tables.h; nft --debug=netlink.
 */
import { POLICY_TABLE } from '../../model/names.ts';
import { DIRECTION_WORDS, namesOfChain, type ProfileNames } from '../../model/policy/compiler/sets.ts';
import { DENIED_COUNTERS, type ProfileRule, rulesOfProfile } from '../../model/policy/table/chains.ts';
import { NLM_F_APPEND, NLM_F_CREATE, NLM_F_EXCL, type NetlinkRequest } from '../netlink/message.ts';
import type { BodyWriter } from '../netlink/writer.ts';
import { nftMessageType, policyHeader } from './messages.ts';
import { type ElementShape, lengthsOf, shapeOfSet } from './registers.ts';
import { RuleWriter } from './rule-writer.ts';

const [NEWCHAIN, DELCHAIN, NEWRULE, NEWSET, DELSET] = [3, 5, 6, 9, 11];
const TABLE = 1;
const CHAIN_NAME = 3;
const SET = {
  name: 2,
  flags: 3,
  keyType: 4,
  keyLength: 5,
  description: 9,
  id: 10,
  userData: 13,
} as const;
const [DESCRIPTION_CONCAT, LIST_ELEMENT, FIELD_LENGTH] = [2, 1, 1];
const RULE = { chain: 2, expressions: 4, userData: 7 } as const;

/** NFT_SET_INTERVAL and NFT_SET_CONCAT. */
const INTERVAL_OF_CONCATENATION = 0x4 | 0x80;

/** nft's numbers of types, six bits each in a key. Source: nftables, include/datatype.h. */
const KEY_TYPES = { ip: 7, ip6: 8, protocol: 12, port: 13, class: 23 } as const;

/** The byte orders of a key and of data, unspecified, as nft records them. */
const SET_USER_DATA = new Uint8Array([0, 4, 0, 0, 0, 0, 3, 8, 0, 4, 13, 0, 0, 0, 1, 0]);

/** Chains and sets, by name. */
type ProfileParts = { readonly chains: readonly string[]; readonly sets: readonly string[] };

/** Returns the requests that make these sets, and chains with their rules; EEXIST if one exists. */
export function createProfiles({ chains, sets }: ProfileParts): readonly NetlinkRequest[] {
  return [
    ...sets.flatMap((set, index) => {
      const shape = shapeOfSet(set);
      return shape === undefined ? [] : [createSet(set, shape, index + 1)];
    }),
    ...chains.map((chain) =>
      request(NEWCHAIN, NLM_F_CREATE | NLM_F_EXCL, (body) => body.text(CHAIN_NAME, chain)),
    ),
    ...chains.flatMap((chain) => {
      const names = namesOfChain(chain);
      return names === undefined ? [] : rulesOfProfile(names).map((id) => createRule(names, id));
    }),
  ];
}

/** Returns the requests that delete the chains, with their rules, and the sets. */
export function deleteProfiles({ chains, sets }: ProfileParts): readonly NetlinkRequest[] {
  return [
    ...chains.map((chain) => request(DELCHAIN, 0, (body) => body.text(CHAIN_NAME, chain))),
    ...sets.map((set) => request(DELSET, 0, (body) => body.text(SET.name, set))),
  ];
}

function request(message: number, flags: number, fill: (body: BodyWriter) => BodyWriter): NetlinkRequest {
  const body = policyHeader().text(TABLE, POLICY_TABLE);
  return { type: nftMessageType(message), flags, body: fill(body).finish() };
}

function createSet(set: string, { parts, isInterval }: ElementShape, id: number): NetlinkRequest {
  const lengths = lengthsOf(parts);
  return request(NEWSET, NLM_F_CREATE | NLM_F_EXCL, (body) => {
    body.text(SET.name, set);
    put32(body, SET.flags, isInterval ? INTERVAL_OF_CONCATENATION : 0);
    put32(
      body,
      SET.keyType,
      parts.reduce((type, part) => (type << 6) | KEY_TYPES[part], 0),
    );
    put32(
      body,
      SET.keyLength,
      lengths.reduce((sum, { padded }) => sum + padded, 0),
    );
    put32(body, SET.id, id);
    if (isInterval) {
      body.nest(SET.description, () => {
        body.nest(DESCRIPTION_CONCAT, () => {
          for (const { bytes } of lengths) body.nest(LIST_ELEMENT, () => put32(body, FIELD_LENGTH, bytes));
        });
      });
    }
    return body.bytes(SET.userData, SET_USER_DATA);
  });
}

function createRule(names: ProfileNames, id: ProfileRule): NetlinkRequest {
  return request(NEWRULE, NLM_F_CREATE | NLM_F_APPEND, (body) => {
    body.text(RULE.chain, names.chain);
    body.nest(RULE.expressions, () => RULES[id](new RuleWriter(body), names));
    const comment = new TextEncoder().encode(`vnet:${id}\0`);
    return body.bytes(RULE.userData, new Uint8Array([0, comment.length, ...comment]));
  });
}

/** The expressions of PROFILE_RULES. */
const RULES: Readonly<Record<ProfileRule, (rule: RuleWriter, names: ProfileNames) => void>> = {
  judged: (rule) => rule.count(),
  ports: (rule, names) => askByClass(rule, names, names.ports),
  ranges: (rule, names) => askByClass(rule, names, names.ranges),
  blocks: (rule, names) => {
    rule.loadAddress(names.family, peerOf(names));
    rule.loadPort(names.family === 4 ? 1 : 4);
    rule.ask(names.blocks ?? '');
    allow(rule, names);
  },
  self: (rule, { family }) => {
    rule.loadAddresses(family);
    rule.ask(`self${family}`);
    rule.accept();
  },
  denied: (rule, { direction }) => {
    rule.count();
    rule.goTo(DENIED_COUNTERS[direction]);
  },
};

function askByClass(rule: RuleWriter, names: ProfileNames, set = ''): void {
  const { direction, family } = names;
  rule.loadAddress(family, peerOf(names));
  rule.keepPriority();
  rule.mapToPriority(`${DIRECTION_WORDS[direction].peers}${family}`);
  rule.loadPriority();
  // Before the rule may end: with a packet that has no port, or by the answer.
  rule.restorePriority();
  rule.loadPort(1);
  rule.ask(set);
  allow(rule, names);
}

function peerOf({ direction }: ProfileNames): 'source' | 'destination' {
  return direction === 'ingress' ? 'source' : 'destination';
}

/** A packet that may leave its pod is judged again at its destination, by the next rule of the chain that led here. */
function allow(rule: RuleWriter, { direction }: ProfileNames): void {
  if (direction === 'ingress') rule.accept();
  else rule.return();
}

/** Numbers of nf_tables are in network order. */
function put32(body: BodyWriter, type: number, value: number): void {
  body.bytes(type, new Uint8Array([value >>> 24, value >>> 16, value >>> 8, value]));
}
