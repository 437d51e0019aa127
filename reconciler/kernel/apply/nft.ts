/** Changes our nftables table: elements through nfnetlink, the table itself through nft(8). */
import type { Change } from '../../model/ports/kernel.ts';
import { Bug, err, failure, ok } from '../../model/result.ts';
import type { Result } from '../../model/result.ts';
import { keyOf } from '../../model/state.ts';
import type { NftElementObject, NftTableObject } from '../../model/state.ts';
import { align4 } from '../netlink/attribute.ts';
import type { NetlinkRequest } from '../netlink/message.ts';
import {
  createElement,
  deleteElement,
  deleteTable,
  encodeBatch,
  encodeElement,
} from '../netlink/nftables.ts';
import { SET_SHAPES, encodeRegister } from '../netlink/nftables-key.ts';
import type { NetlinkSocket } from '../netlink/socket.ts';
import { readElement, readTable } from '../observe/nft.ts';
import { orAbsent } from '../read.ts';
import type { Applied, Workshop } from './context.ts';
import { changed } from './context.ts';

/** What a batch may take of the socket's send buffer. Source: net.core.wmem_default is 212992 and counts overhead. */
const BATCH_BYTES = 65536;

/** Ensures the table with its rules. Errors: `unsupported` when nft was not loaded. */
export function applyTable(workshop: Workshop, want: NftTableObject): Applied {
  const step = `make ${keyOf(want)}`;
  const socket = workshop.sockets.nft();
  if (!socket.ok) return socket;
  const have = readTable(socket.value, want.name);
  if (!have.ok) return have;
  if (have.value !== undefined && have.value.rules.join('\n') === want.rules.join('\n'))
    return ok('unchanged');
  if (want.script === undefined) return err(failure('invalid', step, 'a table without its script'));
  if (workshop.nft === undefined) {
    const hint = 'Run vnet reconcile, which loads it.';
    return err(failure('unsupported', step, 'nft was not loaded', { hint }));
  }
  return changed(workshop.nft().run(want.script));
}

/** Ensures that the table is gone with all that is in it. */
export function deleteTableOf(workshop: Workshop, have: NftTableObject): Applied {
  const socket = workshop.sockets.nft();
  if (!socket.ok) return socket;
  return changed(socket.value.batch(encodeBatch([deleteTable(have.name)]), `delete ${keyOf(have)}`));
}

/**
 * Ensures or removes the elements and returns one result for each change. All are one transaction of the kernel's (or
 * a few, when they are many); when it refuses one, each is looked at by itself.
 */
export function applyElements(workshop: Workshop, changes: readonly Change[]): Applied[] {
  const socket = workshop.sockets.nft();
  if (!socket.ok) return changes.map(() => socket);
  if (changes.some(({ verb }) => verb === 'delete')) workshop.sockets.noteRemoval();
  const results: Applied[] = [];
  for (const group of groupsOf(changes)) {
    const done = group.requests === undefined ? undefined : sendBatch(socket.value, group.requests);
    if (done?.ok === true) results.push(...group.changes.map(() => ok('changed' as const)));
    else results.push(...group.changes.map((change) => applyElement(socket.value, change)));
  }
  return results;
}

/** Changes whose requests go into one batch; without requests, one by one. */
type Group = { readonly changes: Change[]; readonly requests: NetlinkRequest[] | undefined };

function groupsOf(changes: readonly Change[]): Group[] {
  const groups: Group[] = [];
  let room = 0;
  for (const change of changes) {
    // Only a plain addition or removal needs no look at what is there.
    const request = change.verb === 'update' ? undefined : requestOf(change.verb, elementOf(change));
    const last = groups.at(-1);
    const size = request === undefined ? 0 : align4(request.body.length) + 16;
    if (request !== undefined && last?.requests !== undefined && size <= room) {
      last.changes.push(change);
      last.requests.push(request);
      room -= size;
      continue;
    }
    groups.push({ changes: [change], requests: request === undefined ? undefined : [request] });
    room = BATCH_BYTES - size;
  }
  return groups;
}

function applyElement(socket: NetlinkSocket, change: Change): Applied {
  const want = elementOf(change);
  const step = `${change.verb} ${keyOf(want)}`;
  const have = readElement(socket, want, want.key);
  if (!have.ok) return have;
  const isThere = have.value !== undefined;
  if (change.verb === 'delete') {
    const removal = requestOf('delete', want);
    if (!isThere || removal === undefined) return ok('unchanged');
    return orAbsent(changed(sendBatch(socket, [removal], step)), 'unchanged' as const);
  }
  if (isThere && have.value?.value === want.value) return ok('unchanged');
  if (isThere && change.verb === 'create') {
    const message = `it exists with a different value: ${have.value?.value ?? '-'}`;
    return err(
      failure('exists', step, message, { hint: 'Read the kernel again: it was created in the meantime.' }),
    );
  }
  const removal = isThere ? requestOf('delete', want) : undefined;
  const addition = requestOf('create', want);
  if (addition === undefined) return err(unfit(want, step));
  const added = sendBatch(socket, removal === undefined ? [addition] : [removal, addition], step);
  if (added.ok || added.error.code !== 'not-found') return changed(added);
  const hint = `Table bridge ${want.table} or its set is missing: run vnet reconcile to create it.`;
  return err({ ...added.error, hint });
}

function sendBatch(
  socket: NetlinkSocket,
  requests: readonly NetlinkRequest[],
  step = 'change nft elements',
): Result<void> {
  return socket.batch(encodeBatch(requests), step);
}

/** Returns the request, undefined when the element does not fit its set. */
function requestOf(verb: 'create' | 'delete', want: NftElementObject): NetlinkRequest | undefined {
  const shape = SET_SHAPES[want.set];
  if (shape === undefined) return undefined;
  if (verb === 'delete') {
    const key = encodeRegister(shape.key, want.key);
    return key === undefined ? undefined : deleteElement(want, key);
  }
  if ((shape.value === undefined) !== (want.value === undefined)) return undefined;
  const raw = encodeElement(shape, want);
  return raw === undefined ? undefined : createElement(want, raw);
}

function unfit({ set, key, value }: NftElementObject, step: string): ReturnType<typeof failure> {
  const shape = SET_SHAPES[set];
  const hint = 'This is a bug in vnet: please report it.';
  if (shape === undefined) return failure('not-found', step, `no set ${set}`, { hint });
  const types = [shape.key.join(' . '), ...(shape.value === undefined ? [] : [shape.value])].join(' : ');
  const text = value === undefined ? key : `${key} : ${value}`;
  return failure('invalid', step, `${text} is not of the types ${types}`, { hint });
}

function elementOf(change: Change): NftElementObject {
  const object = change.verb === 'delete' ? change.have : change.want;
  if (object.kind !== 'nft-element') throw new Bug(`not an nft element: ${keyOf(object)}`);
  return object;
}
