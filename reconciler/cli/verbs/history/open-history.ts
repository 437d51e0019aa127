/** Opens the node's history for verbs that have already loaded the YAML parser. */
import type { NodePaths } from '../../../app/paths.ts';
import { createHistory, type History } from '../../../document/history/history.ts';
import { createRecovery } from '../../../document/store/recovery.ts';
import type { Sys } from '../../../model/ports/sys.ts';

/** Returns the recorded generations. */
export function openHistory(sys: Sys, { document }: NodePaths): History {
  const library = { recovery: createRecovery() };
  return createHistory(sys, document, { loaded: () => library });
}
