/** Finds what is said of a verb. Pure. */
import { type Example, UNKNOWN_VERB, type VerbEntry } from './entry.ts';
import { CHANGING_VERBS } from './verbs-change.ts';
import { LOOKING_VERBS } from './verbs-look.ts';

/** Returns what is said of the verb. Total: a verb that the manual does not know is of group `Other`. */
export function entryOf(verb: string): VerbEntry {
  return LOOKING_VERBS[verb] ?? CHANGING_VERBS[verb] ?? UNKNOWN_VERB;
}

/** What somebody needs first: these five, in this order. */
export const FIRST_STEPS: readonly Example[] = [
  ['vnet status', 'is everything as it should be?'],
  ['vnet get endpoints', 'every pod, with its interfaces and addresses'],
  ['vnet explain shop/api', 'everything about one pod: by name, address, MAC, veth or container'],
  ['vnet reconcile --dry-run', 'what others broke, and what would repair it'],
  ['vnet reconcile', 'repair it'],
];
