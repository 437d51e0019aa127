/** State shared by the changes of one apply call. */
import { kindOf } from '../../model/kinds/registry.ts';
import { VNET_PROTOCOL } from '../../model/names.ts';
import type { Change } from '../../model/ports/kernel.ts';
import { err, fail, failure, type Failure, ok, type Result } from '../../model/result.ts';
import { HOST, type NetnsPath, type NetObject, normaliseObject } from '../../model/state.ts';
import type { NetlinkSocket } from '../netlink/socket.ts';
import { readLink, readLinks, readNamedLinks } from '../read.ts';
import { placeOf, type Sockets } from '../sockets.ts';

/** The result of a change. */
export type Applied = Result<'changed' | 'unchanged'>;

/** Applies one change individually. */
export type ApplyOne = (context: ApplyContext, change: Change) => Applied;

/** Runs scripts of nft(8). */
export interface Nft {
  /** Ensures the script's effect, as a whole or not at all. */
  run(script: string): Result<void>;
  /** Resolves once run() can be called; absent if it always can. */
  load?(): Promise<void>;
}

/** Sockets, known interface indexes, and nft if the table may be created. */
export type ApplyContext = {
  readonly sockets: Sockets;
  readonly indexes: Map<string, number>;
  readonly nft: Nft | undefined;
};

/** A link to change: the socket of its namespace, and its index there. */
export type LinkHandle = { readonly socket: NetlinkSocket; readonly index: number };

/** Returns socket and index of the link. Errors: `not-found` if link or namespace does not exist. */
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

/** Up to this number, host links are looked up individually; up to the next one, together; above, all are listed. */
const FEW = 1;
const SOME = 128;

/** Looks up the indexes of the host links that the objects are on, as far as unknown. */
export function cacheLinkIndexes(context: ApplyContext, objects: readonly NetObject[]): void {
  const devices = new Set<string>();
  for (const object of objects) {
    if (object.netns !== HOST || !('dev' in object)) continue;
    if (!context.indexes.has(placeOf(HOST, object.dev))) devices.add(object.dev);
  }
  const socket = devices.size > FEW ? context.sockets.route(HOST) : undefined;
  if (socket?.ok !== true) return;
  const links = devices.size > SOME ? readLinks(socket.value) : readNamedLinks(socket.value, devices);
  if (!links.ok) return;
  for (const { name, index } of links.value) {
    if (devices.has(name)) context.indexes.set(placeOf(HOST, name), index);
  }
}

/** Notes the index of a link that was just read. */
export function cacheLinkIndex(
  context: ApplyContext,
  at: { readonly netns: NetnsPath; readonly name: string },
  index: number,
): void {
  context.indexes.set(placeOf(at.netns, at.name), index);
}

/** Forgets the link's index: a later link of that name has another. */
export function dropLinkIndex(
  context: ApplyContext,
  at: { readonly netns: NetnsPath; readonly name: string },
): void {
  context.indexes.delete(placeOf(at.netns, at.name));
}

/** Returns the Failure for a missing link. */
export function noSuchLink(at: { readonly netns: NetnsPath; readonly dev: string }, step: string): Failure {
  const where = at.netns === HOST ? '' : ` in ${at.netns}`;
  return failure('not-found', step, `no link ${at.dev}${where}`);
}

/** Returns `unchanged` if the existing object is as wanted; else `exists`, naming the first difference, or its owner. */
export function existing(have: NetObject, want: NetObject, step: string): Applied {
  const field = firstDifference(have, want);
  if (field === undefined) return ok('unchanged');
  const isOurs = want.kind === 'route' && want.protocol === VNET_PROTOCOL;
  if (isOurs && have.kind === 'route' && have.protocol !== VNET_PROTOCOL) {
    const hint = 'Remove it (ip route del), or exclude the address from its pool.';
    return fail('exists', step, `it belongs to another program (protocol ${have.protocol})`, { hint });
  }
  const hint = 'Read the kernel again: it was created in the meantime.';
  return fail('exists', step, `it exists with a different ${field}`, { hint });
}

/** Returns `changed` if the request succeeded. */
export function changed(result: Result<unknown>): Applied {
  return result.ok ? ok('changed') : result;
}

/**
 * Returns the first field of `want` (or of the named ones) in which `have` differs; undefined if there is
 * none. A field absent from `want` matches anything; false and '' match absent. `prefixRoute` is not
 * compared: the routes show it.
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
