/**
 * A CNI call that lets the resident process (`vnet watch`) answer: its code is warm, and starting ours takes longer than
 * all the work. Whatever goes wrong, the call is done here instead: every verb is idempotent.
 */
import { resolvePaths } from '../reconciler/cli/paths.ts';
import { FLAGS, type Sys } from '../reconciler/model/sys.ts';
import {
  CALL_FORMAT,
  type CallMessage,
  callSocketPath,
  decodeMessage,
  encodeMessage,
  type FileIdentity,
  GO,
  OWN_NETNS_PATH,
  PROGRAM_PATH,
  TAKEN,
} from './call-message.ts';
import type { Answer, Given } from './dispatch.ts';

/** The call as this process got it. Shape: `readStdin` is asked only when there is somebody to answer. */
export type ReceivedCall = Pick<Given, 'role' | 'argv' | 'env' | 'readStdin'>;

/** How long the resident process may take to say that it has the call: longer than a round of 1000 pods. */
const TAKE_TIMEOUT_S = 2;

/** How long it may take to answer: longer than an ADD that asks the host endpoint and waits for its locks. */
const ANSWER_TIMEOUT_S = 90;

/** The longest path of a socket. Source: unix(7), sun_path. */
const SUN_PATH_BYTES = 107;

const FIRST_ANSWER_BYTES = 16_384;

/** Returns the answer of the resident process; undefined when there is none, or it can't stand in for this process. */
export function forwardCall(sys: Sys, call: ReceivedCall): Answer | undefined {
  const path = new TextEncoder().encode(callSocketPath(resolvePaths({}, call.env).runDirectory));
  if (path.length > SUN_PATH_BYTES) return undefined;
  const fd = sys.socket(FLAGS.AF_UNIX, FLAGS.SOCK_STREAM | FLAGS.SOCK_CLOEXEC, 0);
  if (fd < 0) return undefined;
  try {
    const address = new Uint8Array(path.length + 3);
    address[0] = FLAGS.AF_UNIX;
    address.set(path, 2);
    return sys.connect(fd, address) < 0 ? undefined : exchange(sys, fd, call);
  } finally {
    sys.close(fd);
  }
}

function exchange(sys: Sys, fd: number, call: ReceivedCall): Answer | undefined {
  const message = describeCall(sys, call);
  if (message === undefined) return undefined;
  setTimeouts(sys, fd, TAKE_TIMEOUT_S);
  if (!sendAll(sys, fd, encodeMessage(message))) return undefined;
  let bytes = new Uint8Array(FIRST_ANSWER_BYTES);
  if (sys.recv(fd, bytes, 0) !== 1 || bytes[0] !== TAKEN) return undefined;
  setTimeouts(sys, fd, ANSWER_TIMEOUT_S);
  if (!sendAll(sys, fd, Uint8Array.of(GO))) return undefined;
  for (let length = 0; ; ) {
    const got = sys.recv(fd, bytes.subarray(length), 0);
    if (got <= 0) return undefined;
    length += got;
    const answer = decodeMessage(bytes.subarray(0, length));
    if (answer !== undefined) return isAnswer(answer) ? answer : undefined;
    if (length < bytes.length) continue;
    const larger = new Uint8Array(bytes.length * 4);
    larger.set(bytes);
    bytes = larger;
  }
}

function sendAll(sys: Sys, fd: number, bytes: Uint8Array): boolean {
  for (let sent = 0; sent < bytes.length; ) {
    const count = sys.send(fd, bytes.subarray(sent), FLAGS.MSG_NOSIGNAL);
    if (count <= 0) return false;
    sent += count;
  }
  return true;
}

function describeCall(sys: Sys, { role, argv, env, readStdin }: ReceivedCall): CallMessage | undefined {
  const stdin = readStdin();
  if (!stdin.ok) return undefined;
  const [program, ownNetns] = [identify(sys, PROGRAM_PATH), identify(sys, OWN_NETNS_PATH)];
  if (program === undefined || ownNetns === undefined) return undefined;
  const podNetns = identify(sys, env['CNI_NETNS'] ?? '');
  return { format: CALL_FORMAT, program, ownNetns, podNetns, role, argv, env, stdin: stdin.value };
}

function identify(sys: Sys, path: string): FileIdentity | undefined {
  const status = path === '' ? undefined : sys.stat(path);
  return typeof status === 'object' ? { inode: status.inode, device: status.device } : undefined;
}

/** Source: socket(7), SO_RCVTIMEO: a struct timeval. */
function setTimeouts(sys: Sys, fd: number, seconds: number): void {
  const timeval = new Uint8Array(16);
  timeval[0] = seconds;
  sys.setsockopt(fd, FLAGS.SOL_SOCKET, FLAGS.SO_RCVTIMEO, timeval);
  sys.setsockopt(fd, FLAGS.SOL_SOCKET, FLAGS.SO_SNDTIMEO, timeval);
}

function isAnswer(value: unknown): value is Answer {
  return (
    typeof value === 'object' &&
    value !== null &&
    'exitCode' in value &&
    typeof value.exitCode === 'number' &&
    'stdout' in value &&
    typeof value.stdout === 'string' &&
    'stderr' in value &&
    typeof value.stderr === 'string'
  );
}
