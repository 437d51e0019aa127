/** Parses the output of `iptables-save`. Pure. Source: iptables(8), iptables-extensions(8). */
import { readRange } from '../../model/addresses/address-list.ts';
import type {
  RuleCondition,
  FilterTable,
  Hook,
  MutableTable,
  Rule,
  RuleVerdict,
} from '../../model/filter/ruleset.ts';

const HOOKS: Readonly<Record<string, Hook>> = {
  PREROUTING: 'prerouting',
  INPUT: 'input',
  FORWARD: 'forward',
  OUTPUT: 'output',
  POSTROUTING: 'postrouting',
};

/** Returns the tables. Unknown lines are omitted. */
export function parseIptablesSave(text: string, family: 'ip' | 'ip6' = 'ip'): readonly FilterTable[] {
  const tables: MutableTable[] = [];
  for (const line of text.split('\n')) {
    const [, table] = /^\*(\S+)/.exec(line) ?? [];
    if (table !== undefined) tables.push({ tool: 'iptables', family, name: table, chains: new Map() });
    const [, chain, policy] = /^:(\S+) (\S+)/.exec(line) ?? [];
    if (chain !== undefined) {
      const hook = policy === '-' ? undefined : HOOKS[chain];
      tables.at(-1)?.chains.set(chain, {
        name: chain,
        ...(hook === undefined ? {} : { hook }),
        policy: policy === 'DROP' ? 'drop' : 'accept',
        rules: [],
      });
    }
    const [, owner, rest] = /^-A (\S+)(.*)$/.exec(line) ?? [];
    if (owner !== undefined)
      tables
        .at(-1)
        ?.chains.get(owner)
        ?.rules.push(describeRule(line, rest ?? ''));
  }
  return tables;
}

/** A word, or a quoted text. */
const WORDS = /"(?:[^"\\]|\\.)*"|\S+/g;

function describeRule(line: string, rest: string): Rule {
  const words = rest.match(WORDS) ?? [];
  const conditions: RuleCondition[] = [];
  let verdict: RuleVerdict = { kind: 'next' };
  let isNegated = false;
  for (let at = 0; at < words.length; at += 1) {
    const option = words[at] ?? '';
    if (option === '!') {
      isNegated = true;
      continue;
    }
    const value = words[at + 1] ?? '';
    const takesValue = !value.startsWith('-') && value !== '!' && value !== '';
    if (option === '-j' || option === '-g') {
      verdict = verdictOf(option, value);
      break;
    }
    const condition = conditionOf(option, value, isNegated);
    if (condition !== undefined) conditions.push(condition);
    isNegated = false;
    if (takesValue) at += 1;
  }
  return { conditions, verdict, text: line };
}

/** Targets after which the next rule is evaluated. Source: iptables-extensions(8), targets. */
const PASSING =
  /^(?:LOG|NFLOG|ULOG|MARK|CONNMARK|TRACE|NOTRACK|CT|TCPMSS|TOS|DSCP|TTL|CLASSIFY|SET|AUDIT|CHECKSUM)$/;
const ENDING = /^(?:ACCEPT|SNAT|DNAT|MASQUERADE|REDIRECT|NETMAP|TPROXY|QUEUE|NFQUEUE)$/;

function verdictOf(option: '-j' | '-g', target: string): RuleVerdict {
  if (target === 'DROP' || target === 'REJECT') return { kind: 'drop' };
  if (target === 'RETURN') return { kind: 'return' };
  if (ENDING.test(target)) return { kind: 'accept' };
  if (PASSING.test(target)) return { kind: 'next' };
  return { kind: option === '-g' ? 'goto' : 'jump', target };
}

/** Returns the condition; undefined for an option that holds for every packet, or that only names a match. */
function conditionOf(option: string, value: string, isNegated: boolean): RuleCondition | undefined {
  switch (option) {
    case '-m':
    case '--comment':
    case '--mark-xset':
    case '--to-ports':
      return undefined;
    case '-s':
    case '-d': {
      const range = readRange(value.replace(/^([\d.]+)\/32$|^([\da-f:]+)\/128$/i, '$1$2'));
      const on = option === '-s' ? 'source' : 'destination';
      return range === undefined ? { on: 'other', isNegated: false } : { on, addresses: [range], isNegated };
    }
    case '-i':
    case '-o':
      return { on: option === '-i' ? 'iif' : 'oif', values: [value.replace(/\+$/, '*')], isNegated };
    case '-p':
      return value === 'all' ? undefined : { on: 'other', isNegated: false };
    case '--state':
    case '--ctstate':
      return { on: 'state', values: value.split(','), isNegated };
    case '--mark':
      return { on: 'mark', value: Number(value.split('/')[0]), isNegated };
    case '--physdev-is-bridged':
      return { on: 'bridged', isNegated };
    default:
      return { on: 'other', isNegated: false };
  }
}
