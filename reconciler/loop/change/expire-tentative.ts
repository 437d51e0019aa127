/** Ends what is tentative and must not stay so: whoever runs a round asks first. */
import { requireLibrary } from '../../document/library.ts';
import type { Problem } from '../../document/store/store.ts';
import { ok, type Result } from '../../model/result.ts';
import { type RollbackResult, rollBackChange } from './rollback.ts';
import { isOver, type Keeper, type Tentative } from './tentative.ts';
import type { Session } from '../node/session.ts';

/**
 * Takes back a change whose window is over, or whose maker died half-way, and tells everybody; returns what it took back,
 * undefined when there was nothing to end. Costs one look at a missing file when nothing is tentative.
 * Whoever is just applying, confirming or reverting is not disturbed.
 * Errors: those of rollBackChange; the change stays tentative.
 */
export function expireTentative(
  session: Session,
  keeper: Keeper,
): Result<RollbackResult | undefined, Problem> {
  const seen = keeper.read();
  if (!seen.ok) return seen;
  if (seen.value === undefined || whyOver(seen.value, session, keeper) === undefined) return ok(undefined);
  const locked = keeper.lock(0);
  if (!locked.ok) return locked.error.code === 'timeout' ? ok(undefined) : locked;
  try {
    return expireLocked(session, keeper);
  } finally {
    locked.value();
  }
}

/** As expireTentative, for who holds the keeper's lock: then whoever left a change half-way is dead. */
export function expireLocked(session: Session, keeper: Keeper): Result<RollbackResult | undefined, Problem> {
  const found = keeper.read();
  if (!found.ok || found.value === undefined) return found.ok ? ok(undefined) : found;
  const why = whyOver(found.value, session, keeper);
  if (why === undefined) return ok(undefined);
  // It writes the document, and must not stop half-way for want of code.
  const whole = requireLibrary(session.library, 'roll back');
  if (!whole.ok) return whole;
  const ended = rollBackChange(session, keeper, found.value, why);
  if (ended.ok) keeper.announce(`vnet: generation ${ended.value.id} reverted: ${why}`);
  return ended;
}

/** Returns why the change must be taken back, undefined while its window is open. */
function whyOver(tentative: Tentative, { bootId }: Session, keeper: Keeper): string | undefined {
  if (tentative.state === 'applying') return 'the apply was interrupted';
  if (!isOver(tentative, { bootId, uptimeMs: keeper.uptimeMs() })) return undefined;
  if (tentative.bootId !== bootId) return 'not confirmed before the node rebooted';
  return `not confirmed within ${renderWindow(tentative.window?.lengthMs ?? 0)}`;
}

/** Returns the length of a window as it is given: 90s, 2m, 1h30m. Units: milliseconds. */
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
