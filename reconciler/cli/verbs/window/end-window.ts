/** `vnet confirm` and `vnet revert`: end a confirm window. */
import type { Problem } from '../../../document/store/store.ts';
import { expireLocked, expireTentative } from '../../../loop/change/expire-tentative.ts';
import {
  type RollbackResult,
  isComplete,
  rollBackChange,
  renderRollback,
} from '../../../loop/change/rollback.ts';
import type { TentativeStore, Tentative } from '../../../loop/change/tentative.ts';
import type { Session } from '../../../loop/node/session.ts';
import { err, failure, type Failure, ok, type Result } from '../../../model/result.ts';
import { EXIT, type ExitCode } from '../../../app/exit-codes.ts';
import type { Output } from '../../../app/output.ts';
import { type Format, printValue } from '../../../app/print.ts';

/** Time to wait for another apply, confirm or revert. Units: milliseconds. */
const LOCK_TIMEOUT_MS = 20_000;

/** Interval of checks before the deadline. Units: milliseconds. */
const LOOK_MS = 1000;

/** The window to end. Shape: without an ID, the open one. */
export type WindowChoice = { readonly id: number | undefined; readonly format: Format };

/** Confirms the change; resolves to 0, 4 for another window, 7 or 8 if too late, 66 if none is open. */
export function confirmWindow(
  session: Session,
  tentativeStore: TentativeStore,
  choice: WindowChoice,
  output: Output,
): Promise<Result<ExitCode, Problem>> {
  return endOpen(tentativeStore, 'confirm', choice, async (tentative) => {
    const late = expireLocked(session, tentativeStore);
    if (!late.ok) return late;
    if (late.value !== undefined) {
      const code = report(late.value, choice.format, output, EXIT.timedOut);
      output.warn(`vnet: too late to confirm generation ${tentative.id}: ${late.value.why}`);
      return ok(code);
    }
    const kept = tentativeStore.clear();
    if (!kept.ok) return kept;
    if (choice.format === 'text') output.print(`Confirmed generation ${tentative.id}.`);
    else printValue({ outcome: 'confirmed', id: tentative.id }, choice.format, output);
    return ok(EXIT.done);
  });
}

/** Rolls back the change; resolves to 0, 4 for another window, 7 if incomplete, 66 if none is open. */
export function revertWindow(
  session: Session,
  tentativeStore: TentativeStore,
  choice: WindowChoice,
  output: Output,
): Promise<Result<ExitCode, Problem>> {
  return endOpen(tentativeStore, 'revert', choice, async (tentative) => {
    const ended = rollBackChange(session, tentativeStore, tentative, 'vnet revert');
    return ended.ok ? ok(report(ended.value, choice.format, output, EXIT.done)) : ended;
  });
}

/** Ends the open window under its lock. Errors: `not-found` if none is open, `conflict` if another one is. */
async function endOpen(
  tentativeStore: TentativeStore,
  verb: string,
  { id }: WindowChoice,
  end: (tentative: Tentative) => Promise<Result<ExitCode, Problem>>,
): Promise<Result<ExitCode, Problem>> {
  const locked = tentativeStore.lock(LOCK_TIMEOUT_MS);
  if (!locked.ok) return locked;
  try {
    const found = tentativeStore.read();
    if (!found.ok) return found;
    const tentative = found.value;
    if (tentative === undefined) return err(nothingOpen(verb));
    if (id !== undefined && id !== tentative.id) return err(anotherIsOpen(id, tentative));
    return await end(tentative);
  } finally {
    locked.value();
  }
}

/** Prints the result; returns the code, or that of an incomplete rollback. */
function report(ending: RollbackResult, format: Format, output: Output, code: ExitCode): ExitCode {
  if (format === 'text') for (const line of renderRollback(ending)) output.print(line);
  else {
    const { id, generation, why, remaining } = ending;
    const outcome = isComplete(ending) ? 'reverted' : 'revert-incomplete';
    printValue({ outcome, id, generation, why, remaining: remaining.map(({ key }) => key) }, format, output);
  }
  return isComplete(ending) ? code : EXIT.rollBackIncomplete;
}

function nothingOpen(verb: string): Failure {
  return failure('not-found', verb, 'no unconfirmed change', {
    hint: 'See vnet history; vnet rollback returns to a generation.',
  });
}

function anotherIsOpen(id: number, { id: open, window }: Tentative): Failure {
  const message = `generation ${id} is not unconfirmed; ${open} is (until ${window?.deadline})`;
  return failure('conflict', 'end the confirm window', message, {
    hint: `vnet confirm ${open} keeps it, vnet revert ${open} rolls it back.`,
  });
}

/**
 * Waits until the change begun at `started` is overdue, then rolls it back; returns early if it was ended
 * otherwise. Checks at intervals, to notice a confirmation or the death of the apply before the deadline.
 */
export async function revertAtDeadline(
  session: Session,
  tentativeStore: TentativeStore,
  started: string,
  output: Output,
): Promise<Result<ExitCode, Problem>> {
  for (;;) {
    const found = tentativeStore.read();
    if (!found.ok) return found;
    if (found.value?.started !== started) return ok(EXIT.done);
    const ended = expireTentative(session, tentativeStore);
    if (!ended.ok) return ended;
    if (ended.value !== undefined) return ok(report(ended.value, 'text', output, EXIT.done));
    const leftMs = (found.value.window?.deadlineUptimeMs ?? 0) - tentativeStore.uptimeMs();
    session.sleep(Math.min(LOOK_MS, Math.max(leftMs, 20)));
  }
}
