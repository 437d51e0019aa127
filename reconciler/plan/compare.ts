/** Compares two versions of one object, and shows values as people read them. Pure. */
import { VNET_PROTOCOL } from '../model/names.ts';
import { HOST, type NetObject } from '../model/state.ts';
import type { FieldDifference } from './step.ts';

/** What is shown where there is nothing. */
export const ABSENT = 'absent';

/**
 * The fields that make two objects of one key differ. An address is there or not (the kernel can't change its scope or
 * broadcast), and so is the route that comes with it; a rule set is compared rule by rule.
 */
const COMPARED: Readonly<Record<NetObject['kind'], readonly string[]>> = {
  link: ['type', 'up', 'mac', 'mtuBytes', 'multicast', 'master', 'alias', 'peer', 'port'],
  address: ['metric', 'prefixRoute'],
  route: ['dev', 'via', 'source', 'scope', 'protocol', 'onLink', 'mtuBytes'],
  neighbour: ['mac', 'protocol'],
  fdb: [],
  sysctl: ['value'],
  'nft-table': ['rules'],
  'nft-element': ['value'],
};

/** In a pod's namespace chained plugins may change MAC, MTU and routes after us: only "is it there, is it up". */
const COMPARED_IN_POD: readonly string[] = ['up', 'prefixRoute'];

/** What comes with an object by itself is not told of one that is made or removed. */
const IMPLIED: readonly string[] = ['prefixRoute'];

/** Who makes routes and neighbours. Source: /etc/iproute2/rt_protos; 118 is ours. */
const PROTOCOLS: Readonly<Record<number, string>> = {
  2: 'kernel',
  3: 'boot',
  4: 'static',
  9: 'ra',
  16: 'dhcp',
  [VNET_PROTOCOL]: 'vnet',
};

/** What a field is called towards people, where ip(8) has a word of its own. */
const WORDS: Readonly<Record<string, string>> = {
  mtuBytes: 'mtu',
  mac: 'lladdr',
  up: 'state',
  rules: 'rule',
  onLink: 'onlink',
  prefixRoute: 'prefix route',
  source: 'src',
};

/**
 * Returns the names of the fields of `want` that `have` does not have so; a field that want leaves out is not ours.
 * A link of type `device` is one that vnet found: whatever kind it is (a NIC, a VLAN, a veth in a lab) is fine.
 */
export function differingFields(want: NetObject, have: NetObject): readonly string[] {
  const isFound = want.kind === 'link' && want.type === 'device';
  const compared = want.netns === HOST ? COMPARED[want.kind] : COMPARED_IN_POD;
  const differing: string[] = [];
  for (const field of compared) {
    if (isFound && field === 'type') continue;
    const wanted = fieldOf(want, field);
    if (wanted !== undefined && !isSame(wanted, fieldOf(have, field))) differing.push(field);
  }
  return differing;
}

/** Most values are equal as they are; what is made of parts (peer, port, rules) has them in one depth. */
function isSame(wanted: unknown, held: unknown): boolean {
  if (wanted === held) return true;
  if (!isRecord(wanted) || !isRecord(held)) return false;
  const parts = Object.keys(wanted);
  return (
    parts.length === Object.keys(held).length && parts.every((part) => wanted[part] === fieldOf(held, part))
  );
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/** Returns the differences as people read them: for a rule set one line for each rule that is missing or too many. */
export function renderDifferences(
  want: NetObject | undefined,
  have: NetObject | undefined,
): readonly FieldDifference[] {
  const subject = want ?? have;
  if (subject === undefined) return [];
  if (subject.kind === 'nft-table') return ruleDifferences(want, have);
  const fields =
    want !== undefined && have !== undefined
      ? changedFields(want, have)
      : COMPARED[subject.kind].filter((field) => !IMPLIED.includes(field));
  return fields
    .map((field) => ({
      field: WORDS[field] ?? field,
      want: show(field, want === undefined ? undefined : fieldOf(want, field)),
      have: show(field, have === undefined ? undefined : fieldOf(have, field)),
    }))
    .filter((difference) => difference.want !== difference.have);
}

/** A renamed link is the one case of two objects of different keys. */
function changedFields(want: NetObject, have: NetObject): readonly string[] {
  const isRenamed = want.kind === 'link' && have.kind === 'link' && want.name !== have.name;
  return [...(isRenamed ? ['name'] : []), ...differingFields(want, have)];
}

function ruleDifferences(
  want: NetObject | undefined,
  have: NetObject | undefined,
): readonly FieldDifference[] {
  const wanted = want?.kind === 'nft-table' ? want.rules : [];
  const found = have?.kind === 'nft-table' ? have.rules : [];
  if (want === undefined || have === undefined) {
    return [{ field: 'rules', want: count(want, wanted), have: count(have, found) }];
  }
  const missing = wanted.filter((rule) => !found.includes(rule));
  const extra = found.filter((rule) => !wanted.includes(rule));
  const lines = [
    ...missing.map((rule) => ({ field: 'rule', want: rule, have: ABSENT })),
    ...extra.map((rule) => ({ field: 'rule', want: ABSENT, have: rule })),
  ];
  if (lines.length > 0) return lines;
  return [{ field: 'order', want: wanted.join(', '), have: found.join(', ') }];
}

function count(table: NetObject | undefined, rules: readonly string[]): string {
  return table === undefined ? ABSENT : String(rules.length);
}

function fieldOf(object: Readonly<Record<string, unknown>>, field: string): unknown {
  return object[field];
}

/** Returns who makes a route or neighbour of this protocol number, by name: `dhcp`, `vnet`. */
export function protocolName(protocol: number): string {
  return PROTOCOLS[protocol] ?? String(protocol);
}

function show(field: string, value: unknown): string {
  if (value === undefined) return ABSENT;
  if (value === '') return 'none';
  if (field === 'protocol' && typeof value === 'number') return protocolName(value);
  if (field === 'up') return value === true ? 'up' : 'down';
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return Object.entries(value)
    .map(([name, inner]) => `${name} ${show(name, inner)}`)
    .join(', ');
}
