/** The inquiry of `vnet reconcile` to the resident process, and its reply: one line of JSON each. */
import { isNumber, isRecord, isText, listOf, ofFormat, parseJson, withFields } from '../model/objects.ts';
import type { FileIdentity } from '../os/file-identity.ts';

/** The format of both; other builds may use another. */
export const INQUIRY_FORMAT = 'vnet.inquiry/1';

/**
 * An inquiry.
 * Shape: `args` are the command line's without the program; `environment` the variables that affect the
 * result; `program` is the caller's executable, `netns` its network namespace.
 */
export type Inquiry = {
  readonly format: typeof INQUIRY_FORMAT;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly hostname: string;
  readonly program: FileIdentity | undefined;
  readonly netns: FileIdentity | undefined;
};

/** The verb's output and exit code, or a refusal: the caller must read the node itself. */
export type Reply =
  | { readonly exitCode: number; readonly stdout: string; readonly stderr: string }
  | { readonly refused: string };

const isInquiry = ofFormat<Inquiry>(INQUIRY_FORMAT, {
  args: listOf(isText),
  environment: isRecord,
  hostname: isText,
});
const isRefusal = withFields<Reply>({ refused: isText });
const isOutcome = withFields<Reply>({ exitCode: isNumber, stdout: isText, stderr: isText });

/** Returns the inquiry; undefined for another format. */
export function parseInquiry(line: string): Inquiry | undefined {
  return parseJson(line, isInquiry);
}

/** Returns the reply; undefined if it is incomplete or of another format. */
export function parseReply(line: string): Reply | undefined {
  return parseJson(line, isRefusal) ?? parseJson(line, isOutcome);
}

/** The only environment variables that affect a reconcile. */
export const VARIABLES = ['VNET_ROOT', 'VNET_DOCUMENT', 'VNET_NODE'] as const;

/** The network namespace of the calling thread. */
export const OWN_NETNS = '/proc/thread-self/ns/net';

/** The running executable. */
export const OWN_PROGRAM = '/proc/self/exe';

/** Returns the path of the resident process's socket, which only root can open. */
export function inquirySocketPath(runDirectory: string): string {
  return `${runDirectory}/round.sock`;
}
