/** Parses the output of `nft -j list ruleset`. Pure. Source: libnftables-json(5). */
import { NFT_TABLE, POLICY_TABLE } from '../../model/names.ts';
import { asRecord } from '../../model/objects.ts';
import {
  type AddressList,
  expandRanges,
  mergeRanges,
  readRange,
} from '../../model/addresses/address-list.ts';
import type {
  RuleCondition,
  FilterFamily,
  FilterTable,
  Hook,
  MutableChain,
  MutableTable,
  Rule,
  RuleVerdict,
} from '../../model/filter/ruleset.ts';

type Json = Readonly<Record<string, unknown>>;

/** The elements of sets, by table and set. */
type Sets = ReadonlyMap<string, readonly unknown[]>;

const FAMILIES: readonly string[] = [
  'ip',
  'ip6',
  'inet',
  'bridge',
  'netdev',
] satisfies readonly FilterFamily[];
const OWN = [`bridge ${NFT_TABLE}`, `inet ${NFT_TABLE}`, `inet ${POLICY_TABLE}`];

/** Returns true for a table of vnet. */
export function isOwnTable({ family, name }: Pick<FilterTable, 'family' | 'name'>): boolean {
  return OWN.includes(`${family} ${name}`);
}

/** Returns all tables except ours. Errors: throws for text that is not JSON. */
export function parseNftRuleset(text: string): readonly FilterTable[] {
  const listed = asRecord(JSON.parse(text))['nftables'];
  const items = (Array.isArray(listed) ? listed : []).map(asRecord);
  const sets = new Map(
    items.flatMap((item) => {
      const set = asRecord(item['set'] ?? item['map']);
      return set['name'] === undefined ? [] : [[`${tableOf(set)} ${word(set['name'])}`, asList(set['elem'])]];
    }),
  );
  const tables = new Map<string, MutableTable>();
  for (const item of items) {
    const table = asRecord(item['table']);
    const [family, name] = [word(table['family']), word(table['name'])];
    if (isFamily(family) && !isOwnTable({ family, name })) {
      tables.set(`${family} ${name}`, { tool: 'nft', family, name, chains: new Map() });
    }
    const chain = asRecord(item['chain']);
    tables.get(tableOf(chain))?.chains.set(word(chain['name']), describeChain(chain));
    const rule = asRecord(item['rule']);
    const target = tables.get(tableOf(rule))?.chains.get(word(rule['chain']));
    target?.rules.push(...describeRule(rule, sets));
  }
  return Array.from(tables.values());
}

/** Returns the devices of the chains at the hooks of interfaces, from the text of `nft list table`. */
export function devicesInText(text: string): ReadonlyMap<string, readonly string[]> {
  const chains = text.matchAll(/chain (\S+) \{[^{}]*?hook (?:in|e)gress devices? (?:= )?(\{[^}]*\}|\S+)/g);
  return new Map(
    Array.from(chains, ([, chain = '', devices = '']) => [
      chain,
      devices.split(/[{},\s]+/).flatMap((one) => (one === '' ? [] : [one.replaceAll('"', '')])),
    ]),
  );
}

function describeChain(chain: Json): MutableChain {
  const hook = chain['hook'];
  return {
    name: word(chain['name']),
    ...(isHook(hook) ? { hook } : {}),
    ...(chain['dev'] === undefined ? {} : { devices: asList(chain['dev']).map(word) }),
    policy: chain['policy'] === 'drop' ? 'drop' : 'accept',
    rules: [],
  };
}

const HOOKS: readonly unknown[] = [
  'ingress',
  'prerouting',
  'input',
  'forward',
  'output',
  'postrouting',
  'egress',
] satisfies readonly Hook[];

function isHook(value: unknown): value is Hook {
  return HOOKS.includes(value);
}

function isFamily(value: string): value is FilterFamily {
  return FAMILIES.includes(value);
}

function tableOf(object: Json): string {
  return `${word(object['family'])} ${word(object['table'])}`;
}

/** A verdict map becomes one rule per element. */
function describeRule(rule: Json, sets: Sets): readonly Rule[] {
  const text = `rule handle ${String(rule['handle'])}`;
  const conditions: RuleCondition[] = [];
  const rules: Rule[] = [];
  for (const expression of asList(rule['expr']).map(asRecord)) {
    const [name = ''] = Object.keys(expression);
    const body = asRecord(expression[name]);
    if (name === 'match') conditions.push(...describeMatch(body, (set) => setIn(sets, rule, set)));
    else if (name === 'vmap') {
      for (const [key, verdict] of pairsIn(body['data'], (set) => setIn(sets, rule, set))) {
        const own = conditionsOf(body['key'], [key], { isNegated: false });
        rules.push({ conditions: [...conditions, ...own], verdict: verdictOf(asRecord(verdict)), text });
      }
    } else if (!HARMLESS.has(name)) {
      const verdict = verdictOf(expression);
      if (verdict.kind === 'next') conditions.push({ on: 'other', isNegated: false });
      else rules.push({ conditions, verdict, text });
    }
  }
  return rules;
}

/** Statements that neither match nor end the evaluation. */
const HARMLESS = new Set(['counter', 'log', 'mangle', 'comment', 'notrack', 'flow', 'set']);

/** Source: nft(8): `queue` hands the packet to a program, `snat` and the like end a chain as accept does. */
const ENDS = new Set(['accept', 'snat', 'dnat', 'masquerade', 'redirect', 'tproxy', 'fwd', 'dup']);

function verdictOf(expression: Json): RuleVerdict {
  const [name = ''] = Object.keys(expression);
  if (name === 'drop' || name === 'reject') return { kind: 'drop' };
  if (name === 'return') return { kind: 'return' };
  if (name === 'jump' || name === 'goto') {
    return { kind: name, target: word(asRecord(expression[name])['target']) };
  }
  return { kind: ENDS.has(name) ? 'accept' : 'next' };
}

type FindSet = (name: string) => readonly unknown[] | undefined;

function setIn(sets: Sets, rule: Json, name: string): readonly unknown[] | undefined {
  return sets.get(`${tableOf(rule)} ${name.slice(1)}`);
}

function pairsIn(data: unknown, find: FindSet): readonly (readonly [unknown, unknown])[] {
  const listed = typeof data === 'string' ? (find(data) ?? []) : asList(asRecord(data)['set']);
  return listed.flatMap((pair) => (Array.isArray(pair) ? [[pair[0], pair[1]] as const] : []));
}

function describeMatch({ op, left, right }: Json, find: FindSet): readonly RuleCondition[] {
  const isNegated = op === '!=';
  if (op !== '==' && op !== '!=' && op !== 'in') return [...typeOf(left), { on: 'other', isNegated: false }];
  const named = typeof right === 'string' && right.startsWith('@') ? find(right) : undefined;
  const values = named ?? asList(asRecord(right)['set'] ?? right);
  return conditionsOf(left, values, { isNegated });
}

function conditionsOf(
  left: unknown,
  values: readonly unknown[],
  { isNegated }: Pick<RuleCondition, 'isNegated'>,
): readonly RuleCondition[] {
  return [...typeOf(left), conditionOf(left, values, isNegated)];
}

/** A match on a field of a network header holds only for packets with that header. */
function typeOf(left: unknown): readonly RuleCondition[] {
  const protocol = word(asRecord(asRecord(left)['payload'])['protocol']);
  return ['ip', 'ip6', 'arp', 'vlan'].includes(protocol)
    ? [{ on: 'type', values: [protocol], isNegated: false }]
    : [];
}

function conditionOf(left: unknown, values: readonly unknown[], isNegated: boolean): RuleCondition {
  const meta = asRecord(asRecord(left)['meta'])['key'];
  const payload = asRecord(asRecord(left)['payload']);
  const words = values.map(word);
  if (meta === 'iif' || meta === 'iifname') return { on: 'iif', values: words, isNegated };
  if (meta === 'oif' || meta === 'oifname') return { on: 'oif', values: words, isNegated };
  if (meta === 'protocol' || meta === 'nfproto')
    return { on: 'type', values: words.map(typeName), isNegated };
  if (meta === 'l4proto') return { on: 'protocol', values: words, isNegated };
  // The first packet of a connection has no status, but for one to a service, which is translated.
  const tracked = asRecord(asRecord(left)['ct'])['key'];
  if (tracked === 'state' || tracked === 'status') return { on: 'state', values: words, isNegated };
  // `fib saddr . iif oif missing`: a reverse path filter.
  const { result, flags } = asRecord(asRecord(left)['fib']);
  const isReverse = result === 'oif' && ['saddr', 'iif'].every((flag) => asList(flags).includes(flag));
  if (isReverse && values[0] === false) return { on: 'unrouted', isNegated };
  const mark = markOf(left, values);
  if (mark !== undefined) return { on: 'mark', value: mark, isNegated };
  if (payload['protocol'] === 'ether' && payload['field'] === 'type') {
    return { on: 'type', values: words.map(typeName), isNegated };
  }
  const isIp = payload['protocol'] === 'ip' || payload['protocol'] === 'ip6';
  const addresses = isIp ? addressesIn(values) : undefined;
  if (payload['field'] === 'saddr' && addresses !== undefined) return { on: 'source', addresses, isNegated };
  if (payload['field'] === 'daddr' && addresses !== undefined)
    return { on: 'destination', addresses, isNegated };
  return { on: 'other', isNegated: false };
}

function typeName(name: string): string {
  return name === 'ipv4' ? 'ip' : name === 'ipv6' ? 'ip6' : name;
}

/** A pod's packet has no mark unless a rule sets one. */
function markOf(left: unknown, [value]: readonly unknown[]): number | undefined {
  const masked = asList(asRecord(left)['&']);
  const [inner] = masked.length === 0 ? [left] : masked;
  return asRecord(asRecord(inner)['meta'])['key'] === 'mark' && typeof value === 'number' ? value : undefined;
}

function addressesIn(values: readonly unknown[]): AddressList | undefined {
  const ranges = values.map(addressText);
  return ranges.every((text) => text !== undefined && readRange(text) !== undefined)
    ? mergeRanges(expandRanges(ranges.filter((text) => text !== undefined)))
    : undefined;
}

function addressText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  const { prefix, range, elem } = asRecord(value) as { prefix?: unknown; range?: unknown; elem?: unknown };
  if (elem !== undefined) return addressText(asRecord(elem)['val']);
  if (prefix !== undefined) return `${word(asRecord(prefix)['addr'])}/${String(asRecord(prefix)['len'])}`;
  return Array.isArray(range) ? range.map(word).join('-') : undefined;
}

function asList(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  return value === undefined ? [] : [value];
}

function word(value: unknown): string {
  if (typeof value === 'string') return value;
  return typeof value === 'number' ? String(value) : '';
}
