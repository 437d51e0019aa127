/**
 * Messages between a CNI call and the process that serves it. The caller is the shim: little-endian words of
 * 8 bytes, then the data whose lengths they give. Pure.
 */
import type { FileIdentity } from '../../reconciler/os/file-identity.ts';
import type { Answer } from '../dispatch.ts';
import type { Role } from '../host.ts';

/**
 * Incremented with every change of the messages. A server refuses other formats; the caller then runs the
 * call itself.
 */
export const CALL_FORMAT = 4;

/** Replies of a server, one byte each. REFUSED: the caller must run the call itself. */
export const REFUSED = 0;
/** The call was received; the server waits for GO. */
export const TAKEN = 1;
/** Sent every second to all waiting callers: the server is alive, however long other calls take. */
export const ALIVE = 2;
/** The answer follows. */
export const ANSWER = 3;

/**
 * Program name of the message by which a future server asks a temporary one to exit. A server that stays
 * replies REFUSED.
 */
const LEAVE = 'leave';

/**
 * Byte by which the caller commits to waiting for the answer. Without it the call is not run: an abandoned
 * call must not take effect later, beside the runtime's next one.
 */
export const GO = 1;

/** Units: bytes. */
const WORD_BYTES = 8;

/**
 * The words of a call, in order. The last three are the lengths of the data that follows: name, environment,
 * stdin.
 */
const CALL_WORDS = [
  'format',
  'programDevice',
  'programInode',
  'netnsDevice',
  'netnsInode',
  'podDevice',
  'podInode',
  'nameBytes',
  'environmentBytes',
  'stdinBytes',
] as const;

/** The name of one word. */
export type CallWord = (typeof CALL_WORDS)[number];

/** Units: bytes. */
export const CALL_HEADER_BYTES = CALL_WORDS.length * WORD_BYTES;

/**
 * Header of an answer: ANSWER and three words: exit code, length of stderr, length of stdout. Both texts
 * follow in this order.
 */
const ANSWER_HEADER_BYTES = 1 + 3 * WORD_BYTES;

/** Returns the offset of the word in a call. Units: bytes. */
export function offsetOfWord(word: CallWord): number {
  return CALL_WORDS.indexOf(word) * WORD_BYTES;
}

/**
 * One received call.
 * Shape: `program`, `ownNetns` and `podNetns` identify these files as the caller sees them: a server that
 * sees others (another build, namespace or mount table) must not answer. The pod's namespace may be absent.
 */
export type CallMessage = {
  readonly program: FileIdentity;
  readonly ownNetns: FileIdentity;
  readonly podNetns: FileIdentity | undefined;
  readonly role: Role;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: string;
};

/** The caller's network namespace. Source: namespaces(7). */
export const OWN_NETNS_PATH = '/proc/self/ns/net';

/** Returns the path of the node's call socket. */
export function callSocketPath(runDirectory: string): string {
  return `${runDirectory}/calls.sock`;
}

/** Longer than any runtime's call. */
const MAX_CALL_BYTES = 16 * 1024 * 1024;

/** Returns the message that asks a temporary server to exit: a call without variables and input. */
export function encodeLeave(): Uint8Array {
  const bytes = new Uint8Array(CALL_HEADER_BYTES + LEAVE.length);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(offsetOfWord('format'), BigInt(CALL_FORMAT), true);
  view.setBigUint64(offsetOfWord('nameBytes'), BigInt(LEAVE.length), true);
  bytes.set(new TextEncoder().encode(LEAVE), CALL_HEADER_BYTES);
  return bytes;
}

/**
 * Returns the call; `missing` while incomplete; `leave` for a request to exit; `foreign` if it is not a call
 * of this format.
 * Shape: the environment is the block of exec(3), each variable terminated by a zero byte.
 */
export function decodeCall(bytes: Uint8Array): CallMessage | 'missing' | 'leave' | 'foreign' {
  if (bytes.length < CALL_HEADER_BYTES) return 'missing';
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const word = (name: CallWord): number => Number(view.getBigUint64(offsetOfWord(name), true));
  const nameEnd = CALL_HEADER_BYTES + word('nameBytes');
  const environmentEnd = nameEnd + word('environmentBytes');
  const end = environmentEnd + word('stdinBytes');
  if (word('format') !== CALL_FORMAT || end > MAX_CALL_BYTES) return 'foreign';
  if (bytes.length < end) return 'missing';
  const text = (from: number, to: number): string => new TextDecoder().decode(bytes.subarray(from, to));
  const name = text(CALL_HEADER_BYTES, nameEnd);
  if (name === LEAVE) return 'leave';
  const podInode = word('podInode');
  return {
    program: { device: word('programDevice'), inode: word('programInode') },
    ownNetns: { device: word('netnsDevice'), inode: word('netnsInode') },
    podNetns: podInode === 0 ? undefined : { device: word('podDevice'), inode: podInode },
    role: name.endsWith('azure-vnet-ipam') ? 'azure-vnet-ipam' : 'azure-vnet',
    env: decodeEnvironment(text(nameEnd, environmentEnd)),
    stdin: text(environmentEnd, end),
  };
}

/** Of a duplicate variable the first counts, as in getenv(3). */
function decodeEnvironment(block: string): Record<string, string> {
  const variables = block.split('\0').filter((line) => line.includes('='));
  const split = variables.map((line) => [
    line.slice(0, line.indexOf('=')),
    line.slice(line.indexOf('=') + 1),
  ]);
  return Object.fromEntries(split.toReversed());
}

/**
 * Returns the encoded answer.
 * Law: the shim's output and exit code equal those of running the call directly.
 */
export function encodeAnswer({ exitCode, stdout, stderr }: Answer): Uint8Array {
  const encoder = new TextEncoder();
  const [said, printed] = [encoder.encode(stderr), encoder.encode(stdout)];
  const bytes = new Uint8Array(ANSWER_HEADER_BYTES + said.length + printed.length);
  const view = new DataView(bytes.buffer);
  bytes[0] = ANSWER;
  [exitCode, said.length, printed.length].forEach((value, index) =>
    view.setBigUint64(1 + index * WORD_BYTES, BigInt(value), true),
  );
  bytes.set(said, ANSWER_HEADER_BYTES);
  bytes.set(printed, ANSWER_HEADER_BYTES + said.length);
  return bytes;
}
