/** baseline.json: the accepted drift of a node, beside its document. */
import { readPath, replaceFile } from '../../os/file.ts';
import { holdLock } from '../../os/lock.ts';
import { err, type Failure, failure, ok, type Result } from '../../model/result.ts';
import type { Sys } from '../../model/ports/sys.ts';
import { type Acceptance, type Baseline, BASELINE_FORMAT, EMPTY_BASELINE } from '../../plan/baseline.ts';

/** Returns the path of the file, in the directory of the document. */
export function baselinePath(stateDirectory: string): string {
  return `${stateDirectory}/baseline.json`;
}

/** Returns the accepted drift; empty without a file. Errors: `invalid` for a foreign file. */
export function readBaseline(sys: Sys, stateDirectory: string): Result<Baseline> {
  const path = baselinePath(stateDirectory);
  const bytes = readPath(sys, path);
  if (!bytes.ok) return bytes;
  if (bytes.value === undefined) return ok(EMPTY_BASELINE);
  const baseline = parseBaseline(new TextDecoder().decode(bytes.value));
  if (baseline !== undefined) return ok(baseline);
  return err(
    failure('invalid', `read ${path}`, `not of format ${BASELINE_FORMAT}`, {
      hint: 'No drift counts as accepted until you move the file away; vnet drift --accept creates a new one.',
    }),
  );
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
    const text = `${JSON.stringify(after, null, 2)}\n`;
    const written = replaceFile(sys, baselinePath(stateDirectory), new TextEncoder().encode(text));
    return written.ok ? ok(after) : written;
  });
}

/** Returns the contents of the text, or undefined for another format. */
export function parseBaseline(text: string): Baseline | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (!isRecord(value) || value['format'] !== BASELINE_FORMAT || !Array.isArray(value['accepted'])) {
      return undefined;
    }
    const accepted: unknown[] = value['accepted'];
    return accepted.every(isAcceptance) ? { format: BASELINE_FORMAT, accepted } : undefined;
  } catch {
    return undefined;
  }
}

function isAcceptance(value: unknown): value is Acceptance {
  return (
    isRecord(value) &&
    ['key', 'action', 'until', 'time', 'who'].every((field) => typeof value[field] === 'string') &&
    !Number.isNaN(Date.parse(String(value['until']))) &&
    Array.isArray(value['differences']) &&
    value['differences'].every(isRecord)
  );
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
