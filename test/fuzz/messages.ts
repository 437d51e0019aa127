/** The parsers of bytes that come from outside: netlink, inotify, calls of the shim, packets. Each with samples. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { decodeCall } from '../../plugin/serve/call-message.ts';
import { parseNameEvents } from '../../reconciler/daemon/document-watcher.ts';
import { addressCodec } from '../../reconciler/kernel/kinds/address.ts';
import { fdbCodec, parseFdbEntry } from '../../reconciler/kernel/kinds/fdb.ts';
import { neighbourCodec } from '../../reconciler/kernel/kinds/neighbour.ts';
import { routeCodec } from '../../reconciler/kernel/kinds/route-codec.ts';
import { parseGroup } from '../../reconciler/kernel/netlink/link-group.ts';
import { parseLink } from '../../reconciler/kernel/netlink/link.ts';
import { parseMessages } from '../../reconciler/kernel/netlink/message.ts';
import { parseElements, parseRule, parseTable } from '../../reconciler/kernel/netlink/nftables.ts';
import { NFT_SETS } from '../../reconciler/kernel/netlink/nftables-key.ts';
import { parseLinkMessage, parseNftMessage, splitMessages } from '../../reconciler/kernel/netlink/notice.ts';
import type { BodyReader } from '../../reconciler/kernel/netlink/reader.ts';
import { parseDeniedPacket } from '../../reconciler/model/policy/denial.ts';
import { encodeCall } from '../plugin/shim/encode-call.ts';

/** A parser of bytes: returns what it understood, in any form that JSON has. */
export type ByteParser = {
  readonly weight: number;
  readonly samples: readonly Uint8Array[];
  readonly parse: (bytes: Uint8Array) => unknown;
};

/** The captured datagrams of iproute2 and nft. */
export const DATAGRAMS: readonly Uint8Array[] = readdirSync(
  join(import.meta.dirname, '../kernel/captured'),
).flatMap((name) =>
  readFileSync(join(import.meta.dirname, '../kernel/captured', name), 'utf8')
    .split('\n')
    .flatMap((line) => /^(?:send|recv) ([0-9a-f]+)$/.exec(line)?.[1] ?? [])
    .map((hex) => Uint8Array.from(Buffer.from(hex, 'hex'))),
);

const bodies = (bytes: Uint8Array): readonly BodyReader[] =>
  parseMessages(bytes, bytes.length).map(({ body }) => body);

const eachBody =
  (parse: (body: BodyReader) => unknown) =>
  (bytes: Uint8Array): unknown =>
    bodies(bytes).map(parse);

const netlink = (parse: (bytes: Uint8Array) => unknown): ByteParser => ({
  weight: 5,
  samples: DATAGRAMS,
  parse,
});

const inotify = Buffer.from(
  '0100000000010000000000001000000076 6e65742e79616d6c00000000000000'.replaceAll(' ', ''),
  'hex',
);
const packet = Buffer.from(
  '450000281c4640004006b1e60af000240af00001d4310050000000000000000050022000000000000',
  'hex',
);

/** The parsers by name. */
export const BYTE_PARSERS: Readonly<Record<string, ByteParser>> = {
  link: netlink(eachBody(parseLink)),
  address: netlink(eachBody((body) => addressCodec.parse(body))),
  route: netlink(eachBody((body) => routeCodec.parse(body))),
  neighbour: netlink(eachBody((body) => neighbourCodec.parse(body))),
  'fdb entry': netlink(eachBody((body) => [fdbCodec.parse(body), parseFdbEntry(body)])),
  'group of a link': netlink(eachBody(parseGroup)),
  'nft table': netlink(eachBody((body) => [parseTable(body), parseRule(body)])),
  'nft elements': netlink(
    eachBody((body) => Object.values(NFT_SETS).map((shape) => parseElements(shape, body))),
  ),
  notification: netlink((bytes) =>
    splitMessages(bytes, bytes.length).map((message) => [
      parseLinkMessage(message),
      parseNftMessage(message),
    ]),
  ),
  'call of the shim': {
    weight: 5,
    samples: [encodeCall({ env: { CNI_COMMAND: 'ADD', CNI_IFNAME: 'eth0' }, stdin: '{"name":"azure"}' })],
    parse: (bytes) => decodeCall(bytes),
  },
  'event of a directory': { weight: 5, samples: [inotify], parse: parseNameEvents },
  'denied packet': { weight: 5, samples: [packet], parse: (bytes) => parseDeniedPacket(bytes) ?? null },
};
