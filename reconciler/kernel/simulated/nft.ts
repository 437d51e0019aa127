/**
 * The nftables table of the simulated kernel: parses sets, rules and comments from the script, and stores
 * elements.
 * Source: nft(8); refusals as in net/netfilter/nf_tables_api.c.
 */
import type { NftElementObject, NftTableObject } from '../../model/state.ts';
import { inChainOrder } from '../../model/kinds/nft-table.ts';
import { familyOfSet } from '../netlink/nftables-key.ts';
import type { SimulatedKind } from './generic.ts';
import { CHANGED, type Outcome, refuse, type SimulatedTables, UNCHANGED } from './tables.ts';

/** Ensures the table of its script; elements are kept unless the script drops them. Errors: invalid. */
export function makeTable(tables: SimulatedTables, want: NftTableObject): Outcome {
  const have = tables.find(want);
  const isSame =
    JSON.stringify([have?.rules, have?.sets]) === JSON.stringify([inChainOrder(want.rules), want.sets]);
  if (have !== undefined && isSame) return UNCHANGED;
  if (want.sets !== undefined) return makePolicyTable(tables, want);
  if (want.script === undefined) return refuse('invalid', want, 'a table without its script');
  const { script, ...rest } = want;
  if (new RegExp(`(delete|destroy) table ${want.family} ${want.name}\\b`).test(script))
    dropElements(tables, want);
  for (const match of script.matchAll(/\b(set|map)\s+(\w+)\s*\{/g)) {
    const [, type, name = ''] = match;
    tables.sets.set(setKey(want, name), type === 'map' ? 'map' : 'set');
  }
  tables.put({ ...rest, rules: inChainOrder(rulesOf(script)) });
  return CHANGED;
}

/** Shape: a table that is derived only when it is read has no properties of its own. */
function makePolicyTable(
  tables: SimulatedTables,
  { kind, netns, family, name, rules, sets = {} }: NftTableObject,
): Outcome {
  tables.put({ kind, netns, family, name, rules, sets });
  return CHANGED;
}

/** Ensures that the table is gone with its sets, rules and elements. Total. */
export function deleteTable(tables: SimulatedTables, have: NftTableObject): Outcome {
  const table = tables.find(have);
  if (table === undefined) return UNCHANGED;
  dropElements(tables, table);
  tables.remove(table);
  return CHANGED;
}

/** Elements. */
export const simulatedElement: SimulatedKind<NftElementObject> = {
  refuses: (tables, want) => {
    const family = familyOfSet(want.set);
    const type = tables.sets.get(`${want.netns} ${family} ${want.table} ${want.set}`);
    if (type === undefined) {
      const hint = `Create the table ${family} ${want.table} first.`;
      return refuse('not-found', want, 'No such file or directory', hint);
    }
    if ((type === 'map') === (want.value !== undefined)) return undefined;
    const elements = `its elements have ${type === 'map' ? 'a' : 'no'} value`;
    return refuse('invalid', want, `${want.set} is a ${type}: ${elements}`);
  },
};

function setKey({ netns, family, name }: NftTableObject, set: string): string {
  return `${netns} ${family} ${name} ${set}`;
}

function dropElements(tables: SimulatedTables, table: NftTableObject): void {
  for (const element of tables.all('nft-element')) {
    const isOfTable = element.table === table.name && familyOfSet(element.set) === table.family;
    if (element.netns === table.netns && isOfTable) tables.remove(element);
  }
  for (const key of tables.sets.keys()) {
    if (key.startsWith(setKey(table, ''))) tables.sets.delete(key);
  }
}

/** Returns the rules in the kernel's order: chain by chain, in the order of their creation. */
function rulesOf(script: string): readonly string[] {
  const chains = new Map<string, string[]>();
  let chain = '';
  for (const line of script.split('\n')) {
    const declared = /\bchain\s+(\w+)\s*\{/.exec(line)?.[1];
    const added = /^\s*add rule \w+ \w+ (\w+)\b/.exec(line)?.[1];
    chain = added ?? declared ?? chain;
    if (!chains.has(chain)) chains.set(chain, []);
    const comment = /comment "vnet:([^"]+)"/.exec(line)?.[1];
    if (comment !== undefined) chains.get(chain)?.push(`${chain} ${comment}`);
  }
  return Array.from(chains.values()).flat();
}
