/** Requests with one answer. Pure. */
import { err, ok, type Result } from '../../model/result.ts';
import { failureOf } from '../../os/errno.ts';
import type { NetlinkAnswer, NetlinkRequest } from './message.ts';
import type { BodyReader } from './reader.ts';

/** Extracts a value from one message of an answer; undefined skips the message. Must not keep the reader. */
export type ReadBody<T> = (body: BodyReader) => T | undefined;

/** A request with one answer. */
export type Question<T> = {
  readonly request: NetlinkRequest;
  readonly read: ReadBody<T>;
  readonly step: string;
};

/** Returns the value in the answer; undefined if it has none. Errors: the kernel's refusal. */
export function valueOf<T>(
  { kind, errno, text, body }: NetlinkAnswer,
  { read, step }: Pick<Question<T>, 'read' | 'step'>,
): Result<T | undefined> {
  if (kind === 'data') return ok(read(body));
  return errno === 0 ? ok(undefined) : err(failureOf(errno, step, text));
}
