/**
 * The tracked connections of a former pod whose address a new one has: their packets would count as replies, which are not judged.
 * Source: linux/netfilter/nfnetlink_conntrack.h; net/netfilter/nf_conntrack_netlink.c.
 */
import type { Change } from '../../model/ports/kernel.ts';
import { DIRECTION_WORDS, familyOfKey } from '../../model/policy/compiler/sets.ts';
import { type Direction, DIRECTIONS } from '../../model/policy/rules.ts';
import { knownChange } from '../../model/policy/table/table.ts';
import type { NftTableObject } from '../../model/state.ts';
import { hexOf, NESTED } from '../netlink/attribute.ts';
import { AF_INET, AF_INET6, ipBytes } from '../netlink/bytes.ts';
import type { NetlinkRequest } from '../netlink/message.ts';
import type { BodyReader } from '../netlink/reader.ts';
import type { NetlinkSocket } from '../netlink/socket.ts';
import { BodyWriter } from '../netlink/writer.ts';

const SUBSYSTEM = 1 << 8;
const [GET, DELETE] = [1, 2];
const HEADER_BYTES = 4;
const [ORIGINAL, REPLY, ID, ZONE, FILTER] = [1, 2, 12, 18, 25];
const TUPLE_IP = 1;
const SOURCE = { 4: 1, 6: 3 } as const;
const [ORIGINAL_FLAGS, REPLY_FLAGS] = [1, 2];
/** CTA_FILTER_F_CTA_IP_SRC: of the tuple, only the source is compared. */
const BY_SOURCE = 1;

/**
 * The tuple of connections in which the address of an isolated pod is the source, by the direction of its isolation. Packets to a pod are
 * replies of connections that it began, packets from it are replies of those that it answered, also where either is translated.
 */
const TUPLES = { ingress: ORIGINAL, egress: REPLY } as const satisfies Readonly<Record<Direction, number>>;

/** Each refusal takes about 1 kB of the socket's receive buffer, of which there are at least 208 kB. */
const REQUESTS_PER_DATAGRAM = 64;

const STEP = 'delete the tracked connections of former pods';

/** Connections by an address. */
type FormerConnections = { readonly address: string; readonly direction: Direction };

/** Returns the request that deletes the connections of an IPv4 address. */
export function deleteConnections(of: FormerConnections): NetlinkRequest {
  return matching(DELETE, of);
}

function matching(message: number, { address, direction }: FormerConnections): NetlinkRequest {
  const tuple = TUPLES[direction];
  const body = putHeader(AF_INET)
    .nest(tuple, (inTuple) => inTuple.nest(TUPLE_IP, (inIp) => void inIp.bytes(SOURCE[4], ipBytes(address))))
    .nest(
      FILTER,
      (inFilter) =>
        void inFilter
          .u32(ORIGINAL_FLAGS, tuple === ORIGINAL ? BY_SOURCE : 0)
          .u32(REPLY_FLAGS, tuple === REPLY ? BY_SOURCE : 0),
    );
  return { type: SUBSYSTEM | message, flags: 0, body: body.finish() };
}

function putHeader(family: number): BodyWriter {
  return new BodyWriter().put8(family).put8(0).put16be(0);
}

/**
 * Ensures that no connection is tracked in which a fresh address of the changes is a source and whose replies would pass the isolation of
 * its pod. Where the kernel does not list connections (without nf_conntrack_netlink), they stay until it forgets them.
 */
export function deleteFormer(socket: NetlinkSocket, changes: readonly Change[]): void {
  const former = changes.flatMap(formerConnections);
  const [ipv4, ipv6] = [4, 6].map((family) =>
    former.filter(({ address }) => familyOfKey(address) === family),
  );
  // Kernels before 6.12 delete single connections only. Those before 5.8 list all; 5.8 to 5.10.82 list none by the source of replies.
  for (const refused of inDatagrams(socket, ipv4 ?? [], deleteConnections))
    deleteListed(socket, matching(GET, refused), [refused]);
  // A filter by an IPv6 address matches all others (ctnetlink_filter_match_tuple of Linux 5.8 to 6.18): it would delete every other connection.
  if (ipv6 !== undefined && ipv6.length > 0) deleteListed(socket, LIST_IPV6, ipv6);
}

/**
 * About 9 ms on a node with 262 144 hash buckets, with or without connections: the list locks each bucket, a deletion by filter only those in use. No
 * other way is exact: the kernel has no number of connections by family, /proc/net/nf_conntrack skips some while others end, and former senders
 * from an address are not only pods of the document.
 */
const LIST_IPV6: NetlinkRequest = { type: SUBSYSTEM | GET, flags: 0, body: putHeader(AF_INET6).finish() };

function formerConnections(change: Change): readonly FormerConnections[] {
  if (change.verb !== 'update' || change.fresh === undefined) return [];
  const { want, have, fresh } = change;
  if (want.kind !== 'nft-table' || have.kind !== 'nft-table') return [];
  return fresh.flatMap((address) =>
    isolationOf(address, want, have).map((direction) => ({ address, direction })),
  );
}

/** Returns the directions in which the pod with the address is isolated from this change on. */
function isolationOf(address: string, want: NftTableObject, have: NftTableObject): readonly Direction[] {
  const known = knownChange(want, have);
  return DIRECTIONS.filter((direction) => {
    const set = `${DIRECTION_WORDS[direction].pods}${familyOfKey(address)}`;
    if (known === undefined) return want.sets?.[set]?.[address] !== undefined;
    return known.added.some(([name, key]) => name === set && key === address);
  });
}

/** Returns those whose requests the kernel refused. */
function inDatagrams<T>(
  socket: NetlinkSocket,
  all: readonly T[],
  requestOf: (one: T) => NetlinkRequest,
): readonly T[] {
  const refused: T[] = [];
  for (let at = 0; at < all.length; at += REQUESTS_PER_DATAGRAM) {
    const some = all.slice(at, at + REQUESTS_PER_DATAGRAM);
    const answers = socket.requests(some.map(requestOf), STEP);
    refused.push(...some.filter((_, index) => answers[index]?.ok !== true));
  }
  return refused;
}

/** Deletes those of the listed connections that are meant: a kernel that does not filter lists all. */
function deleteListed(
  socket: NetlinkSocket,
  list: NetlinkRequest,
  former: readonly FormerConnections[],
): void {
  const sources = new Set(
    former.map(({ address, direction }) => `${TUPLES[direction]} ${hexOf(ipBytes(address))}`),
  );
  const listed = socket.dump(list, (body) => deletionOf(body, sources), STEP);
  if (listed.ok) inDatagrams(socket, listed.value, (request) => request);
}

/** Shape: with its ID, so that no later connection with the same addresses and ports is meant. */
function deletionOf(connection: BodyReader, sources: ReadonlySet<string>): NetlinkRequest | undefined {
  const isMeant = [ORIGINAL, REPLY].some((tuple) => {
    const ip = connection.attribute(HEADER_BYTES, tuple)?.attribute(0, TUPLE_IP);
    const source = ip?.attribute(0, SOURCE[4]) ?? ip?.attribute(0, SOURCE[6]);
    return source !== undefined && sources.has(`${tuple} ${hexOf(source.toBytes())}`);
  });
  if (!isMeant) return undefined;
  const body = putHeader(connection.at8(0));
  for (const type of [ORIGINAL, ID, ZONE]) {
    const value = connection.attribute(HEADER_BYTES, type)?.toBytes();
    if (value !== undefined) body.bytes(type === ORIGINAL ? type | NESTED : type, value);
  }
  return { type: SUBSYSTEM | DELETE, flags: 0, body: body.finish() };
}
