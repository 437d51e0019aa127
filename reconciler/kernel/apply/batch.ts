/**
 * Creates many objects at once: veth pairs, neighbours, fdb entries. Requests that depend on no other read
 * share datagrams; a refused one is repeated individually.
 */
import { type Change, subjectOf } from '../../model/ports/kernel.ts';
import { ok, type Result } from '../../model/result.ts';
import { HOST, keyOf, type LinkObject, type NetnsPath, type NetObject } from '../../model/state.ts';
import { bringUpPeer, type Pair, pairRequests, rollBackCreate } from './link.ts';
import type { NetlinkRequest } from '../netlink/message.ts';
import { freeNames } from '../read.ts';
import { type Applied, type ApplyContext, type ApplyOne, dropLinkIndex, linkHandle } from './context.ts';

/**
 * Number of changes per datagram. Each refusal takes about 1 kB of the socket's receive buffer, of which
 * there are at least 208 kB (net.core.rmem_default).
 */
const CHANGES_PER_DATAGRAM = 64;

type Create = Extract<Change, { verb: 'create' }>;

type PairCreation = Create & { readonly want: LinkObject & Required<Pick<LinkObject, 'peer'>> };

/** Returns true for the creation of a host veth with its peer in a pod. */
export function isPair(change: Change): change is PairCreation {
  if (change.verb !== 'create' || change.want.kind !== 'link') return false;
  const { netns, type, peer } = change.want;
  return netns === HOST && type === 'veth' && peer !== undefined && peer.netns !== HOST;
}

/**
 * Ensures the objects whose creation is a single request; returns one result for each. Those in a row that are in one namespace share
 * datagrams.
 */
export function createAlone(
  context: ApplyContext,
  changes: readonly Change[],
  { applyOne, requestOf }: { readonly applyOne: ApplyOne; readonly requestOf: RequestOf },
): Applied[] {
  return inNamespaces(changes).flatMap((here) =>
    inDatagrams(here, (some) => {
      const requests = some.length === 1 ? [] : some.map((change) => requestOf(change));
      const answers = send(context, requests, some[0]);
      return some.map((change, index) =>
        answers[index]?.ok === true ? ok('changed') : applyOne(context, change),
      );
    }),
  );
}

function inNamespaces(changes: readonly Change[]): readonly (readonly Change[])[] {
  const rows: Change[][] = [];
  for (const change of changes) {
    const last = rows.at(-1);
    if (last?.[0] !== undefined && placeOfChange(last[0]) === placeOfChange(change)) last.push(change);
    else rows.push([change]);
  }
  return rows;
}

function placeOfChange(change: Change): NetnsPath {
  return subjectOf(change).netns;
}

/** Returns the request for the change; undefined if a prerequisite is missing. */
export type RequestOf = (change: Change) => NetlinkRequest | undefined;

/** Ensures the veth pairs and returns one result for each. */
export function createPairs(
  context: ApplyContext,
  changes: readonly Change[],
  applyOne: ApplyOne,
): Applied[] {
  return inDatagrams(changes.filter(isPair), (some) => {
    const opened: number[] = [];
    const host = context.sockets.route(HOST);
    const names = some.map(({ want }) => want.name);
    // A request by name would act on the link that has it, although the creation before it is refused.
    const free = host.ok ? freeNames(host.value, names) : [];
    const pairs = some.map((change, index) =>
      free[index] === true ? preparePair(context, change, opened) : undefined,
    );
    const requests = pairs.flatMap((prepared) => prepared?.requests ?? NOTHING);
    const answers = send(context, requests);
    for (const fd of opened) context.sockets.sys.close(fd);
    return some.map((change, index) => {
      const at = index * NOTHING.length;
      const [created, completed] = [answers[at], answers[at + 1]];
      const pair = pairs[index]?.pair;
      if (pair !== undefined && created?.ok === true) {
        const step = `add ${keyOf(pair.want)}`;
        if (completed?.ok === true && bringUpPeer(context, pair, step).ok) return ok('changed');
        if (host.ok) rollBackCreate(host.value, pair.want.name, step);
      }
      return applyOne(context, change);
    });
  });
}

/** Placeholder for a pair without requests. */
const NOTHING: readonly (NetlinkRequest | undefined)[] = [undefined, undefined, undefined];

type Prepared = { readonly pair: Pair; readonly requests: readonly NetlinkRequest[] };

/**
 * Returns the requests for the pair; undefined if a prerequisite is missing. Appends the descriptors it
 * opened.
 */
function preparePair(
  context: ApplyContext,
  { want, peer }: PairCreation,
  opened: number[],
): Prepared | undefined {
  dropLinkIndex(context, want);
  dropLinkIndex(context, want.peer);
  const masterIndex = masterOf(context, want);
  const netns = context.sockets.namespaces.open(want.peer.netns);
  if (netns.ok) opened.push(netns.value);
  if (!netns.ok || masterIndex === undefined) return undefined;
  const pair = { want, peer: linkOf(peer), at: want.peer, masterIndex };
  return { pair, requests: pairRequests(pair, netns.value) };
}

function linkOf(object: NetObject | undefined): LinkObject | undefined {
  return object?.kind === 'link' ? object : undefined;
}

function masterOf(context: ApplyContext, { netns, master = '' }: LinkObject): number | undefined {
  if (master === '') return 0;
  const link = linkHandle(context, { netns, dev: master }, `look up ${master}`);
  return link.ok ? link.value.index : undefined;
}

function inDatagrams<T extends Change>(
  changes: readonly T[],
  work: (some: readonly T[]) => readonly Applied[],
): Applied[] {
  const results: Applied[] = [];
  for (let at = 0; at < changes.length; at += CHANGES_PER_DATAGRAM) {
    results.push(...work(changes.slice(at, at + CHANGES_PER_DATAGRAM)));
  }
  return results;
}

/** Returns the answers in the order of the requests; `change` is in the namespace that they go to, or on the node. */
function send(
  { sockets }: ApplyContext,
  requests: readonly (NetlinkRequest | undefined)[],
  change?: Change,
): readonly (Result<void> | undefined)[] {
  const socket = sockets.route(change === undefined ? HOST : placeOfChange(change));
  const asked = requests.filter((request) => request !== undefined);
  if (!socket.ok || asked.length === 0) return [];
  const answers = socket.value.requests(asked, 'create a batch of objects').values();
  return requests.map((request) => (request === undefined ? undefined : answers.next().value));
}
