/** A hand edit that is not in force, in one line. Pure. */
import type { RefusedSave } from '../document/snapshot.ts';

/** Returns where the edit is and why it is not in force: `FILE:LINE:COLUMN: why`. */
export function refusalText({ file, issues, conflicts }: RefusedSave): string {
  const [issue] = issues;
  if (issue !== undefined) return `${file}:${issue.line}:${issue.column}: ${issue.message}`;
  return `${file}: concurrent changes to ${conflicts.map(({ path }) => path).join(', ') || 'the same fields'}`;
}
