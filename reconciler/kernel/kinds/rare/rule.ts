/** Policy routing rules on the wire. Source: rtnetlink(7), linux/fib_rules.h. */
import { parseCidr } from '../../../model/addresses/address.ts';
import type { RuleObject } from '../../../model/kinds/rule.ts';
import { KERNEL_PROTOCOL, VNET_PROTOCOL } from '../../../model/names.ts';
import { ok, type Result } from '../../../model/result.ts';
import { HOST, keyOf, type NetnsPath } from '../../../model/state.ts';
import { type Applied, type ApplyContext, changed, existing, firstDifference } from '../../apply/context.ts';
import { AF_INET, AF_INET6, familyNumber, ipBytes, ipText } from '../../netlink/bytes.ts';
import { NLM_F_CREATE } from '../../netlink/message.ts';
import { type BodyReader, knownTypes } from '../../netlink/reader.ts';
import type { NetlinkSocket } from '../../netlink/socket.ts';
import { BodyWriter } from '../../netlink/writer.ts';
import { withoutDefault } from '../on-link.ts';
import type { Mutable, Wire } from '../wire.ts';

const RTM_NEWRULE = 32;
const RTM_DELRULE = 33;
const RTM_GETRULE = 34;
const RTNLGRP_IPV4_RULE = 8;
const RTNLGRP_IPV6_RULE = 19;
const FRA = { DST: 1, SRC: 2, PRIORITY: 6, FWMARK: 10, TABLE: 15, FWMASK: 16, PROTOCOL: 21 } as const;
const FR_ACT_TO_TBL = 1;
const FIB_RULE_INVERT = 2;
const HEADER_BYTES = 12;
const KNOWN = knownTypes(...Object.values(FRA));
/** FRA_SUPPRESS_PREFIXLEN without a value: the kernel always reports it. */
const NO_SUPPRESSION = '14 ffffffff';

/** Rules. */
export const ruleWire: Wire<RuleObject> = {
  create: (context, want) =>
    on(context, want, (socket, have, step) =>
      have === undefined
        ? changed(socket.request({ type: RTM_NEWRULE, flags: NLM_F_CREATE, body: encode(want) }, step))
        : existing(have, want, step),
    ),
  change: (context, { want }) =>
    on(context, want, (socket, have, step) => {
      if (have !== undefined && firstDifference(have, want) === undefined) return ok('unchanged');
      // The new one first: no packet finds neither.
      const addition = { type: RTM_NEWRULE, flags: NLM_F_CREATE, body: encode(want) };
      const removal = have && { type: RTM_DELRULE, flags: 0, body: encode(have) };
      const answers = socket.requests(removal === undefined ? [addition] : [addition, removal], step);
      return changed(answers.find(({ ok: isDone }) => !isDone) ?? ok(undefined));
    }),
  remove: (context, gone) =>
    on(context, gone, (socket, have, step) =>
      have === undefined
        ? ok('unchanged')
        : changed(socket.request({ type: RTM_DELRULE, flags: 0, body: encode(have) }, step)),
    ),
  list: ({ sockets, netns }) => {
    const socket = sockets.route(netns);
    if (!socket.ok) return socket;
    const found: RuleObject[] = [];
    for (const family of [4, 6] as const) {
      const rules = read(socket.value, netns, family);
      if (!rules.ok) return rules;
      found.push(...rules.value);
    }
    // Of two with one identity, ours counts.
    return ok(found.toSorted((left, right) => Number(isOurs(left)) - Number(isOurs(right))));
  },
  find: ({ sockets, netns }, like) => {
    const socket = sockets.route(netns);
    return socket.ok ? findIn(socket.value, like) : socket;
  },
  subscription: {
    groups: [RTNLGRP_IPV4_RULE],
    inet6Groups: [RTNLGRP_IPV6_RULE],
    message: RTM_NEWRULE,
    parse: (body, isGone) => {
      const rule = parse(body, HOST);
      return rule && { index: 0, isGone, toObject: () => rule };
    },
  },
};

function isOurs({ protocol }: RuleObject): boolean {
  return protocol === VNET_PROTOCOL;
}

function on(
  { sockets }: ApplyContext,
  rule: RuleObject,
  work: (socket: NetlinkSocket, have: RuleObject | undefined, step: string) => Applied,
): Applied {
  const socket = sockets.route(rule.netns);
  if (!socket.ok) return socket;
  const have = findIn(socket.value, rule);
  return have.ok ? work(socket.value, have.value, keyOf(rule)) : have;
}

function findIn(socket: NetlinkSocket, like: RuleObject): Result<RuleObject | undefined> {
  const rules = read(socket, like.netns, like.family);
  if (!rules.ok) return rules;
  const same = rules.value.filter((rule) => keyOf(rule) === keyOf(like));
  return ok(same.find(isOurs) ?? same[0]);
}

/** Without IPv6, the kernel has no rules of it. */
function read(socket: NetlinkSocket, netns: NetnsPath, family: 4 | 6): Result<RuleObject[]> {
  const body = new BodyWriter().put8(familyNumber(family)).put8(0).put16(0).put32(0).put32(0).finish();
  const request = { type: RTM_GETRULE, flags: 0, body };
  const found = socket.dump(request, (answer) => parse(answer, netns), 'list rules');
  return found.ok || found.error.code !== 'unsupported' ? found : ok([]);
}

function encode(rule: RuleObject): Uint8Array {
  const { family, from, to, tos = 0, action = FR_ACT_TO_TBL, inverted, mark, mask, table, rest } = rule;
  const [source, destination] = [from, to].map((prefix) =>
    prefix === undefined ? undefined : parseCidr(prefix),
  );
  const body = new BodyWriter().put8(familyNumber(family));
  body.put8(destination?.length ?? 0).put8(source?.length ?? 0);
  body.put8(tos).put8(0).put16(0).put8(action);
  body.put32(inverted === true ? FIB_RULE_INVERT : 0);
  if (destination !== undefined) body.bytes(FRA.DST, ipBytes(destination.address));
  if (source !== undefined) body.bytes(FRA.SRC, ipBytes(source.address));
  body.u32(FRA.PRIORITY, rule.priority);
  if (mark !== undefined) body.u32(FRA.FWMARK, mark).u32(FRA.FWMASK, mask ?? 0xffffffff);
  if (table !== 0) body.u32(FRA.TABLE, table);
  return body
    .u8(FRA.PROTOCOL, rule.protocol ?? 0)
    .rest(rest)
    .finish();
}

/** Returns undefined for the kernel's own rules and other families. */
function parse(body: BodyReader, netns: NetnsPath): RuleObject | undefined {
  const number = body.at8(0);
  const get = body.table(HEADER_BYTES);
  const protocol = get(FRA.PROTOCOL)?.at8(0) ?? 0;
  if ((number !== AF_INET && number !== AF_INET6) || protocol === KERNEL_PROTOCOL) return undefined;
  const rule: Mutable<RuleObject> = {
    kind: 'rule',
    netns,
    family: number === AF_INET ? 4 : 6,
    priority: get(FRA.PRIORITY)?.at32(0) ?? 0,
    table: get(FRA.TABLE)?.at32(0) ?? 0,
    protocol,
  };
  const [source, destination] = [ipText(get(FRA.SRC)), ipText(get(FRA.DST))];
  if (source !== undefined) rule.from = `${source}/${body.at8(2)}`;
  if (destination !== undefined) rule.to = `${destination}/${body.at8(1)}`;
  const [mark, mask] = [get(FRA.FWMARK)?.at32(0), get(FRA.FWMASK)?.at32(0)];
  if (mark !== undefined) rule.mark = mark;
  if (mask !== undefined && mask !== 0xffffffff) rule.mask = mask;
  if (body.at8(3) !== 0) rule.tos = body.at8(3);
  if ((body.at32(8) & FIB_RULE_INVERT) !== 0) rule.inverted = true;
  if (body.at8(7) !== FR_ACT_TO_TBL) rule.action = body.at8(7);
  const rest = withoutDefault(body.rest(HEADER_BYTES, KNOWN), NO_SUPPRESSION);
  if (rest !== undefined) rule.rest = rest;
  return rule;
}
