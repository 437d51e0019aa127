/**
 * The order of addresses on the node's interfaces: `hostname -I`, the choice of a source and which address is secondary
 * follow from it. The kernel changes it only by deleting an address and adding it again, which puts it last. Pure.
 */
import { familyOf, withoutLength } from '../addresses/address.ts';
import { type AddressObject, prefixOf } from './address.ts';
import { type FieldDifference, HOST } from './kind.ts';
import { keyOf, type NetObject, normaliseObject, type ObjectKey, type State } from '../state.ts';

/**
 * What restores the order.
 * Shape: `again`: addresses to be deleted and added again, each as it is added and with its difference; `lost`: routes that the
 * kernel deletes with them.
 */
export type Disorder = {
  readonly again: ReadonlyMap<ObjectKey, { readonly want: NetObject; readonly difference: FieldDifference }>;
  readonly lost: readonly NetObject[];
};

/**
 * Returns the addresses that do not come after all desired ones before them, or will not once those are added.
 * Addresses of a single host come and go with their program: they have no order.
 * Law: the first address that exists is none of them.
 */
export function disorderOf(desired: State, observed: State): Disorder {
  const again = new Map<ObjectKey, { want: NetObject; difference: FieldDifference }>();
  const sources = new Set<string>();
  const lists = listsIn(desired);
  const swapped = swappedPrefixes(lists, observed);
  for (const list of lists) {
    let [last, isOpen, before] = [Number.NEGATIVE_INFINITY, false, ''];
    for (const want of list) {
      const key = keyOf(want);
      const have = observed.get(key);
      const place = have?.kind === 'address' ? have.place : undefined;
      const isEarly = want.secondary === true && swapped.has(prefixAt(want));
      if (have === undefined) isOpen = true;
      else if (place !== undefined && (isOpen || place < last || isEarly)) {
        // A deletion makes the next one of the prefix primary, and puts that last: before all others.
        const early = { ...want, secondary: false, place: FIRST + (want.place ?? 0) };
        const order = { field: 'order', want: `after ${before}`, have: 'before it' };
        const difference = isEarly ? { field: 'order', want: 'secondary', have: 'primary' } : order;
        again.set(key, { want: isEarly ? early : want, difference });
        sources.add(withoutLength(want.address));
        isOpen = true;
      } else if (place !== undefined) last = place;
      before = want.address;
    }
  }
  return { again, lost: again.size === 0 ? [] : routesFrom(sources, desired, observed) };
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
function listsIn(desired: State): readonly (readonly AddressObject[])[] {
  const lists = new Map<string, AddressObject[]>();
  for (const object of desired.values()) {
    if (object.kind !== 'address' || object.netns !== HOST || object.place === undefined) continue;
    if (/\/(?:32|128)$/.test(object.address) && object.peer === undefined) continue;
    const { dev, address, scope = 0, secondary = false } = object;
    const list = `${dev} ${familyOf(address)} ${scope} ${secondary}`;
    const known = lists.get(list);
    const one = normaliseObject(object);
    if (one.kind !== 'address') continue;
    if (known === undefined) lists.set(list, [one]);
    else known.push(one);
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
      object.table === 254 &&
      sources.has(object.source ?? '') &&
      observed.has(keyOf(object)),
  );
}
