/** The whole journal, for whoever looks back: on the ADD path only its end is looked at. */
import { ok, type Result } from '../../model/result.ts';
import type { Sys } from '../../model/ports/sys.ts';
import { readPath } from '../../os/file.ts';
import { type JournalLine, journalOf } from './journal.ts';

/**
 * Returns the generations that happened, oldest first. `mark` is that of the document: what comes after its newest line
 * never happened. Torn lines are left out. Errors: the journal can't be read; one that is not there has no lines.
 */
export function readLines(sys: Sys, document: string, mark?: string): Result<readonly JournalLine[]> {
  const bytes = readPath(sys, journalOf(document));
  if (!bytes.ok) return bytes;
  return ok(parseLines(bytes.value === undefined ? '' : new TextDecoder().decode(bytes.value), mark));
}

/** Returns the lines of a journal's text, as readLines does. */
export function parseLines(text: string, mark?: string): readonly JournalLine[] {
  const lines = text.split('\n').slice(0, -1).flatMap(parseLine);
  const newest = mark === undefined ? -1 : lines.findLastIndex((line) => line.mark === mark);
  const happened: JournalLine[] = [];
  for (const line of newest < 0 ? lines : lines.slice(0, newest + 1)) {
    // A generation is written anew when its writer died before the document was replaced.
    while ((happened.at(-1)?.generation ?? -1) >= line.generation) happened.pop();
    happened.push(line);
  }
  return happened;
}

function parseLine(text: string): readonly JournalLine[] {
  try {
    const value: unknown = JSON.parse(text);
    return isLine(value) ? [value] : [];
  } catch {
    return [];
  }
}

/** The file is the program's own, in a directory of root's: these fields stand for the rest. */
function isLine(value: unknown): value is JournalLine {
  if (typeof value !== 'object' || value === null) return false;
  const { generation, author, edit, mark } = value as Partial<Record<keyof JournalLine, unknown>>;
  return (
    Number.isSafeInteger(generation) &&
    typeof author === 'object' &&
    typeof edit === 'object' &&
    typeof mark === 'string'
  );
}
