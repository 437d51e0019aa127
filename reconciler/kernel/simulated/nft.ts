/**
 * The nftables table of the simulated kernel: parses sets, rules and comments from the script, and stores
 * elements.
 * Source: nft(8); refusals as in net/netfilter/nf_tables_api.c.
 */
import type { NftElementObject, NftTableObject } from '../../model/state.ts';
import type { SimulatedKind } from './generic.ts';
import {
  all,
  CHANGED,
  find,
  type Outcome,
  put,
  refuse,
  remove,
  type SimulatedWorld,
  UNCHANGED,
} from './world.ts';

/** Ensures the table of its script; elements are kept unless the script drops them. Errors: invalid. */
export function makeTable(world: SimulatedWorld, want: NftTableObject): Outcome {
  const have = find(world, want);
  if (have !== undefined && JSON.stringify(have.rules) === JSON.stringify(want.rules)) return UNCHANGED;
  if (want.script === undefined) return refuse('invalid', want, 'a table without its script');
  const { script, ...rest } = want;
  if (new RegExp(`(delete|destroy) table bridge ${want.name}\\b`).test(script)) dropElements(world, want);
  for (const match of script.matchAll(/\b(set|map)\s+(\w+)\s*\{/g)) {
    const [, type, name = ''] = match;
    world.sets.set(setKey(want, name), type === 'map' ? 'map' : 'set');
  }
  put(world, { ...rest, rules: rulesOf(script) });
  return CHANGED;
}

/** Ensures that the table is gone with its sets, rules and elements. Total. */
export function deleteTable(world: SimulatedWorld, have: NftTableObject): Outcome {
  const table = find(world, have);
  if (table === undefined) return UNCHANGED;
  dropElements(world, table);
  remove(world, table);
  return CHANGED;
}

/** Elements. */
export const simulatedElement: SimulatedKind<NftElementObject> = {
  refuses: (world, want) => {
    const type = world.sets.get(`${want.netns} ${want.table} ${want.set}`);
    if (type === undefined) {
      const hint = `Create the table bridge ${want.table} first.`;
      return refuse('not-found', want, 'No such file or directory', hint);
    }
    if ((type === 'map') === (want.value !== undefined)) return undefined;
    const elements = `its elements have ${type === 'map' ? 'a' : 'no'} value`;
    return refuse('invalid', want, `${want.set} is a ${type}: ${elements}`);
  },
};

function setKey({ netns, name }: NftTableObject, set: string): string {
  return `${netns} ${name} ${set}`;
}

function dropElements(world: SimulatedWorld, table: NftTableObject): void {
  for (const element of all(world, 'nft-element')) {
    if (element.netns === table.netns && element.table === table.name) remove(world, element);
  }
  for (const key of world.sets.keys()) {
    if (key.startsWith(`${table.netns} ${table.name} `)) world.sets.delete(key);
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
