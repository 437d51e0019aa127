/** Opens the history of the node for verbs whose code has the YAML parser already. */
import type { NodePaths } from '../../../app/paths.ts';
import { createHistory, type History } from '../../../document/history/history.ts';
import { slowPath } from '../../../document/yaml/slow.ts';
import type { Sys } from '../../../model/ports/sys.ts';

/** Returns the generations that are kept on the node. */
export function openHistory(sys: Sys, { document }: NodePaths): History {
  return createHistory(sys, document, () => slowPath);
}
