/**
 * The three sorts of errors, kept apart everywhere: an Issue (the user's document is wrong), a Failure (the world
 * refused) and a Bug (a broken promise of our own code, thrown).
 */

/** What went well or why it did not; nothing in vnet throws for what can happen in the world. */
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
 * The closed list of what the world may answer.
 * `exhausted`: no free address. `conflict`: someone else holds it. `refused`: a guard of ours said no.
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
 * The world refused something.
 * Shape: `step` says what was being done ("add veth azv5a6822c76a3"), `message` what came back, `hint` what to do next.
 * `about` is what the operation failed for, where that is not what it was asked to do.
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

/** Returns the Failure as one line: step, message, causes and the hint, in that order. */
export function renderFailure(value: Failure): string {
  const causes: string[] = [];
  for (let at = value.cause; at !== undefined; at = at.cause) causes.push(`${at.step}: ${at.message}`);
  const why = causes.length === 0 ? '' : ` (${causes.join('; ')})`;
  const hint = value.hint === undefined ? '' : `. ${value.hint}`;
  return `${value.step}: ${value.message}${why}${hint}`;
}

/**
 * One thing wrong with the user's document.
 * Shape: `path` is dotted (`networks.azure.pool.subnet`, `endpoints["azure/1b/eth0"].mac`); line and column are
 * one-based and point at the offending text; `related` points at the other place of a double or dangling value.
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

/** Thrown when our own code broke a promise: never for what a user, the kernel or another program did. */
export class Bug extends Error {
  override readonly name = 'Bug';
}

/** Never returns: proves to the compiler that a switch covers its union. Throws a Bug when it does not. */
export function assertNever(value: never): never {
  throw new Bug(`unhandled case: ${JSON.stringify(value)}`);
}
