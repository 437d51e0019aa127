/** The counters of the table of network policies. Source: linux/netfilter/nf_tables.h. */
import { isOfProfile } from '../../model/policy/compiler/sets.ts';
import { DENIED_COUNTERS } from '../../model/policy/table/chains.ts';
import type { DeniedCounts, JudgedCounts } from '../../model/policy/denial.ts';
import { DIRECTIONS } from '../../model/policy/rules.ts';
import { POLICY_TABLE } from '../../model/names.ts';
import { FLAGS, type Sys } from '../../model/ports/sys.ts';
import { ok, type Result } from '../../model/result.ts';
import type { NetlinkRequest } from '../netlink/message.ts';
import { dumpRules, parseRule } from '../netlink/nftables.ts';
import type { BodyReader } from '../netlink/reader.ts';
import { NetlinkSocket, ReceiveBuffer } from '../netlink/socket.ts';
import { orAbsent } from '../read.ts';
import { nftMessageType, policyHeader } from './messages.ts';

const GETOBJ = 19;
const OBJECT = { table: 1, name: 2, type: 3, data: 4 } as const;
const OF_COUNTERS = new Uint8Array([0, 0, 0, 1]);
const COUNTER_PACKETS = 2;
const HEADER_BYTES = 4;

/** Returns the counters of denied packets; undefined without the table. */
export function readDeniedCounts(sys: Sys): Result<DeniedCounts | undefined> {
  const body = policyHeader().text(OBJECT.table, POLICY_TABLE).bytes(OBJECT.type, OF_COUNTERS).finish();
  const request: NetlinkRequest = { type: nftMessageType(GETOBJ), flags: 0, body };
  const read = dump(sys, request, parseCounter);
  if (!read.ok) return read;
  const counts = new Map(read.value);
  const [ingress, egress] = DIRECTIONS.map((direction) => counts.get(DENIED_COUNTERS[direction]));
  return ok(ingress === undefined || egress === undefined ? undefined : { ingress, egress });
}

function parseCounter(body: BodyReader): readonly [string, number] | undefined {
  if (body.attribute(HEADER_BYTES, OBJECT.table)?.toText() !== POLICY_TABLE) return undefined;
  const name = body.attribute(HEADER_BYTES, OBJECT.name)?.toText() ?? '';
  const packets = body.attribute(HEADER_BYTES, OBJECT.data)?.attribute(0, COUNTER_PACKETS);
  return [name, numberOf(packets)];
}

function numberOf(reader: BodyReader | undefined): number {
  const bytes = reader?.toBytes() ?? new Uint8Array();
  return bytes.reduce((sum, byte) => sum * 256 + byte, 0);
}

function dump<T>(
  sys: Sys,
  request: NetlinkRequest,
  parse: (body: BodyReader) => T | undefined,
): Result<readonly T[]> {
  const options = { protocol: FLAGS.NETLINK_NETFILTER, readOnly: true, buffer: new ReceiveBuffer() };
  const socket = NetlinkSocket.open(sys, options);
  if (!socket.ok) return socket;
  const read = orAbsent(socket.value.dump(request, parse, 'read the counters of network policies'), []);
  socket.value.close();
  return read;
}

const [RULE_EXPRESSIONS, LIST_ELEMENT, EXPRESSION_NAME, EXPRESSION_DATA] = [4, 1, 1, 2];

/** Returns the packets by the chain of their profile; none without the table. */
export function readJudgedCounts(sys: Sys): Result<ReadonlyMap<string, JudgedCounts>> {
  const read = dump(sys, dumpRules({ family: 'inet', name: POLICY_TABLE }), parseCountingRule);
  if (!read.ok) return read;
  const counts = new Map<string, JudgedCounts>();
  for (const { chain, id, packets } of read.value) {
    const known = counts.get(chain) ?? { judged: 0, denied: 0 };
    counts.set(chain, { ...known, [id]: packets });
  }
  return ok(counts);
}

function parseCountingRule(
  body: BodyReader,
): { readonly chain: string; readonly id: keyof JudgedCounts; readonly packets: number } | undefined {
  const { chain, comment } = parseRule(body);
  const id = comment === 'vnet:judged' ? 'judged' : comment === 'vnet:denied' ? 'denied' : undefined;
  if (id === undefined || !isOfProfile(chain)) return undefined;
  const expressions = body.attribute(HEADER_BYTES, RULE_EXPRESSIONS)?.attributes(0, LIST_ELEMENT) ?? [];
  const counter = expressions.find((one) => one.attribute(0, EXPRESSION_NAME)?.toText() === 'counter');
  return {
    chain,
    id,
    packets: numberOf(counter?.attribute(0, EXPRESSION_DATA)?.attribute(0, COUNTER_PACKETS)),
  };
}
