/** Policy routing rules on the wire. Source: rtnetlink(7), linux/fib_rules.h. */
import { parseCidr } from '../../model/addresses/address.ts';
import type { RuleObject } from '../../model/kinds/rule.ts';
import { KERNEL_PROTOCOL } from '../../model/names.ts';
import { Bug, ok, type Result } from '../../model/result.ts';
import { HOST, keyOf, type NetnsPath } from '../../model/state.ts';
import { type ApplyContext, changed, existing, firstDifference } from '../apply/context.ts';
import { type BodyReader } from '../netlink/reader.ts';
import { BodyWriter } from '../netlink/writer.ts';
import { AF_INET, ipBytes, ipText } from '../netlink/bytes.ts';
import { NLM_F_CREATE } from '../netlink/message.ts';
import type { NetlinkSocket } from '../netlink/socket.ts';
import type { Wire } from './wire.ts';

const RTM_NEWRULE = 32;
const RTM_DELRULE = 33;
const RTM_GETRULE = 34;
const RTNLGRP_IPV4_RULE = 8;
const FRA = { SRC: 2, PRIORITY: 6, TABLE: 15, PROTOCOL: 21 } as const;
const FR_ACT_TO_TBL = 1;
const HEADER_BYTES = 12;

/** Rules. */
export const ruleWire: Wire<RuleObject> = {
  create: (context, want) =>
    on(context, want, 'add', (socket, have, step) =>
      have === undefined
        ? changed(socket.request({ type: RTM_NEWRULE, flags: NLM_F_CREATE, body: encode(want) }, step))
        : existing(have, want, step),
    ),
  change: (context, { want }) =>
    on(context, want, 'replace', (socket, have, step) => {
      if (have !== undefined && firstDifference(have, want) === undefined) return ok('unchanged');
      const removal = have && { type: RTM_DELRULE, flags: 0, body: encode(have) };
      const addition = { type: RTM_NEWRULE, flags: NLM_F_CREATE, body: encode(want) };
      const answers = socket.requests(removal === undefined ? [addition] : [removal, addition], step);
      return changed(answers.find(({ ok: isDone }) => !isDone) ?? ok(undefined));
    }),
  remove: (context, have) =>
    on(context, have, 'delete', (socket, now, step) =>
      now === undefined
        ? ok('unchanged')
        : changed(socket.request({ type: RTM_DELRULE, flags: 0, body: encode(now) }, step)),
    ),
  list: ({ sockets, netns }) => {
    const socket = sockets.route(netns);
    return socket.ok ? read(socket.value, netns) : socket;
  },
  find: ({ sockets, netns }, like) => {
    const socket = sockets.route(netns);
    const rules = socket.ok ? read(socket.value, netns) : socket;
    return rules.ok ? ok(rules.value.find(({ priority }) => priority === like.priority)) : rules;
  },
  subscription: {
    groups: [RTNLGRP_IPV4_RULE],
    message: RTM_NEWRULE,
    parse: (body, isGone) => {
      const rule = parse(body, HOST);
      return rule && { index: 0, isGone, toObject: () => rule };
    },
  },
};

function on(
  { sockets }: ApplyContext,
  rule: RuleObject,
  verb: string,
  work: (
    socket: NetlinkSocket,
    have: RuleObject | undefined,
    step: string,
  ) => Result<'changed' | 'unchanged'>,
): Result<'changed' | 'unchanged'> {
  const socket = sockets.route(rule.netns);
  const rules = socket.ok ? read(socket.value, rule.netns) : socket;
  if (!socket.ok || !rules.ok) return socket.ok ? (rules as never) : socket;
  const have = rules.value.find(({ priority }) => priority === rule.priority);
  return work(socket.value, have, `${verb} ${keyOf(rule)}`);
}

function read(socket: NetlinkSocket, netns: NetnsPath): Result<RuleObject[]> {
  const body = new BodyWriter().put8(AF_INET).put8(0).put16(0).put32(0).put32(0).finish();
  const request = { type: RTM_GETRULE, flags: 0, body };
  return socket.dump(request, (answer) => parse(answer, netns), 'list rules');
}

function encode({ from, table, priority, protocol = 0 }: RuleObject): Uint8Array {
  const source = from === undefined ? undefined : parseCidr(from);
  if (from !== undefined && source === undefined) throw new Bug(`not a prefix: ${from}`);
  const body = new BodyWriter().put8(AF_INET).put8(0);
  body
    .put8(source?.length ?? 0)
    .put8(0)
    .put8(0)
    .put8(0)
    .put8(0)
    .put8(FR_ACT_TO_TBL)
    .put32(0);
  if (source !== undefined) body.bytes(FRA.SRC, ipBytes(source.address));
  return body.u32(FRA.PRIORITY, priority).u32(FRA.TABLE, table).u8(FRA.PROTOCOL, protocol).finish();
}

/** The kernel's own rules are not part of a State. */
function parse(body: BodyReader, netns: NetnsPath): RuleObject | undefined {
  const get = body.table(HEADER_BYTES);
  const protocol = get(FRA.PROTOCOL)?.at8(0) ?? 0;
  if (body.at8(0) !== AF_INET || protocol === KERNEL_PROTOCOL) return undefined;
  const source = ipText(get(FRA.SRC));
  return {
    kind: 'rule',
    netns,
    priority: get(FRA.PRIORITY)?.at32(0) ?? 0,
    ...(source === undefined ? {} : { from: `${source}/${body.at8(2)}` }),
    table: get(FRA.TABLE)?.at32(0) ?? 0,
    protocol,
  };
}
