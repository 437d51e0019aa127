/** The words that each name of the command line puts before its arguments. */
import type { CommandName } from './program-name.ts';

/**
 * kubectl starts `kubectl-vnet` for `kubectl vnet`, and the other one to complete its words.
 * Source: kubectl, plugins and their completion.
 */
const LEADING_WORDS: Readonly<Record<CommandName, readonly string[]>> = {
  vnet: [],
  reconcile: ['reconcile'],
  'kubectl-vnet': ['fleet'],
  'kubectl_complete-vnet': ['__complete', 'fleet'],
};

/** Returns the arguments of the command line: the words of the name, then the given ones; a request for completion stays first. */
export function commandWords(name: CommandName, args: readonly string[]): readonly string[] {
  const [first, ...rest] = args;
  return first === '__complete'
    ? [first, ...LEADING_WORDS[name], ...rest]
    : [...LEADING_WORDS[name], ...args];
}
