/** The files that `vnet doctor --fix` would write on this node. */
import { rootOf } from '../../../app/paths.ts';
import { ok } from '../../../model/result.ts';
import type { RunTool } from '../../../os/run-tool.ts';
import type { VerbContext } from '../../verb.ts';
import { CHECKS } from '../doctor/examination.ts';
import { observeNode } from '../doctor/observe.ts';

/** Resolves to the files, by their paths on the node; none if the node cannot be read. */
export async function safeFixes(
  { sys, paths, withPast }: VerbContext,
  run: RunTool,
): Promise<readonly { readonly path: string; readonly text: string }[]> {
  const root = rootOf(paths);
  const found = await withPast((node) => {
    const facts = observeNode({ sys, paths, root, now: node.now(), run }, node.store.read(), node.kernel);
    return ok(CHECKS.flatMap(({ judge }) => judge(facts).fixes ?? []));
  });
  if (!found.ok) return [];
  return found.value.flatMap((fix) =>
    fix.kind === 'write' ? [{ path: fix.path.slice(root.length), text: fix.text }] : [],
  );
}
