/** The table of network policies as a kernel object, and the scripts that change it. Pure. */
import { POLICY_TABLE } from '../../names.ts';
import { sha1Hex } from '../../sha1.ts';
import { inChainOrder } from '../../kinds/nft-table.ts';
import { HOST, type NftTableObject } from '../../state.ts';
import { classOfChain, classRule, classSet, DENIED_COUNTERS, fixedChains, fixedSets } from './chains.ts';
import { DIRECTIONS } from '../rules.ts';
import type { ElementChanges, PolicyChange } from '../compiler/changes.ts';
import { isOfBridge, type PolicyElements, type PolicySets } from '../compiler/sets.ts';

/** The elements of a table by set: keys, each with its chain in a map, '' in a set. */
export type TableSets = NonNullable<NftTableObject['sets']>;

/** What a table has besides its elements, to be removed if it is no longer wanted. */
export type TableParts = { readonly chains: readonly string[]; readonly sets: readonly string[] };

const TABLE = `inet ${POLICY_TABLE}`;

/** Cached by identity: the compiler keeps sets that have not changed. */
const records = new WeakMap<PolicyElements, Readonly<Record<string, string>>>();

function recordOf(elements: PolicyElements): Readonly<Record<string, string>> {
  const known = records.get(elements);
  if (known !== undefined) return known;
  const made = Object.fromEntries(elements);
  records.set(elements, made);
  return made;
}

/** Returns the table with these elements. Shape: empty sets are left out; rules in the order of their chains' names. */
export function policyTable(sets: PolicySets, nodeCidrs: readonly string[]): NftTableObject {
  const kept: Record<string, Readonly<Record<string, string>>> = {};
  for (const name of [...sets.keys()].toSorted()) {
    const elements = sets.get(name);
    if (elements !== undefined && elements.size > 0 && !isOfBridge(name)) {
      kept[name] = recordOf(elements);
    }
  }
  const lines = ruleLines(nodeCidrs, chainsOf(kept));
  return {
    kind: 'nft-table',
    netns: HOST,
    family: 'inet',
    name: POLICY_TABLE,
    rules: inChainOrder(lines.map(({ chain, mark }) => `${chain} ${mark}`)),
    sets: kept,
    script: [
      `flush table ${TABLE}`,
      ...lines.map(({ chain, text, mark }) => `add rule ${TABLE} ${chain} ${text} comment "vnet:${mark}"`),
      '',
    ].join('\n'),
  };
}

/** Returns the chains to which the maps lead: one for each class in use. */
function chainsOf(sets: TableSets): readonly string[] {
  const maps = Object.entries(sets).filter(([name]) => /^(from|to|blocks_in|blocks_eg)[46]$/.test(name));
  return [...new Set(maps.flatMap(([, elements]) => Object.values(elements)))].toSorted();
}

type RuleLine = { readonly chain: string; readonly text: string; readonly mark: string };

/** The rules of the last prefixes: an ADD asks twice, and a digest takes longer than its elements. */
let lastFixed: { readonly nodeCidrs: string; readonly lines: readonly RuleLine[] } | undefined;

function fixedLines(nodeCidrs: readonly string[]): readonly RuleLine[] {
  const key = nodeCidrs.join();
  if (lastFixed?.nodeCidrs === key) return lastFixed.lines;
  const lines = Object.entries(fixedChains(nodeCidrs)).flatMap(([chain, { rules }]) =>
    Object.entries(rules).map(([id, text]) => ({ chain, text, mark: `${id}:${sha1Hex(text).slice(0, 8)}` })),
  );
  lastFixed = { nodeCidrs: key, lines };
  return lines;
}

function ruleLines(nodeCidrs: readonly string[], classes: readonly string[]): readonly RuleLine[] {
  // The name of a class is a digest already.
  const ofClasses = classes.flatMap((chain) => {
    const names = classOfChain(chain);
    return names === undefined ? [] : [{ chain, text: classRule(names), mark: 'class' }];
  });
  return [...fixedLines(nodeCidrs), ...ofClasses];
}

/** Differences known from how a table was derived. */
const knownChanges = new WeakMap<
  NftTableObject,
  { readonly from: NftTableObject; readonly change: PolicyChange }
>();

/**
 * Returns a table before and after the changes. Both are made only if they are read: where the kernel refuses the changes, or a
 * message shows them.
 */
export function changedTable(
  before: () => NftTableObject,
  after: () => NftTableObject,
  { added, removed, chains }: PolicyChange,
): { readonly have: NftTableObject; readonly want: NftTableObject } {
  const [have, want] = [new LaterTable(before), new LaterTable(after)];
  const change = {
    added: added.filter(([set]) => !isOfBridge(set)),
    removed: removed.filter(([set]) => !isOfBridge(set)),
    chains,
  };
  knownChanges.set(want, { from: have, change });
  return { have, want };
}

class LaterTable implements NftTableObject {
  readonly kind = 'nft-table';
  readonly netns = HOST;
  readonly family = 'inet';
  readonly name = POLICY_TABLE;
  readonly #make: () => NftTableObject;
  #made: NftTableObject | undefined;

  constructor(make: () => NftTableObject) {
    this.#make = make;
  }

  get rules(): NftTableObject['rules'] {
    return this.#whole.rules;
  }

  get script(): string {
    return this.#whole.script ?? '';
  }

  get sets(): TableSets {
    return this.#whole.sets ?? {};
  }

  get #whole(): NftTableObject {
    return (this.#made ??= this.#make());
  }
}

/** Returns the change that is known to lead from one table to the other; undefined if they are to be compared. */
export function knownChange(want: NftTableObject, have: NftTableObject): PolicyChange | undefined {
  const known = knownChanges.get(want);
  return known?.from === have ? known.change : undefined;
}

/**
 * Returns what leads from one table to the other; undefined if more than elements and classes differ: then policyScript() is to
 * make it.
 */
export function changeBetween(want: NftTableObject, have: NftTableObject): PolicyChange | undefined {
  const known = knownChange(want, have);
  if (known !== undefined) return known;
  const [wanted, held] = [want.sets ?? {}, have.sets ?? {}];
  const [now, before] = [chainsOf(wanted), chainsOf(held)];
  if (otherRules(want, now) !== otherRules(have, before)) return undefined;
  const [added, removed] = [without(now, before), without(before, now)];
  const lost = new Set(removed.flatMap((chain) => classOfChain(chain)?.set ?? []));
  const changes = changedElements(wanted, held);
  return {
    added: changes.added,
    removed: changes.removed.filter(([set]) => !lost.has(set)),
    chains: { added, removed },
  };
}

function without(these: readonly string[], those: readonly string[]): readonly string[] {
  const known = new Set(those);
  return these.filter((one) => !known.has(one));
}

/** The rules without those of classes, of which each chain has exactly one. */
function otherRules({ rules }: NftTableObject, classes: readonly string[]): string {
  const own = new Set(classes.map((chain) => `${chain} class`));
  return rules.filter((rule) => !own.delete(rule)).join('\n') + [...own].join();
}

/** Returns the elements that lead from `have` to `want`. */
export function changedElements(want: TableSets, have: TableSets): ElementChanges {
  const added: (readonly [string, string, string])[] = [];
  const removed: (readonly [string, string])[] = [];
  const names = new Set([...Object.keys(want), ...Object.keys(have)]);
  for (const set of [...names].toSorted()) {
    const [wanted = {}, held = {}] = [want[set], have[set]];
    if (wanted === held) continue;
    for (const [key, value] of Object.entries(held)) if (wanted[key] !== value) removed.push([set, key]);
    for (const [key, value] of Object.entries(wanted)) if (held[key] !== value) added.push([set, key, value]);
  }
  return { added, removed };
}

/**
 * Returns the script that makes the table, or changes it with its differences as one transaction: no packet sees a part of it.
 * Shape: `have` is absent where there is no table; unwanted chains and sets are removed.
 */
export function policyScript(
  want: NftTableObject,
  have: NftTableObject | undefined,
  { chains, sets }: TableParts,
): string {
  const wanted = want.sets ?? {};
  const classes = chainsOf(wanted);
  const classSets = classes.flatMap((chain) => classOfChain(chain) ?? []);
  const { added, removed } = changedElements(wanted, have?.sets ?? {});
  const kept = new Set([...Object.keys(fixedChains([])), ...classes]);
  const keptSets = new Set([
    ...Object.keys(fixedSets()).map((declaration) => declaration.split(' ')[1] ?? ''),
    ...classSets.map(({ set }) => set),
  ]);
  const isGone = new Set(sets.filter((name) => !keptSets.has(name)));
  return [
    `table ${TABLE} {`,
    ...DIRECTIONS.map((direction) => `  counter ${DENIED_COUNTERS[direction]} { }`),
    ...Object.entries(fixedSets()).map(([name, types]) => `  ${name} { ${types} }`),
    ...classSets.map(({ set, family }) => `  set ${set} { ${classSet(family)} }`),
    ...Object.entries(fixedChains([])).map(([name, { hook }]) => `  chain ${name} { ${hook} }`),
    ...classes.map((name) => `  chain ${name} { }`),
    '}',
    ...inLists(
      'delete',
      removed.filter(([set]) => !isGone.has(set)).map(([set, key]) => [set, key]),
    ),
    (want.script ?? '').trimEnd(),
    ...inLists(
      'add',
      added.map(([set, key, chain]) => [set, chain === '' ? key : `${key} : jump ${chain}`]),
    ),
    ...chains.filter((name) => !kept.has(name)).map((name) => `delete chain ${TABLE} ${name}`),
    ...[...isGone].map((name) => `delete set ${TABLE} ${name}`),
    '',
  ].join('\n');
}

/** One command for many elements: nft reads them faster. */
function inLists(
  verb: 'add' | 'delete',
  elements: readonly (readonly [string, string])[],
): readonly string[] {
  const lists = new Map<string, string[]>();
  for (const [set, text] of elements) {
    const list = lists.get(set);
    if (list === undefined) lists.set(set, [text]);
    else list.push(text);
  }
  return Array.from(lists, ([set, list]) => `${verb} element ${TABLE} ${set} { ${list.join(', ')} }`);
}
