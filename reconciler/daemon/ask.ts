/**
 * Asks the resident process instead of reading the node: for a `vnet reconcile` that has nothing to do, and for previews. It
 * loads as little as can be, since most of what is left of its time is its start.
 */
import { type Environment, FLAGS, type Sys } from '../model/ports/sys.ts';
import {
  identify,
  INQUIRY_FORMAT,
  type Inquiry,
  inquirySocketPath,
  OWN_NETNS,
  OWN_PROGRAM,
  parseReply,
  type Reply,
  VARIABLES,
} from './inquiry.ts';

/** Whoever is asked and says nothing for so long is not waited for. Units: seconds. */
const PATIENCE_S = 2;
/** An answer of several steps comes in pieces, of this size at most. */
const PIECE_BYTES = 65_536;
/** The longest path of a socket. Source: unix(7), sun_path. */
const SUN_PATH_BYTES = 108;

/** What was answered. */
export type Answered = Extract<Reply, { readonly exitCode: number }>;

/**
 * Returns what the verb is to print and how it is to end; undefined when nobody is there, says no, or says nothing: then the
 * verb finds out by itself. `args` are those of the command line, from `reconcile` on.
 */
export function askResident(
  sys: Sys,
  args: readonly string[],
  environment: Environment,
): Answered | undefined {
  if (!isAskable(args)) return undefined;
  const address = addressOf(inquirySocketPath(`${environment['VNET_ROOT'] ?? ''}/run/vnet`));
  if (address === undefined) return undefined;
  const fd = sys.socket(FLAGS.AF_UNIX, FLAGS.SOCK_STREAM | FLAGS.SOCK_CLOEXEC, 0);
  if (fd < 0) return undefined;
  try {
    const patience = new Uint8Array(new BigInt64Array([BigInt(PATIENCE_S), 0n]).buffer);
    for (const limit of [FLAGS.SO_RCVTIMEO, FLAGS.SO_SNDTIMEO])
      sys.setsockopt(fd, FLAGS.SOL_SOCKET, limit, patience);
    if (sys.connect(fd, address) < 0) return undefined;
    const asked = new TextEncoder().encode(`${JSON.stringify(inquiryOf(sys, args, environment))}\n`);
    if (sys.send(fd, asked, FLAGS.MSG_NOSIGNAL) !== asked.length) return undefined;
    const reply = parseReply(receiveLine(sys, fd) ?? '');
    return reply !== undefined && 'exitCode' in reply ? reply : undefined;
  } finally {
    sys.close(fd);
  }
}

/** Other places, and a look that asks nobody, are asked of nobody; colours are a terminal's, and chosen by the verb. */
function isAskable(args: readonly string[]): boolean {
  if (args[0] !== 'reconcile') return false;
  return !args.some((arg) => /^--(root|document|full|watch|interval|help|version)\b|^-[hV]/.test(arg));
}

function inquiryOf(sys: Sys, args: readonly string[], environment: Environment): Inquiry {
  const known = VARIABLES.flatMap((name) => {
    const value = environment[name];
    return value === undefined ? [] : [[name, value]];
  });
  return {
    format: INQUIRY_FORMAT,
    args,
    environment: Object.fromEntries(known),
    hostname: hostnameOf(sys),
    program: identify(sys, OWN_PROGRAM),
    netns: identify(sys, OWN_NETNS),
  };
}

function hostnameOf(sys: Sys): string {
  const fd = sys.open('/proc/sys/kernel/hostname', FLAGS.O_RDONLY | FLAGS.O_CLOEXEC, 0);
  const bytes = fd < 0 ? fd : sys.readAll(fd);
  if (fd >= 0) sys.close(fd);
  return typeof bytes === 'number' ? '' : new TextDecoder().decode(bytes).trim();
}

/** struct sockaddr_un; undefined for a path that it has no room for. */
function addressOf(path: string): Uint8Array | undefined {
  const name = new TextEncoder().encode(path);
  if (name.length >= SUN_PATH_BYTES) return undefined;
  const address = new Uint8Array(2 + name.length + 1);
  address[0] = FLAGS.AF_UNIX;
  address.set(name, 2);
  return address;
}

/** Returns the line without its end; undefined when it does not come to its end. */
function receiveLine(sys: Sys, fd: number): string | undefined {
  const pieces: Uint8Array[] = [];
  for (;;) {
    const piece = new Uint8Array(PIECE_BYTES);
    const length = sys.recv(fd, piece, 0);
    if (length <= 0) return undefined;
    pieces.push(piece.subarray(0, length));
    if (piece[length - 1] !== NEWLINE) continue;
    const decoder = new TextDecoder();
    return pieces.map((one) => decoder.decode(one, { stream: true })).join('');
  }
}

const NEWLINE = 10;
