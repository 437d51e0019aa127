/** The exit codes of every verb, as one table: the manual and the tests walk through it. */
import type { Problem } from '../document/store.ts';
import type { FailureCode } from '../model/result.ts';

/** Source: sysexits(3) for 64 to 78; 2 is "there is a difference", as with diff and terraform plan. */
export const EXIT = {
  done: 0,
  error: 1,
  differences: 2,
  partly: 3,
  conflict: 4,
  refused: 5,
  rolledBack: 6,
  rollBackIncomplete: 7,
  timedOut: 8,
  usage: 64,
  invalidData: 65,
  noInput: 66,
  unavailable: 69,
  tryAgain: 75,
  noPermission: 77,
  unsupported: 78,
} as const;

/** One of the values of EXIT. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

const BY_FAILURE: Readonly<Record<FailureCode, ExitCode>> = {
  'not-found': EXIT.noInput,
  exists: EXIT.conflict,
  busy: EXIT.tryAgain,
  permission: EXIT.noPermission,
  timeout: EXIT.tryAgain,
  unsupported: EXIT.unsupported,
  invalid: EXIT.error,
  interrupted: EXIT.tryAgain,
  exhausted: EXIT.error,
  conflict: EXIT.conflict,
  refused: EXIT.refused,
  io: EXIT.error,
};

/** Returns the exit code for what kept a verb from doing its work. Total. */
export function exitCodeOf(problem: Problem): ExitCode {
  if (problem.kind !== 'issues') return BY_FAILURE[problem.code];
  return problem.issues.some((issue) => issue.code === 'newer-version') ? EXIT.unsupported : EXIT.invalidData;
}
