/** baseline.json: the accepted drift of a node, beside its document. */
import { encodeJson, readJson, replaceFile } from '../../os/file.ts';
import { holdLock } from '../../os/lock.ts';
import { type Failure, failure, ok, type Result } from '../../model/result.ts';
import { isRecord, isText, isTime, listOf, ofFormat, withFields } from '../../model/objects.ts';
import type { Sys } from '../../model/ports/sys.ts';
import { type Acceptance, type Baseline, BASELINE_FORMAT, EMPTY_BASELINE } from '../../plan/baseline.ts';

/** Returns the path of the file, in the directory of the document. */
function baselinePath(stateDirectory: string): string {
  return `${stateDirectory}/baseline.json`;
}

/** Returns the accepted drift; empty without a file. Errors: `invalid` for a foreign file. */
export function readBaseline(sys: Sys, stateDirectory: string): Result<Baseline> {
  const path = baselinePath(stateDirectory);
  const hint =
    'No drift counts as accepted until you move the file elsewhere; vnet drift --accept creates a new one.';
  const foreign = failure('invalid', `read ${path}`, `not of format ${BASELINE_FORMAT}`, { hint });
  const read = readJson(sys, path, isBaseline, foreign);
  return read.ok ? ok(read.value ?? EMPTY_BASELINE) : read;
}

/** Ensures that the file has the result of `change`, on disk; one change at a time. Returns the result. */
export function changeBaseline(
  sys: Sys,
  { stateDirectory, runDirectory }: { readonly stateDirectory: string; readonly runDirectory: string },
  change: (baseline: Baseline) => Baseline,
): Result<Baseline> {
  const request = { path: `${runDirectory}/baseline.lock`, mode: 'exclusive', who: 'vnet drift' } as const;
  return holdLock<Baseline, Failure>(sys, request, () => {
    const before = readBaseline(sys, stateDirectory);
    if (!before.ok) return before;
    const after = change(before.value);
    const written = replaceFile(sys, baselinePath(stateDirectory), encodeJson(after, 2));
    return written.ok ? ok(after) : written;
  });
}

const isAcceptance = withFields<Acceptance>({
  key: isText,
  action: isText,
  until: isTime,
  time: isText,
  who: isText,
  differences: listOf(isRecord),
});

/** Returns true for a baseline of this format. */
export const isBaseline = ofFormat<Baseline>(BASELINE_FORMAT, { accepted: listOf(isAcceptance) });
