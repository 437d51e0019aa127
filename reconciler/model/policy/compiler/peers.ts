/** The classes of all peers in one direction, kept up to date at the cost of the change alone. Pure. */
import type { Family } from '../../addresses/address.ts';
import type { AddressBook } from './address-book.ts';
import {
  ClassBook,
  type ClassChanges,
  commonGrants,
  GrantIndex,
  requiredLabels,
  type PeerClass,
} from './classes.ts';
import { ClassNumbers } from './class-numbers.ts';
import type { Grant } from './grants.ts';
import type { NamespaceLabels, PolicyPod } from '../members.ts';
import type { PodChanges } from '../pod-lists.ts';
import { isInGroup } from '../rules.ts';
import type { GrantCounts } from './selections.ts';
import { familyOfKey } from './sets.ts';

/** Pods that appeared or disappeared, and namespaces whose labels have changed. */
export type PeerChanges = PodChanges & { readonly relabelled: ReadonlySet<string> };

/** The inputs of the classes of peers. Shape: `isShut` pods are of no class. */
export type PeerInputs = {
  readonly addresses: AddressBook;
  readonly namespaces: NamespaceLabels;
  readonly isShut: (pod: PolicyPod) => boolean;
};

/** The classes of all addresses of one family. */
class FamilyClasses {
  readonly #classes = new Map<string, PeerClass>();
  readonly #counts = new Map<PeerClass, number>();
  #shared: ReadonlyMap<string, string> = new Map();
  readonly #stale = new Set<string>();
  readonly #numberOf: (one: PeerClass) => string;
  /** Whether a class was in use when changes were taken last; only of those changed since. */
  #before = new Map<PeerClass, boolean>();

  constructor(numberOf: (one: PeerClass) => string) {
    this.#numberOf = numberOf;
  }

  get used(): readonly PeerClass[] {
    return [...this.#counts.keys()];
  }

  get counts(): ReadonlyMap<PeerClass, number> {
    return this.#counts;
  }

  set(address: string, one: PeerClass | undefined): void {
    const before = this.#classes.get(address);
    if (before === one) return;
    this.#stale.add(address);
    if (before !== undefined) this.#count(before, -1);
    if (one === undefined) {
      this.#classes.delete(address);
      return;
    }
    this.#classes.set(address, one);
    this.#count(one, 1);
  }

  #count(one: PeerClass, by: 1 | -1): void {
    const known = this.#counts.get(one) ?? 0;
    if (!this.#before.has(one)) this.#before.set(one, known > 0);
    const count = known + by;
    if (count === 0) this.#counts.delete(one);
    else this.#counts.set(one, count);
  }

  numberAt(address: string): string | undefined {
    const one = this.#classes.get(address);
    return one && this.#numberOf(one);
  }

  /** Notes that classes have other numbers. */
  renumber(): void {
    for (const address of this.#classes.keys()) this.#stale.add(address);
  }

  /** Whether other classes are in use than when changes were taken. */
  get hasChanged(): boolean {
    for (const [one, wasUsed] of this.#before) if (this.#counts.has(one) !== wasUsed) return true;
    return false;
  }

  /** Returns the classes that came into use since the last call, and those that no longer are. */
  takeChanges(): ClassChanges {
    const [fresh, lost]: [PeerClass[], PeerClass[]] = [[], []];
    for (const [one, wasUsed] of this.#before) {
      if (this.#counts.has(one) === wasUsed) continue;
      (wasUsed ? lost : fresh).push(one);
    }
    if (this.#before.size > 0) this.#before = new Map();
    return { fresh, lost };
  }

  clear(): void {
    for (const one of this.#counts.keys()) if (!this.#before.has(one)) this.#before.set(one, true);
    for (const address of this.#classes.keys()) this.#stale.add(address);
    this.#classes.clear();
    this.#counts.clear();
  }

  /** Returns the elements of the map: the number of each address's class. A new value only if one has changed. */
  elements(): ReadonlyMap<string, string> {
    if (this.#stale.size === 0) return this.#shared;
    const elements = new Map(this.#shared);
    for (const address of this.#stale) {
      const number = this.numberAt(address);
      if (number === undefined) elements.delete(address);
      else elements.set(address, number);
    }
    this.#stale.clear();
    this.#shared = elements;
    return elements;
  }
}

/** The class of each address. */
export class PeerClasses {
  readonly #book = new ClassBook();
  readonly #numbers = new ClassNumbers();
  readonly #families: Readonly<Record<Family, FamilyClasses>> = {
    4: new FamilyClasses((one) => this.numberOf(one)),
    6: new FamilyClasses((one) => this.numberOf(one)),
  };
  #index = new GrantIndex([], new Map());

  /** Returns the number of the class by address, as an equal value only if equal. */
  elementsOf(family: Family): ReadonlyMap<string, string> {
    return this.#families[family].elements();
  }

  /** Returns the classes in use. */
  usedIn(family: Family): readonly PeerClass[] {
    return this.#families[family].used;
  }

  /** Returns the number of addresses in each class. */
  countsIn(family: Family): ReadonlyMap<PeerClass, number> {
    return this.#families[family].counts;
  }

  /** Returns the class that the pod has at the address, as if no other pod had it. */
  classAt(address: string, pod: PolicyPod, { isShut }: Pick<PeerInputs, 'isShut'>): PeerClass | undefined {
    return this.#book.classOf(isShut(pod) ? [] : this.#index.grantsOf(pod, address));
  }

  /** Returns the number of a class in use. */
  numberOf(one: PeerClass): string {
    return this.#numbers.of(one);
  }

  /** The number of times that all classes were renumbered. */
  get numberings(): number {
    return this.#numbers.numberings;
  }

  /** Returns the changes of the classes in use since the last call. */
  takeChanges(family: Family): ClassChanges {
    return this.#families[family].takeChanges();
  }

  /** Returns the number of the address's class; undefined without a class. */
  numberAt(address: string): string | undefined {
    return this.#families[familyOfKey(address)].numberAt(address);
  }

  /** Classifies every address again. */
  renew(granted: GrantCounts, inputs: PeerInputs): void {
    granted.takeChanges();
    for (const family of FAMILIES) this.#families[family].clear();
    this.#adopt(granted, inputs);
    inputs.addresses.forEach((address) => this.#classify(address, inputs));
    this.#number();
  }

  /** Classifies again the addresses that other grants, pods or labels concern; calls `visit` with each of them before. */
  update(
    granted: GrantCounts,
    inputs: PeerInputs,
    { added, removed, relabelled }: PeerChanges,
    visit: (address: string) => void,
  ): void {
    const { fresh, lost } = granted.takeChanges();
    const others = [...fresh, ...lost];
    const due = new Set<string>();
    for (const pods of [removed, added])
      for (const { addresses } of pods) for (const address of addresses) due.add(address);
    if (relabelled.size > 0) {
      inputs.addresses.forEach((address, pods) => {
        if (pods.some(({ namespace }) => relabelled.has(namespace))) due.add(address);
      });
    }
    if (others.length > 0 || relabelled.size > 0) this.#adopt(granted, inputs);
    if (others.length > 0) {
      forEachGranted(others, inputs, (address) => due.add(address));
    }
    for (const address of due) {
      visit(address);
      this.#classify(address, inputs);
    }
    if (due.size > 0) this.#number();
  }

  #number(): void {
    if (!FAMILIES.some((family) => this.#families[family].hasChanged)) return;
    const isAnew = this.#numbers.update(FAMILIES.flatMap((family) => this.#families[family].used));
    if (isAnew) for (const family of FAMILIES) this.#families[family].renumber();
  }

  #adopt(granted: GrantCounts, { namespaces }: PeerInputs): void {
    this.#index = new GrantIndex(granted.all, namespaces);
    this.#book.keepOnly(new Set(FAMILIES.flatMap((family) => this.#families[family].used)));
  }

  /** An address of several pods has only the grants that all of them have. */
  #classify(address: string, { addresses, isShut }: PeerInputs): void {
    const pods = addresses.holdersOf(address);
    const grants = pods.map((pod) => (isShut(pod) ? [] : this.#index.grantsOf(pod, address)));
    this.#families[familyOfKey(address)].set(address, this.#book.classOf(commonGrants(grants)));
  }
}

const FAMILIES = [4, 6] as const;

/** Calls `visit` with the addresses of all pods that one of the grants concerns, and possibly with others. */
function forEachGranted(
  grants: readonly Grant[],
  { addresses, namespaces }: PeerInputs,
  visit: (address: string) => void,
): void {
  const others: Grant[] = [];
  for (const grant of grants) {
    const labels = requiredLabels(grant.group);
    if (labels === undefined) others.push(grant);
    const found = (labels ?? []).flatMap((label) => [...addresses.podsWith(label)]);
    for (const pod of found) if (isInGroup(grant.group, pod, namespaces)) pod.addresses.forEach(visit);
  }
  if (others.length === 0) return;
  const index = new GrantIndex(others, namespaces);
  addresses.forEach((address, pods) => {
    if (pods.some((pod) => index.grantsOf(pod, address).length > 0)) visit(address);
  });
}
