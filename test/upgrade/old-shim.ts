/**
 * The shim of a recorded build: the messages that a new server receives while executables are being replaced.
 */
import { statSync } from 'node:fs';
import { converse, GO_BYTE, REFUSED_BYTE } from './converse.ts';
import { readFixture } from './restore.ts';

/** The words of a call before its texts, each 8 bytes: the format, three files by device and inode, three lengths. */
const [WORD_BYTES, WORDS] = [8, 10];

/** One call of an old shim, decoded. */
export type OldCall = {
  readonly words: readonly bigint[];
  readonly name: string;
  readonly env: ReadonlyMap<string, string>;
  readonly stdin: string;
};

/** The old shim's view. Shape: paths of files; that of a pod's namespace is absent if not needed. */
export type Sight = { readonly program: string; readonly netns: string; readonly pod?: string };

/** The outcome of a call. Shape: `refused`: the old shim executes the program beside it. */
export type OldAnswer =
  | 'refused'
  | { readonly exitCode: number; readonly stderr: string; readonly stdout: string };

/** Returns the recorded call. */
export function readOldCall(build: string, name: string): OldCall {
  const bytes = Buffer.from(readFixture(build, `messages/${name}.hex`).trim(), 'hex');
  const words = Array.from({ length: WORDS }, (_, index) => bytes.readBigUInt64LE(index * WORD_BYTES));
  const [nameBytes = 0, environmentBytes = 0, stdinBytes = 0] = words.slice(-3).map(Number);
  let at = WORDS * WORD_BYTES;
  const take = (length: number): string => {
    at += length;
    return bytes.subarray(at - length, at).toString();
  };
  const called = take(nameBytes);
  const variables = take(environmentBytes)
    .split('\0')
    .filter((line) => line !== '')
    .map((line): [string, string] => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]);
  return { words, name: called, env: new Map(variables), stdin: take(stdinBytes) };
}

/** Returns the bytes that the old shim sends. Law: for a recorded call, the recorded bytes. */
export function encodeOldCall({ words, name, env, stdin }: OldCall): Buffer {
  const block = Array.from(env, ([key, value]) => `${key}=${value}\0`).join('');
  const texts = [name, block, stdin].map((text) => Buffer.from(text));
  const header = Buffer.alloc(WORDS * WORD_BYTES);
  [...words.slice(0, -3), ...texts.map(({ length }) => BigInt(length))].forEach((word, index) =>
    header.writeBigUInt64LE(word, index * WORD_BYTES),
  );
  return Buffer.concat([header, ...texts]);
}

/** Returns the call of a shim with this view, with other variables and another stdin. */
export function asSeen(
  call: OldCall,
  sight: Sight,
  { env, stdin = call.stdin }: { readonly env: Readonly<Record<string, string>>; readonly stdin?: string },
): OldCall {
  const identity = (path: string | undefined): readonly bigint[] => {
    if (path === undefined) return [0n, 0n];
    const { dev, ino } = statSync(path, { bigint: true });
    return [dev, ino];
  };
  const seen = [sight.program, sight.netns, sight.pod].flatMap(identity);
  const words = [call.words[0] ?? 0n, ...seen, ...call.words.slice(-3)];
  return { ...call, words, env: new Map([...call.env, ...Object.entries(env)]), stdin };
}

/** Resolves to the old shim's reading of the answer. Errors: throws for an answer that it cannot read. */
export async function askAsOldShim(socket: string, call: OldCall): Promise<OldAnswer> {
  const heard = await converse(socket, encodeOldCall(call), Uint8Array.of(GO_BYTE));
  if (heard[0] === REFUSED_BYTE && heard.length === 1) return 'refused';
  // TAKEN, then ALIVE while it runs, then ANSWER with three words and two texts.
  const at = heard.findIndex((byte, index) => index > 0 && byte !== 2);
  const whole = heard[0] === 1 && heard[at] === 3 && heard.length >= at + 1 + 3 * WORD_BYTES;
  if (!whole) throw new Error(`the old shim does not understand ${heard.toString('hex')}`);
  const [exitCode = 0, errBytes = 0, outBytes = 0] = [0, 1, 2].map((index) =>
    Number(heard.readBigUInt64LE(at + 1 + index * WORD_BYTES)),
  );
  const texts = heard.subarray(at + 1 + 3 * WORD_BYTES);
  if (texts.length !== errBytes + outBytes) throw new Error('the answer is not as long as it says');
  return {
    exitCode,
    stderr: texts.subarray(0, errBytes).toString(),
    stdout: texts.subarray(errBytes).toString(),
  };
}
