/**
 * Our nftables table: read through nfnetlink, without starting a process or write permission; created by
 * nft(8).
 */
import type { FieldChange } from '../../../model/kinds/kind.ts';
import { inChainOrder, type NftTableObject } from '../../../model/kinds/nft-table.ts';
import { NFT_TABLE, POLICY_TABLE } from '../../../model/names.ts';
import type { Change } from '../../../model/ports/kernel.ts';
import { err, fail, type Failure, failure, ok, type Result } from '../../../model/result.ts';
import { HOST, keyOf } from '../../../model/state.ts';
import { type Applied, type ApplyContext, changed } from '../../apply/context.ts';
import {
  deleteTableRequest,
  dumpRules,
  encodeBatch,
  getTable,
  NFT_FAMILIES,
  parseRule,
  type RuleFact,
  type TableName,
} from '../../netlink/nftables.ts';
import type { NetlinkSocket } from '../../netlink/socket.ts';
import { policyEngine } from '../../policy/loaded.ts';
import { orAbsent } from '../../read.ts';
import type { Wire } from '../wire.ts';

/** Prefix of the comments on our rules. */
const COMMENT_MARK = 'vnet:';

/** Stands for the comment of a foreign rule. */
const UNMARKED = '(foreign)';

/** The table. It is announced by transactions: see `monitor/notices.ts`. */
export const nftTableWire: Wire<NftTableObject> = {
  create: ensure,
  change: ensureChanged,
  remove: ({ sockets }, have) => {
    const socket = sockets.nft();
    if (!socket.ok) return socket;
    return changed(socket.value.batch(encodeBatch([deleteTableRequest(have)]), `delete ${keyOf(have)}`));
  },
  list: ({ sockets }) => {
    const socket = sockets.nft();
    if (!socket.ok) return socket;
    const found: NftTableObject[] = [];
    for (const family of NFT_FAMILIES) {
      const table = readTable(socket.value, { family, name: NFT_TABLE });
      if (!table.ok) return table;
      if (table.value !== undefined) found.push(table.value);
    }
    const policies = policyEngine()?.readPolicyTable(sockets) ?? NONE;
    if (!policies.ok) return policies;
    return ok(policies.value === undefined ? found : [...found, policies.value]);
  },
};

type TableChange = FieldChange<NftTableObject> & Pick<Extract<Change, { verb: 'update' }>, 'fresh'>;

function ensureChanged(context: ApplyContext, change: TableChange): Applied {
  const done = ensure(context, change.want, change.have);
  const socket = done.ok ? context.sockets.nft() : done;
  if (socket.ok) policyEngine()?.deleteFormer(socket.value, [{ verb: 'update', ...change }]);
  return done;
}

/** Errors: `unsupported` without nft. */
function ensure(context: ApplyContext, want: NftTableObject, have?: NftTableObject): Applied {
  const step = `make ${keyOf(want)}`;
  if (want.name === POLICY_TABLE)
    return policyEngine()?.ensurePolicyTable(context, want, have) ?? err(notLoaded(step));
  const socket = context.sockets.nft();
  if (!socket.ok) return socket;
  const seen = readTable(socket.value, want);
  if (!seen.ok) return seen;
  if (seen.value !== undefined && seen.value.rules.join('\n') === inChainOrder(want.rules).join('\n'))
    return ok('unchanged');
  if (want.script === undefined) return fail('invalid', step, 'a table without its script');
  if (context.nft === undefined) return err(notLoaded(step));
  return changed(context.nft.run(want.script));
}

const NONE = ok(undefined);

function notLoaded(step: string): Failure {
  const hint = 'Run vnet reconcile, which loads it.';
  return failure('unsupported', step, 'there is nothing that runs nft', { hint });
}

/** Returns the table with the marks of its rules in order; undefined if it does not exist. */
function readTable(socket: NetlinkSocket, { family, name }: TableName): Result<NftTableObject | undefined> {
  const table = { family, name };
  const exists = orAbsent(
    socket.get(getTable(table), () => true, `look up table ${family} ${name}`),
    false,
  );
  if (!exists.ok) return exists;
  if (exists.value !== true) return ok(undefined);
  const rules = orAbsent(
    socket.dump(dumpRules(table), parseRule, `list the rules of table ${family} ${name}`),
    [],
  );
  if (!rules.ok) return rules;
  return ok({
    kind: 'nft-table',
    netns: HOST,
    family,
    name,
    rules: inChainOrder(rules.value.map(ruleMark)),
  });
}

function ruleMark({ chain, comment }: RuleFact): string {
  return `${chain} ${comment?.startsWith(COMMENT_MARK) === true ? comment.slice(COMMENT_MARK.length) : UNMARKED}`;
}
