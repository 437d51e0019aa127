/** The exit codes of every verb, as one table: the manual and the tests walk through it. */
import type { Problem } from '../document/store/store.ts';
import type { FailureCode } from '../model/result.ts';

/** Source: sysexits(3) for 64 to 78; 130 is 128 + SIGINT, as shells say; 2 is "there is a difference", as with diff and terraform plan. */
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

/** What a code is called in EXIT. */
export type ExitName = keyof typeof EXIT;

/** One row of the table. Shape: `next` is what to do about it; empty where there is nothing to do. */
export type ExitRow = {
  readonly code: ExitCode;
  readonly title: string;
  readonly meaning: string;
  readonly next: string;
};

/** Every exit code in words, by its name: what the help, the manual and the tests show and walk through. */
export const EXIT_TABLE: Readonly<Record<ExitName, ExitRow>> = {
  done: row(EXIT.done, 'done', 'what was asked is done, or there was nothing to do', ''),
  error: row(
    EXIT.error,
    'error',
    'the kernel, a tool or the file system refused; never used for a difference',
    'the last line names the step and the remedy; then the same call again',
  ),
  differences: row(
    EXIT.differences,
    'differences',
    'what was asked about is there: steps to do, drift, changed paths, problems of the node',
    'look at the list; vnet reconcile and vnet apply act on it',
  ),
  partly: row(
    EXIT.partly,
    'partly done',
    'some objects could not be changed; all others are as the document says',
    'vnet status names them; the next round tries again',
  ),
  conflict: row(
    EXIT.conflict,
    'conflict',
    'the generation, saved plan or edit is older than what is in force and does not go together with it',
    'vnet history shows what came since; plan or edit again',
  ),
  refused: row(
    EXIT.refused,
    'refused',
    'a guard said no: disruption, a pause, pods in the way, or nobody there to be asked',
    'the message names the option that allows it',
  ),
  rolledBack: row(
    EXIT.rolledBack,
    'rolled back',
    'the change failed or did not verify, and all of it was taken back',
    'correct what the message names, then apply again',
  ),
  rollBackIncomplete: row(
    EXIT.rollBackIncomplete,
    'roll-back incomplete',
    'as 6, but some of it could not be taken back',
    'vnet reconcile --dry-run shows what is left, vnet reconcile repairs it',
  ),
  timedOut: row(
    EXIT.timedOut,
    'timed out',
    'what was waited for did not come in time: convergence, or a confirmation',
    'vnet status says what is in the way',
  ),
  usage: row(
    EXIT.usage,
    'usage',
    'the command line is not understood',
    'vnet VERB --help shows options and examples',
  ),
  invalidData: row(
    EXIT.invalidData,
    'document invalid',
    'the document is not valid; each error was shown at its place',
    'correct the lines, then vnet validate',
  ),
  noInput: row(
    EXIT.noInput,
    'not found',
    'there is no such file, object, generation or field',
    'the message says what there is',
  ),
  unavailable: row(
    EXIT.unavailable,
    'unavailable',
    'a service that was needed does not answer',
    'start it, then the same call again',
  ),
  tryAgain: row(
    EXIT.tryAgain,
    'try again',
    'a lock is held, or the kernel was busy; nothing was changed',
    'the same call again; the message names the holder',
  ),
  noPermission: row(EXIT.noPermission, 'no permission', 'this user may not do it', 'run it as root'),
  unsupported: row(
    EXIT.unsupported,
    'not supported',
    'the document is newer than this program, or the kernel lacks what it needs',
    'install a newer vnet; vnet doctor says what the kernel lacks',
  ),
  interrupted: row(
    EXIT.interrupted,
    'interrupted',
    'it was stopped by a signal; what was not finished was taken back',
    'the same call again',
  ),
};

function row(code: ExitCode, title: string, meaning: string, next: string): ExitRow {
  return { code, title, meaning, next };
}

/** The names of all codes, in the order of the codes. */
export const EXIT_NAMES: readonly ExitName[] = [
  'done',
  'error',
  'differences',
  'partly',
  'conflict',
  'refused',
  'rolledBack',
  'rollBackIncomplete',
  'timedOut',
  'usage',
  'invalidData',
  'noInput',
  'unavailable',
  'tryAgain',
  'noPermission',
  'unsupported',
  'interrupted',
];

/** Returns codes with their titles on one line, as `0 done, 1 error`. */
export function listCodes(names: readonly ExitName[]): string {
  return names.map((name) => `${EXIT_TABLE[name].code} ${EXIT_TABLE[name].title}`).join(', ');
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

/** Returns the exit code for what kept a verb from doing its work. Total. */
export function exitCodeOf(problem: Problem): ExitCode {
  if (problem.kind !== 'issues') return BY_FAILURE[problem.code];
  return problem.issues.some((issue) => issue.code === 'newer-version') ? EXIT.unsupported : EXIT.invalidData;
}
