/** Nexthop objects on the wire. Source: rtnetlink(7), linux/nexthop.h. */
import { familyOf } from '../../../model/addresses/address.ts';
import type { RestAttributes } from '../../../model/kinds/kind.ts';
import type { NexthopObject } from '../../../model/kinds/nexthop.ts';
import { ok, type Result } from '../../../model/result.ts';
import { HOST, keyOf } from '../../../model/state.ts';
import { type Applied, type ApplyContext, changed, linkHandle } from '../../apply/context.ts';
import { AF_INET, AF_INET6, AF_UNSPEC, familyNumber, ipBytes, ipText } from '../../netlink/bytes.ts';
import { NLM_F_CREATE, NLM_F_REPLACE, type NetlinkRequest } from '../../netlink/message.ts';
import { type BodyReader, knownTypes } from '../../netlink/reader.ts';
import type { NetlinkSocket } from '../../netlink/socket.ts';
import { BodyWriter } from '../../netlink/writer.ts';
import { readLinkByIndex } from '../../read.ts';
import { RTNH_F_ONLINK } from '../multipath.ts';
import { withoutDefault } from '../on-link.ts';
import type { Mutable, NamespaceView, LinkPlace, Wire } from '../wire.ts';
import { ensuring } from './looked-up.ts';

const RTM_NEWNEXTHOP = 104;
const RTM_GETNEXTHOP = 106;
const HEADER_BYTES = 8;

const NHA_ID = 1;
const NHA_GROUP = 2;
const NHA_OIF = 5;
const NHA_GATEWAY = 6;
const NHA_OP_FLAGS = 14;
/** The encapsulation, in raw form. */
const NHA_ENCAP = /^8 /;

/** OP_FLAGS reports kernel support for groups: not a property of the object. */
const KNOWN = knownTypes(NHA_ID, NHA_GROUP, NHA_OIF, NHA_GATEWAY, NHA_OP_FLAGS);
/** The default NHA_GROUP_TYPE, 0: a multipath group. */
const MULTIPATH = '3 0000';
/** One member in an NHA_GROUP: ID, weight minus one, its upper half, reserved. */
const MEMBER_BYTES = 8;

/** A nexthop object in rtnetlink's form, with the index of its link. */
type NexthopFact = Omit<NexthopObject, 'kind' | 'netns' | 'dev' | 'rest'> & {
  readonly index: number;
  readonly rest?: RestAttributes | undefined;
};

/** Nexthop objects. We receive no notifications of them: the next full scan finds changes. */
export const nexthopWire: Wire<NexthopObject> = {
  ...ensuring(ensure),
  remove: (context, { netns, id }) => {
    const socket = context.sockets.route(netns);
    if (!socket.ok) return socket;
    const body = header(AF_UNSPEC).u32(NHA_ID, id).finish();
    return changed(
      socket.value.request({ type: RTM_NEWNEXTHOP + 1, flags: 0, body }, `delete nexthop ${id}`),
    );
  },
  list,
  find: (view, { id }) => {
    const found = list(view);
    return found.ok ? ok(found.value.find((one) => one.id === id)) : found;
  },
};

/**
 * Ensures the object, unless `decide` returns an outcome for the existing one. An existing object is
 * replaced, for all routes that use it.
 */
function ensure(
  context: ApplyContext,
  want: NexthopObject,
  decide: (have: NexthopObject | undefined) => Applied | undefined,
): Applied {
  const { netns, dev, id } = want;
  const step = `add ${keyOf(want)}`;
  const link = dev === '' ? undefined : linkHandle(context, { netns, dev }, step);
  if (link?.ok === false) return link;
  const socket = context.sockets.route(netns);
  if (!socket.ok) return socket;
  const have = findIn(socket.value, want);
  if (!have.ok) return have;
  const decided = decide(have.value);
  if (decided !== undefined) return decided;
  const body = encode({ ...want, rest: want.rest ?? have.value?.rest, index: link?.value.index ?? 0, id });
  const flags = NLM_F_CREATE | NLM_F_REPLACE;
  return changed(socket.value.request({ type: RTM_NEWNEXTHOP, flags, body }, step));
}

function findIn(socket: NetlinkSocket, { netns, id }: NexthopObject): Result<NexthopObject | undefined> {
  const facts = readFacts(socket);
  if (!facts.ok) return facts;
  const fact = facts.value.find((one) => one.id === id);
  if (fact === undefined) return ok(undefined);
  const link = fact.index === 0 ? ok(undefined) : readLinkByIndex(socket, fact.index);
  return link.ok ? ok(toObject(fact, { netns, dev: link.value?.name ?? '' })) : link;
}

function list(view: NamespaceView): Result<readonly NexthopObject[]> {
  const socket = view.sockets.route(HOST);
  const facts = socket.ok ? readFacts(socket.value) : socket;
  if (!facts.ok) return facts;
  const objects = facts.value.flatMap((fact) => {
    const dev = fact.index === 0 ? '' : view.nameOf(fact.index);
    return dev === undefined ? [] : [toObject(fact, { netns: view.netns, dev })];
  });
  return ok(objects);
}

/** Kernels before 5.3 have none. */
function readFacts(socket: NetlinkSocket): Result<NexthopFact[]> {
  const found = socket.dump(DUMP, parse, 'list nexthop objects');
  return found.ok || found.error.code !== 'unsupported' ? found : ok([]);
}

function header(family: number, { protocol = 0, onLink = false } = {}): BodyWriter {
  const flags = onLink ? RTNH_F_ONLINK : 0;
  return new BodyWriter().put8(family).put8(0).put8(protocol).put8(0).put32(flags);
}

const DUMP: NetlinkRequest = { type: RTM_GETNEXTHOP, flags: 0, body: header(AF_UNSPEC).finish() };

function encode({ id, index, family, via, group, protocol, onLink, rest }: NexthopFact): Uint8Array {
  const own = via === undefined ? undefined : familyOf(via);
  const number = own ?? (family === 0 ? undefined : family);
  const body = header(number === undefined ? AF_UNSPEC : familyNumber(number), {
    ...(protocol === undefined ? {} : { protocol }),
    ...(onLink === undefined ? {} : { onLink }),
  }).u32(NHA_ID, id);
  if (group !== undefined) body.bytes(NHA_GROUP, groupBytes(group));
  if (index !== 0) body.u32(NHA_OIF, index);
  if (via !== undefined) body.bytes(NHA_GATEWAY, ipBytes(via));
  return body.rest(rest?.map(asNested)).finish();
}

/** The kernel requires the mark of a nested attribute that it leaves out itself. */
function asNested(attribute: string): string {
  return attribute.replace(NHA_ENCAP, '8n ');
}

function groupBytes(group: readonly string[]): Uint8Array {
  const body = new BodyWriter();
  for (const member of group) {
    const [id = 0, weight = 1] = member.split(',').map(Number);
    body
      .put32(id)
      .put8((weight - 1) & 0xff)
      .put8((weight - 1) >>> 8)
      .put16(0);
  }
  return body.finish();
}

/** Returns undefined for families other than IP. */
function parse(body: BodyReader): NexthopFact | undefined {
  const family = body.at8(0);
  if (family !== AF_UNSPEC && family !== AF_INET && family !== AF_INET6) return undefined;
  const get = body.table(HEADER_BYTES);
  const id = get(NHA_ID)?.at32(0);
  if (id === undefined) return undefined;
  const [via, members, rest] = [
    ipText(get(NHA_GATEWAY)),
    get(NHA_GROUP),
    withoutDefault(body.rest(HEADER_BYTES, KNOWN), MULTIPATH),
  ];
  return {
    id,
    index: get(NHA_OIF)?.at32(0) ?? 0,
    family: family === AF_UNSPEC ? 0 : family === AF_INET ? 4 : 6,
    ...(via === undefined ? {} : { via }),
    ...(members === undefined ? {} : { group: membersIn(members) }),
    protocol: body.at8(2),
    scope: body.at8(1),
    ...((body.at32(4) & RTNH_F_ONLINK) === 0 ? {} : { onLink: true }),
    rest,
  };
}

function membersIn(members: BodyReader): readonly string[] {
  return Array.from({ length: members.length / MEMBER_BYTES }, (_, index) => {
    const at = index * MEMBER_BYTES;
    const weight = members.at8(at + 4) + (members.at8(at + 5) << 8) + 1;
    return weight === 1 ? String(members.at32(at)) : `${members.at32(at)},${weight}`;
  });
}

function toObject(fact: NexthopFact, { netns, dev }: LinkPlace): NexthopObject {
  const { index: _index, rest, protocol, scope, ...known } = fact;
  const object: Mutable<NexthopObject> = { kind: 'nexthop', netns, dev, ...known };
  // 0 is the default of both.
  if (protocol) object.protocol = protocol;
  if (scope) object.scope = scope;
  if (rest !== undefined) object.rest = rest;
  return object;
}
