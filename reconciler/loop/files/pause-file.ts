/** pause.json: the pauses of a node, in the run directory, so that a reboot ends them all. */
import { readPath, replaceFile } from '../../os/file.ts';
import { holdLock } from '../../os/lock.ts';
import { err, type Failure, failure, ok, type Result } from '../../model/result.ts';
import type { Sys } from '../../model/ports/sys.ts';
import { type Pause, PAUSE_FORMAT } from '../../plan/pause.ts';

/** Returns the path of the file. */
export function pausePath(runDirectory: string): string {
  return `${runDirectory}/pause.json`;
}

/** Returns the pauses, expired ones too; none without a file. Errors: `invalid` for a foreign file. */
export function readPauses(sys: Sys, runDirectory: string): Result<readonly Pause[]> {
  const path = pausePath(runDirectory);
  const bytes = readPath(sys, path);
  if (!bytes.ok) return bytes;
  if (bytes.value === undefined) return ok([]);
  const pauses = parsePauses(new TextDecoder().decode(bytes.value));
  if (pauses !== undefined) return ok(pauses);
  return err(
    failure('invalid', `read ${path}`, `not of format ${PAUSE_FORMAT}`, {
      hint: `No pause counts until you remove the file: rm ${path}`,
    }),
  );
}

/** Ensures that the file has the result of `change`; one change at a time. Returns the result. */
export function changePauses(
  sys: Sys,
  runDirectory: string,
  change: (pauses: readonly Pause[]) => readonly Pause[],
): Result<readonly Pause[]> {
  const request = { path: `${runDirectory}/pause.lock`, mode: 'exclusive', who: 'vnet pause' } as const;
  return holdLock<readonly Pause[], Failure>(sys, request, () => {
    const before = readPauses(sys, runDirectory);
    if (!before.ok) return before;
    const after = change(before.value);
    const text = `${JSON.stringify({ format: PAUSE_FORMAT, pauses: after }, null, 2)}\n`;
    const written = replaceFile(sys, pausePath(runDirectory), new TextEncoder().encode(text));
    return written.ok ? ok(after) : written;
  });
}

function parsePauses(text: string): readonly Pause[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (!isRecord(value) || value['format'] !== PAUSE_FORMAT || !Array.isArray(value['pauses']))
      return undefined;
    const pauses: unknown[] = value['pauses'];
    return pauses.every(isPause) ? pauses : undefined;
  } catch {
    return undefined;
  }
}

function isPause(value: unknown): value is Pause {
  return (
    isRecord(value) &&
    ['until', 'who', 'time'].every((field) => typeof value[field] === 'string') &&
    ['object', 'reason'].every((field) => value[field] === undefined || typeof value[field] === 'string') &&
    !Number.isNaN(Date.parse(String(value['until'])))
  );
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
