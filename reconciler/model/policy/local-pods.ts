/** The pods of this node, of the endpoints of the document and the members. Pure: results depend on the input only. */
import type { Endpoint, VnetDocument } from '../../../schemas/generated/vnet.ts';
import { linkLocalOf, normaliseAddress, withoutLength } from '../addresses/address.ts';
import { isAttached } from '../endpoints.ts';
import { podNameOf } from '../names.ts';
import { linkKeyOf, type State } from '../state.ts';
import { type Members, nameOfPod, type PolicyPod } from './members.ts';
import { expectedIn, podsNamed } from './pod-lists.ts';
import { addToList } from '../objects.ts';

type Endpoints = NonNullable<VnetDocument['endpoints']>;

/** The endpoints that a part was made from, and those that it lacks. */
type Descent = { readonly whole: Endpoints; readonly lacks: readonly string[] };

const descents = new WeakMap<Endpoints, Descent>();

/** Returns the document without some of its endpoints. Shape: its pods are found from those of the whole: see localPods(). */
export function withoutEndpoints(document: VnetDocument, lacks: readonly string[]): VnetDocument {
  const { endpoints: whole = {} } = document;
  const endpoints: Endpoints = { ...whole };
  for (const id of lacks) Reflect.deleteProperty(endpoints, id);
  descents.set(endpoints, { whole, lacks });
  return { ...document, endpoints };
}

/** All links, for localPods(): a leaving pod counts, and so remains isolated, until its entry is deleted from the document. */
export const EVERY_LINK: Pick<State, 'has'> = { has: () => true };

/** A pod and its endpoints. */
type Held = { readonly pod: PolicyPod; readonly endpoints: readonly (readonly [string, Endpoint])[] };

/** The pods of some endpoints. Shape: `pods` has those that are expected, too. */
type LocalPods = {
  readonly members: Members;
  readonly seen: Pick<State, 'has'> | undefined;
  readonly byName: ReadonlyMap<string, Held>;
  readonly pods: readonly PolicyPod[];
};

/** The last by endpoints: an ADD or a DEL asks for those of a document, and then for those of all but one. */
const found = new WeakMap<Endpoints, LocalPods>();

/**
 * Returns the pods of the endpoints, and those that are expected on this node, in any order. Shape: a leaving endpoint counts as long as its
 * host veth is in `seen`. A pod that has not changed is the same value.
 */
export function localPods(
  endpoints: Endpoints,
  members: Members,
  seen: Pick<State, 'has'> | undefined,
): readonly PolicyPod[] {
  const descent = descents.get(endpoints);
  return descent === undefined
    ? wholeOf(endpoints, members, seen).pods
    : partOf(wholeOf(descent.whole, members, seen), descent);
}

function wholeOf(endpoints: Endpoints, members: Members, seen: LocalPods['seen']): LocalPods {
  const known = found.get(endpoints);
  if (known?.members === members && known.seen === seen) return known;
  const lists = new Map<string, (readonly [string, Endpoint])[]>();
  for (const [id, endpoint] of Object.entries(endpoints)) {
    if (!isHere(endpoint, seen)) continue;
    addToList(lists, podNameOf(id, endpoint), [id, endpoint]);
  }
  const byName = new Map<string, Held>();
  for (const [name, list] of lists) byName.set(name, { pod: podOf(name, list, members), endpoints: list });
  const here = Array.from(byName.values(), ({ pod }) => pod);
  const expected = [...expectedIn(members.pods)].filter((pod) => !byName.has(nameOfPod(pod)));
  const pods = expected.length === 0 ? here : [...here, ...expected.map(comingPod)];
  const made: LocalPods = { members, seen, byName, pods };
  found.set(endpoints, made);
  return made;
}

/** Only the pods of the endpoints that it lacks are looked at. */
function partOf({ byName, pods, members }: LocalPods, { whole, lacks }: Descent): readonly PolicyPod[] {
  const isLacking = new Set(lacks);
  const names = new Set(lacks.map((id) => podNameOf(id, whole[id])));
  const gone = new Set<PolicyPod>();
  const instead: PolicyPod[] = [];
  for (const name of names) {
    const held = byName.get(name);
    const left = held?.endpoints.filter(([id]) => !isLacking.has(id)) ?? [];
    if (held === undefined || left.length === held.endpoints.length) continue;
    gone.add(held.pod);
    if (left.length > 0) instead.push(podOf(name, left, members));
    else instead.push(...podsNamed(members.pods, name).filter(isExpected).map(comingPod));
  }
  return gone.size === 0 ? pods : [...pods.filter((pod) => !gone.has(pod)), ...instead];
}

function isExpected(pod: PolicyPod): boolean {
  return pod.isExpected === true;
}

/** Shape: without addresses, so that it only grants. */
function comingPod(pod: PolicyPod): PolicyPod {
  const known = comingPods.get(pod);
  if (known !== undefined) return known;
  const made: PolicyPod = { ...pod, addresses: [], isLocal: true };
  comingPods.set(pod, made);
  return made;
}

/** Cached by identity. */
const comingPods = new WeakMap<PolicyPod, PolicyPod>();

/** Returns true if the pod of the endpoint counts: one that leaves can still send until its interface is gone. */
export function isHere(endpoint: Endpoint, seen: Pick<State, 'has'> | undefined): boolean {
  if (isAttached(endpoint)) return true;
  const { hostVeth } = endpoint;
  return hostVeth !== undefined && seen?.has(linkKeyOf(hostVeth)) === true;
}

type KnownPod = {
  readonly endpoints: Held['endpoints'];
  readonly member: PolicyPod | undefined;
  readonly pod: PolicyPod;
};

/** Cached by endpoint: the compiler does nothing again for the same value. */
const known = new WeakMap<Endpoint, KnownPod>();

/** The last pod by name: that of an endpoint that was marked `leaving` is the same. */
const lastPods = new Map<string, PolicyPod>();

/** Beyond it, the names of pods that are gone are forgotten. */
const MAX_NAMES = 4096;

/** Shape: a pod whose name the runtime did not give is of no namespace, and its labels are unknown. */
function podOf(name: string, endpoints: Held['endpoints'], { pods }: Members): PolicyPod {
  const member = podsNamed(pods, name).at(-1);
  const first = endpoints[0]?.[1];
  const before = first === undefined ? undefined : known.get(first);
  const isSame =
    before?.member === member &&
    before?.endpoints.length === endpoints.length &&
    endpoints.every(([, endpoint], index) => endpoint === before.endpoints[index]?.[1]);
  if (before !== undefined && isSame) return before.pod;
  const pod = sameAsLast(name, makePod(name, endpoints, member));
  if (first !== undefined) known.set(first, { endpoints, member, pod });
  return pod;
}

function makePod(name: string, endpoints: Held['endpoints'], member: PolicyPod | undefined): PolicyPod {
  const slash = name.indexOf('/');
  const labels = endpoints.find(([, endpoint]) => endpoint.labels !== undefined)?.[1].labels;
  const own = labels ?? member?.labels;
  return {
    namespace: name.slice(0, Math.max(0, slash)),
    name: name.slice(slash + 1),
    ...(own === undefined ? {} : { labels: own }),
    addresses: endpoints.flatMap(([, endpoint]) => sendingAddresses(endpoint)),
    ...(member?.ports === undefined ? {} : { ports: member.ports }),
    isLocal: true,
  };
}

/** Returns the addresses from which the endpoint may send, normalised: with IPv6, also the link-local one of its MAC. */
export function sendingAddresses({ addresses, mac }: Endpoint): readonly string[] {
  const own = addresses.map((cidr) => normaliseAddress(withoutLength(cidr)));
  const hasLocal = mac !== undefined && own.some((address) => address.includes(':'));
  return hasLocal ? [...own, linkLocalOf(mac)] : own;
}

function sameAsLast(name: string, made: PolicyPod): PolicyPod {
  const last = lastPods.get(name);
  const isSame =
    last !== undefined &&
    last.labels === made.labels &&
    last.ports === made.ports &&
    last.addresses.length === made.addresses.length &&
    last.addresses.every((address, at) => address === made.addresses[at]);
  if (isSame) return last;
  if (lastPods.size >= MAX_NAMES) lastPods.clear();
  lastPods.set(name, made);
  return made;
}
