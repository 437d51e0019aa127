/** Contract of netlink sockets: the simulation's playback and Linux. */
import { expect, it } from 'vitest';
import { getLink } from '../../../reconciler/kernel/netlink/link.ts';
import { encodeMessages } from '../../../reconciler/kernel/netlink/message.ts';
import { ERRNO, FLAGS, type Sys } from '../../../reconciler/model/ports/sys.ts';

/** Returns a Sys whose sockets answer this number of requests for the link `lo`, with one datagram each. */
export type MakeSockets = (answers: number) => Sys;

/** The answer to a request for `lo` is longer than this, and starts with a header. Units: bytes. */
const HEADER_BYTES = 16;

const NOW = FLAGS.MSG_DONTWAIT;

function open(sys: Sys): number {
  const fd = sys.socket(FLAGS.AF_NETLINK, FLAGS.SOCK_RAW | FLAGS.SOCK_CLOEXEC, FLAGS.NETLINK_ROUTE);
  expect(fd).toBeGreaterThan(2);
  return fd;
}

function ask(sys: Sys, fd: number, sequence: number): void {
  const request = encodeMessages([getLink('lo')], sequence);
  expect(sys.send(fd, request, 0)).toBe(request.length);
}

function sequenceOf(bytes: Uint8Array): number {
  return new DataView(bytes.buffer).getUint32(8, true);
}

/** Runs the cases with Sys values from `make`. */
export function describeSockets(make: MakeSockets): void {
  it('returns one answer for each recv, with the number of the request, and then none', () => {
    const [sys, into] = [make(2), new Uint8Array(65_536)];
    const fd = open(sys);
    for (const sequence of [71, 72]) {
      ask(sys, fd, sequence);
      expect(sys.recv(fd, into, NOW)).toBeGreaterThan(HEADER_BYTES);
      expect(sequenceOf(into)).toBe(sequence);
    }
    expect(sys.recv(fd, into, NOW)).toBe(-ERRNO.EAGAIN);
    sys.close(fd);
  });

  it('a datagram too long for the buffer is truncated, with its full length on request', () => {
    const sys = make(3);
    const fd = open(sys);
    const [large, small] = [new Uint8Array(65_536), new Uint8Array(HEADER_BYTES)];
    ask(sys, fd, 1);
    const whole = sys.recv(fd, large, NOW);
    ask(sys, fd, 2);
    expect(sys.recv(fd, small, NOW | FLAGS.MSG_TRUNC)).toBe(whole);
    expect(small).toEqual(Uint8Array.from([...large.subarray(0, 8), 2, 0, 0, 0, ...small.subarray(12)]));
    // The remainder is lost: the next datagram is the next answer.
    ask(sys, fd, 3);
    expect(sys.recv(fd, small, NOW)).toBe(HEADER_BYTES);
    expect(sequenceOf(small)).toBe(3);
    expect(sys.recv(fd, large, NOW)).toBe(-ERRNO.EAGAIN);
    sys.close(fd);
  });

  it('a closed socket cannot send, receive, bind or close', () => {
    const sys = make(1);
    const [fd, other] = [open(sys), open(sys)];
    expect(fd).not.toBe(other);
    expect(sys.close(fd)).toBe(0);
    const calls = [
      sys.close(fd),
      sys.send(fd, encodeMessages([getLink('lo')], 1), 0),
      sys.recv(fd, new Uint8Array(64), NOW),
      sys.bind(fd, new Uint8Array(12)),
      sys.setsockopt(fd, FLAGS.SOL_SOCKET, FLAGS.SO_RCVBUF, new Uint8Array(4)),
    ];
    expect(calls).toEqual(calls.map(() => -ERRNO.EBADF));
    ask(sys, other, 5);
    expect(sys.recv(other, new Uint8Array(65_536), NOW)).toBeGreaterThan(HEADER_BYTES);
    sys.close(other);
  });
}
