/**
 * The table of network policies in the kernel: read as a whole, changed by its differences in one transaction. Loaded only where
 * policies are enforced.
 */
import { inChainOrder } from '../../model/kinds/nft-table.ts';
import { POLICY_TABLE } from '../../model/names.ts';
import type { PolicyChange } from '../../model/policy/compiler/changes.ts';
import {
  changeBetween,
  declareScript,
  profileChange,
  rulesScript,
  type TableParts,
  wholeChange,
} from '../../model/policy/table/table.ts';
import { fail, ok, type Result } from '../../model/result.ts';
import { FLAGS } from '../../model/ports/sys.ts';
import { HOST, keyOf, type NftTableObject } from '../../model/state.ts';
import { createProfiles, deleteProfiles } from './profile-messages.ts';
import type { NetlinkRequest } from '../netlink/message.ts';
import { dumpRules, encodeBatch, getTable, parseRule } from '../netlink/nftables.ts';
import type { NetlinkSocket } from '../netlink/socket.ts';
import { orAbsent } from '../read.ts';
import type { Sockets } from '../sockets.ts';
import type { PolicyContext, PolicyEngine } from './loaded.ts';
import {
  DUMP_CHAINS,
  DUMP_SETS,
  dumpElementsOf,
  elementRequests,
  parseChainName,
  parseElementsOf,
  parseSetName,
} from './messages.ts';
import { shapeOfSet } from './registers.ts';
import { addToList } from '../../model/objects.ts';
import { intOption } from '../netlink/socket-bytes.ts';

const NAME = { family: 'inet', name: POLICY_TABLE } as const;

/** A table as read. Shape: `parts` also has chains without rules and sets without elements. */
type ReadTable = { readonly table: NftTableObject; readonly parts: TableParts };

/** Returns the table; undefined if it does not exist. */
export function readPolicyTable(sockets: Sockets): Result<NftTableObject | undefined> {
  const read = readWhole(sockets);
  return read.ok ? ok(read.value?.table) : read;
}

function readWhole(sockets: Sockets): Result<ReadTable | undefined> {
  const opened = sockets.nft();
  if (!opened.ok) return opened;
  const socket = opened.value;
  const step = `read table inet ${POLICY_TABLE}`;
  const exists = orAbsent(
    socket.get(getTable(NAME), () => true, step),
    false,
  );
  if (!exists.ok) return exists;
  if (exists.value !== true) return ok(undefined);
  const rules = socket.dump(dumpRules(NAME), parseRule, step);
  if (!rules.ok) return rules;
  const chains = socket.dump(DUMP_CHAINS, parseChainName, step);
  if (!chains.ok) return chains;
  const names = socket.dump(DUMP_SETS, parseSetName, step);
  if (!names.ok) return names;
  const sets: Record<string, Readonly<Record<string, string>>> = {};
  for (const set of names.value.toSorted()) {
    const elements = readElements(socket, set);
    if (!elements.ok) return elements;
    if (Object.keys(elements.value).length > 0) sets[set] = elements.value;
  }
  const marks = rules.value.map(
    ({ chain, comment }) => `${chain} ${comment?.replace(/^vnet:/, '') ?? '(foreign)'}`,
  );
  const table: NftTableObject = { kind: 'nft-table', netns: HOST, ...NAME, rules: inChainOrder(marks), sets };
  return ok({ table, parts: { chains: chains.value, sets: names.value } });
}

function readElements(socket: NetlinkSocket, set: string): Result<Readonly<Record<string, string>>> {
  const shape = shapeOfSet(set);
  if (shape === undefined) return ok({});
  const read = socket.dump(dumpElementsOf(set), (body) => parseElementsOf(shape, body), `list set ${set}`);
  const found = orAbsent(read, []);
  return found.ok ? ok(Object.fromEntries(found.value.flat())) : found;
}

/**
 * Ensures the table. `have` is the table as last known: if the kernel refuses the difference, it is read again.
 * Errors: those of nft; nothing was changed then.
 */
export function ensurePolicyTable(
  context: PolicyContext,
  want: NftTableObject,
  have?: NftTableObject,
): ReturnType<PolicyEngine['ensurePolicyTable']> {
  const change = have === undefined ? undefined : changeBetween(want, have);
  if (change !== undefined) {
    const sent = sendChange(context, want, change);
    if (sent.ok) return sent;
  }
  const read = readWhole(context.sockets);
  if (!read.ok) return read;
  const seen = read.value;
  const left = seen === undefined ? undefined : changeBetween(want, seen.table, seen.parts);
  return left === undefined ? makeTable(context, want, seen) : sendChange(context, want, left);
}

/**
 * A new table has its rules from its first transaction on: changes of single pods read no rules, and would judge nothing in a table that a
 * killed process has left without them. In another one the rules are replaced last.
 */
function makeTable(
  context: PolicyContext,
  want: NftTableObject,
  seen: ReadTable | undefined,
): ReturnType<PolicyEngine['ensurePolicyTable']> {
  const step = `make ${keyOf(want)}`;
  const { nft } = context;
  if (nft === undefined) {
    const hint = 'Run vnet reconcile, which loads it.';
    return fail('unsupported', step, 'there is nothing that runs nft', { hint });
  }
  const parts = seen?.parts ?? { chains: [], sets: [] };
  const rules = rulesScript(want, parts);
  const declared = nft.run(seen === undefined ? `${declareScript()}${rules}` : declareScript());
  if (!declared.ok) return declared;
  const change = seen === undefined ? undefined : profileChange(want, seen.table, seen.parts);
  const sent = sendChange(context, want, change ?? wholeChange(want, seen?.table, parts));
  if (!sent.ok) return sent;
  const run = seen === undefined ? ok(undefined) : nft.run(rules);
  return run.ok ? ok('changed') : run;
}

/** As PolicyEngine has it: nothing but small changes of known tables. */
export function requestsOf(
  want: NftTableObject,
  have: NftTableObject,
): readonly NetlinkRequest[] | undefined {
  const change = changeBetween(want, have);
  const requests = change && encodeChange(change, want);
  return requests?.ok === true && bytesOf(requests.value) < SMALL_BYTES ? requests.value : undefined;
}

/** One transaction: all or nothing. */
function sendChange(
  { sockets }: PolicyContext,
  want: NftTableObject,
  change: PolicyChange,
): ReturnType<PolicyEngine['ensurePolicyTable']> {
  const requests = encodeChange(change, want);
  if (!requests.ok) return requests;
  if (requests.value.length === 0) return ok('unchanged');
  const socket = sockets.nft();
  if (!socket.ok) return socket;
  growSendBuffer(sockets, socket.value, requests.value);
  const sent = socket.value.batch(encodeBatch(requests.value), stepOf(want));
  return sent.ok ? ok('changed') : sent;
}

function stepOf(want: NftTableObject): string {
  return `change elements of ${keyOf(want)}`;
}

function encodeChange(
  { added, removed, chains, sets }: PolicyChange,
  want: NftTableObject,
): Result<readonly NetlinkRequest[]> {
  const gone = removed.map(([set, key]) => [set, key, ''] as const);
  const [removals, additions] = [
    elementsOf('delete', gone, stepOf(want)),
    elementsOf('add', added, stepOf(want)),
  ];
  if (!removals.ok) return removals;
  if (!additions.ok) return additions;
  // A part may be replaced by another one of its name.
  return ok([
    ...removals.value,
    ...deleteProfiles({ chains: chains.removed, sets: sets.removed }),
    ...createProfiles({ chains: chains.added, sets: sets.added }),
    ...additions.value,
  ]);
}

function elementsOf(
  verb: 'add' | 'delete',
  elements: readonly (readonly [set: string, key: string, value: string])[],
  step: string,
): Result<readonly NetlinkRequest[]> {
  const requests: NetlinkRequest[] = [];
  for (const [set, list] of bySet(elements)) {
    const some = elementRequests(verb, set, list);
    if (some === undefined) {
      const hint = 'This is a bug in vnet: please report it.';
      return fail('invalid', step, `elements are not of the types of set ${set}`, { hint });
    }
    requests.push(...some);
  }
  return ok(requests);
}

function bySet(
  elements: readonly (readonly [set: string, key: string, chain: string])[],
): ReadonlyMap<string, readonly (readonly [string, string])[]> {
  const sets = new Map<string, (readonly [string, string])[]>();
  for (const [set, key, chain] of elements) addToList(sets, set, [key, chain]);
  return sets;
}

/** Below the default of net.core.wmem_default, which counts overhead. */
const SMALL_BYTES = 65_536;

/** Source: SO_SNDBUFFORCE of asm-generic/socket.h. */
const SO_SNDBUFFORCE = 32;

function bytesOf(requests: readonly NetlinkRequest[]): number {
  return requests.reduce((sum, { body }) => sum + body.length + 32, 0);
}

/** A transaction is one datagram. */
function growSendBuffer({ sys }: Sockets, socket: NetlinkSocket, requests: readonly NetlinkRequest[]): void {
  const bytes = bytesOf(requests);
  if (bytes < SMALL_BYTES) return;
  const size = intOption(2 * bytes);
  sys.setsockopt(socket.descriptor, FLAGS.SOL_SOCKET, SO_SNDBUFFORCE, size);
}
