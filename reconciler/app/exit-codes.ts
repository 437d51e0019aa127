/** The exit codes of all verbs in one table; the manual and the tests iterate it. */
import type { Problem } from '../document/store/store.ts';
import type { FailureCode } from '../model/result.ts';

/**
 * Source: sysexits(3) for 64 to 78; 130 is 128 + SIGINT, as in shells; 2 means "differences", as in diff and
 * terraform plan.
 */
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
  interrupted: 130,
} as const;

/** One of the values of EXIT. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The names of the codes in EXIT. */
export type ExitName = keyof typeof EXIT;

/** One row of the table. Shape: `next` is the remedy; empty if none is needed. */
export type ExitRow = {
  readonly title: string;
  readonly meaning: string;
  readonly next: string;
};

/** The text of every exit code, by name, for help, manual and tests. */
export const EXIT_TABLE: Readonly<Record<ExitName, ExitRow>> = {
  done: row('done', 'the request succeeded, or there was nothing to do', ''),
  error: row(
    'error',
    'the kernel, a tool or the file system failed; never used for differences',
    'the last line names the step and the remedy; then rerun',
  ),
  differences: row(
    'differences',
    'differences found: planned steps, drift, changed paths, problems of the node',
    'read the list; act with vnet reconcile or vnet apply',
  ),
  partly: row(
    'partly done',
    'some objects could not be changed; all others match the document',
    'vnet status lists them; the next round retries',
  ),
  conflict: row(
    'conflict',
    'the generation, saved plan or edit is outdated and conflicts with the document in force',
    'vnet history shows the later changes; plan or edit again',
  ),
  refused: row(
    'refused',
    'refused by a safety check: disruption limit, pause, attached pods, or no terminal to confirm on',
    'the message names the option that allows it',
  ),
  rolledBack: row(
    'rolled back',
    'the change failed or did not verify, and was rolled back completely',
    'correct the named cause, then apply again',
  ),
  rollBackIncomplete: row(
    'rollback incomplete',
    'the change failed or did not verify, and its rollback failed in part',
    'preview the remaining steps with vnet reconcile --dry-run, apply them with vnet reconcile',
  ),
  timedOut: row(
    'timed out',
    'the wait timed out: no convergence, or no confirmation',
    'vnet status shows the cause',
  ),
  usage: row('usage', 'invalid command line', 'vnet VERB --help shows options and examples'),
  invalidData: row(
    'document invalid',
    'the document is invalid; each error was reported with its place',
    'correct the lines and check with vnet validate',
  ),
  noInput: row(
    'not found',
    'no such file, object, generation or field',
    'the message lists the existing ones',
  ),
  unavailable: row('unavailable', 'a required service does not answer', 'start it, then rerun'),
  tryAgain: row(
    'try again',
    'a lock is held, or the kernel is busy; nothing was changed',
    'rerun; the message names the holder',
  ),
  noPermission: row('no permission', 'permission denied', 'Run as root.'),
  unsupported: row(
    'not supported',
    'the document is newer than this program, or the kernel lacks a feature',
    'install a newer vnet; vnet doctor lists missing kernel features',
  ),
  interrupted: row('interrupted', 'stopped by a signal; unfinished changes were rolled back', 'rerun'),
};

function row(title: string, meaning: string, next: string): ExitRow {
  return { title, meaning, next };
}

/** The names of all codes, in numerical order. */
export const EXIT_NAMES: readonly ExitName[] = Object.keys(EXIT).filter(isExitName);

function isExitName(name: string): name is ExitName {
  return Object.hasOwn(EXIT, name);
}

/** Returns codes with their titles on one line, as `0 done, 1 error`. */
export function listCodes(names: readonly ExitName[]): string {
  return names.map((name) => `${EXIT[name]} ${EXIT_TABLE[name].title}`).join(', ');
}

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

/** Returns the exit code for the Problem that stopped a verb. Total. */
export function exitCodeOf(problem: Problem): ExitCode {
  if (problem.kind !== 'issues') return BY_FAILURE[problem.code];
  return problem.issues.some((issue) => issue.code === 'newer-version') ? EXIT.unsupported : EXIT.invalidData;
}
