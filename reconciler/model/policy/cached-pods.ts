/** The pods of a cluster in a form that is searched without making them. Pure. */
import type { Labels } from '../../../schemas/generated/vnet.ts';
import { firstOfEqual } from '../objects.ts';
import type { PodLookup } from './compiler/near.ts';
import { type NamedPort, nameOfPod, type PolicyPod } from './members.ts';

/** A pod. Shape: labels and ports by their place in the lists, -1 without. */
type CachedPod = readonly [labels: number, ports: number, ...addresses: string[]];

/** The pods. Shape: `pods` by name, `holders` are their names by address, `expected` the names of those that are to run on this node. */
export type CachedPods = {
  readonly labels: readonly Labels[];
  readonly ports: readonly (readonly NamedPort[])[];
  readonly pods: Readonly<Record<string, CachedPod>>;
  readonly holders: Readonly<Record<string, string>>;
  readonly expected: readonly string[];
};

/** Returns the pods in this form; undefined if two have one name or one address. */
export function cachedPodsOf(list: readonly PolicyPod[]): CachedPods | undefined {
  const [labels, ports] = [new Places<Labels>(), new Places<readonly NamedPort[]>()];
  const pods = new Map<string, CachedPod>();
  const holders = new Map<string, string>();
  const expected: string[] = [];
  for (const pod of list) {
    const name = nameOfPod(pod);
    if (pods.has(name) || pod.namespace.includes('/')) return undefined;
    for (const address of pod.addresses) {
      if (holders.has(address)) return undefined;
      holders.set(address, name);
    }
    if (pod.isExpected === true) expected.push(name);
    pods.set(name, [labels.of(pod.labels), ports.of(pod.ports), ...pod.addresses]);
  }
  return {
    labels: labels.all,
    ports: ports.all,
    pods: Object.fromEntries(pods),
    holders: Object.fromEntries(holders),
    expected,
  };
}

/** The places of values in a list, equal ones once. */
class Places<T extends object> {
  readonly all: T[] = [];
  readonly #firsts = new Map<string, T>();
  readonly #places = new Map<T, number>();

  of(value: T | undefined): number {
    if (value === undefined) return -1;
    const known = this.#places.get(value) ?? this.#places.get(firstOfEqual(this.#firsts, value));
    const place = known ?? this.all.push(value) - 1;
    this.#places.set(value, place);
    return place;
  }
}

/** Pods that have changed, by name. Shape: undefined for one that is gone. */
type ChangedPods = ReadonlyMap<string, PolicyPod | undefined>;

/** Returns the lookup of pods, with those that are to run on this node; undefined if two pods have one address. */
export function lookUpPods(
  cached: CachedPods,
  changed: ChangedPods,
): { readonly pods: PodLookup; readonly expected: readonly PolicyPod[] } | undefined {
  const expected = new Set(cached.expected);
  const made = new Map<string, PolicyPod | undefined>();
  const before = (name: string): PolicyPod | undefined => {
    if (made.has(name)) return made.get(name);
    const pod = Object.hasOwn(cached.pods, name) ? podOf(cached, name, expected.has(name)) : undefined;
    made.set(name, pod);
    return pod;
  };
  const holderBefore = (address: string): string | undefined => {
    const name = Object.hasOwn(cached.holders, address) ? cached.holders[address] : undefined;
    return name !== undefined && changed.has(name) ? undefined : name;
  };
  const now = [...changed.values()].filter((pod) => pod !== undefined);
  const holders = new Map<string, string>();
  for (const pod of now) {
    for (const address of pod.addresses) {
      if (holders.has(address) || holderBefore(address) !== undefined) return undefined;
      holders.set(address, nameOfPod(pod));
    }
  }
  const podNamed = (name: string): PolicyPod | undefined =>
    changed.has(name) ? changed.get(name) : before(name);
  const all = [...new Set([...expected, ...changed.keys()])].flatMap((name) => podNamed(name) ?? []);
  return {
    pods: {
      podNamed,
      nameAt: (address) => holders.get(address) ?? holderBefore(address),
      since: { before: [...changed.keys()].flatMap((name) => before(name) ?? []), now },
    },
    expected: all.filter(({ isExpected }) => isExpected === true),
  };
}

function podOf(
  { labels: allLabels, ports: allPorts, pods }: CachedPods,
  name: string,
  isExpected: boolean,
): PolicyPod | undefined {
  const pod = pods[name];
  if (pod === undefined) return undefined;
  const [atLabels, atPorts, ...addresses] = pod;
  const [labels, ports] = [allLabels[atLabels], allPorts[atPorts]];
  const slash = name.indexOf('/');
  return {
    namespace: name.slice(0, slash),
    name: name.slice(slash + 1),
    ...(labels === undefined ? {} : { labels }),
    addresses,
    ...(ports === undefined ? {} : { ports }),
    ...(isExpected ? { isExpected: true } : {}),
  };
}
