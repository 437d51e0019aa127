/**
 * The order of addresses on the node's interfaces: `hostname -I`, the choice of a source and which address is secondary
 * follow from it. The kernel changes it only by deleting an address and adding it again, which puts it last. Pure.
 */
import { familyOf, withoutLength } from '../../model/addresses/address.ts';
import { prefixOf } from '../../model/kinds/address.ts';
import { type Change, subjectOf } from '../../model/ports/kernel.ts';
import {
  type AddressObject,
  forEachIn,
  HOST,
  KeyOrdered,
  keyOf,
  type NetObject,
  normaliseObject,
  type State,
} from '../../model/state.ts';
import { MAIN_TABLE } from '../../model/kinds/route.ts';
import { addToList } from '../../model/objects.ts';

/**
 * Returns the changes that restore the order: addresses that do not come after all desired ones before them, or will
 * not once those are added, are deleted and added again, with the routes that the kernel deletes along with them.
 * An address with another change keeps its place for now. Addresses of a single host come and go with their program:
 * they have an order only if `ordered` are all.
 * Law: the first address that exists is not touched.
 */
export function addressOrderChanges(
  desired: State,
  observed: State,
  others: readonly Change[],
  ordered: 'subnets' | 'all' = 'subnets',
): readonly Change[] {
  const changes: Change[] = [];
  const changed = new Set(others.map((change) => keyOf(subjectOf(change))));
  const sources = new Set<string>();
  const lists = listsIn(desired, ordered);
  const swapped = swappedPrefixes(lists, observed);
  for (const list of lists) {
    const isEarly = (want: AddressObject): boolean => want.secondary === true && swapped.has(prefixAt(want));
    for (const { want, have } of misplacedIn(list, observed, isEarly)) {
      if (changed.has(keyOf(want))) continue;
      // A deletion makes the next one of the prefix primary, and puts that last: before all others.
      const early = { ...want, secondary: false, place: FIRST + (want.place ?? 0) };
      changes.push({ verb: 'update', want: isEarly(want) ? early : want, have, fields: ['place'] });
      sources.add(withoutLength(want.address));
    }
  }
  if (changes.length === 0) return [];
  const lost = routesFrom(sources, desired, observed).filter((route) => !changed.has(keyOf(route)));
  return [...changes, ...lost.map((want): Change => ({ verb: 'create', want }))];
}

type Misplaced = { readonly want: AddressObject; readonly have: NetObject };

function misplacedIn(
  list: readonly AddressObject[],
  observed: State,
  isEarly: (want: AddressObject) => boolean,
): readonly Misplaced[] {
  let [last, isOpen] = [Number.NEGATIVE_INFINITY, false];
  return list.flatMap((want): Misplaced[] => {
    const have = observed.get(keyOf(want));
    const place = have?.kind === 'address' ? have.place : undefined;
    if (have !== undefined && place === undefined) return [];
    const isMisplaced = place !== undefined && (isOpen || place < last || isEarly(want));
    if (have === undefined || isMisplaced) isOpen = true;
    else last = place ?? last;
    return have !== undefined && isMisplaced ? [{ want, have }] : [];
  });
}

/** The prefixes of which a secondary address is primary: each deletion leads to the right one. */
function swappedPrefixes(lists: readonly (readonly AddressObject[])[], observed: State): ReadonlySet<string> {
  const swapped = lists.flat().filter((want) => {
    const have = observed.get(keyOf(want));
    return want.secondary === true && have?.kind === 'address' && have.secondary !== true;
  });
  return new Set(swapped.map(prefixAt));
}

function prefixAt(address: AddressObject): string {
  return `${address.dev} ${prefixOf(address)}`;
}

/** Before the places of all others. */
const FIRST = -1000;

/** The desired addresses of each interface and family that have an order, in it; the kernel lists secondary ones last. */
function listsIn(desired: State, which: 'subnets' | 'all'): readonly (readonly AddressObject[])[] {
  const lists = new Map<string, AddressObject[]>();
  const ordered = new KeyOrdered();
  forEachIn(desired, (object, key) => {
    if (object.kind === 'address' && object.netns === HOST && object.place !== undefined)
      ordered.set(key, object);
  });
  for (const object of ordered.values()) {
    if (object.kind !== 'address') continue;
    if (which === 'subnets' && /\/(?:32|128)$/.test(object.address) && object.peer === undefined) continue;
    const { dev, address, scope = 0, secondary = false } = object;
    const list = `${dev} ${familyOf(address)} ${scope} ${secondary}`;
    const one = normaliseObject(object);
    if (one.kind === 'address') addToList(lists, list, one);
  }
  return Array.from(lists.values(), (list) =>
    list.toSorted((left, right) => (left.place ?? 0) - (right.place ?? 0)),
  );
}

/** Source: net/ipv4/fib_semantics.c, fib_sync_down_addr(): those of table main. */
function routesFrom(sources: ReadonlySet<string>, desired: State, observed: State): readonly NetObject[] {
  return Array.from(desired.values()).filter(
    (object) =>
      object.kind === 'route' &&
      object.netns === HOST &&
      object.family === 4 &&
      object.table === MAIN_TABLE &&
      sources.has(object.source ?? '') &&
      observed.has(keyOf(object)),
  );
}
