/**
 * Deletes many links at once. For each deletion the kernel waits some 20 ms until no processor can still be
 * using the link; for a whole group it waits once.
 */
import type { Change } from '../../model/ports/kernel.ts';
import { ok } from '../../model/result.ts';
import { HOST, type LinkObject } from '../../model/state.ts';
import { deleteGroupInThread } from './delete-detached.ts';
import { changeLink, deleteGroup } from '../netlink/link.ts';
import type { NetlinkSocket } from '../netlink/socket.ts';
import { readGroups, readNamedLinks } from '../read.ts';
import { type Applied, type ApplyContext, type ApplyOne, dropLinkIndex } from './context.ts';

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
  const removals = new Map<string, DeleteLink>();
  for (const change of changes.filter(isRemoval))
    if (!removals.has(change.have.name)) removals.set(change.have.name, change);
  const socket = context.sockets.route(HOST);
  const links = socket.ok ? readNamedLinks(socket.value, removals.keys()) : socket;
  if (!socket.ok || !links.ok) return new Set();
  const ours = new Map<number, DeleteLink>();
  for (const { name, kind, alias, index } of links.value) {
    const change = removals.get(name);
    if (change !== undefined && kind === 'veth' && alias === change.have.alias) ours.set(index, change);
  }
  const indexes = [...ours.keys()];
  const group = indexes.length === 0 ? undefined : gatherInGroup(socket.value, indexes);
  if (group === undefined || !removeGroup(context, socket.value, group, indexes)) return new Set();
  for (const { have } of ours.values()) dropLinkIndex(context, have);
  return new Set(ours.values());
}

/** Returns a group that has exactly these links; undefined if there is none. */
function gatherInGroup(socket: NetlinkSocket, indexes: readonly number[]): number | undefined {
  const wanted = new Set(indexes);
  let group = FIRST_GROUP;
  for (let attempt = 0; attempt < GROUP_ATTEMPTS; attempt += 1) {
    const requests = indexes.map((index) => changeLink({ index, group }));
    const answers = socket.requests(requests, 'move links into a group');
    const groups = answers.every((answer) => answer.ok) ? readGroups(socket) : undefined;
    if (groups?.ok !== true) return undefined;
    const members = groups.value.filter((link) => link.group === group);
    if (members.length === wanted.size && members.every(({ index }) => wanted.has(index))) return group;
    const used = new Set(groups.value.map((link) => link.group));
    while (used.has(group)) group += 1;
  }
  return undefined;
}

/** Another program may use the first group: then one that no link has is tried. */
const GROUP_ATTEMPTS = 2;

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
