/** The classes of all peers in one direction, kept up to date at the cost of what changes. Pure. */
import { type Family, familyOf } from '../../addresses/address.ts';
import { ClassBook, GrantIndex, type PeerClass } from './classes.ts';
import type { Grant } from './grants.ts';
import { comparePods, type NamespaceLabels, type PolicyPod } from '../members.ts';

/** Pods that appeared or disappeared, by identity. */
export type PodChanges = { readonly added: readonly PolicyPod[]; readonly removed: readonly PolicyPod[] };

/** The holders of addresses: two pods have one address for a moment, while one takes it from the other. */
export class AddressBook {
  readonly #holders = new Map<string, PolicyPod | readonly PolicyPod[]>();
  #pods = new Set<PolicyPod>();

  /** Replaces the pods. Returns the changes. */
  update(pods: readonly PolicyPod[]): PodChanges {
    const before = this.#pods;
    const now = new Set(pods);
    const added = pods.filter((pod) => !before.has(pod));
    const removed = now.size - added.length === before.size ? [] : [...before].filter((pod) => !now.has(pod));
    for (const pod of removed) for (const address of pod.addresses) this.#remove(address, pod);
    for (const pod of added) for (const address of pod.addresses) this.#add(address, pod);
    this.#pods = now;
    return { added, removed };
  }

  /** Returns the pod that counts at the address: the first by name. */
  holderOf(address: string): PolicyPod | undefined {
    const found = this.#holders.get(address);
    return isOne(found) ? found : found?.[0];
  }

  /** Calls `visit` with each address and the pod that counts there. */
  forEach(visit: (address: string, pod: PolicyPod) => void): void {
    for (const [address, found] of this.#holders) {
      const pod = isOne(found) ? found : found[0];
      if (pod !== undefined) visit(address, pod);
    }
  }

  #add(address: string, pod: PolicyPod): void {
    const found = this.#holders.get(address);
    if (found === undefined) this.#holders.set(address, pod);
    else this.#holders.set(address, [...(isOne(found) ? [found] : found), pod].toSorted(comparePods));
  }

  #remove(address: string, pod: PolicyPod): void {
    const found = this.#holders.get(address);
    const left = found === undefined || isOne(found) ? [] : found.filter((one) => one !== pod);
    const [first] = left;
    if (first === undefined) this.#holders.delete(address);
    else this.#holders.set(address, left.length === 1 ? first : left);
  }
}

function isOne(found: PolicyPod | readonly PolicyPod[] | undefined): found is PolicyPod {
  return found !== undefined && !Array.isArray(found);
}

/** What the classes of peers depend on. Shape: `isShut` pods are of no class. */
export type PeerInputs = {
  readonly addresses: AddressBook;
  readonly namespaces: NamespaceLabels;
  readonly isShut: (pod: PolicyPod) => boolean;
};

/** The classes of all addresses of one family. */
class FamilyClasses {
  readonly #classes = new Map<string, PeerClass>();
  readonly #counts = new Map<PeerClass, number>();
  readonly #chains = new Map<string, string>();
  #shared: ReadonlyMap<string, string> = new Map();
  readonly #stale = new Set<string>();
  readonly #prefix: string;

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  get used(): Iterable<PeerClass> {
    return this.#counts.keys();
  }

  forEach(visit: (address: string, one: PeerClass) => void): void {
    for (const [address, one] of this.#classes) visit(address, one);
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
    const count = (this.#counts.get(one) ?? 0) + by;
    if (count === 0) this.#counts.delete(one);
    else this.#counts.set(one, count);
    if (count === 0) this.#chains.delete(one.name);
    else if (!this.#chains.has(one.name)) this.#chains.set(one.name, this.#prefix + one.name);
  }

  clear(): void {
    for (const address of this.#classes.keys()) this.#stale.add(address);
    this.#classes.clear();
    this.#counts.clear();
    this.#chains.clear();
  }

  /** Returns the elements of the map: the chain of each address. A new value only if one has changed. */
  elements(): ReadonlyMap<string, string> {
    if (this.#stale.size === 0) return this.#shared;
    const elements = new Map(this.#shared);
    for (const address of this.#stale) {
      const chain = this.#chains.get(this.#classes.get(address)?.name ?? '');
      if (chain === undefined) elements.delete(address);
      else elements.set(address, chain);
    }
    this.#stale.clear();
    this.#shared = elements;
    return elements;
  }
}

/** The class of each address. */
export class PeerClasses {
  readonly #book = new ClassBook();
  readonly #families: Readonly<Record<Family, FamilyClasses>>;
  #grants: ReadonlyMap<string, Grant> = new Map();
  #index = new GrantIndex([], new Map());

  /** Chains of classes have names that begin with the prefix. */
  constructor(prefix: string) {
    this.#families = { 4: new FamilyClasses(`${prefix}4_`), 6: new FamilyClasses(`${prefix}6_`) };
  }

  /** Returns the chain by address, as an equal value only if equal; and the classes in use. */
  of(family: Family): { readonly elements: ReadonlyMap<string, string>; readonly used: Iterable<PeerClass> } {
    const classes = this.#families[family];
    return { elements: classes.elements(), used: classes.used };
  }

  /** Classifies every address again. */
  renew(grants: ReadonlyMap<string, Grant>, inputs: PeerInputs): void {
    for (const family of FAMILIES) this.#families[family].clear();
    this.#adopt(grants, inputs);
    inputs.addresses.forEach((address, pod) => this.#classify(address, pod, inputs));
  }

  /** Classifies again the addresses that other grants or other pods concern. */
  update(grants: ReadonlyMap<string, Grant>, inputs: PeerInputs, { added, removed }: PodChanges): void {
    const before = this.#grants;
    const fresh = [...grants.values()].filter(({ id }) => !before.has(id));
    const isLost = grants.size - fresh.length < before.size;
    const due = new Set([...removed, ...added].flatMap(({ addresses }) => addresses));
    if (fresh.length > 0 || isLost) this.#adopt(grants, inputs);
    if (fresh.length > 0) {
      const index = new GrantIndex(fresh, inputs.namespaces);
      inputs.addresses.forEach((address, pod) => {
        if (index.grantsOf(pod, address).length > 0) due.add(address);
      });
    }
    if (isLost) for (const address of this.#withLost(grants)) due.add(address);
    for (const address of due) this.#classify(address, inputs.addresses.holderOf(address), inputs);
  }

  #withLost(grants: ReadonlyMap<string, Grant>): readonly string[] {
    const found: string[] = [];
    for (const family of FAMILIES) {
      const classes = this.#families[family];
      const isLost = (one: PeerClass): boolean => one.grants.some(({ grant }) => !grants.has(grant.id));
      const lost = new Set([...classes.used].filter(isLost));
      classes.forEach((address, one) => {
        if (lost.has(one)) found.push(address);
      });
    }
    return found;
  }

  #adopt(grants: ReadonlyMap<string, Grant>, { namespaces }: PeerInputs): void {
    this.#grants = grants;
    this.#index = new GrantIndex(grants.values(), namespaces);
    this.#book.keepOnly(new Set(FAMILIES.flatMap((family) => [...this.#families[family].used])));
  }

  #classify(address: string, pod: PolicyPod | undefined, { isShut }: PeerInputs): void {
    const found =
      pod === undefined || isShut(pod) ? undefined : this.#book.classOf(this.#index.grantsOf(pod, address));
    this.#families[familyOf(address) ?? 4].set(address, found);
  }
}

const FAMILIES = [4, 6] as const;
