/** Puts a generation in force: appends its journal line, then replaces the document. */
import { err, failure, ok, type Result } from '../../model/result.ts';
import type { FileStatus, Sys } from '../../model/ports/sys.ts';
import { hasAttributes, replaceCache, replaceFile } from '../../os/file.ts';
import { encodeHead } from '../text/head.ts';
import { type NotLoaded, notLoaded } from '../library.ts';
import { appendLines, journalOf, markOf, renderLine } from '../history/journal.ts';
import type { RefusedSave, Snapshot } from '../snapshot.ts';
import type { CurrentDocument, DocumentFiles, Draft, RefusedEdit, StorePlace } from './current.ts';
import type { Version } from './version.ts';

/** Returns the refused edit in its public form. */
export function toRefused({ file, time, base, issues, conflicts }: RefusedEdit): RefusedSave {
  return { file, time, base, issues, conflicts };
}

/** Returns the state for these refused edits, which all remain; the last one is reported. */
export function refusedIn(saves: readonly RefusedEdit[]): Pick<DocumentFiles, 'refused' | 'refusedEdits'> {
  const last = saves.at(-1);
  if (last === undefined) return {};
  return { refused: toRefused(last), refusedEdits: { kept: saves, fresh: undefined, ended: [] } };
}

/** Returns the state in its public form; with another version, that of an edit of it. */
export function snapshotOf(current: CurrentDocument, version = current.version): Snapshot | undefined {
  if (version === undefined) return undefined;
  const { text, document } = version;
  const { kind, refused } = current;
  return {
    text,
    document,
    ...(refused === undefined ? {} : { refused }),
    ...(kind === 'edited' ? { isUnrecorded: true } : {}),
  };
}

/**
 * Ensures that the version is in force, on disk and in the journal, and returns the new state; `overtaken` if
 * the document was saved meanwhile: nothing is in force then, and it must be read again. The caller holds the
 * document lock. `fresh` are the drafts of the generations up to the version, whose own is the last.
 */
export function publish(
  place: StorePlace,
  before: CurrentDocument,
  version: Version,
  fresh: readonly Draft[],
): Result<CurrentDocument | 'overtaken'> {
  const { sys, file } = place;
  const { archive, attributes } = place.library.loaded();
  const { refused, refusedEdits } = before;
  const drafts = 'draft' in before ? [before.draft, ...fresh] : fresh;
  const texts = new Map<number, string>();
  for (const { generation, text } of drafts) if (text !== undefined) texts.set(generation, text);
  const isRare =
    texts.size > 0 ||
    (refusedEdits !== undefined && (refusedEdits.fresh !== undefined || refusedEdits.ended.length > 0));
  if (isRare && archive === undefined) return err(notLoaded('change the document', 'archive'));
  const archived = isRare ? archive : undefined;
  const isUnusual = hasAttributes(sys, file);
  if (isUnusual && attributes === undefined) return err(notYet());
  const prepared = archived?.prepare(place, texts, refusedEdits) ?? ok(undefined);
  if (!prepared.ok) return prepared;
  let [isOvertaken, mark] = [false, ''];
  const bytes = new TextEncoder().encode(version.text);
  // A spare has been the document: it has the same attributes.
  const replace = (!isUnusual && place.cache?.replaceFile) || replaceFile;
  const written = replace(sys, file, bytes, (status, temporary) => {
    mark = markOf(status);
    // The group is that of the directory where this says so.
    const isCopied = isUnusual || status.gid > 0;
    const failed = isCopied ? (attributes ?? notYet)(sys, file, temporary) : undefined;
    if (failed !== undefined) return failed;
    const appended = appendLines(sys, journalOf(file), renderDrafts(place, before, drafts, status));
    if (!appended.ok) return appended.error;
    isOvertaken = isSaved(sys, file, before.mark);
    return isOvertaken
      ? failure('interrupted', `replace ${file}`, 'the file was saved in the meantime')
      : undefined;
  });
  if (isOvertaken) return ok('overtaken');
  if (!written.ok) return written;
  rememberHead(place, version);
  if (archived === undefined) {
    const current = { kind: 'recorded', version, mark, isTorn: false } as const;
    if (refusedEdits !== undefined) return ok({ ...current, refused, refusedEdits });
    return ok(place.cache?.keep(place, bytes, current) ?? current);
  }
  archived.finish(place, refusedEdits, version.document.metadata.generation);
  const refusals = archived.refusals(place);
  const last = refusals.ok ? refusals.value.saves.at(-1) : undefined;
  return ok({ kind: 'recorded', version, mark, isTorn: false, refused: last && toRefused(last) });
}

function notYet(): NotLoaded {
  return notLoaded('write', 'attributes');
}

/** Caches a newly learned head for the next reader. */
export function rememberHead({ sys, headFile }: StorePlace, { head, learned }: Version): void {
  if (learned && head !== undefined) replaceCache(sys, headFile, encodeHead(head));
}

function renderDrafts(
  { now }: StorePlace,
  { refusedEdits, isTorn }: DocumentFiles,
  drafts: readonly Draft[],
  status: FileStatus,
): string {
  const time = new Date(now()).toISOString();
  const isRefused =
    refusedEdits !== undefined && (refusedEdits.fresh !== undefined || refusedEdits.kept.length > 0);
  let lines = isTorn ? '\n' : '';
  for (const [index, { text, mark = '', ...line }] of drafts.entries()) {
    lines += renderLine({
      time,
      ...line,
      ...(text === undefined ? {} : { checkpoint: true }),
      ...(isRefused ? { refused: true } : {}),
      mark: index === drafts.length - 1 ? markOf(status) : mark,
    });
  }
  return lines;
}

/** The rename follows immediately: only a save in between would be lost. */
function isSaved(sys: Sys, document: string, mark: string | undefined): boolean {
  const status = sys.stat(document);
  return (typeof status === 'number' ? undefined : markOf(status)) !== mark;
}
