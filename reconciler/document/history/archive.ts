/**
 * Library part for the files beside the document except the journal: checkpoints, their retention, refused
 * edits.
 */
import { ok } from '../../model/result.ts';
import type { Sys } from '../../model/ports/sys.ts';
import {
  changedSince,
  endRefused,
  endedPath,
  keepRefused,
  readRefused,
  writeRefused,
} from '../store/refused-edits.ts';
import { checkpointOf } from './checkpoint.ts';
import { replaceFile } from '../../os/file.ts';
import { type JournalLine, journalOf, renderLine } from './journal.ts';
import { readLines } from './lines.ts';
import type { Archive } from '../store/current.ts';

/** Retention: whole segments, from one checkpoint to the next; the newest is always kept. */
export const KEPT_GENERATIONS = 1000;

/** Units: bytes, of journal and checkpoints. */
export const KEPT_BYTES = 16 * 1024 * 1024;

/** The archive. */
export const archive: Archive = {
  refusals({ sys, file: document }) {
    const saves = readRefused(sys, document);
    if (!saves.ok) return saves;
    const isChanged = saves.value.some((save) => changedSince(sys, save) !== undefined);
    return ok({ saves: saves.value, isChanged });
  },
  prepare({ sys, file: document }, texts, refusedEdits) {
    for (const [generation, text] of texts) {
      const written = replaceFile(sys, checkpointOf(document, generation), new TextEncoder().encode(text));
      if (!written.ok) return written;
    }
    if (refusedEdits?.fresh === undefined) return ok(undefined);
    const file = keepRefused(sys, document);
    if (!file.ok) return file;
    const others = refusedEdits.kept.filter((save) => save.file !== file.value);
    const issues = refusedEdits.fresh.issues.map((issue) => ({ ...issue, file: file.value }));
    return writeRefused(sys, document, [...others, { ...refusedEdits.fresh, issues, file: file.value }]);
  },
  finish({ sys, file: document }, refusedEdits, generation) {
    const places = endRefused(sys, document, refusedEdits?.ended ?? [], generation);
    if (refusedEdits !== undefined && places.length > 0) writeRefused(sys, document, refusedEdits.kept);
    prune(sys, document);
    return places;
  },
};

/** Ensures the retention limits. Errors are ignored: the next write tries again. */
function prune(sys: Sys, document: string): void {
  const read = readLines(sys, document);
  if (!read.ok) return;
  const lines = read.value;
  const first = firstKept(sys, document, lines);
  if (first === 0) return;
  const text = lines.slice(first).map(renderLine).join('');
  if (!replaceFile(sys, journalOf(document), new TextEncoder().encode(text)).ok) return;
  for (const { generation, checkpoint } of lines.slice(0, first)) {
    if (checkpoint === true) sys.unlink(checkpointOf(document, generation));
    for (let index = 0; sys.unlink(endedPath(document, generation, index)) >= 0; index += 1);
  }
}

function firstKept(sys: Sys, document: string, lines: readonly JournalLine[]): number {
  let [bytes, first] = [0, 0];
  let isNewest = true;
  for (let at = lines.length - 1; at >= 0; at -= 1) {
    const line = lines[at];
    if (line === undefined) break;
    bytes += renderLine(line).length;
    if (line.checkpoint !== true) continue;
    const status = sys.stat(checkpointOf(document, line.generation));
    bytes += typeof status === 'number' ? 0 : status.size;
    if (!isNewest && (lines.length - at > KEPT_GENERATIONS || bytes > KEPT_BYTES)) return first;
    first = at;
    isNewest = false;
  }
  return isNewest ? 0 : first;
}
