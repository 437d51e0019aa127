/** What the help and the manual say of a verb beside its options. */
import type { ExitName } from '../../app/exit-codes.ts';

/** The groups of verbs, in the order of the help. `Other`: what the manual does not know yet. */
export const GROUPS = [
  'View',
  'Check',
  'Preview',
  'Change',
  'Converge',
  'History',
  'Move',
  'Help',
  'Other',
] as const;

/** One of GROUPS. */
export type Group = (typeof GROUPS)[number];

/** A command line that can be typed as it is, and what it is for. */
export type Example = readonly [line: string, what: string];

/**
 * What is said of one verb.
 * Shape: `writes` says what it changes; `exits` are the codes that mean something of their own here, those of every verb
 * are left out; `more` are paragraphs for the manual page.
 */
export type VerbEntry = {
  readonly group: Group;
  readonly writes: string;
  readonly examples: readonly Example[];
  readonly exits: readonly ExitName[];
  readonly more?: readonly string[];
};

/** The codes that any verb may end with. */
export const COMMON_EXITS: readonly ExitName[] = [
  'error',
  'usage',
  'invalidData',
  'noInput',
  'tryAgain',
  'noPermission',
  'unsupported',
];

/** What is said of a verb that the manual does not know. */
export const UNKNOWN_VERB: VerbEntry = { group: 'Other', writes: 'see above', examples: [], exits: ['done'] };
