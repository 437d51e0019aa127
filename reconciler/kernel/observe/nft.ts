/** Reads our nftables table through nfnetlink: no process is started, and no right to write is needed. */
import { NFT_TABLE } from '../../model/names.ts';
import { ok } from '../../model/result.ts';
import type { Result } from '../../model/result.ts';
import { HOST } from '../../model/state.ts';
import type { NetObject, NftElementObject, NftTableObject } from '../../model/state.ts';
import {
  dumpElements,
  dumpRules,
  getElement,
  getTable,
  parseElements,
  parseRule,
} from '../netlink/nftables.ts';
import type { ElementFact, RuleFact, SetName } from '../netlink/nftables.ts';
import { SET_SHAPES, encodeRegister } from '../netlink/nftables-key.ts';
import type { NetlinkSocket } from '../netlink/socket.ts';
import { orAbsent } from '../read.ts';
import type { Sockets } from '../sockets.ts';

/** What every comment of our rules begins with. */
const COMMENT_MARK = 'vnet:';

/** What stands for the comment of a rule that somebody else added. */
const UNMARKED = '(foreign)';

/** Returns our table and all of its elements. */
export function observeTable(sockets: Sockets): Result<NetObject[]> {
  const socket = sockets.nft();
  return socket.ok ? readWhole(socket.value) : socket;
}

function readWhole(socket: NetlinkSocket): Result<NetObject[]> {
  const table = readTable(socket, NFT_TABLE);
  if (!table.ok) return table;
  if (table.value === undefined) return ok([]);
  const objects: NetObject[] = [table.value];
  for (const [set, shape] of Object.entries(SET_SHAPES)) {
    const name = { table: NFT_TABLE, set };
    const read = socket.dump(dumpElements(name), (body) => parseElements(shape, body), `list set ${set}`);
    const found = orAbsent(read, []);
    if (!found.ok) return found;
    objects.push(...found.value.flat().map((fact) => elementObject(name, fact)));
  }
  return ok(objects);
}

/** Returns the element, undefined when it, its set or its table is not there. */
export function readElement(
  socket: NetlinkSocket,
  name: SetName,
  key: string,
): Result<NftElementObject | undefined> {
  const shape = SET_SHAPES[name.set];
  const bytes = shape === undefined ? undefined : encodeRegister(shape.key, key);
  if (shape === undefined || bytes === undefined) return ok(undefined);
  const step = `look up ${key} in set ${name.set}`;
  const read = socket.get(getElement(name, bytes), (body) => parseElements(shape, body)[0], step);
  const found = orAbsent(read, undefined);
  if (!found.ok) return found;
  return ok(found.value === undefined ? undefined : elementObject(name, found.value));
}

/** Returns the table with the marks of its rules in order, undefined when there is none. */
export function readTable(socket: NetlinkSocket, table: string): Result<NftTableObject | undefined> {
  const exists = orAbsent(
    socket.get(getTable(table), () => true, `look up table bridge ${table}`),
    false,
  );
  if (!exists.ok) return exists;
  if (exists.value !== true) return ok(undefined);
  const rules = orAbsent(
    socket.dump(dumpRules(table), parseRule, `list the rules of table bridge ${table}`),
    [],
  );
  if (!rules.ok) return rules;
  return ok({
    kind: 'nft-table',
    netns: HOST,
    family: 'bridge',
    name: table,
    rules: rules.value.map(ruleMark),
  });
}

function ruleMark({ chain, comment }: RuleFact): string {
  return `${chain} ${comment?.startsWith(COMMENT_MARK) === true ? comment.slice(COMMENT_MARK.length) : UNMARKED}`;
}

function elementObject({ table, set }: SetName, { key, value }: ElementFact): NftElementObject {
  const object = { kind: 'nft-element', netns: HOST, table, set, key } as const;
  return value === undefined ? object : { ...object, value };
}
