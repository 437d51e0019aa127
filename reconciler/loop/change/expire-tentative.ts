/** Ends expired or abandoned unconfirmed changes: called at the start of every round. */
import { requireLibrary } from '../../document/library.ts';
import type { Problem } from '../../document/store/store.ts';
import { ok, type Result } from '../../model/result.ts';
import { type RollbackResult, rollBackChange } from './rollback.ts';
import { isWindowExpired, type TentativeStore, type Tentative } from './tentative.ts';
import type { Session } from '../node/session.ts';

/**
 * Rolls back a change whose window has ended, or whose process died, and announces it; returns the rollback,
 * undefined without one. Costs one stat of a missing file if there is no unconfirmed change.
 * A running apply, confirm or revert is not disturbed.
 * Errors: those of rollBackChange; the change stays unconfirmed.
 */
export function expireTentative(
  session: Session,
  tentativeStore: TentativeStore,
): Result<RollbackResult | undefined, Problem> {
  const seen = tentativeStore.read();
  if (!seen.ok) return seen;
  if (seen.value === undefined || whyOver(seen.value, session, tentativeStore) === undefined)
    return ok(undefined);
  const locked = tentativeStore.lock(0);
  if (!locked.ok) return locked.error.code === 'timeout' ? ok(undefined) : locked;
  try {
    return expireLocked(session, tentativeStore);
  } finally {
    locked.value();
  }
}

/** As expireTentative, for the holder of the lock of the tentative store: the process of an incomplete change is dead then. */
export function expireLocked(
  session: Session,
  tentativeStore: TentativeStore,
): Result<RollbackResult | undefined, Problem> {
  const found = tentativeStore.read();
  if (!found.ok || found.value === undefined) return found.ok ? ok(undefined) : found;
  const why = whyOver(found.value, session, tentativeStore);
  if (why === undefined) return ok(undefined);
  // The rollback writes the document, and must not stop half-way because code is missing.
  const whole = requireLibrary(session.library, 'roll back');
  if (!whole.ok) return whole;
  const ended = rollBackChange(session, tentativeStore, found.value, why);
  if (ended.ok) tentativeStore.announce(`vnet: generation ${ended.value.id} reverted: ${why}`);
  return ended;
}

/** Returns the reason to roll back the change, undefined while its window is open. */
function whyOver(
  tentative: Tentative,
  { bootId }: Session,
  tentativeStore: TentativeStore,
): string | undefined {
  if (tentative.state === 'applying') return 'the apply was interrupted';
  if (!isWindowExpired(tentative, { bootId, uptimeMs: tentativeStore.uptimeMs() })) return undefined;
  if (tentative.bootId !== bootId) return 'not confirmed before the node rebooted';
  return `not confirmed within ${renderWindow(tentative.window?.lengthMs ?? 0)}`;
}

/** Returns the length of a window in its input form: 90s, 2m, 1h30m. Units: milliseconds. */
export function renderWindow(lengthMs: number): string {
  const seconds = Math.round(lengthMs / 1000);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)];
  const parts = [
    hours > 0 ? `${hours}h` : '',
    minutes > 0 ? `${minutes}m` : '',
    seconds % 60 > 0 ? `${seconds % 60}s` : '',
  ];
  return parts.join('') || '0s';
}
