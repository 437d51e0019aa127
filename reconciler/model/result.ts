/**
 * Three kinds of error, kept apart everywhere: an Issue (the user's document is wrong), a Failure (an operation failed for a
 * reason outside the program) and a Bug (a broken invariant of our own code, thrown).
 */

/** A value or an error; vnet throws only for its own bugs. */
export type Result<T, E = Failure> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: E };

/** Returns the successful Result that holds the value. */
export function ok<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value };
}

/** Returns the failed Result that holds the error. */
export function err<E>(error: E): { readonly ok: false; readonly error: E } {
  return { ok: false, error };
}

/**
 * The closed list of reasons for a Failure.
 * `exhausted`: no free address. `conflict`: it has another holder. `refused`: a safety check of vnet.
 */
export const FAILURE_CODES = [
  'not-found',
  'exists',
  'busy',
  'permission',
  'timeout',
  'unsupported',
  'invalid',
  'interrupted',
  'exhausted',
  'conflict',
  'refused',
  'io',
] as const;

/** One of FAILURE_CODES. */
export type FailureCode = (typeof FAILURE_CODES)[number];

/**
 * An operation failed for a reason outside the program (kernel, disk, network).
 * Shape: `step` is the operation ("add veth azv5a6822c76a3"), `message` the answer, `hint` the remedy.
 * `about` is the object for which it failed, if different from the requested one.
 */
export type Failure = {
  readonly kind: 'failure';
  readonly code: FailureCode;
  readonly step: string;
  readonly message: string;
  readonly hint?: string;
  readonly cause?: Failure;
  readonly about?: 'uplink';
};

/** Returns a Failure value; the fields of `more` are added to it. */
export function failure(
  code: FailureCode,
  step: string,
  message: string,
  more: Pick<Failure, 'hint' | 'cause' | 'about'> = {},
): Failure {
  return { kind: 'failure', code, step, message, ...more };
}

/** Returns the result of a failed step. */
export function fail(...given: Parameters<typeof failure>): { readonly ok: false; readonly error: Failure } {
  return err(failure(...given));
}

/** Returns the Failure as one line: step, message, causes and the hint, in that order. */
export function renderFailure(value: Failure): string {
  const causes: string[] = [];
  for (let at = value.cause; at !== undefined; at = at.cause) causes.push(`${at.step}: ${at.message}`);
  const why = causes.length === 0 ? '' : ` (${causes.join('; ')})`;
  const hint = value.hint === undefined ? '' : `. ${value.hint}`;
  return `${value.step}: ${value.message}${why}${hint}`;
}

/**
 * One error in the user's document.
 * Shape: `path` is dotted (`networks.azure.pools.ipv4.subnet`, `endpoints["azure/1b/eth0"].mac`); line and column
 * are one-based and point at the offending text; `related` points at the other place of a duplicate or
 * dangling value.
 */
export type Issue = {
  readonly kind: 'issue';
  readonly code: string;
  readonly file: string;
  readonly path: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
  readonly hint?: string;
  readonly related?: { readonly path: string; readonly line: number; readonly column: number };
};

/** Thrown for a broken invariant of our own code: never for an error of the user, the kernel or another program. */
export class Bug extends Error {
  override readonly name = 'Bug';
}

/** Never returns: makes the compiler check that a switch covers its union. Throws a Bug if it does not. */
export function assertNever(value: never): never {
  throw new Bug(`unhandled case: ${JSON.stringify(value)}`);
}

/** Returns the message of a value that was thrown, which need not be an Error. */
export function thrownMessage(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
