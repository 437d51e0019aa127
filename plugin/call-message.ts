/**
 * What a CNI call and the resident process (`vnet watch`) say to each other over a socket: each message is its length (4
 * bytes, little-endian) and JSON. Pure.
 */
import type { FileStatus } from '../reconciler/model/sys.ts';
import type { Role } from './host.ts';

/** Tells one file from all others. */
export type FileIdentity = Pick<FileStatus, 'inode' | 'device'>;

/** Counts up with every change of the messages: another format is not understood, and the call done without help. */
export const CALL_FORMAT = 2;

/** The one byte that is sent first: the call is taken, or it must be done by whoever asked. */
export const TAKEN = 1;
/** The other one. */
export const REFUSED = 0;

/**
 * The byte with which the caller, who has waited, says that it will not do the call itself. Without it nothing is done: a call that
 * was given up must not come true later, beside the caller's next one.
 */
export const GO = 1;

const LENGTH_BYTES = 4;

/**
 * One call as it came to its process.
 * Shape: `program`, `ownNetns` and `podNetns` are what the files of these names are to the caller: a helper that sees
 * others (another build, another namespace, other mounts) must not answer.
 */
export type CallMessage = {
  readonly format: typeof CALL_FORMAT;
  readonly program: FileIdentity;
  readonly ownNetns: FileIdentity;
  readonly podNetns: FileIdentity | undefined;
  readonly role: Role;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: string;
};

/** Where the files are by which both sides know that they see the same. Source: proc(5), namespaces(7). */
export const PROGRAM_PATH = '/proc/self/exe';
/** The network namespace of whoever asks. */
export const OWN_NETNS_PATH = '/proc/self/ns/net';

/** Returns where the resident process of a node listens. */
export function callSocketPath(runDirectory: string): string {
  return `${runDirectory}/calls.sock`;
}

/** Returns the message as it is sent. Law: decodeMessage() of its bytes gives the value back, and nothing before all are there. */
export function encodeMessage(value: unknown): Uint8Array {
  const json = new TextEncoder().encode(JSON.stringify(value));
  const bytes = new Uint8Array(LENGTH_BYTES + json.length);
  new DataView(bytes.buffer).setUint32(0, json.length, true);
  bytes.set(json, LENGTH_BYTES);
  return bytes;
}

/** Returns the value of the message; undefined while bytes are missing. Throws for what is no JSON. */
export function decodeMessage(bytes: Uint8Array): unknown {
  if (bytes.length < LENGTH_BYTES) return undefined;
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  if (bytes.length < LENGTH_BYTES + length) return undefined;
  return JSON.parse(new TextDecoder().decode(bytes.subarray(LENGTH_BYTES, LENGTH_BYTES + length)));
}
