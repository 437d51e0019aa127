import { describe, expect, it } from 'vitest';
import { BodyWriter } from '../../../reconciler/kernel/netlink/writer.ts';
import { NLM_F_ACK, NLM_F_REQUEST, encodeMessages } from '../../../reconciler/kernel/netlink/message.ts';
import type { NetlinkRequest } from '../../../reconciler/kernel/netlink/message.ts';
import { NetlinkSocket, ReceiveBuffer } from '../../../reconciler/kernel/netlink/socket.ts';
import { ERRNO, FLAGS } from '../../../reconciler/model/ports/sys.ts';
import { fakeSys } from '../fake-sys.ts';
import type { FakeSys, Scripted } from '../fake-sys.ts';

const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;
const RTM_NEWLINK = 16;
const RTM_GETLINK = 18;
const MULTI = 2;
const INTERRUPTED = 0x10;
const CAPPED = 0x100;
const TLVS = 0x200;
const GET: NetlinkRequest = { type: RTM_GETLINK, flags: 0, body: new Uint8Array(16) };
const SET: NetlinkRequest = { type: RTM_NEWLINK, flags: 0, body: new Uint8Array(16) };

function message(type: number, flags: number, body: Uint8Array): (sequence: number) => Uint8Array {
  return (sequence) => encodeMessages([{ type, flags, body }], sequence);
}

/** A dump message with one number. */
function item(value: number, flags = 0): Scripted {
  return message(RTM_NEWLINK, MULTI | flags, new BodyWriter().put32(value).finish());
}

function done(flags = 0, errno = 0): Scripted {
  return message(NLMSG_DONE, MULTI | flags, new BodyWriter().put32(-errno).finish());
}

/** A message of an earlier dump. */
function stale(): Scripted {
  return (sequence) =>
    encodeMessages([{ type: RTM_NEWLINK, flags: MULTI, body: new Uint8Array(4) }], sequence - 1);
}

/** An acknowledgement of the request at this offset in its datagram. */
function answered(errno: number, after = 0, text?: string): Scripted {
  const body = new BodyWriter().put32(-errno).put32(0).put32(0).put32(0).put32(0);
  if (text !== undefined) body.text(1, text);
  return (sequence) =>
    message(NLMSG_ERROR, CAPPED | (text === undefined ? 0 : TLVS), body.finish())(sequence + after);
}

function open(
  script: readonly Scripted[],
  options: { readOnly?: boolean; sizeBytes?: number; protocol?: number } = {},
): { socket: NetlinkSocket; fake: FakeSys } {
  const fake = fakeSys(script);
  const opened = NetlinkSocket.open(fake.sys, {
    protocol: options.protocol ?? FLAGS.NETLINK_ROUTE,
    readOnly: options.readOnly ?? false,
    buffer: new ReceiveBuffer(options.sizeBytes ?? 4096),
  });
  if (!opened.ok) throw new Error(opened.error.message);
  return { socket: opened.value, fake };
}

function dumpNumbers(socket: NetlinkSocket): unknown {
  const read = socket.dump(GET, (body) => body.at32(0), 'list');
  return read.ok ? read.value : read.error.code;
}

describe('a dump', () => {
  it('returns the contents of each message, over several datagrams', () => {
    const { socket, fake } = open([item(1), item(2), done()]);
    expect(dumpNumbers(socket)).toEqual([1, 2]);
    expect(fake.sent).toHaveLength(1);
  });

  it.each([
    ['at its first message', [item(1, INTERRUPTED), done()]],
    ['at its end', [item(1), done(INTERRUPTED)]],
    ['and ended with an error', [item(1, INTERRUPTED), done(0, ERRNO.EAGAIN)]],
  ])('that was interrupted %s is restarted, and nothing of it is kept', (_when, first) => {
    const { socket, fake } = open([...first, item(7), done()]);
    expect(dumpNumbers(socket)).toEqual([7]);
    expect(fake.sent).toHaveLength(2);
  });

  it('that is interrupted every time is a Failure that may be retried, not a shorter list', () => {
    const script = Array.from({ length: 64 }, () => [item(1), done(INTERRUPTED)]).flat();
    const { socket, fake } = open([...script, item(1), done()]);
    expect(dumpNumbers(socket)).toBe('interrupted');
    expect(fake.sent).toHaveLength(64);
  });

  it('that overran the receive buffer is drained and restarted', () => {
    const { socket, fake } = open([item(1), -ERRNO.ENOBUFS, item(2), done(), -ERRNO.EAGAIN, item(7), done()]);
    expect(dumpNumbers(socket)).toEqual([7]);
    expect(fake.sent).toHaveLength(2);
  });

  it('whose datagram did not fit is restarted with a larger buffer', () => {
    const large = message(
      RTM_NEWLINK,
      MULTI,
      new BodyWriter().put32(5).bytes(1, new Uint8Array(9000)).finish(),
    );
    const { socket } = open([large, done(), -ERRNO.EAGAIN, large, done()], { sizeBytes: 512 });
    expect(dumpNumbers(socket)).toEqual([5]);
  });

  it('that the kernel ends with an error is that error', () => {
    expect(dumpNumbers(open([item(1), done(0, ERRNO.EPERM)]).socket)).toBe('permission');
    expect(dumpNumbers(open([answered(ERRNO.ENODEV)]).socket)).toBe('not-found');
  });

  it('ignores answers to earlier requests', () => {
    expect(dumpNumbers(open([stale(), item(3), done()]).socket)).toEqual([3]);
  });

  it('without an answer from the kernel times out', () => {
    expect(dumpNumbers(open([item(1)]).socket)).toBe('timeout');
  });
});

describe('a request', () => {
  it('is done when the kernel acknowledges it', () => {
    expect(open([answered(0)]).socket.request(SET, 'set')).toEqual({ ok: true, value: undefined });
  });

  it('is refused with the text of the kernel, and a hint for what one can do', () => {
    const { socket } = open([answered(ERRNO.EPERM, 0, 'not for you')]);
    expect(socket.request(SET, 'set eth0 up')).toMatchObject({
      ok: false,
      error: {
        code: 'permission',
        step: 'set eth0 up',
        message: 'not for you (EPERM)',
        hint: expect.stringMatching(/root/),
      },
    });
  });

  it.each<[string, Scripted[], unknown[]]>([
    ['none is refused', [answered(0, 2)], [true, true, true]],
    ['one is refused', [answered(ERRNO.EEXIST, 1), answered(0, 2)], [true, 'exists', true]],
    ['the last is refused', [answered(ERRNO.EPERM, 2)], [true, true, 'permission']],
    [
      'all are refused',
      [answered(ERRNO.EPERM), answered(ERRNO.EEXIST, 1), answered(ERRNO.ENODEV, 2)],
      ['permission', 'exists', 'not-found'],
    ],
    [
      'an answer was lost, so the fate of those not refused is unknown',
      [answered(ERRNO.EEXIST), -ERRNO.ENOBUFS],
      ['exists', 'interrupted', 'interrupted'],
    ],
  ])('has a separate result among several in one datagram: %s', (_when, script, expected) => {
    const { socket, fake } = open(script);
    const results = socket.requests([SET, SET, SET], 'set');
    expect(results.map((result) => result.ok || result.error.code)).toEqual(expected);
    expect(fake.sent).toHaveLength(1);
    expect(fake.script).toHaveLength(0);
  });

  it('requests one acknowledgement for a datagram: that of the last message', () => {
    const { socket, fake } = open([answered(0, 2)]);
    socket.requests([SET, SET, SET], 'set');
    const [datagram = new Uint8Array()] = fake.sent;
    const view = new DataView(datagram.buffer, datagram.byteOffset);
    const flags = [0, 1, 2].map((index) => view.getUint16(index * 32 + 6, true));
    expect(flags).toEqual([NLM_F_REQUEST, NLM_F_REQUEST, NLM_F_REQUEST | NLM_F_ACK]);
  });

  it('whose answer was lost may have succeeded, and the Failure says so', () => {
    const { socket } = open([-ERRNO.ENOBUFS]);
    expect(socket.request(SET, 'set')).toMatchObject({
      ok: false,
      error: {
        code: 'interrupted',
        message: expect.stringMatching(/no buffer/),
        hint: expect.stringMatching(/again/),
      },
    });
  });

  it('for one object returns the contents of its answer', () => {
    const { socket } = open([item(9), answered(ERRNO.ENODEV)]);
    expect(socket.get(GET, (body) => body.at32(0), 'look up')).toEqual({ ok: true, value: 9 });
    expect(socket.get(GET, (body) => body.at32(0), 'look up')).toMatchObject({
      ok: false,
      error: { code: 'not-found' },
    });
  });
});

describe('a batch', () => {
  const change = { type: 0xa0c, flags: 4, body: new Uint8Array(4) };
  const batch = [{ ...change, type: 16 }, change, change, { ...change, type: 17 }];

  it.each<[string, Scripted[], unknown]>([
    ['its last change is acknowledged', [answered(0, 2)], true],
    ['an earlier change is refused', [answered(ERRNO.ENOENT, 1), answered(0, 2)], 'not-found'],
    ['several changes are refused', [answered(ERRNO.ENOENT, 1), answered(ERRNO.EEXIST, 2)], 'not-found'],
    ['its last change is refused', [answered(ERRNO.EEXIST, 2)], 'exists'],
    ['it is refused as a whole', [answered(ERRNO.EPERM, 0)], 'permission'],
  ])('ends when %s', (_when, script, expected) => {
    const { socket, fake } = open(script, { protocol: FLAGS.NETLINK_NETFILTER });
    const result = socket.batch(batch, 'change elements');
    expect(result.ok || result.error.code).toBe(expected);
    expect(fake.script).toHaveLength(0);
  });
});

describe('a socket that only reads', () => {
  it.each([
    ['a new link', FLAGS.NETLINK_ROUTE, 16],
    ['a deleted route', FLAGS.NETLINK_ROUTE, 25],
    ['a changed link', FLAGS.NETLINK_ROUTE, 19],
    ['a new element', FLAGS.NETLINK_NETFILTER, 0xa0c],
    ['the begin of a batch', FLAGS.NETLINK_NETFILTER, 16],
    ['a reset of counters', FLAGS.NETLINK_NETFILTER, 0xa15],
    ['another subsystem', FLAGS.NETLINK_NETFILTER, 0x101],
  ])('sends nothing of %s', (_what, protocol, type) => {
    const { socket, fake } = open([answered(0)], { readOnly: true, protocol });
    expect(socket.request({ ...SET, type }, 'change')).toMatchObject({
      ok: false,
      error: { code: 'refused' },
    });
    expect(fake.sent).toEqual([]);
  });

  it('sends requests to read', () => {
    const { socket, fake } = open([item(1), done()], { readOnly: true });
    expect(dumpNumbers(socket)).toEqual([1]);
    expect(fake.sent).toHaveLength(1);
  });

  it('is closed', () => {
    const { socket, fake } = open([]);
    expect(fake.open.size).toBe(1);
    socket.close();
    expect(fake.open.size).toBe(0);
  });
});
