/**
 * What a CNI call and the process that serves it say to each other over a socket. The caller is the shim: words of
 * 8 bytes, least significant byte first, then what they count. Pure.
 */
import type { FileStatus } from '../../reconciler/model/ports/sys.ts';
import type { Answer } from '../dispatch.ts';
import type { Role } from '../host.ts';

/** Tells one file from all others. */
export type FileIdentity = Pick<FileStatus, 'inode' | 'device'>;

/** Counts up with every change of the messages: another format is not understood, and the call done without help. */
export const CALL_FORMAT = 4;

/** What a server says, each one byte. REFUSED: the call must be done by whoever asked. */
export const REFUSED = 0;
/** The call has come, and waits for GO. */
export const TAKEN = 1;
/** Said every second to everybody who waits: the server lives, however long the others' calls take. */
export const ALIVE = 2;
/** The answer follows. */
export const ANSWER = 3;

/**
 * The program name of a call that is none: whoever is to serve this node from now on asks a temporary server to leave. It is
 * answered with REFUSED by one that stays.
 */
const LEAVE = 'leave';

/**
 * The byte with which the caller, who has waited, says that it will not do the call itself. Without it nothing is done: a call that
 * was given up must not come true later, beside the caller's next one.
 */
export const GO = 1;

/** Units: bytes. */
export const WORD_BYTES = 8;

/** The words of a call, in their order. The last three are the lengths of what follows: name, environment, stdin. */
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

/** What a word of a call says. */
export type CallWord = (typeof CALL_WORDS)[number];

/** Units: bytes. */
export const CALL_HEADER_BYTES = CALL_WORDS.length * WORD_BYTES;

/**
 * ANSWER and three words come before the output: the exit code, and the lengths of stderr and of stdout, which follow in this
 * order.
 */
export const ANSWER_HEADER_BYTES = 1 + 3 * WORD_BYTES;

/** Returns where in a call the word is. Units: bytes. */
export function offsetOfWord(word: CallWord): number {
  return CALL_WORDS.indexOf(word) * WORD_BYTES;
}

/**
 * One call as it came to its process.
 * Shape: `program`, `ownNetns` and `podNetns` are what the files of these names are to the caller: a helper that sees
 * others (another build, another namespace, other mounts) must not answer. A pod's namespace may be absent.
 */
export type CallMessage = {
  readonly program: FileIdentity;
  readonly ownNetns: FileIdentity;
  readonly podNetns: FileIdentity | undefined;
  readonly role: Role;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: string;
};

/** The network namespace of whoever asks. Source: namespaces(7). */
export const OWN_NETNS_PATH = '/proc/self/ns/net';

/** Returns where a node's calls are answered. */
export function callSocketPath(runDirectory: string): string {
  return `${runDirectory}/calls.sock`;
}

/** Nothing that a runtime sends is longer. */
const MAX_CALL_BYTES = 16 * 1024 * 1024;

/** Returns what asks a temporary server to leave: a call without variables and input. */
export function encodeLeave(): Uint8Array {
  const bytes = new Uint8Array(CALL_HEADER_BYTES + LEAVE.length);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(offsetOfWord('format'), BigInt(CALL_FORMAT), true);
  view.setBigUint64(offsetOfWord('nameBytes'), BigInt(LEAVE.length), true);
  bytes.set(new TextEncoder().encode(LEAVE), CALL_HEADER_BYTES);
  return bytes;
}

/**
 * Returns the call, `missing` while bytes are, `leave` for the wish of another server, and `foreign` for what is no call of
 * this format.
 * Shape: the environment is the block of exec(3), a string for each variable, each with its zero byte.
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

/** Of a variable that is duplicated the first counts, as for getenv(3). */
function decodeEnvironment(block: string): Record<string, string> {
  const variables = block.split('\0').filter((line) => line.includes('='));
  const split = variables.map((line) => [
    line.slice(0, line.indexOf('=')),
    line.slice(line.indexOf('=') + 1),
  ]);
  return Object.fromEntries(split.toReversed());
}

/** Returns the answer as it is sent. Law: the shim prints and exits with what the process itself would have. */
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
