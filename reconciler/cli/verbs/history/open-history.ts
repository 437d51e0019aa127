/** Opens the history of the node for verbs whose code has the YAML parser already. */
import type { NodePaths } from '../../../app/paths.ts';
import { createHistory, type History } from '../../../document/history/history.ts';
import { createRecovery } from '../../../document/store/recovery.ts';
import type { Sys } from '../../../model/ports/sys.ts';

/** Returns the generations that are kept on the node. */
export function openHistory(sys: Sys, { document }: NodePaths): History {
  const library = { recovery: createRecovery() };
  return createHistory(sys, document, { loaded: () => library });
}
