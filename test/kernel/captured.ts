/**
 * Bytes exchanged between ip, bridge and nft and a kernel (strace, Linux 6.18, iproute2 6.1.0, nftables
 * 1.0.6).
 */
import { readFileSync } from 'node:fs';
import { BodyReader } from '../../reconciler/kernel/netlink/reader.ts';
import { parseMessages } from '../../reconciler/kernel/netlink/message.ts';
import type { NetlinkAnswer, NetlinkRequest } from '../../reconciler/kernel/netlink/message.ts';

/** Returns the messages of captured/NAME.hex, whose first line is the captured command. */
export function captured(name: string): NetlinkAnswer[] {
  const text = readFileSync(new URL(`captured/${name}.hex`, import.meta.url), 'utf8');
  const datagrams = text.split('\n').flatMap((line) => /^(?:send|recv) ([0-9a-f]+)$/.exec(line)?.[1] ?? []);
  if (datagrams.length === 0) throw new Error(`captured/${name}.hex has no datagram`);
  return datagrams.flatMap((hex) => {
    const bytes = Uint8Array.from(Buffer.from(hex, 'hex'));
    return Array.from(parseMessages(bytes, bytes.length));
  });
}

/** Returns the bodies of the captured messages of the type. */
export function capturedBodies(name: string, type: number): BodyReader[] {
  return captured(name).flatMap((message) => (message.type === type ? [message.body] : []));
}

/** Nested attributes: their types from the outside in, and the length of a header inside. */
export type Nesting = Readonly<Record<string, number>>;

/**
 * Returns header and attributes of a message as sorted lines, so that messages with equal content compare
 * equal, in any order of attributes and with or without the nested flag.
 */
export function describeBody(
  type: number,
  body: BodyReader,
  headerBytes: number,
  nesting: Nesting = {},
): string[] {
  const header = toHex(body.slice(0, headerBytes));
  return [
    `type ${type} header ${header}`,
    ...describeAttributes(body.from(headerBytes), '', nesting).toSorted(),
  ];
}

function describeAttributes(body: BodyReader, path: string, nesting: Nesting): string[] {
  const lines: string[] = [];
  for (let at = 0; at + 4 <= body.length; ) {
    const length = body.at16(at);
    const type = body.at16(at + 2) & 0x3fff;
    const value = body.slice(at + 4, length - 4);
    const here = `${path}/${type}`;
    const inner = nesting[here];
    if (inner === undefined) lines.push(`${here} ${toHex(value)}`);
    else {
      if (inner > 0) lines.push(`${here} header ${toHex(value.slice(0, inner))}`);
      lines.push(...describeAttributes(value.from(inner), here, nesting));
    }
    at += (length + 3) & ~3;
  }
  return lines;
}

/** Returns the same for one of our requests. */
export function describeRequest(
  request: NetlinkRequest,
  headerBytes: number,
  nesting: Nesting = {},
): string[] {
  return describeBody(request.type, BodyReader.of(request.body), headerBytes, nesting);
}

/** Returns the same for the only captured request. */
export function describeCaptured(name: string, headerBytes: number, nesting: Nesting = {}): string[] {
  const [message] = captured(name);
  if (message === undefined) throw new Error(`captured/${name}.hex has no message`);
  return describeBody(message.type, message.body, headerBytes, nesting);
}

function toHex(reader: BodyReader): string {
  return Buffer.from(reader.toBytes()).toString('hex');
}
