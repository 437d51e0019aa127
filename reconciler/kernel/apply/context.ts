/** What the changes of one apply call share. */
import { kindOf } from '../../model/kinds/registry.ts';
import type { Change } from '../../model/ports/kernel.ts';
import { err, failure, ok } from '../../model/result.ts';
import type { Failure, Result } from '../../model/result.ts';
import { HOST, type NetnsPath, type NetObject, normaliseObject } from '../../model/state.ts';
import type { NetlinkSocket } from '../netlink/socket.ts';
import { readLink, readLinks } from '../read.ts';
import { placeOf, type Sockets } from '../sockets.ts';

/** What a change came to. */
export type Applied = Result<'changed' | 'unchanged'>;

/** Does one change by itself. */
export type ApplyOne = (context: ApplyContext, change: Change) => Applied;

/** Runs scripts of nft(8). */
export interface Nft {
  /** Ensures what the script says, as a whole or not at all. */
  run(script: string): Result<void>;
  /** Resolves when run() can be called; absent where it always can. */
  load?(): Promise<void>;
}

/** Sockets, the numbers of links looked up so far, and nft where the table may be made. */
export type ApplyContext = {
  readonly sockets: Sockets;
  readonly indexes: Map<string, number>;
  readonly nft: Nft | undefined;
};

/** A link to change: the socket of its namespace, and its number there. */
export type LinkHandle = { readonly socket: NetlinkSocket; readonly index: number };

/** Returns socket and number of the link. Errors: `not-found` when link or namespace is not there. */
export function linkHandle(
  context: ApplyContext,
  at: { netns: NetnsPath; dev: string },
  step: string,
): Result<LinkHandle> {
  const socket = context.sockets.route(at.netns);
  if (!socket.ok) return socket;
  const key = placeOf(at.netns, at.dev);
  const known = context.indexes.get(key);
  if (known !== undefined) return ok({ socket: socket.value, index: known });
  const link = readLink(socket.value, at.dev);
  if (!link.ok) return link;
  if (link.value === undefined) return err(noSuchLink(at, step));
  context.indexes.set(key, link.value.index);
  return ok({ socket: socket.value, index: link.value.index });
}

/** How many of the node's links are looked up one by one; for more, all are listed. */
const FEW = 8;

/** Looks up the numbers of the node's links that the objects hang on, all at once when they are many. */
export function noteLinks(context: ApplyContext, objects: readonly NetObject[]): void {
  const devices = new Set<string>();
  for (const object of objects) if (object.netns === HOST && 'dev' in object) devices.add(object.dev);
  const socket = devices.size > FEW ? context.sockets.route(HOST) : undefined;
  const links = socket?.ok === true ? readLinks(socket.value) : undefined;
  if (links?.ok !== true) return;
  for (const { name, index } of links.value) {
    if (devices.has(name)) context.indexes.set(placeOf(HOST, name), index);
  }
}

/** Notes the number of a link that was just looked at. */
export function noteLink(
  context: ApplyContext,
  at: { readonly netns: NetnsPath; readonly name: string },
  index: number,
): void {
  context.indexes.set(placeOf(at.netns, at.name), index);
}

/** Forgets the number of the link, which another of the same name won't have. */
export function forgetLink(
  context: ApplyContext,
  at: { readonly netns: NetnsPath; readonly name: string },
): void {
  context.indexes.delete(placeOf(at.netns, at.name));
}

/** Returns the Failure for a link that is not there. */
export function noSuchLink(at: { readonly netns: NetnsPath; readonly dev: string }, step: string): Failure {
  const where = at.netns === HOST ? '' : ` in ${at.netns}`;
  return failure('not-found', step, `no link ${at.dev}${where}`);
}

/** Returns `unchanged` when what is there is as wanted, else `exists`, naming what differs. */
export function existing(have: NetObject, want: NetObject, step: string): Applied {
  const field = firstDifference(have, want);
  if (field === undefined) return ok('unchanged');
  const hint = 'Read the kernel again: it was created in the meantime.';
  return err(failure('exists', step, `it exists with a different ${field}`, { hint }));
}

/** Returns `changed` for a request that the kernel did. */
export function changed(result: Result<unknown>): Applied {
  return result.ok ? ok('changed') : result;
}

/**
 * Returns the first field of `want` (or of the named ones) that `have` does not show, or undefined when all agree.
 * What `want` leaves open agrees with anything; false and the empty text agree with absent. Whether an address has its
 * prefix route is told by the routes alone.
 */
export function firstDifference(
  have: NetObject,
  want: NetObject,
  fields?: readonly string[],
): string | undefined {
  const values = new Map<string, unknown>(Object.entries(normaliseObject(have)));
  const { volatile } = kindOf(want);
  for (const [name, value] of Object.entries(normaliseObject(want))) {
    if (name === 'type' || name === 'script' || name === 'prefixRoute' || value === undefined) continue;
    if (volatile?.includes(name) === true) continue;
    if (fields !== undefined && !fields.includes(name)) continue;
    const held = values.get(name);
    if ((value === false || value === '') && held === undefined) continue;
    if (JSON.stringify(held) !== JSON.stringify(value)) return name;
  }
  return undefined;
}
