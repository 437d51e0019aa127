/**
 * Deletes many links at once. For each deletion the kernel waits some 20 ms until no processor can still be
 * using the link; for a whole group it waits once.
 */
import type { Change } from '../../model/ports/kernel.ts';
import { ok } from '../../model/result.ts';
import { HOST } from '../../model/state.ts';
import type { LinkObject } from '../../model/state.ts';
import { deleteGroupInThread } from './delete-detached.ts';
import { changeLink, deleteGroup } from '../netlink/link.ts';
import type { LinkFact } from '../netlink/link.ts';
import type { NetlinkSocket } from '../netlink/socket.ts';
import { readLinks } from '../read.ts';
import type { Applied, ApplyOne, ApplyContext } from './context.ts';
import { forgetLink } from './context.ts';

/** Up to this number, links are deleted individually, as in a single DEL. */
const FEW = 3;

/**
 * Bounds a group: its deletion locks out all other link changes, for a quarter of a second with this number.
 */
const LINKS_PER_GROUP = 256;

/** Start of the search for an unused group: "vnet" as a number. */
const FIRST_GROUP = 0x766e6574;

type DeleteLink = Extract<Change, { verb: 'delete' }> & { readonly have: LinkObject };

/** Returns true for the deletion of a host veth. */
export function isRemoval(change: Change): change is DeleteLink {
  if (change.verb !== 'delete' || change.have.kind !== 'link') return false;
  return change.have.netns === HOST && change.have.type === 'veth';
}

/**
 * Ensures that the links are gone and returns one result for each. Only links with the observed alias join
 * the group, and the group is deleted only if it has no other link; all others are deleted individually.
 */
export function deleteLinks(
  context: ApplyContext,
  changes: readonly Change[],
  applyOne: ApplyOne,
): Applied[] {
  const results: Applied[] = [];
  for (let at = 0; at < changes.length; at += LINKS_PER_GROUP) {
    const some = changes.slice(at, at + LINKS_PER_GROUP);
    const removed = some.length > FEW ? deleteTogether(context, some) : new Set<Change>();
    for (const change of some) results.push(removed.has(change) ? ok('changed') : applyOne(context, change));
  }
  return results;
}

/** Returns the changes that were made. */
function deleteTogether(context: ApplyContext, changes: readonly Change[]): ReadonlySet<Change> {
  const socket = context.sockets.route(HOST);
  const links = socket.ok ? readLinks(socket.value) : socket;
  if (!socket.ok || !links.ok) return new Set();
  const ours = new Map<number, DeleteLink>();
  const byName = new Map(links.value.map((link) => [link.name, link]));
  for (const change of changes) {
    const link = isRemoval(change) ? byName.get(change.have.name) : undefined;
    if (!isRemoval(change) || link?.kind !== 'veth' || link.alias !== change.have.alias) continue;
    if (!ours.has(link.index)) ours.set(link.index, change);
  }
  const group = unusedGroup(links.value);
  const isDone =
    putIntoGroup(socket.value, [...ours.keys()], group) &&
    removeGroup(context, socket.value, group, [...ours.keys()]);
  if (!isDone) return new Set();
  for (const { have } of ours.values()) forgetLink(context, have);
  return new Set(ours.values());
}

function unusedGroup(links: readonly LinkFact[]): number {
  const used = new Set(links.map((link) => link.group));
  let group = FIRST_GROUP;
  while (used.has(group)) group += 1;
  return group;
}

/** Returns true if the group has exactly these links. */
function putIntoGroup(socket: NetlinkSocket, indexes: readonly number[], group: number): boolean {
  if (indexes.length === 0) return false;
  const answers = socket.requests(
    indexes.map((index) => changeLink({ index, group })),
    'move links into a group',
  );
  const now = answers.every((answer) => answer.ok) ? readLinks(socket) : undefined;
  if (now?.ok !== true) return false;
  const wanted = new Set(indexes);
  const members = now.value.filter((link) => link.group === group);
  return members.length === wanted.size && members.every(({ index }) => wanted.has(index));
}

/** A resident process does not wait for the kernel's clean-up. */
function removeGroup(
  { sockets }: ApplyContext,
  socket: NetlinkSocket,
  group: number,
  indexes: readonly number[],
): boolean {
  if (sockets.lifetime === 'resident' && deleteGroupInThread(sockets.sys, group, indexes)) return true;
  return socket.request(deleteGroup(group), `delete the links of group ${group}`).ok;
}
