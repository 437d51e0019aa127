/** Creates and deletes links: bridges, veth pairs with a peer in a pod, and ifbs for limits. */
import { Bug, err, fail, ok, type Result } from '../../model/result.ts';
import { HOST, keyOf, type LinkObject, type NetObject } from '../../model/state.ts';
import { deleteInHelper, deleteInThread, numberName } from './delete-detached.ts';
import {
  changeLink,
  createLinkRequest,
  deleteLinkRequest,
  type LinkFact,
  type LinkSpec,
  type PeerSpec,
} from '../netlink/link.ts';
import { linkObject } from '../netlink/link-object.ts';
import type { NetlinkRequest } from '../netlink/message.ts';
import type { NetlinkSocket } from '../netlink/socket.ts';
import { lookUpLink, readLink, readLinkByIndex } from '../read.ts';
import {
  type Applied,
  type ApplyContext,
  changed,
  dropLinkIndex,
  existing,
  linkHandle,
  noSuchLink,
} from './context.ts';

/** Index of `lo` in every namespace. Source: LOOPBACK_IFINDEX of linux/net.h. */
const LOOPBACK_INDEX = 1;

const NAME_TAKEN = 'Another interface has this name: remove or rename it.';

/** Minimum MTU of IPv6: a bridge created with less would briefly lack its IPv6 sysctls. */
const SMALLEST_USUAL_MTU_BYTES = 1280;

/**
 * Ensures the link; for a veth also its peer, brought up if wanted together with `lo` beside it. A link that
 * cannot be completed is deleted again.
 * Errors: `exists` if a different link has the name; `unsupported` for other types.
 */
export function createLinkIn(context: ApplyContext, want: LinkObject, peer: NetObject | undefined): Applied {
  const step = `add ${keyOf(want)}`;
  const socket = context.sockets.route(want.netns);
  if (!socket.ok) return socket;
  const now = lookUpLink(socket.value, want.name);
  if (!now.ok) return now;
  // Requests by this name would act on that link.
  if (now.value !== undefined && now.value.name !== want.name) {
    return fail('exists', step, `it is another name of ${now.value.name}`, { hint: NAME_TAKEN });
  }
  if (now.value !== undefined) return compare(context, socket.value, { want, fact: now.value });
  dropLinkIndex(context, want);
  const master =
    (want.master ?? '') === ''
      ? undefined
      : linkHandle(context, { netns: want.netns, dev: want.master ?? '' }, step);
  if (master?.ok === false) return master;
  if (want.type === 'bridge' || want.type === 'ifb') return createAlone(socket.value, want, step);
  if (want.type === 'veth' && want.peer !== undefined) {
    const peerLink = peer?.kind === 'link' ? peer : undefined;
    dropLinkIndex(context, want.peer);
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

/** Returns the index of the bridge that the link is to join; 0 for none. */
export function masterIndexOf(socket: NetlinkSocket, want: LinkObject, step: string): Result<number> {
  if (want.master === undefined || want.master === '') return ok(0);
  const bridge = readLink(socket, want.master);
  if (!bridge.ok) return bridge;
  return bridge.value === undefined
    ? err(noSuchLink({ netns: want.netns, dev: want.master }, step))
    : ok(bridge.value.index);
}

/** Returns the link as an object, with its peer if `want` names it correctly. */
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
    return fail('exists', step, `it exists with type ${type}`, { hint: NAME_TAKEN });
  }
  return existing(have.value, both.want, step);
}

const NO_IFB = 'To limit what pods send, the kernel needs ifb: modprobe ifb.';

function createAlone(socket: NetlinkSocket, want: LinkObject, step: string): Applied {
  const { name, mac, mtuBytes, alias, up, multicast } = want;
  const kind = want.type === 'ifb' ? 'ifb' : 'bridge';
  // A bridge whose MTU was changed explicitly no longer follows its ports. It must be a change, so the bridge
  // is created with a neighbouring value.
  const firstMtuBytes = mtuBytes === undefined ? undefined : besides(mtuBytes);
  // Link and mark in one datagram: a kill cannot leave a link without our mark.
  const requests = [
    createLinkRequest({ name, kind, mac, mtuBytes: firstMtuBytes }),
    changeLink({ name, alias, mtuBytes, up, multicast }),
  ];
  const made = completed(socket, requests, { name, step });
  return kind === 'bridge' || made.ok ? made : err({ ...made.error, hint: NO_IFB });
}

function besides(mtuBytes: number): number {
  return mtuBytes > SMALLEST_USUAL_MTU_BYTES ? mtuBytes - 1 : mtuBytes + 1;
}

/** A veth, its peer and the peer's place; `masterIndex` 0: no bridge. */
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
  rollBackCreate(socket.value, want.name, step);
  return far;
}

/**
 * Returns the requests for the pair; `netnsFd` is the peer's namespace.
 * Shape: creation, completion, and requests that a kernel without IPv6 may refuse.
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
    createLinkRequest(first),
    // As for a bridge, the mark is in the same datagram: the kernel ignores an alias in the creating request.
    changeLink({ name, alias, multicast, hairpin: port?.hairpin }),
    // The node never uses addresses of its own there, but every link change iterates all addresses on the node.
    // Before the peer comes up, so that the kernel assigns none.
    changeLink(at.netns === want.netns ? { name } : { name, addrGenMode: 'none' }),
  ];
}

/** Sends creation, completion and optional requests; a link that was created but not completed is deleted. */
function completed(
  socket: NetlinkSocket,
  requests: readonly NetlinkRequest[],
  { name, step }: { readonly name: string; readonly step: string },
): Applied {
  const [created, finished] = socket.requests(requests, step);
  if (created === undefined || finished === undefined) throw new Bug('no request was sent');
  if (!created.ok) return created;
  if (finished.ok) return ok('changed');
  rollBackCreate(socket, name, step);
  return changed(finished);
}

/** Deletes a link that could not be completed. */
export function rollBackCreate(socket: NetlinkSocket, name: string, step: string): void {
  const link = readLink(socket, name);
  if (link.ok && link.value !== undefined) socket.request(deleteLinkRequest(link.value.index), step);
}

/** Completes the peer: the kernel refuses to create it up. */
export function bringUpPeer(context: ApplyContext, { peer, at }: Pair, step: string): Result<void> {
  const socket = context.sockets.route(at.netns);
  if (!socket.ok) return socket;
  const { multicast, up, alias } = peer ?? {};
  // A pod whose MAC changes later then announces it at once; our table's rules follow these announcements.
  const arpNotify = at.netns === HOST ? undefined : true;
  const requests = [changeLink({ name: at.name, multicast, up, alias, arpNotify })];
  if (at.netns !== HOST) requests.push(changeLink({ index: LOOPBACK_INDEX, up: true }));
  return socket.value.requests(requests, step).find((result) => !result.ok) ?? ok(undefined);
}

/**
 * Ensures that the link is gone.
 * Errors: `refused` if its alias is not the observed one: it now belongs to another program. `unsupported`
 * for links that vnet does not create.
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
    const hint = 'Another program created this link: rename or remove it.';
    return fail('refused', step, message, { hint });
  }
  if (kind !== 'bridge' && kind !== 'veth' && kind !== 'ifb') {
    return fail('unsupported', step, 'neither a bridge nor a veth', { hint: 'Remove it by hand.' });
  }
  dropLinkIndex(context, have);
  const { sockets } = context;
  if (sockets.lifetime === 'resident' && kind === 'veth' && deleteInThread(sockets.sys, index))
    return ok('changed');
  if (sockets.lifetime !== 'round' && kind === 'veth') {
    const namesake = readLink(socket.value, numberName(index));
    const isUnmistakable = namesake.ok && namesake.value === undefined;
    if (isUnmistakable && deleteInHelper(sockets.sys, { index, inherited: sockets.handOver() }))
      return ok('changed');
  }
  return changed(socket.value.request(deleteLinkRequest(index), step));
}
