/** Refused edits: their files beside the document, and `history/refused.json` with the reasons. */
import { err, ok, type Result } from '../../model/result.ts';
import { isAnyList, ofFormat, parseJson } from '../../model/objects.ts';
import { ERRNO, type FileStatus, type Sys } from '../../model/ports/sys.ts';
import { encodeJson, readPath, replaceFile } from '../../os/file.ts';
import { historyOf, markOf } from '../history/journal.ts';
import type { RefusedEdit } from './current.ts';
import { failureOf } from '../../os/errno.ts';

const FORMAT = 1;

/** Bounds the search for a free name in a directory full of refused edits. */
const MAX_FILES = 1000;

/** Returns the path of the list of refused edits. */
function refusedListPath(document: string): string {
  return `${historyOf(document)}/refused.json`;
}

/** Returns the refused edits whose files still exist, oldest first. */
export function readRefused(sys: Sys, document: string): Result<readonly RefusedEdit[]> {
  const bytes = readPath(sys, refusedListPath(document));
  if (!bytes.ok) return bytes;
  const list = bytes.value && parseJson(new TextDecoder().decode(bytes.value), isList);
  return ok((list?.saves ?? []).filter(({ file }) => sys.stat(file) !== -ERRNO.ENOENT));
}

/** Returns the status of the edit's file if it changed since it was refused: an editor wrote to it again. */
export function changedSince(sys: Sys, { file, mark }: RefusedEdit): FileStatus | undefined {
  const status = sys.stat(file);
  return typeof status === 'number' || markOf(status) === mark ? undefined : status;
}

/** Replaces the list. */
export function writeRefused(sys: Sys, document: string, saves: readonly RefusedEdit[]): Result<void> {
  return replaceFile(sys, refusedListPath(document), encodeJson({ format: FORMAT, saves }, 2));
}

/**
 * Gives the document's file a second name, so that an editor that still has it open loses nothing when the
 * document is replaced. Returns the name: vnet.yaml.refused, or with the first number whose name is free or
 * has the same text.
 */
export function keepRefused(sys: Sys, document: string): Result<string> {
  const text = readPath(sys, document);
  if (!text.ok) return text;
  for (let count = 0; count < MAX_FILES; count += 1) {
    const name = `${document}.refused${count === 0 ? '' : `.${count}`}`;
    let linked = sys.link(document, name);
    if (linked === -ERRNO.EEXIST && isSameFile(text.value, readPath(sys, name))) {
      sys.unlink(name);
      linked = sys.link(document, name);
    }
    if (linked === -ERRNO.EEXIST) continue;
    // On a file system without hard links, renames the file instead.
    const isUnknown = linked === -ERRNO.EPERM || linked === -ERRNO.EOPNOTSUPP;
    if (isUnknown && sys.stat(name) === -ERRNO.ENOENT) linked = sys.rename(document, name);
    return linked < 0 ? err(failureOf(linked, `keep the refused text as ${name}`)) : ok(name);
  }
  return err(failureOf(-ERRNO.EEXIST, `keep the refused text as ${document}.refused`));
}

/**
 * Moves resolved edits into the history, beside the generation that resolved them; returns their new paths.
 */
export function endRefused(
  sys: Sys,
  document: string,
  ended: readonly RefusedEdit[],
  generation: number,
): readonly string[] {
  let index = 0;
  return ended.map(({ file }) => {
    while (sys.stat(endedPath(document, generation, index)) !== -ERRNO.ENOENT && index < MAX_FILES)
      index += 1;
    const place = endedPath(document, generation, index);
    return sys.rename(file, place) < 0 ? file : place;
  });
}

/** Returns the path of a refused edit resolved at a generation. */
export function endedPath(document: string, generation: number, index: number): string {
  return `${historyOf(document)}/${generation}.refused${index === 0 ? '' : `.${index}`}.yaml`;
}

function isSameFile(left: Uint8Array | undefined, right: Result<Uint8Array | undefined>): boolean {
  const other = right.ok ? right.value : undefined;
  if (left === undefined || other === undefined) return false;
  return left.length === other.length && left.every((byte, index) => byte === other[index]);
}

const isList = ofFormat<{ readonly saves: readonly RefusedEdit[] }>(FORMAT, { saves: isAnyList });
