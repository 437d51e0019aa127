/**
 * Lists of pods that descend from each other: a change of one pod among ten thousand costs as much as that pod. Pure: results depend on
 * the lists only.
 */
import { nameOfPod, type PolicyPod } from './members.ts';

/** A list of pods: a value that is never changed. */
type PodList = readonly PolicyPod[];

/** Pods that appeared or disappeared, by identity. */
export type PodChanges = { readonly added: PodList; readonly removed: PodList };

/** The list that a list was made from. Shape: `depth` is the number of lists before it. */
type Descent = { readonly from: PodList; readonly changes: PodChanges; readonly depth: number };

const descents = new WeakMap<PodList, Descent>();

/** The most lists before a list that are known. */
const MAX_ANCESTORS = 8;

/** Above this, a list is compared as a whole. */
const MAX_CHANGES = 256;

/** Returns the list with these pods by namespace/name; undefined removes one. */
export function changePods(pods: PodList, now: ReadonlyMap<string, PolicyPod | undefined>): PodList {
  const removed = [...now.keys()].flatMap((name) => podsNamed(pods, name));
  const added = [...now.values()].filter((pod) => pod !== undefined);
  if (added.length + removed.length === 0) return pods;
  const changed = replaceIn(pods, { added, removed });
  const depth = (descents.get(pods)?.depth ?? 0) + 1;
  // Its ancestors are forgotten: each list keeps its own alive.
  if (depth > MAX_ANCESTORS) descents.delete(pods);
  descents.set(changed, {
    from: pods,
    changes: { added, removed },
    depth: depth > MAX_ANCESTORS ? 1 : depth,
  });
  return changed;
}

/** A pod that another one of its name replaces keeps its place. */
function replaceIn(pods: PodList, { added, removed }: PodChanges): PodList {
  const coming = new Map(added.map((pod) => [nameOfPod(pod), pod]));
  const changed: (PolicyPod | undefined)[] = [...pods];
  for (const [pod, at] of placesOf(pods, removed)) {
    const name = nameOfPod(pod);
    changed[at] = coming.get(name);
    coming.delete(name);
  }
  const left = removed.length === 0 ? pods : changed.filter((pod) => pod !== undefined);
  return coming.size === 0 ? left : [...left, ...coming.values()];
}

function placesOf(pods: PodList, some: PodList): readonly (readonly [PolicyPod, number])[] {
  if (some.length <= MAX_CHANGES) return some.map((pod) => [pod, pods.indexOf(pod)]);
  const places = new Map(pods.map((pod, at) => [pod, at]));
  return some.flatMap((pod) => {
    const at = places.get(pod);
    return at === undefined ? [] : [[pod, at] as const];
  });
}

/** Returns the changes from one list to the other, if one descends from the other by few changes; undefined otherwise. */
export function changesBetween(from: PodList, to: PodList): PodChanges | undefined {
  const forth = changesSince(from, to);
  if (forth !== undefined) return forth;
  const back = changesSince(to, from);
  return back && { added: back.removed, removed: back.added };
}

function changesSince(ancestor: PodList, pods: PodList): PodChanges | undefined {
  const steps: PodChanges[] = [];
  let at = pods;
  while (at !== ancestor) {
    const descent = descents.get(at);
    if (descent === undefined) return undefined;
    steps.push(descent.changes);
    at = descent.from;
  }
  const [added, removed] = [new Set<PolicyPod>(), new Set<PolicyPod>()];
  for (const step of steps.toReversed()) {
    for (const pod of step.removed) if (!added.delete(pod)) removed.add(pod);
    for (const pod of step.added) if (!removed.delete(pod)) added.add(pod);
  }
  return added.size + removed.size > MAX_CHANGES ? undefined : { added: [...added], removed: [...removed] };
}

/** The pods of the last list asked about, by name; those that are to run here; brought up to date for the next list. */
let index:
  | {
      readonly pods: PodList;
      readonly byName: Map<string, PolicyPod | PodList>;
      readonly expected: Set<PolicyPod>;
    }
  | undefined;

function indexOf(pods: PodList): NonNullable<typeof index> {
  if (index?.pods === pods) return index;
  const changes = index && changesBetween(index.pods, pods);
  if (index === undefined || changes === undefined) {
    index = { pods, byName: new Map(), expected: new Set() };
    for (const pod of pods) addTo(index, pod);
    return index;
  }
  for (const pod of changes.removed) removeFrom(index, pod);
  for (const pod of changes.added) addTo(index, pod);
  index = { ...index, pods };
  return index;
}

function addTo({ byName, expected }: NonNullable<typeof index>, pod: PolicyPod): void {
  const name = nameOfPod(pod);
  const before = byName.get(name);
  byName.set(name, before === undefined ? pod : [...listOf(before), pod]);
  if (pod.isExpected === true) expected.add(pod);
}

function removeFrom({ byName, expected }: NonNullable<typeof index>, pod: PolicyPod): void {
  const name = nameOfPod(pod);
  const left = listOf(byName.get(name)).filter((one) => one !== pod);
  if (left.length === 0) byName.delete(name);
  else byName.set(name, left);
  expected.delete(pod);
}

const NONE: PodList = [];

function listOf(found: PolicyPod | PodList | undefined): PodList {
  return found === undefined ? NONE : 'namespace' in found ? [found] : found;
}

/** Returns the pods with the name, in the list's order. */
export function podsNamed(pods: PodList, name: string): PodList {
  return listOf(indexOf(pods).byName.get(name));
}

/** Returns the pods that are to run on this node, in any order. */
export function expectedIn(pods: PodList): Iterable<PolicyPod> {
  return indexOf(pods).expected;
}
