/**
 * Asks the resident process instead of reading the node: for a `vnet reconcile` without steps, and for
 * previews. Loads as little as possible, because the start-up dominates the remaining time.
 */
import { type Environment, FLAGS, type Sys } from '../model/ports/sys.ts';
import { identifyFile } from '../os/file-identity.ts';
import { unixAddress } from '../os/sys/unix-address.ts';
import {
  INQUIRY_FORMAT,
  type Inquiry,
  inquirySocketPath,
  OWN_NETNS,
  OWN_PROGRAM,
  parseReply,
  type Reply,
  VARIABLES,
} from './inquiry.ts';

/** Time to wait for a silent resident process. Units: seconds. */
const PATIENCE_S = 2;
/** Maximum size of one read; a long answer takes several. */
const PIECE_BYTES = 65_536;
/** An answer that is not a refusal. */
export type Answered = Extract<Reply, { readonly exitCode: number }>;

/**
 * Returns the verb's output and exit code; undefined if no resident process answers or it refuses: the verb
 * then reads the node itself. `args` are the command line's from `reconcile` on.
 */
export function askResident(
  sys: Sys,
  args: readonly string[],
  environment: Environment,
): Answered | undefined {
  if (!isAskable(args)) return undefined;
  const address = unixAddress(inquirySocketPath(`${environment['VNET_ROOT'] ?? ''}/run/vnet`));
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

/** Only for default paths and verbs that the resident process can serve. Colours are left to the verb. */
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
    program: identifyFile(sys, OWN_PROGRAM),
    netns: identifyFile(sys, OWN_NETNS),
  };
}

function hostnameOf(sys: Sys): string {
  const fd = sys.open('/proc/sys/kernel/hostname', FLAGS.O_RDONLY | FLAGS.O_CLOEXEC, 0);
  const bytes = fd < 0 ? fd : sys.readAll(fd);
  if (fd >= 0) sys.close(fd);
  return typeof bytes === 'number' ? '' : new TextDecoder().decode(bytes).trim();
}

/** Returns the line without its newline; undefined if it is incomplete. */
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
