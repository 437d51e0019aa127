/** Makes and removes links: bridges, and veth pairs with their far end in a pod. */
import { Bug, err, failure, ok } from '../../model/result.ts';
import type { Result } from '../../model/result.ts';
import { HOST, keyOf } from '../../model/state.ts';
import type { LinkObject, NetObject } from '../../model/state.ts';
import { deleteApart, deleteAside, numberName } from './delete-detached.ts';
import { changeLink, createLink, deleteLink } from '../netlink/link.ts';
import { linkObject } from '../netlink/link-object.ts';
import type { LinkFact, LinkSpec, PeerSpec } from '../netlink/link.ts';
import type { NetlinkRequest } from '../netlink/message.ts';
import type { NetlinkSocket } from '../netlink/socket.ts';
import { readLink, readLinkByIndex } from '../read.ts';
import type { Applied, ApplyContext } from './context.ts';
import { linkHandle, changed, existing, forgetLink, noSuchLink } from './context.ts';

/** The number of `lo` in every namespace. Source: LOOPBACK_IFINDEX of linux/net.h. */
const LOOPBACK_INDEX = 1;

/** Below this IPv6 is off; a bridge born with less would take its sysctls away for a moment. */
const SMALLEST_USUAL_MTU_BYTES = 1280;

/**
 * Ensures the link, for a veth with its peer, which is brought up too when it is wanted up, and `lo` beside it.
 * A link that could not be completed is removed again.
 * Errors: `exists` when one of the name is there otherwise than wanted; `unsupported` for what vnet does not make.
 */
export function createLinkIn(context: ApplyContext, want: LinkObject, peer: NetObject | undefined): Applied {
  const step = `add ${keyOf(want)}`;
  const socket = context.sockets.route(want.netns);
  if (!socket.ok) return socket;
  const now = readLink(socket.value, want.name);
  if (!now.ok) return now;
  if (now.value !== undefined) return compare(context, socket.value, { want, fact: now.value });
  forgetLink(context, want);
  const master =
    (want.master ?? '') === ''
      ? undefined
      : linkHandle(context, { netns: want.netns, dev: want.master ?? '' }, step);
  if (master?.ok === false) return master;
  if (want.type === 'bridge') return createBridge(socket.value, want, step);
  if (want.type === 'veth' && want.peer !== undefined) {
    const peerLink = peer?.kind === 'link' ? peer : undefined;
    forgetLink(context, want.peer);
    return createVeth(context, {
      want,
      peer: peerLink,
      at: want.peer,
      masterIndex: master?.value.index ?? 0,
    });
  }
  const hint =
    want.netns === HOST ? 'Check the name of the device.' : "A pod's link is created with its host veth.";
  return err({ ...noSuchLink({ netns: want.netns, dev: want.name }, step), hint });
}

/** Returns the number of the bridge that the link is to be a port of, 0 for none. */
export function masterIndexOf(socket: NetlinkSocket, want: LinkObject, step: string): Result<number> {
  if (want.master === undefined || want.master === '') return ok(0);
  const bridge = readLink(socket, want.master);
  if (!bridge.ok) return bridge;
  return bridge.value === undefined
    ? err(noSuchLink({ netns: want.netns, dev: want.master }, step))
    : ok(bridge.value.index);
}

/** Returns the link as an object, with its peer where `want` names one that it really has. */
export function currentLink(
  context: ApplyContext,
  socket: NetlinkSocket,
  { want, fact }: { readonly want: LinkObject; readonly fact: LinkFact },
): Result<LinkObject> {
  const master = fact.masterIndex === 0 ? ok(undefined) : readLinkByIndex(socket, fact.masterIndex);
  if (!master.ok) return master;
  const object = linkObject(fact, { netns: want.netns, master: master.value?.name ?? '' });
  if (want.peer === undefined) return ok(object);
  const far = context.sockets.route(want.peer.netns);
  if (!far.ok) return far.error.code === 'not-found' ? ok(object) : far;
  const peer = readLink(far.value, want.peer.name);
  if (!peer.ok) return peer;
  const isPair = peer.value?.peerIndex === fact.index && fact.peerIndex === peer.value.index;
  return ok(isPair ? { ...object, peer: want.peer } : object);
}

function compare(
  context: ApplyContext,
  socket: NetlinkSocket,
  both: { readonly want: LinkObject; readonly fact: LinkFact },
): Applied {
  const have = currentLink(context, socket, both);
  if (!have.ok) return have;
  const step = `add ${keyOf(both.want)}`;
  const { type } = have.value;
  if (both.want.type !== 'device' && type !== both.want.type) {
    const hint = 'Another interface has this name: remove or rename it.';
    return err(failure('exists', step, `it exists with type ${type}`, { hint }));
  }
  return existing(have.value, both.want, step);
}

function createBridge(socket: NetlinkSocket, want: LinkObject, step: string): Applied {
  const { name, mac, mtuBytes, alias, up, multicast } = want;
  // A bridge that was given an MTU, as a change and not at birth, no longer takes that of its ports. The change must
  // be one, so it is born with a neighbouring value.
  const born = mtuBytes === undefined ? undefined : besides(mtuBytes);
  // Mark and link come in one datagram, so that no kill can leave a link that nobody knows to be ours.
  const requests = [
    createLink({ name, kind: 'bridge', mac, mtuBytes: born }),
    changeLink({ name, alias, mtuBytes, up, multicast }),
  ];
  return completed(socket, requests, { name, step });
}

function besides(mtuBytes: number): number {
  return mtuBytes > SMALLEST_USUAL_MTU_BYTES ? mtuBytes - 1 : mtuBytes + 1;
}

/** A veth, what its far end is to be, and where; `masterIndex` 0 is no bridge. */
export type Pair = {
  readonly want: LinkObject;
  readonly peer: LinkObject | undefined;
  readonly at: NonNullable<LinkObject['peer']>;
  readonly masterIndex: number;
};

function createVeth(context: ApplyContext, pair: Pair): Applied {
  const { want, at } = pair;
  const step = `add ${keyOf(want)}`;
  const socket = context.sockets.route(want.netns);
  if (!socket.ok) return socket;
  const isHere = at.netns === want.netns;
  const netns = isHere ? ok(undefined) : context.sockets.namespaces.open(at.netns);
  if (!netns.ok) return netns;
  const created = completed(socket.value, pairRequests(pair, netns.value), { name: want.name, step });
  if (netns.value !== undefined) context.sockets.sys.close(netns.value);
  if (!created.ok) return created;
  const far = bringUpPeer(context, pair, step);
  if (far.ok) return created;
  removeNewborn(socket.value, want.name, step);
  return far;
}

/**
 * Returns the requests that make the pair; `netnsFd` is where its far end is to be.
 * Shape: what makes it, what completes it, and what a kernel without IPv6 may refuse.
 */
export function pairRequests(
  { want, peer, at, masterIndex }: Pair,
  netnsFd: number | undefined,
): readonly [NetlinkRequest, NetlinkRequest, NetlinkRequest] {
  const { name, mac, mtuBytes, alias, up, multicast, port } = want;
  const far: PeerSpec = { name: at.name, netnsFd, mac: peer?.mac, mtuBytes: peer?.mtuBytes };
  const first: LinkSpec = {
    name,
    kind: 'veth',
    mac,
    mtuBytes,
    up,
    masterIndex: masterIndex || undefined,
    peer: far,
  };
  return [
    createLink(first),
    // As for a bridge: the mark in the same datagram. The kernel takes no alias from a request that creates.
    changeLink({ name, alias, multicast, hairpin: port?.hairpin }),
    // Nothing ever reaches the node's own addresses there, but every change of a link looks at all that its links have.
    // Now, before the far end comes up and the kernel gives it one.
    changeLink(at.netns === want.netns ? { name } : { name, addrGenMode: 'none' }),
  ];
}

/**
 * Sends what creates a link, what completes it, and what may fail; a link that was created and not completed is
 * removed.
 */
function completed(
  socket: NetlinkSocket,
  requests: readonly NetlinkRequest[],
  { name, step }: { readonly name: string; readonly step: string },
): Applied {
  const [created, finished] = socket.requests(requests, step);
  if (created === undefined || finished === undefined) throw new Bug('no request was sent');
  if (!created.ok) return created;
  if (finished.ok) return ok('changed');
  removeNewborn(socket, name, step);
  return changed(finished);
}

/** Removes a link that could not be completed. */
export function removeNewborn(socket: NetlinkSocket, name: string, step: string): void {
  const link = readLink(socket, name);
  if (link.ok && link.value !== undefined) socket.request(deleteLink(link.value.index), step);
}

/** Completes the far end, which the kernel refuses to create up. */
export function bringUpPeer(context: ApplyContext, { peer, at }: Pair, step: string): Result<void> {
  const socket = context.sockets.route(at.netns);
  if (!socket.ok) return socket;
  const { multicast, up, alias } = peer ?? {};
  // A pod that is given another MAC later says so at once: the rules of our table follow what it says.
  const arpNotify = at.netns === HOST ? undefined : true;
  const requests = [changeLink({ name: at.name, multicast, up, alias, arpNotify })];
  if (at.netns !== HOST) requests.push(changeLink({ index: LOOPBACK_INDEX, up: true }));
  return socket.value.requests(requests, step).find((result) => !result.ok) ?? ok(undefined);
}

/**
 * Ensures that the link is gone.
 * Errors: `refused` when the link of that name has another alias than the one that was seen: it is somebody else's by
 * now. `unsupported` for links that vnet does not make.
 */
export function deleteLinkIn(context: ApplyContext, have: LinkObject): Applied {
  const step = `delete ${keyOf(have)}`;
  const socket = context.sockets.route(have.netns);
  if (!socket.ok) return socket;
  const now = readLink(socket.value, have.name);
  if (!now.ok) return now;
  if (now.value === undefined) return ok('unchanged');
  const { alias, kind, index } = now.value;
  if (alias !== have.alias) {
    const message = `its alias is ${alias === undefined ? 'not set' : `"${alias}"`}, not "${have.alias ?? ''}"`;
    const hint = 'Another program created this link: rename it, or remove it by hand if it is not needed.';
    return err(failure('refused', step, message, { hint }));
  }
  if (kind !== 'bridge' && kind !== 'veth') {
    return err(failure('unsupported', step, 'neither a bridge nor a veth', { hint: 'Remove it by hand.' }));
  }
  forgetLink(context, have);
  const { sockets } = context;
  if (sockets.stays && kind === 'veth' && deleteAside(sockets.sys, index)) return ok('changed');
  if (sockets.isBrief && kind === 'veth') {
    const namesake = readLink(socket.value, numberName(index));
    const isUnmistakable = namesake.ok && namesake.value === undefined;
    if (isUnmistakable && deleteApart(sockets.sys, { index, inherited: sockets.handOver() }))
      return ok('changed');
  }
  return changed(socket.value.request(deleteLink(index), step));
}
