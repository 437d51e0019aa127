/** Our nftables table: read through nfnetlink, without a process or the right to write; made by nft(8). */
import type { NftTableObject } from '../../model/kinds/nft-table.ts';
import { NFT_TABLE } from '../../model/names.ts';
import { err, failure, ok, type Result } from '../../model/result.ts';
import { HOST, keyOf } from '../../model/state.ts';
import { type Applied, type ApplyContext, changed } from '../apply/context.ts';
import {
  deleteTableRequest,
  dumpRules,
  encodeBatch,
  getTable,
  parseRule,
  type RuleFact,
} from '../netlink/nftables.ts';
import type { NetlinkSocket } from '../netlink/socket.ts';
import { orAbsent } from '../read.ts';
import type { Wire } from './wire.ts';

/** What every comment of our rules begins with. */
const COMMENT_MARK = 'vnet:';

/** What stands for the comment of a rule that somebody else added. */
const UNMARKED = '(foreign)';

/** The table. What announces it is a transaction: see `monitor/notices.ts`. */
export const nftTableWire: Wire<NftTableObject> = {
  create: ensure,
  change: (context, { want }) => ensure(context, want),
  remove: ({ sockets }, have) => {
    const socket = sockets.nft();
    if (!socket.ok) return socket;
    return changed(socket.value.batch(encodeBatch([deleteTableRequest(have.name)]), `delete ${keyOf(have)}`));
  },
  list: ({ sockets }) => {
    const socket = sockets.nft();
    const table = socket.ok ? readTable(socket.value, NFT_TABLE) : socket;
    if (!table.ok) return table;
    return ok(table.value === undefined ? [] : [table.value]);
  },
};

/** Errors: `unsupported` without nft. */
function ensure(context: ApplyContext, want: NftTableObject): Applied {
  const step = `make ${keyOf(want)}`;
  const socket = context.sockets.nft();
  if (!socket.ok) return socket;
  const have = readTable(socket.value, want.name);
  if (!have.ok) return have;
  if (have.value !== undefined && have.value.rules.join('\n') === want.rules.join('\n'))
    return ok('unchanged');
  if (want.script === undefined) return err(failure('invalid', step, 'a table without its script'));
  if (context.nft === undefined) {
    const hint = 'Run vnet reconcile, which loads it.';
    return err(failure('unsupported', step, 'there is nothing that runs nft', { hint }));
  }
  return changed(context.nft.run(want.script));
}

/** Returns the table with the marks of its rules in order, undefined when there is none. */
function readTable(socket: NetlinkSocket, table: string): Result<NftTableObject | undefined> {
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
