/** Classes of peers: all peers in a class are granted the same. Pure. */
import type { Labels } from '../../../../schemas/generated/vnet.ts';
import { isInRange, parseAddress } from '../../addresses/address.ts';
import { sha1Hex } from '../../sha1.ts';
import { type Grant, numbersOf } from './grants.ts';
import { isNameLabel, labelsOfPod, nameLabelOf, type NamespaceLabels, type PolicyPod } from '../members.ts';
import { type PeerGroup, isInGroup } from '../rules.ts';
import { addToList } from '../../objects.ts';

/** One grant of a class. Shape: `port` is the number behind its name, for a grant of a named port. */
export type Membership = { readonly grant: Grant; readonly port?: number };

/** A class. Shape: `digest` is that of its grants: the same on each run, whatever else changes. */
export type PeerClass = { readonly digest: string; readonly grants: readonly Membership[] };

/** Classes that came into use, and those that no longer are. */
export type ClassChanges = { readonly fresh: readonly PeerClass[]; readonly lost: readonly PeerClass[] };

/** Grants of the pods with the same labels, by namespace and ports. */
type KnownGrants = Map<string, Map<PolicyPod['ports'], readonly Membership[]>>;

/**
 * Finds the grants of peers. Grants are indexed by a label that their members must have, by namespace otherwise: few
 * are tested for a pod, however many there are. Pods of a workload share their labels (`members-file.ts`), and then their grants are found once.
 */
export class GrantIndex {
  readonly #byLabel = new Map<string, Grant[]>();
  readonly #byNamespace = new Map<string, Grant[]>();
  readonly #others: Grant[] = [];
  /** Those that ask for the pod's name or address. */
  readonly #ofOne: Grant[] = [];
  readonly #known = new WeakMap<Labels, KnownGrants>();
  readonly #namespaces: NamespaceLabels;

  constructor(grants: Iterable<Grant>, namespaces: NamespaceLabels) {
    this.#namespaces = namespaces;
    for (const grant of grants) this.#place(grant);
  }

  #place(grant: Grant): void {
    const labels = requiredLabels(grant.group);
    if (isOfOne(grant.group)) this.#ofOne.push(grant);
    else if (labels !== undefined) for (const label of labels) addToList(this.#byLabel, label, grant);
    else if (grant.group.namespace === undefined) this.#others.push(grant);
    else addToList(this.#byNamespace, grant.group.namespace, grant);
  }

  /** Returns the grants of the pod at its address. Shape: an equal value, for pods with the same labels, where nothing asks for name or address. */
  grantsOf(pod: PolicyPod, address: string): readonly Membership[] {
    const common = this.#grantsByLabels(pod);
    const found: Membership[] = [];
    for (const grant of this.#ofOne) if (isAt(grant.group, address)) this.#add(grant, pod, found);
    return found.length === 0 ? common : [...common, ...found];
  }

  #grantsByLabels(pod: PolicyPod): readonly Membership[] {
    const labels = labelsOfPod(pod);
    const byNamespace: KnownGrants = this.#known.get(labels) ?? new Map();
    const byPorts = byNamespace.get(pod.namespace) ?? new Map<PolicyPod['ports'], readonly Membership[]>();
    const known = byPorts.get(pod.ports);
    if (known !== undefined) return known;
    const found: Membership[] = [];
    for (const grant of this.#others) this.#add(grant, pod, found);
    for (const grant of this.#byNamespace.get(pod.namespace) ?? NONE) this.#add(grant, pod, found);
    if (this.#byLabel.size > 0) {
      for (const label of labelTextsOf(pod)) {
        for (const grant of this.#byLabel.get(label) ?? NONE) this.#add(grant, pod, found);
      }
    }
    this.#known.set(labels, byNamespace.set(pod.namespace, byPorts.set(pod.ports, found)));
    return found;
  }

  #add(grant: Grant, pod: PolicyPod, found: Membership[]): void {
    if (!isInGroup(grant.group, pod, this.#namespaces)) return;
    if (grant.named === undefined) found.push({ grant });
    else for (const port of numbersOf(grant.named, pod)) found.push({ grant, port });
  }
}

const NONE: readonly Grant[] = [];

function isOfOne({ pods, ranges }: PeerGroup): boolean {
  return ranges !== undefined || pods.some(({ key }) => isNameLabel(key));
}

/** Cached by identity: pods of a workload share their labels (`members-file.ts`). */
const labelTexts = new WeakMap<Labels, readonly string[]>();

/** Returns the labels of the pod as texts, its name included. */
export function labelTextsOf(pod: PolicyPod): readonly string[] {
  const labels = labelsOfPod(pod);
  const [key, name] = nameLabelOf(pod);
  const known = labelTexts.get(labels) ?? Object.entries(labels).map(([own, value]) => labelOf(own, value));
  labelTexts.set(labels, known);
  return Object.hasOwn(labels, key) ? known : [...known, labelOf(key, name)];
}

/** The classes in use: one for each set of grants. */
export class ClassBook {
  readonly #classes = new Map<string, PeerClass>();
  /** Cached by identity: see GrantIndex. */
  #byGrants = new WeakMap<readonly Membership[], PeerClass>();

  /** Returns the class with these grants; undefined without any. */
  classOf(grants: readonly Membership[]): PeerClass | undefined {
    if (grants.length === 0) return undefined;
    const cached = this.#byGrants.get(grants);
    if (cached !== undefined) return cached;
    const id = idOf(grants);
    const one = this.#classes.get(id) ?? { digest: sha1Hex(id), grants };
    this.#classes.set(id, one);
    this.#byGrants.set(grants, one);
    return one;
  }

  /** Returns the class as known here, from now on this one. Shape: `one` has the digest of its grants. */
  adopt(one: PeerClass): PeerClass {
    const id = idOf(one.grants);
    const known = this.#classes.get(id) ?? one;
    this.#classes.set(id, known);
    return known;
  }

  /** Forgets the classes that are not among these, once they are many. */
  keepOnly(used: ReadonlySet<PeerClass>): void {
    if (this.#classes.size <= 2 * used.size + 64) return;
    for (const [id, one] of this.#classes) if (!used.has(one)) this.#classes.delete(id);
    this.#byGrants = new WeakMap();
  }
}

function idOf(grants: readonly Membership[]): string {
  return grants.map(textOf).toSorted().join('\n');
}

/** Returns the grants that all lists have. */
export function commonGrants([
  first = [],
  ...others
]: readonly (readonly Membership[])[]): readonly Membership[] {
  if (others.length === 0) return first;
  const texts = others.map((list) => new Set(list.map(textOf)));
  return first.filter((one) => texts.every((known) => known.has(textOf(one))));
}

/** Returns labels as texts of which each member has exactly one; undefined if no requirement names them. */
export function requiredLabels({ pods }: PeerGroup): readonly string[] | undefined {
  const first = pods.find(({ operator }) => operator === 'In');
  return first?.values?.map((value) => labelOf(first.key, value));
}

function labelOf(key: string, value: string): string {
  return `${key}=${value}`;
}

function isAt({ ranges }: PeerGroup, address: string): boolean {
  if (ranges === undefined) return true;
  const value = parseAddress(address);
  return value !== undefined && ranges.some((range) => isInRange(value, range));
}

function textOf({ grant, port }: Membership): string {
  return port === undefined ? grant.id : `${grant.id}=${port}`;
}
