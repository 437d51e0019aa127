/** Static entries of a bridge's forwarding database on the wire. Source: rtnetlink(7), linux/neighbour.h. */
import type { RestAttributes } from '../../model/kinds/kind.ts';
import type { FdbObject } from '../../model/kinds/fdb.ts';
import { ok, type Result } from '../../model/result.ts';
import type { LinkHandle } from '../apply/context.ts';
import { type BodyReader, knownTypes } from '../netlink/reader.ts';
import { AF_BRIDGE, macBytes, macText } from '../netlink/bytes.ts';
import type { NetlinkRequest } from '../netlink/message.ts';
import type { NetlinkSocket } from '../netlink/socket.ts';
import { orAbsent, readLinkByIndex } from '../read.ts';
import {
  NDA_CACHEINFO,
  NDA_LLADDR,
  NDA_MASTER,
  NDA_VLAN,
  NDM_BYTES,
  NTF_SELF,
  NUD_NOARP,
  NUD_PERMANENT,
  neighbourHeader,
  NOTICE_AT,
  RTM_GETNEIGH,
  RTM_NEWNEIGH,
  RTNLGRP_NEIGH,
} from './ndmsg.ts';
import { deletionBatch } from './deletion-batch.ts';
import {
  type Codec,
  type KindLookup,
  subscriptionOf,
  requestOnLink,
  withoutDefault,
  wireOnLink,
} from './on-link.ts';
import type { Wire } from './wire.ts';

const NTF_MASTER = 0x04;
const NTF_EXT_LEARNED = 0x10;
const NUD_REACHABLE = 0x02;

/** CACHEINFO holds counters (age, use), not properties of the entry. */
const KNOWN = knownTypes(NDA_LLADDR, NDA_CACHEINFO, NDA_MASTER);
/** The kernel adds empty extended flags to every entry. Source: NDA_FLAGS_EXT. */
const NO_FLAGS = '15 00000000';

/** A static forwarding entry of a bridge: frames to `mac` leave by port `index`. */
export type FdbFact = {
  readonly index: number;
  readonly mac: string;
  readonly rest?: RestAttributes | undefined;
};

/** An entry of a bridge: `static`, `permanent` (a port's own address), or learned from traffic. */
export type FdbEntry = FdbFact & {
  readonly bridgeIndex: number;
  readonly state: 'static' | 'permanent' | 'learned';
};

/** The messages of forwarding entries. */
export const fdbCodec: Codec<FdbObject, FdbFact> = {
  message: RTM_NEWNEIGH,
  encode: ({ index, mac, rest }) =>
    neighbourHeader(AF_BRIDGE, index, { state: NUD_NOARP | NUD_REACHABLE, flags: NTF_MASTER })
      .bytes(NDA_LLADDR, macBytes(mac))
      .rest(rest)
      .finish(),
  parse,
  toObject: ({ mac, rest }, { netns, dev }) => {
    const object = { kind: 'fdb', netns, dev, mac } as const;
    return rest === undefined ? object : { ...object, rest };
  },
  toFact: (object, index) => ({ ...object, index }),
};

/** RTM_GETNEIGH for a forwarding entry needs Linux 5.0. */
const lookUp: KindLookup<FdbObject, FdbFact> = {
  read: readFdb,
  givesWay: isLearned,
  single: (index, { mac }) => {
    const body = neighbourHeader(AF_BRIDGE, index, { state: 0, flags: NTF_MASTER });
    return { type: RTM_GETNEIGH, flags: 0, body: body.bytes(NDA_LLADDR, macBytes(mac)).finish() };
  },
};

const wire = wireOnLink(fdbCodec, lookUp);

/** Forwarding entries. A static entry replaces a learned one; learned ones are never removed. */
export const fdbWire: Wire<FdbObject> = {
  ...wire,
  change: (context, { want }) => wire.create(context, want, undefined),
  request: requestOnLink(fdbCodec),
  batches: [deletionBatch({ codec: fdbCodec, lookUp }, (object) => object.kind === 'fdb')],
  subscription: subscriptionOf(fdbCodec, {
    groups: [RTNLGRP_NEIGH],
    family: AF_BRIDGE,
    filter: [
      { at: NOTICE_AT.flags, has: NTF_SELF | NTF_EXT_LEARNED, verdict: 'drop' },
      { at: NOTICE_AT.state, bytes: 2, has: NUD_NOARP, verdict: 'accept' },
      { verdict: 'drop' },
    ],
  }),
};

/** Returns the static forwarding entries of the port; of all ports if the index is 0. */
function readFdb(socket: NetlinkSocket, index: number): Result<FdbFact[]> {
  const found = orAbsent(socket.dump(dumpFdb(index), parse, 'list forwarding entries'), []);
  return found.ok ? ok(found.value.filter((fact) => index === 0 || fact.index === index)) : found;
}

function dumpFdb(index: number): NetlinkRequest {
  const body = neighbourHeader(AF_BRIDGE, index, { state: 0, flags: 0 });
  return { type: RTM_GETNEIGH, flags: 0, body: body.finish() };
}

/** Omits learned entries, the kernel's own, and those that parseFdbEntry omits. */
function parse(body: BodyReader): FdbFact | undefined {
  // Most entries are learned or the kernel's own: skip them early.
  if ((body.at16(8) & NUD_NOARP) === 0) return undefined;
  const entry = parseFdbEntry(body);
  if (entry?.state !== 'static') return undefined;
  const { index, mac } = entry;
  const rest = withoutDefault(body.rest(NDM_BYTES, KNOWN), NO_FLAGS);
  return rest === undefined ? { index, mac } : { index, mac, rest };
}

/** Returns the bridge's entry in the body; undefined for entries of a device's own filter or of one VLAN. */
export function parseFdbEntry(body: BodyReader): FdbEntry | undefined {
  if ((body.at8(10) & NTF_SELF) !== 0) return undefined;
  const get = body.table(NDM_BYTES);
  const bridgeIndex = get(NDA_MASTER)?.at32(0);
  const mac = macText(get(NDA_LLADDR));
  if (bridgeIndex === undefined || mac === undefined || get(NDA_VLAN) !== undefined) return undefined;
  const bits = body.at16(8);
  const state = (bits & NUD_NOARP) !== 0 ? 'static' : (bits & NUD_PERMANENT) !== 0 ? 'permanent' : 'learned';
  return { index: body.at32(4), mac, bridgeIndex, state };
}

/** Returns true if the bridge knows the MAC only from traffic. */
function isLearned({ socket, index }: LinkHandle, want: FdbObject): Result<boolean> {
  const port = readLinkByIndex(socket, index);
  if (!port.ok) return port;
  const entries = socket.dump(dumpFdb(0), parseFdbEntry, 'list forwarding entries');
  if (!entries.ok) return entries;
  const mac = want.mac.toLowerCase();
  const same = entries.value.filter((one) => one.mac === mac && one.bridgeIndex === port.value?.masterIndex);
  return ok(same.every(({ state }) => state === 'learned'));
}
