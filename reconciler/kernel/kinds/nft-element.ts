/** Elements of our nftables table, through nfnetlink. */
import type { NftElementObject } from '../../model/kinds/nft-element.ts';
import { NFT_TABLE, POLICY_TABLE } from '../../model/names.ts';
import { type Change, subjectOf } from '../../model/ports/kernel.ts';
import { Bug, err, fail, failure, type Failure, ok, type Result } from '../../model/result.ts';
import { HOST, keyOf } from '../../model/state.ts';
import { type Applied, type ApplyContext, type ApplyOne, changed } from '../apply/context.ts';
import { align4 } from '../netlink/attribute.ts';
import type { NetlinkRequest } from '../netlink/message.ts';
import {
  createElement,
  deleteElement,
  dumpElements,
  type ElementFact,
  encodeBatch,
  encodeElement,
  getElement,
  getTable,
  NFT_FAMILIES,
  parseElements,
  type SetName,
} from '../netlink/nftables.ts';
import { encodeRegister, familyOfSet, NFT_SETS } from '../netlink/nftables-key.ts';
import type { Question } from '../netlink/question.ts';
import type { NetlinkSocket } from '../netlink/socket.ts';
import { policyEngine } from '../policy/loaded.ts';
import { orAbsent } from '../read.ts';
import type { NamespaceView, Wire } from './wire.ts';

/**
 * Limit on a batch, below the socket's send buffer.
 * Source: net.core.wmem_default is 212992 and counts overhead.
 */
const BATCH_BYTES = 65536;

/** Elements. They are announced by transactions: see `monitor/notices.ts`. */
export const nftElementWire: Wire<NftElementObject> = {
  create: (context, want) => applyOne(context, { verb: 'create', want }),
  change: (context, change) => applyOne(context, { verb: 'update', ...change }),
  remove: (context, have) => applyOne(context, { verb: 'delete', have }),
  batches: [
    {
      takes: (change) => subjectOf(change).kind === 'nft-element' || isPolicyTable(change),
      apply: applyElements,
    },
  ],
  list,
  find: ({ sockets }, like) => {
    const socket = sockets.nft();
    return socket.ok ? readElement(socket.value, like, like.key) : socket;
  },
  question: ({ sockets }, like) => {
    const socket = sockets.nft();
    const question = questionOf(like, like.key);
    return socket.ok && question !== undefined ? { socket: socket.value, ...question } : undefined;
  },
};

function applyOne(context: ApplyContext, change: Change): Applied {
  return applyElements(context, [change])[0] ?? ok('unchanged');
}

/**
 * Ensures or removes the elements and returns one result per change. All changes are one kernel transaction
 * (a few if there are many); if it is refused, each change is applied individually.
 */
function applyElements(
  context: ApplyContext,
  changes: readonly Change[],
  one: ApplyOne = applyOne,
): Applied[] {
  const socket = context.sockets.nft();
  if (!socket.ok) return changes.map(() => socket);
  if (changes.some(({ verb }) => verb === 'delete')) context.sockets.noteRemoval();
  const results: Applied[] = [];
  for (const group of groupsOf(changes)) {
    const done = group.requests === undefined ? undefined : sendBatch(socket.value, group.requests);
    if (done?.ok === true) {
      policyEngine()?.deleteFormer(socket.value, group.changes);
      results.push(...group.changes.map(() => ok('changed' as const)));
    } else {
      const alone = (change: Change): Applied =>
        isPolicyTable(change) ? one(context, change) : applyElement(socket.value, change);
      results.push(...group.changes.map(alone));
    }
  }
  return results;
}

/** A change of the table of network policies is part of the transaction: from one moment on, a pod is judged and sent to the judge. */
function isPolicyTable(change: Change): boolean {
  if (change.verb !== 'update') return false;
  return change.want.kind === 'nft-table' && change.want.name === POLICY_TABLE;
}

function requestsOf(change: Change): readonly NetlinkRequest[] | undefined {
  if (change.verb === 'update') {
    const { want, have } = change;
    const areTables = want.kind === 'nft-table' && have.kind === 'nft-table';
    // Of elements, only a plain addition or deletion needs no prior read.
    return areTables ? policyEngine()?.requestsOf(want, have) : undefined;
  }
  const request = requestOf(change.verb, elementOf(change));
  return request && [request];
}

/** Changes with requests go into one batch; changes without are applied individually. */
type Group = { readonly changes: Change[]; readonly requests: NetlinkRequest[] | undefined };

function groupsOf(changes: readonly Change[]): Group[] {
  const groups: Group[] = [];
  let room = 0;
  for (const change of changes) {
    const requests = requestsOf(change);
    const last = groups.at(-1);
    const size = (requests ?? []).reduce((sum, { body }) => sum + align4(body.length) + 16, 0);
    if (requests !== undefined && last?.requests !== undefined && size <= room) {
      last.changes.push(change);
      last.requests.push(...requests);
      room -= size;
      continue;
    }
    groups.push({ changes: [change], requests: requests && [...requests] });
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
    return fail('exists', step, message, { hint: 'Read the kernel again: it was created in the meantime.' });
  }
  const removal = isThere ? requestOf('delete', want) : undefined;
  const addition = requestOf('create', want);
  if (addition === undefined) return err(unfit(want, step));
  const added = sendBatch(socket, removal === undefined ? [addition] : [removal, addition], step);
  if (added.ok || added.error.code !== 'not-found') return changed(added);
  const hint = `Table ${familyOfSet(want.set)} ${want.table} or its set is missing: run vnet reconcile to create it.`;
  return err({ ...added.error, hint });
}

function sendBatch(
  socket: NetlinkSocket,
  requests: readonly NetlinkRequest[],
  step = 'change nft elements',
): Result<void> {
  return socket.batch(encodeBatch(requests), step);
}

/** Returns the request; undefined if the element does not fit its set. */
function requestOf(verb: 'create' | 'delete', want: NftElementObject): NetlinkRequest | undefined {
  const shape = NFT_SETS[want.set];
  if (shape === undefined) return undefined;
  if (verb === 'delete') {
    const key = encodeRegister(shape.key, want.key);
    return key === undefined ? undefined : deleteElement(want, key);
  }
  if ((shape.value === undefined) !== (want.value === undefined)) return undefined;
  const raw = encodeElement(shape, want);
  return raw === undefined ? undefined : createElement(want, raw);
}

function unfit({ set, key, value }: NftElementObject, step: string): Failure {
  const shape = NFT_SETS[set];
  const hint = 'This is a bug in vnet: please report it.';
  if (shape === undefined) return failure('not-found', step, `no set ${set}`, { hint });
  const text = value === undefined ? key : `${key} : ${value}`;
  return failure('invalid', step, `${text} is not of the types of set ${set}`, { hint });
}

function elementOf(change: Change): NftElementObject {
  const object = change.verb === 'delete' ? change.have : change.want;
  if (object.kind !== 'nft-element') throw new Bug(`not an nft element: ${keyOf(object)}`);
  return object;
}

function list({ sockets }: NamespaceView): Result<readonly NftElementObject[]> {
  const socket = sockets.nft();
  if (!socket.ok) return socket;
  const families = familiesWithTable(socket.value);
  if (!families.ok) return families;
  const objects: NftElementObject[] = [];
  for (const [set, shape] of Object.entries(NFT_SETS)) {
    if (!families.value.has(familyOfSet(set))) continue;
    const name = { table: NFT_TABLE, set };
    const read = socket.value.dump(
      dumpElements(name),
      (body) => parseElements(shape, body),
      `list set ${set}`,
    );
    const found = orAbsent(read, []);
    if (!found.ok) return found;
    for (const facts of found.value) for (const fact of facts) objects.push(elementObject(name, fact));
  }
  return ok(objects);
}

/** Without its table, a family has none of the sets: there is nothing to list. */
function familiesWithTable(socket: NetlinkSocket): Result<ReadonlySet<string>> {
  const found = new Set<string>();
  for (const family of NFT_FAMILIES) {
    const request = getTable({ family, name: NFT_TABLE });
    const exists = orAbsent(
      socket.get(request, () => true, `look up table ${family} ${NFT_TABLE}`),
      undefined,
    );
    if (!exists.ok) return exists;
    if (exists.value === true) found.add(family);
  }
  return ok(found);
}

/** Returns the element; undefined if it, its set or its table does not exist. */
function readElement(
  socket: NetlinkSocket,
  name: SetName,
  key: string,
): Result<NftElementObject | undefined> {
  const question = questionOf(name, key);
  if (question === undefined) return ok(undefined);
  return orAbsent(socket.get(question.request, question.read, question.step), undefined);
}

/** Returns undefined if no element of the set can have the key. */
function questionOf(name: SetName, key: string): Question<NftElementObject> | undefined {
  const shape = NFT_SETS[name.set];
  const bytes = shape === undefined ? undefined : encodeRegister(shape.key, key);
  if (shape === undefined || bytes === undefined) return undefined;
  return {
    request: getElement(name, bytes),
    read: (body) => {
      const [found] = parseElements(shape, body);
      return found && elementObject(name, found);
    },
    step: `look up ${key} in set ${name.set}`,
  };
}

function elementObject({ table, set }: SetName, { key, value }: ElementFact): NftElementObject {
  const object = { kind: 'nft-element', netns: HOST, table, set, key } as const;
  return value === undefined ? object : { ...object, value };
}
