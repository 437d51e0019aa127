/** Token bucket filters on the wire. Source: rtnetlink(7), linux/pkt_sched.h, net/sched/sch_tbf.c. */
import { type QdiscObject, TC_MARK } from '../../../model/kinds/qdisc.ts';
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
import { NLM_F_ACK, NLM_F_ECHO, NLM_F_CREATE, NLM_F_REPLACE } from '../../netlink/message.ts';
import { BodyWriter } from '../../netlink/writer.ts';
import { orAbsent } from '../../read.ts';
import {
  INGRESS_HANDLE,
  RTM_NEWQDISC,
  RTNLGRP_TC,
  TC_H_ROOT,
  TC_NOTICE_AT,
  TCA_KIND,
  TCA_OPTIONS,
  TCA_VOLATILE,
  TCM_BYTES,
  tcHeader,
} from '../../netlink/tcmsg.ts';
import type { Mutable, ParsedNotice, LinkPlace, Wire } from '../wire.ts';
import { ensuringOnLink } from './looked-up.ts';

const TBF = 'tbf';
const TCA_TBF_PARMS = 1;
const TCA_TBF_RATE64 = 4;
/** The offset of the smallest size that counts for a packet (mpu), in struct tc_tbf_qopt. */
const MPU_AT = 6;
/**
 * The mark of a bucket that another program made: its handle cannot be changed, and to replace it, the kernel drops what the interface
 * sends for some milliseconds. No frame is smaller, so it has no effect. Units: bytes.
 */
const ADOPTED_MPU = 7;
const TC_LINKLAYER_ETHERNET = 1;
/** The kernel counts time in these ticks. Source: PSCHED_SHIFT. */
const TICK_NS = 64;
const BITS = 8;
const MAX_32 = 0xffff_ffff;
const KNOWN = knownTypes(TCA_KIND, TCA_OPTIONS, ...TCA_VOLATILE);

/** Shape: `major` is the number in the kernel's handle; `handle` is ours for an adopted one, too. */
type Fact = Omit<QdiscObject, 'kind' | 'netns' | 'dev' | 'rest'> & {
  readonly index: number;
  readonly major: number;
  readonly rest: readonly string[] | undefined;
};

/** Token bucket filters at the root of an interface: one of another program is adopted in place, another qdisc is replaced. */
export const qdiscWire: Wire<QdiscObject> = {
  ...ensuringOnLink(findOn, add, ({ handle }) => handle !== TC_MARK),
  remove: (context, have) => {
    const link = linkHandle(context, have, keyOf(have));
    if (!link.ok) return link;
    const now = findOn(link.value, have);
    if (!now.ok || now.value?.handle !== have.handle) return now.ok ? ok('unchanged') : now;
    const { socket, index } = link.value;
    const body = tcHeader({ index, parent: TC_H_ROOT }).finish();
    return changed(socket.request({ type: RTM_NEWQDISC + 1, flags: 0, body }, `delete ${keyOf(have)}`));
  },
  list: (view) => {
    if (!view.links.some(({ hasTokenBucket }) => hasTokenBucket)) return ok([]);
    const socket = view.sockets.route(HOST);
    if (!socket.ok) return socket;
    const request = { type: RTM_NEWQDISC + 2, flags: 0, body: tcHeader({ index: 0, parent: 0 }).finish() };
    const facts = socket.value.dump(request, parse, 'list qdiscs');
    if (!facts.ok) return facts;
    return ok(
      facts.value.flatMap((fact) => {
        const dev = view.nameOf(fact.index);
        return dev === undefined ? [] : [toObject(fact, { netns: view.netns, dev })];
      }),
    );
  },
  subscription: {
    groups: [RTNLGRP_TC],
    message: RTM_NEWQDISC,
    filter: [
      { at: TC_NOTICE_AT.handle, bytes: 2, is: TC_MARK, verdict: 'accept' },
      { at: TC_NOTICE_AT.handle, bytes: 2, is: INGRESS_HANDLE >>> 16, verdict: 'accept' },
      { verdict: 'drop' },
    ],
    parse: parseNotice,
  },
};

/** The filters of a deleted ingress qdisc are not announced by themselves. */
function parseNotice(body: BodyReader, isGone: boolean): ParsedNotice | undefined {
  const [index, handle] = [body.at32(4), body.at32(8)];
  if (handle === INGRESS_HANDLE && isGone) {
    return { index, isGone, toObject: ({ netns, dev }) => ({ kind: 'filter', netns, dev, redirect: '' }) };
  }
  const fact = parse(body);
  return fact && { index, isGone, toObject: (place) => toObject(fact, place) };
}

function add(
  _context: ApplyContext,
  { socket, index }: LinkHandle,
  want: QdiscObject,
  step: string,
): Applied {
  const flags = NLM_F_CREATE | NLM_F_REPLACE;
  const put = (major: number, mpu: number): Applied =>
    changed(socket.request({ type: RTM_NEWQDISC, flags, body: encode(want, { index, major, mpu }) }, step));
  const present = factOn({ socket, index }, step);
  if (!present.ok) return present;
  const major = present.value?.major ?? want.handle;
  if (major === want.handle || major === 0) return put(want.handle, 0);
  // With the handle that it has, the kernel changes the parameters alone.
  const adopted = put(major, ADOPTED_MPU);
  const after = adopted.ok ? factOn({ socket, index }, step) : adopted;
  // Linux before 5.13 does not keep the mark.
  return after.ok && after.value?.handle === want.handle ? adopted : put(want.handle, 0);
}

function findOn(link: LinkHandle, place: QdiscObject): Result<QdiscObject | undefined> {
  const found = factOn(link, `look up ${keyOf(place)}`);
  return found.ok ? ok(found.value && toObject(found.value, place)) : found;
}

function factOn({ socket, index }: LinkHandle, step: string): Result<Fact | undefined> {
  const body = tcHeader({ index, parent: TC_H_ROOT }).finish();
  // The kernel answers the sender only on request, and not at all about a default qdisc.
  const request = { type: RTM_NEWQDISC + 2, flags: NLM_F_ECHO | NLM_F_ACK, body };
  return orAbsent(socket.get(request, parse, step), undefined);
}

/** Where a bucket is put: the interface, the number of the handle, and the size that marks it. */
type Placed = { readonly index: number; readonly major: number; readonly mpu: number };

/** Struct tc_tbf_qopt: rate, peak rate, limit, bucket, MTU. */
function encode(
  { rateBits, burstNs, limitBytes, rest }: QdiscObject,
  { index, major, mpu }: Placed,
): Uint8Array {
  const rateBytes = Math.floor(rateBits / BITS);
  const body = tcHeader({ index, parent: TC_H_ROOT, handle: major * 0x1_0000 }).text(TCA_KIND, TBF);
  return body
    .nest(TCA_OPTIONS, () => {
      const rate = new BodyWriter().put8(0).put8(TC_LINKLAYER_ETHERNET).put16(0).put16(0).put16(mpu);
      rate.put32(Math.min(rateBytes, MAX_32)).put32(0).put32(0).put32(0);
      const bucket = rate
        .put32(limitBytes)
        .put32(Math.floor(burstNs / TICK_NS))
        .put32(0);
      body.bytes(TCA_TBF_PARMS, bucket.finish());
      if (rateBytes >= MAX_32) {
        body.bytes(TCA_TBF_RATE64, new Uint8Array(new BigUint64Array([BigInt(rateBytes)]).buffer));
      }
    })
    .rest(rest)
    .finish();
}

/** Returns undefined for other types, and for token buckets inside of another qdisc. */
function parse(body: BodyReader): Fact | undefined {
  const get = body.table(TCM_BYTES);
  if (body.at32(12) !== TC_H_ROOT || get(TCA_KIND)?.toText() !== TBF) return undefined;
  const options = get(TCA_OPTIONS);
  const parameters = options?.attribute(0, TCA_TBF_PARMS);
  if (parameters === undefined) return undefined;
  const wide = options?.attribute(0, TCA_TBF_RATE64);
  const rateBytes = wide === undefined ? parameters.at32(8) : wide.at32(0) + wide.at32(4) * 0x1_0000_0000;
  const major = body.at32(8) >>> 16;
  return {
    index: body.at32(4),
    major,
    handle: parameters.at16(MPU_AT) === ADOPTED_MPU ? TC_MARK : major,
    rateBits: rateBytes * BITS,
    limitBytes: parameters.at32(24),
    burstNs: parameters.at32(28) * TICK_NS,
    rest: body.rest(TCM_BYTES, KNOWN),
  };
}

function toObject(
  { index: _index, major: _major, rest, ...known }: Fact,
  { netns, dev }: LinkPlace,
): QdiscObject {
  const object: Mutable<QdiscObject> = { kind: 'qdisc', netns, dev, ...known };
  if (rest !== undefined) object.rest = rest;
  return object;
}
