/** What is said of a save by hand that is not in force, and of a change that is not confirmed. Pure. */
import type { RefusedSave } from '../../document/snapshot.ts';
import { renderFailure, type Result } from '../../model/result.ts';
import type { Tentative } from '../change/tentative.ts';
import type { Circumstance } from './conditions.ts';

/** Returns where the edit is and why it is not in force: `FILE:LINE:COLUMN: why`. */
export function refusalText({ file, issues, conflicts }: RefusedSave): string {
  const [issue] = issues;
  if (issue !== undefined) return `${file}:${issue.line}:${issue.column}: ${issue.message}`;
  return `${file}: concurrent changes to ${conflicts.map(({ path }) => path).join(', ') || 'the same fields'}`;
}

/** Returns what is said of the save; undefined when none is refused. */
export function refusalOf(refused: RefusedSave | undefined): Circumstance | undefined {
  if (refused === undefined) return undefined;
  return {
    reason: refused.issues.length > 0 ? 'Invalid' : 'Conflict',
    message: `${refusalText(refused)}; finish with vnet edit --resolve`,
    since: refused.time,
  };
}

/** What is said of a change in its confirm window, and when the window ends by itself. */
export type Unconfirmed = Circumstance & { readonly until: Date | undefined };

/** Returns what is said of the change; undefined when there is none. */
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
