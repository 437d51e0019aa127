/** pause.json: the pauses of a node, in the run directory, so that a reboot ends them all. */
import { encodeJson, readJson, replaceFile } from '../../os/file.ts';
import { holdLock } from '../../os/lock.ts';
import { type Failure, failure, ok, type Result } from '../../model/result.ts';
import type { Sys } from '../../model/ports/sys.ts';
import { type Pause, PAUSE_FORMAT } from '../../plan/pause.ts';
import { isText, isTime, listOf, ofFormat, optional, withFields } from '../../model/objects.ts';

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

const isPause = withFields<Pause>({
  until: isTime,
  who: isText,
  time: isText,
  object: optional(isText),
  reason: optional(isText),
});

const isPauses = ofFormat<{ readonly pauses: readonly Pause[] }>(PAUSE_FORMAT, { pauses: listOf(isPause) });
