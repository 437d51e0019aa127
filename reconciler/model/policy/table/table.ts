/** The table of network policies as a kernel object, and the scripts that change it. Pure. */
import { POLICY_TABLE } from '../../names.ts';
import { sha1Hex } from '../../sha1.ts';
import { inChainOrder } from '../../kinds/nft-table.ts';
import { HOST, type NftTableObject } from '../../state.ts';
import { DENIED_COUNTERS, fixedChains, fixedSets, rulesOfProfile } from './chains.ts';
import { DIRECTIONS } from '../rules.ts';
import type { ElementChanges, PolicyChange } from '../compiler/changes.ts';
import {
  isOfBridge,
  isOfProfile,
  namesOfChain,
  setsOfProfile,
  type PolicyElements,
  type PolicySets,
  type ProfileNames,
} from '../compiler/sets.ts';

/** The elements of a table by set: keys, each with its chain in a map, '' in a set. */
export type TableSets = NonNullable<NftTableObject['sets']>;

/** The parts of a table besides its elements, to be removed if they are no longer wanted. */
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
  const profiles = profilesIn(kept);
  // Of a pod whose addresses all belong to others, nothing is in use.
  const used = new Set(setsOf(profiles));
  for (const name of Object.keys(kept)) if (isOfProfile(name) && !used.has(name)) delete kept[name];
  const lines = fixedLines(nodeCidrs);
  const marks = lines.map(({ chain, mark }) => `${chain} ${mark}`);
  return {
    kind: 'nft-table',
    netns: HOST,
    family: 'inet',
    name: POLICY_TABLE,
    rules: inChainOrder([...marks, ...profileRules(profiles)]),
    sets: kept,
    script: lines
      .map(({ chain, text, mark }) => `add rule ${TABLE} ${chain} ${text} comment "vnet:${mark}"\n`)
      .join(''),
  };
}

/** Returns the profiles to which the maps of isolated pods lead, by chain. */
function profilesIn(sets: TableSets): ReadonlyMap<string, ProfileNames> {
  const found = new Map<string, ProfileNames>();
  for (const [name, elements] of Object.entries(sets)) {
    if (!isOfPods(name)) continue;
    for (const chain of Object.values(elements)) {
      const part = found.has(chain) ? undefined : namesOfChain(chain);
      if (part !== undefined) found.set(chain, part);
    }
  }
  return found;
}

function setsOf(profiles: ReadonlyMap<string, ProfileNames>): readonly string[] {
  return [...new Set([...profiles.values()].flatMap(setsOfProfile))];
}

function profileRules(profiles: ReadonlyMap<string, ProfileNames>): readonly string[] {
  return Array.from(profiles.values(), (names) =>
    rulesOfProfile(names).map((id) => `${names.chain} ${id}`),
  ).flat();
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
  { added, removed, chains, sets }: PolicyChange,
): { readonly have: NftTableObject; readonly want: NftTableObject } {
  const [have, want] = [new LaterTable(before), new LaterTable(after)];
  const change = {
    added: added.filter(([set]) => !isOfBridge(set)),
    removed: removed.filter(([set]) => !isOfBridge(set)),
    chains,
    sets,
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

/** Returns the rules of the fixed chains; undefined if those of other chains differ from those that the maps call for. */
function fixedRules({ rules, sets = {} }: NftTableObject): string | undefined {
  const own = profileRules(profilesIn(sets));
  const seen = rules.filter((rule) => isOfProfile(rule));
  const isWhole = seen.length === own.length && new Set([...seen, ...own]).size === own.length;
  return isWhole ? rules.filter((rule) => !isOfProfile(rule)).join('\n') : undefined;
}

/**
 * Returns the changes from one table to the other; undefined if rules of fixed chains differ: then the table is to be made.
 * Shape: `parts` are those that the kernel has, where it was read.
 */
export function changeBetween(
  want: NftTableObject,
  have: NftTableObject,
  parts?: TableParts,
): PolicyChange | undefined {
  const known = parts === undefined ? knownChange(want, have) : undefined;
  if (known !== undefined) return known;
  const rules = fixedRules(want);
  if (rules === undefined || rules !== fixedRules(have)) return undefined;
  return profileChange(want, have, parts);
}

/** Returns the changes from the profiles and elements of one table to those of the other; undefined if the kernel has further parts. */
export function profileChange(
  want: NftTableObject,
  have: NftTableObject,
  seen?: TableParts,
): PolicyChange | undefined {
  const [now, before] = [profilesIn(want.sets ?? {}), profilesIn(have.sets ?? {})];
  if (fixedRules(have) === undefined) return undefined;
  const [chains, sets] = [[...before.keys()], setsOf(before)];
  if (seen !== undefined && !(isSame(seen.chains, chains) && isSame(seen.sets, sets))) return undefined;
  const lost = new Set(without(sets, setsOf(now)));
  const changes = changedElements(want.sets ?? {}, have.sets ?? {});
  return {
    added: changes.added,
    removed: changes.removed.filter(([set]) => !lost.has(set)),
    chains: { added: without([...now.keys()], chains), removed: without(chains, [...now.keys()]) },
    sets: { added: without(setsOf(now), sets), removed: [...lost] },
  };
}

/** Returns the change that replaces all profiles; `seen` are those that the kernel has. */
export function wholeChange(
  want: NftTableObject,
  have: NftTableObject | undefined,
  seen: TableParts,
): PolicyChange {
  const held = Object.entries(have?.sets ?? {}).filter(([set]) => isFixedSet(set));
  const profiles = profilesIn(want.sets ?? {});
  const kept = held.filter(([set]) => !isOfPods(set));
  const leading = held.filter(([set]) => isOfPods(set));
  const changes = changedElements(want.sets ?? {}, Object.fromEntries(kept));
  const led = leading.flatMap(([set, elements]) => Object.keys(elements).map((key) => [set, key] as const));
  return {
    added: changes.added,
    removed: [...changes.removed, ...led],
    chains: { added: [...profiles.keys()], removed: seen.chains.filter((name) => isOfProfile(name)) },
    sets: { added: setsOf(profiles), removed: seen.sets.filter((name) => isOfProfile(name)) },
  };
}

function isOfPods(set: string): boolean {
  return /^pod_(in|eg)[46]$/.test(set);
}

function isFixedSet(name: string): boolean {
  return /^(self|(pod|peer)_(in|eg))[46]$/.test(name);
}

/** Shape: `seen` also has parts of no profile. */
function isSame(seen: readonly string[], own: readonly string[]): boolean {
  const known = new Set(own);
  const some = seen.filter((name) => isOfProfile(name));
  return some.length === known.size && some.every((name) => known.has(name));
}

function without(these: readonly string[], those: readonly string[]): readonly string[] {
  const known = new Set(those);
  return these.filter((one) => !known.has(one));
}

/** Returns the elements that lead from `have` to `want`. */
function changedElements(want: TableSets, have: TableSets): ElementChanges {
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

/** Returns the script that declares the fixed parts of the table. Shape: it changes nothing where all is there. */
export function declareScript(): string {
  return [
    `table ${TABLE} {`,
    ...DIRECTIONS.map((direction) => `  counter ${DENIED_COUNTERS[direction]} { }`),
    ...Object.entries(fixedSets()).map(([name, types]) => `  ${name} { ${types} }`),
    ...Object.entries(fixedChains([])).map(([name, { hook }]) => `  chain ${name} { ${hook} }`),
    '}',
    '',
  ].join('\n');
}

/** Returns the script that replaces the rules of the fixed chains in one transaction, and removes others: those of another version, and foreign ones. */
export function rulesScript({ script = '' }: NftTableObject, { chains, sets }: TableParts): string {
  const fixed = new Set(Object.keys(fixedChains([])));
  const goneChains = chains.filter((name) => !fixed.has(name) && !isOfProfile(name));
  const goneSets = sets.filter((name) => !isFixedSet(name) && !isOfProfile(name));
  return [
    ...[...fixed, ...goneChains].map((chain) => `flush chain ${TABLE} ${chain}`),
    script.trimEnd(),
    ...goneSets.map((name) => `delete set ${TABLE} ${name}`),
    ...goneChains.map((name) => `delete chain ${TABLE} ${name}`),
    '',
  ].join('\n');
}
