/**
 * Redirections of received packets on the wire: an ingress qdisc, and on it a u32 filter that matches everything, with
 * the action mirred. Source: rtnetlink(7), linux/pkt_cls.h, linux/tc_act/tc_mirred.h.
 */
import type { FilterObject } from '../../../model/kinds/filter.ts';
import { TC_MARK } from '../../../model/kinds/qdisc.ts';
import { ok, type Result } from '../../../model/result.ts';
import { HOST, keyOf } from '../../../model/state.ts';
import {
  type Applied,
  type ApplyContext,
  changed,
  type LinkHandle,
  linkHandle,
} from '../../apply/context.ts';
import { type BodyReader, knownTypes } from '../../netlink/reader.ts';
import { NLM_F_CREATE, NLM_F_EXCL, type NetlinkRequest } from '../../netlink/message.ts';
import { BodyWriter } from '../../netlink/writer.ts';
import { orAbsent, readLinkByIndex } from '../../read.ts';
import {
  INGRESS_FILTERS,
  INGRESS_HANDLE,
  RTM_NEWQDISC,
  RTM_NEWTFILTER,
  RTNLGRP_TC,
  TC_H_INGRESS,
  TC_NOTICE_AT,
  TCA_KIND,
  TCA_OPTIONS,
  TCA_VOLATILE,
  TCM_BYTES,
  tcHeader,
} from '../../netlink/tcmsg.ts';
import type { Mutable, LinkPlace, NamespaceView, Wire } from '../wire.ts';
import { ensuringOnLink } from './looked-up.ts';

const INGRESS = 'ingress';
const U32 = 'u32';
const MIRRED = 'mirred';
const TCA_U32_SEL = 5;
const TCA_U32_ACT = 7;
const TC_U32_TERMINAL = 1;
const TCA_ACT_KIND = 1;
const TCA_ACT_OPTIONS = 2;
const TCA_MIRRED_PARMS = 2;
const TC_ACT_STOLEN = 4;
const TCA_EGRESS_REDIR = 1;
const ETH_P_ALL = 0x0003;
/** Struct tc_u32_sel, and the keys after it. */
const SEL_BYTES = 16;
const KNOWN = knownTypes(TCA_KIND, TCA_OPTIONS, ...TCA_VOLATILE);

/** Shape: `target` is the index of the interface, 0 if it is gone; undefined if the filter is not as vnet makes it. */
type Fact = {
  readonly index: number;
  readonly target: number | undefined;
  readonly rest: readonly string[] | undefined;
};

/** Redirections with our preference, with the ingress qdisc that they need. */
export const filterWire: Wire<FilterObject> = {
  ...ensuringOnLink(findOn, add),
  remove,
  list,
  subscription: {
    groups: [RTNLGRP_TC],
    message: RTM_NEWTFILTER,
    filter: [{ at: TC_NOTICE_AT.info, bytes: 2, is: TC_MARK, verdict: 'accept' }, { verdict: 'drop' }],
    parse: (body, isGone) => {
      if (isGone) return { index: body.at32(4), isGone, toObject: toGone };
      const fact = parse(body);
      return fact && { index: fact.index, isGone, toObject: (place) => toObject(fact, place) };
    },
  },
};

function toGone({ netns, dev }: LinkPlace): FilterObject {
  return { kind: 'filter', netns, dev, redirect: '' };
}

function add(
  context: ApplyContext,
  { socket, index }: LinkHandle,
  { netns, redirect }: FilterObject,
  step: string,
): Applied {
  const target = linkHandle(context, { netns, dev: redirect }, step);
  if (!target.ok) return target;
  // A filter whose target is gone is still there. The ingress qdisc may exist, also as clsact.
  socket.requests([removal(index), ingress(index, RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL)], step);
  const flags = NLM_F_CREATE | NLM_F_EXCL;
  const body = encode(index, target.value.index);
  return changed(socket.request({ type: RTM_NEWTFILTER, flags, body }, step));
}

/** The ingress qdisc goes with its last filter. */
function remove(context: ApplyContext, have: FilterObject): Applied {
  const step = `delete ${keyOf(have)}`;
  const link = linkHandle(context, have, step);
  if (!link.ok) return link;
  const { socket, index } = link.value;
  const removed = socket.request(removal(index), step);
  // Without an ingress qdisc there is no filter.
  if (!removed.ok) return ['invalid', 'not-found'].includes(removed.error.code) ? ok('unchanged') : removed;
  const others = socket.dump(filtersOf(index), () => true, step);
  const type = orAbsent(socket.get(ingress(index, RTM_NEWQDISC + 2, 0), typeOf, step), undefined);
  if (others.ok && others.value.length === 0 && type.ok && type.value === INGRESS) {
    socket.request(ingress(index, RTM_NEWQDISC + 1, 0), step);
  }
  return ok('changed');
}

function typeOf(body: BodyReader): string | undefined {
  return body.attribute(TCM_BYTES, TCA_KIND)?.toText();
}

/** Only endpoints whose transmissions are limited have one on their interfaces; the ifb has the same mark. */
function list({ sockets, netns, links }: NamespaceView): Result<readonly FilterObject[]> {
  const marks = new Set(
    links.flatMap(({ kind, alias }) => (kind === 'ifb' && alias !== undefined ? [alias] : [])),
  );
  const found: FilterObject[] = [];
  const socket = marks.size === 0 ? undefined : sockets.route(HOST);
  if (socket?.ok !== true) return socket ?? ok(found);
  for (const { name, kind, alias, index } of links) {
    if (kind !== 'veth' || alias === undefined || !marks.has(alias)) continue;
    const filter = findOn({ socket: socket.value, index }, { netns, dev: name });
    if (!filter.ok) return filter;
    if (filter.value !== undefined) found.push(filter.value);
  }
  return ok(found);
}

function findOn({ socket, index }: LinkHandle, place: LinkPlace): Result<FilterObject | undefined> {
  const info = TC_MARK * 0x1_0000;
  const facts = orAbsent(socket.dump(filtersOf(index, info), parse, `list filters of ${place.dev}`), []);
  // Without an ingress qdisc, the kernel has no list.
  const [fact] = facts.ok ? facts.value : [];
  if (fact === undefined) return facts.ok || facts.error.code === 'invalid' ? ok(undefined) : facts;
  if (fact.target === 0) return ok(undefined);
  const target = fact.target === undefined ? ok(undefined) : readLinkByIndex(socket, fact.target);
  if (!target.ok) return target;
  if (fact.target !== undefined && target.value === undefined) return ok(undefined);
  return ok(toObject(fact, { ...place, nameOf: () => target.value?.name }));
}

function toObject({ target, rest }: Fact, { netns, dev, nameOf }: LinkPlace): FilterObject {
  const object: Mutable<FilterObject> = { kind: 'filter', netns, dev, redirect: nameOf?.(target ?? 0) ?? '' };
  if (rest !== undefined) object.rest = rest;
  return object;
}

function filtersOf(index: number, info = 0): NetlinkRequest {
  const body = tcHeader({ index, parent: INGRESS_FILTERS, info }).finish();
  return { type: RTM_NEWTFILTER + 2, flags: 0, body };
}

function removal(index: number): NetlinkRequest {
  const body = tcHeader({ index, parent: INGRESS_FILTERS, info: ourInfo() }).finish();
  return { type: RTM_NEWTFILTER + 1, flags: 0, body };
}

function ingress(index: number, type: number, flags: number): NetlinkRequest {
  const body = tcHeader({ index, parent: TC_H_INGRESS, handle: INGRESS_HANDLE });
  if (type === RTM_NEWQDISC) body.text(TCA_KIND, INGRESS);
  return { type, flags, body: body.finish() };
}

/** Preference, and the protocol in network order. */
function ourInfo(): number {
  const bytes = new BodyWriter().put16be(ETH_P_ALL).finish();
  return TC_MARK * 0x1_0000 + (new Uint16Array(bytes.buffer)[0] ?? 0);
}

function encode(index: number, target: number): Uint8Array {
  const body = tcHeader({ index, parent: INGRESS_FILTERS, info: ourInfo() }).text(TCA_KIND, U32);
  // One key with an empty mask matches everything.
  const match = new BodyWriter().put8(TC_U32_TERMINAL).put8(0).put8(1).put8(0).put32(0).put32(0).put32(0);
  match.put32(0).put32(0).put32(0).put32(0);
  const redirect = new BodyWriter().put32(0).put32(0).put32(TC_ACT_STOLEN).put32(0).put32(0);
  redirect.put32(TCA_EGRESS_REDIR).put32(target);
  return body
    .nest(TCA_OPTIONS, () => {
      body.bytes(TCA_U32_SEL, match.finish());
      body.nest(TCA_U32_ACT, () => {
        body.nest(1, () => {
          body.text(TCA_ACT_KIND, MIRRED);
          body.nest(TCA_ACT_OPTIONS, () => void body.bytes(TCA_MIRRED_PARMS, redirect.finish()));
        });
      });
    })
    .finish();
}

/** Returns undefined for the kernel's hash tables of u32. */
function parse(body: BodyReader): Fact | undefined {
  if (body.at32(16) >>> 16 !== TC_MARK) return undefined;
  const get = body.table(TCM_BYTES);
  const options = get(TCA_OPTIONS);
  const match = options?.attribute(0, TCA_U32_SEL);
  const isU32 = get(TCA_KIND)?.toText() === U32;
  if (options === undefined || (isU32 && match === undefined)) return undefined;
  const action = options.attribute(0, TCA_U32_ACT)?.attribute(0, 1);
  const redirect = action?.attribute(0, TCA_ACT_OPTIONS)?.attribute(0, TCA_MIRRED_PARMS);
  // Of a changed filter, the mask is not empty or the action another one.
  const isOurs =
    isU32 &&
    match?.at8(2) === 1 &&
    match.at32(SEL_BYTES) === 0 &&
    action?.attribute(0, TCA_ACT_KIND)?.toText() === MIRRED &&
    redirect?.at32(20) === TCA_EGRESS_REDIR;
  return {
    index: body.at32(4),
    target: isOurs ? redirect.at32(24) : undefined,
    rest: body.rest(TCM_BYTES, KNOWN),
  };
}
