/** What `vnet reconcile` asks the resident process, and how it is answered: one line of JSON each. */
import type { FileStatus, Sys } from '../model/ports/sys.ts';

/** The format of both; another build may have another. */
export const INQUIRY_FORMAT = 'vnet.inquiry/1';

/** A file, whatever its path. */
export type FileIdentity = Pick<FileStatus, 'inode' | 'device'>;

/**
 * What is asked. Shape: `args` are those of the command line, without the program; `environment` what they depend on;
 * `program` is the file of the program that asks, `netns` its network namespace.
 */
export type Inquiry = {
  readonly format: typeof INQUIRY_FORMAT;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly hostname: string;
  readonly program: FileIdentity | undefined;
  readonly netns: FileIdentity | undefined;
};

/** What the verb would print, and how it would end. Refused: it must find out by itself. */
export type Reply =
  | { readonly exitCode: number; readonly stdout: string; readonly stderr: string }
  | { readonly refused: string };

/** Returns what the line asks; undefined when it is of another format. */
export function parseInquiry(line: string): Inquiry | undefined {
  const value = parseLine(line);
  return isInquiry(value) ? value : undefined;
}

/** Returns what the line answers; undefined when it is not an answer, whole and of this format. */
export function parseReply(line: string): Reply | undefined {
  const value = parseLine(line);
  return isReply(value) ? value : undefined;
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function isInquiry(value: unknown): value is Inquiry {
  return (
    isObject(value) &&
    value['format'] === INQUIRY_FORMAT &&
    Array.isArray(value['args']) &&
    value['args'].every((arg) => typeof arg === 'string') &&
    isObject(value['environment']) &&
    typeof value['hostname'] === 'string'
  );
}

function isReply(value: unknown): value is Reply {
  if (!isObject(value)) return false;
  if (typeof value['refused'] === 'string') return true;
  const { exitCode, stdout, stderr } = value;
  return typeof exitCode === 'number' && typeof stdout === 'string' && typeof stderr === 'string';
}

/** Of the environment only these decide what a reconcile does. */
export const VARIABLES = ['VNET_ROOT', 'VNET_DOCUMENT', 'VNET_NODE'] as const;

/** The network namespace of the calling thread. */
export const OWN_NETNS = '/proc/thread-self/ns/net';

/** The program that runs. */
export const OWN_PROGRAM = '/proc/self/exe';

/** Returns where the resident process listens; root's alone. */
export function inquirySocketPath(runDirectory: string): string {
  return `${runDirectory}/round.sock`;
}

/** Returns the file at the path, undefined where there is none. */
export function identify(sys: Sys, path: string): FileIdentity | undefined {
  const status = sys.stat(path);
  return typeof status === 'number' ? undefined : { inode: status.inode, device: status.device };
}

/** Returns true when both are one file. What is not there is none. */
export function isSameFile(left: FileIdentity | undefined, right: FileIdentity | undefined): boolean {
  return left !== undefined && left.inode === right?.inode && left.device === right.device;
}
