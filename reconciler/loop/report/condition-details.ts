/** The texts about a refused edit and an unconfirmed change. Pure. */
import type { RefusedSave } from '../../document/snapshot.ts';
import { renderFailure, type Result } from '../../model/result.ts';
import type { Tentative } from '../change/tentative.ts';
import type { ConditionDetail } from './conditions.ts';

/** Returns the place of the refused edit and the reason: `FILE:LINE:COLUMN: why`. */
export function refusalText({ file, issues, conflicts }: RefusedSave): string {
  const [issue] = issues;
  if (issue !== undefined) return `${file}:${issue.line}:${issue.column}: ${issue.message}`;
  return `${file}: concurrent changes to ${conflicts.map(({ path }) => path).join(', ') || 'the same fields'}`;
}

/** Returns the text about the edit; undefined without a refused edit. */
export function refusalOf(refused: RefusedSave | undefined): ConditionDetail | undefined {
  if (refused === undefined) return undefined;
  return {
    reason: refused.issues.length > 0 ? 'Invalid' : 'Conflict',
    message: `${refusalText(refused)}; finish with vnet edit --resolve`,
    since: refused.time,
  };
}

/** The text about an unconfirmed change, with the end of its window. */
export type Unconfirmed = ConditionDetail & { readonly until: Date | undefined };

/** Returns the text about the change; undefined without one. */
export function unconfirmedOf(read: Result<Tentative | undefined>): Unconfirmed | undefined {
  if (!read.ok) return { reason: 'Unreadable', message: renderFailure(read.error), until: undefined };
  if (read.value === undefined) return undefined;
  const { id, state, started, window } = read.value;
  const until = window === undefined ? '' : ` until ${window.deadline}`;
  return {
    reason: state === 'open' ? 'AwaitsConfirmation' : 'Applying',
    message: `generation ${id} is unconfirmed${until}: keep with vnet confirm ${id}, roll back with vnet revert ${id}`,
    since: started,
    until: window && new Date(window.deadline),
  };
}
