/** Reads the whole journal, for the history; the ADD path reads only its end. */
import { isText, parseJson, type ShapeCheck, withFields } from '../../model/objects.ts';
import { ok, type Result } from '../../model/result.ts';
import type { Sys } from '../../model/ports/sys.ts';
import { readPath } from '../../os/file.ts';
import { type JournalLine, journalOf } from './journal.ts';

/**
 * Returns the effective generations, oldest first. `mark` is the document's: lines after its newest one never
 * took effect. Torn lines are skipped.
 * Errors: the journal cannot be read; a missing one has no lines.
 */
export function readLines(sys: Sys, document: string, mark?: string): Result<readonly JournalLine[]> {
  const bytes = readPath(sys, journalOf(document));
  if (!bytes.ok) return bytes;
  return ok(parseLines(bytes.value === undefined ? '' : new TextDecoder().decode(bytes.value), mark));
}

/** Returns the lines of a journal's text, as readLines does. */
export function parseLines(text: string, mark?: string): readonly JournalLine[] {
  const lines = text
    .split('\n')
    .slice(0, -1)
    .flatMap((line) => parseJson(line, isLine) ?? []);
  const newest = mark === undefined ? -1 : lines.findLastIndex((line) => line.mark === mark);
  const happened: JournalLine[] = [];
  for (const line of newest < 0 ? lines : lines.slice(0, newest + 1)) {
    // A generation is written again if its writer died before replacing the document.
    while ((happened.at(-1)?.generation ?? -1) >= line.generation) happened.pop();
    happened.push(line);
  }
  return happened;
}

/** An edit may be a list. */
const isObject: ShapeCheck = (value) => typeof value === 'object';

/** Only vnet writes the file, in a directory of root: checking these fields suffices. */
const isLine = withFields<JournalLine>({
  generation: Number.isSafeInteger,
  author: isObject,
  edit: isObject,
  mark: isText,
});
