/** pause.json: the pauses of a node, in the run directory, so that a reboot ends them all. */
import { encodeJson, readJson, replaceFile } from '../../os/file.ts';
import { holdLock } from '../../os/lock.ts';
import { type Failure, failure, ok, type Result } from '../../model/result.ts';
import { isRecord } from '../../model/objects.ts';
import type { Sys } from '../../model/ports/sys.ts';
import { type Pause, PAUSE_FORMAT } from '../../plan/pause.ts';

/** Returns the path of the file. */
export function pausePath(runDirectory: string): string {
  return `${runDirectory}/pause.json`;
}

/** Returns the pauses, expired ones too; none without a file. Errors: `invalid` for a foreign file. */
export function readPauses(sys: Sys, runDirectory: string): Result<readonly Pause[]> {
  const path = pausePath(runDirectory);
  const hint = `No pause counts until you remove the file: rm ${path}`;
  const foreign = failure('invalid', `read ${path}`, `not of format ${PAUSE_FORMAT}`, { hint });
  const read = readJson(sys, path, isPauses, foreign);
  return read.ok ? ok(read.value?.pauses ?? []) : read;
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
    const text = encodeJson({ format: PAUSE_FORMAT, pauses: after }, 2);
    const written = replaceFile(sys, pausePath(runDirectory), text);
    return written.ok ? ok(after) : written;
  });
}

function isPauses(value: unknown): value is { readonly pauses: readonly Pause[] } {
  if (!isRecord(value) || value['format'] !== PAUSE_FORMAT) return false;
  return Array.isArray(value['pauses']) && value['pauses'].every(isPause);
}

function isPause(value: unknown): value is Pause {
  return (
    isRecord(value) &&
    ['until', 'who', 'time'].every((field) => typeof value[field] === 'string') &&
    ['object', 'reason'].every((field) => value[field] === undefined || typeof value[field] === 'string') &&
    !Number.isNaN(Date.parse(String(value['until'])))
  );
}
