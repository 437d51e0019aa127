/** The holders of addresses, kept up to date at the cost of the change alone. Pure. */
import { labelTextsOf } from './classes.ts';
import { comparePods, type PolicyPod } from '../members.ts';
import type { PodChanges } from '../pod-lists.ts';

/** The holders of addresses: two pods have one address for a moment, while one takes it from the other. */
export class AddressBook {
  readonly #holders = new Map<string, PolicyPod | readonly PolicyPod[]>();
  readonly #pods = new Set<PolicyPod>();
  readonly #shared = new Set<string>();
  /** The pods by label, from the first question on: a new grant concerns few of them. */
  #byLabel: Map<string, Set<PolicyPod>> | undefined;

  /** Replaces the pods. Returns the changes. */
  replace(pods: readonly PolicyPod[]): PodChanges {
    const before = this.#pods;
    const now = new Set(pods);
    const added = pods.filter((pod) => !before.has(pod));
    const removed = now.size - added.length === before.size ? [] : [...before].filter((pod) => !now.has(pod));
    return this.change({ added, removed });
  }

  /** Makes the changes, and returns them. */
  change(changes: PodChanges): PodChanges {
    for (const pod of changes.removed) {
      this.#pods.delete(pod);
      this.#unlabel(pod);
      for (const address of pod.addresses) this.#remove(address, pod);
    }
    for (const pod of changes.added) {
      this.#pods.add(pod);
      this.#label(pod);
      for (const address of pod.addresses) this.#add(address, pod);
    }
    return changes;
  }

  /** Returns true while two pods have one address. */
  get hasShared(): boolean {
    return this.#shared.size > 0;
  }

  /** Returns the pods with the label, as labelTextsOf() has it. */
  podsWith(label: string): Iterable<PolicyPod> {
    if (this.#byLabel === undefined) {
      this.#byLabel = new Map();
      for (const pod of this.#pods) this.#label(pod);
    }
    return this.#byLabel.get(label) ?? [];
  }

  #label(pod: PolicyPod): void {
    const index = this.#byLabel;
    if (index === undefined) return;
    for (const label of labelTextsOf(pod)) {
      const found = index.get(label);
      if (found === undefined) index.set(label, new Set([pod]));
      else found.add(pod);
    }
  }

  #unlabel(pod: PolicyPod): void {
    if (this.#byLabel === undefined) return;
    for (const label of labelTextsOf(pod)) this.#byLabel.get(label)?.delete(pod);
  }

  /** Returns the pod that counts at the address: of those that count, the first by name. */
  holderOf(address: string): PolicyPod | undefined {
    return this.holdersOf(address)[0];
  }

  /** Returns the pods that count at the address: those of this node, where there are any; others may be out of date. */
  holdersOf(address: string): readonly PolicyPod[] {
    const found = this.#holders.get(address) ?? NONE;
    if (isOne(found)) return [found];
    const local = found.filter(({ isLocal }) => isLocal === true);
    return local.length > 0 ? local : found;
  }

  /** Calls `visit` with each address and the pods that have it. */
  forEach(visit: (address: string, pods: readonly PolicyPod[]) => void): void {
    for (const [address, found] of this.#holders) visit(address, isOne(found) ? [found] : found);
  }

  #add(address: string, pod: PolicyPod): void {
    const found = this.#holders.get(address);
    if (found === undefined) this.#holders.set(address, pod);
    else {
      this.#holders.set(address, [...(isOne(found) ? [found] : found), pod].toSorted(comparePods));
      this.#shared.add(address);
    }
  }

  #remove(address: string, pod: PolicyPod): void {
    const found = this.#holders.get(address);
    const holders = found === undefined ? [] : isOne(found) ? [found] : found;
    const left = holders.filter((one) => one !== pod);
    const [first] = left;
    if (first === undefined) this.#holders.delete(address);
    else this.#holders.set(address, left.length === 1 ? first : left);
    if (left.length < 2) this.#shared.delete(address);
  }
}

const NONE: readonly PolicyPod[] = [];

function isOne(found: PolicyPod | readonly PolicyPod[] | undefined): found is PolicyPod {
  return found !== undefined && !Array.isArray(found);
}
