/** Puts a generation in force: appends its journal line, then replaces the document. */
import { err, failure, ok, type Result } from '../../model/result.ts';
import type { FileStatus, Sys } from '../../model/ports/sys.ts';
import { replaceCache, replaceFile } from '../../os/file.ts';
import { encodeHead } from '../text/head.ts';
import { notLoaded } from '../library.ts';
import { appendLines, journalOf, markOf, renderLine } from '../history/journal.ts';
import type { RefusedSave, Snapshot } from '../snapshot.ts';
import type { Draft, Place, PutAside, Standing } from './standing.ts';
import type { Version } from './version.ts';

/** Returns the refused edit in its public form. */
export function toRefused({ file, time, base, issues, conflicts }: PutAside): RefusedSave {
  return { file, time, base, issues, conflicts };
}

/** Returns the state in its public form. */
export function snapshotOf({ version, refused, isUnrecorded }: Standing): Snapshot | undefined {
  if (version === undefined) return undefined;
  const { document } = version;
  return {
    // Lazy: most readers never use the text.
    get text() {
      return version.text;
    },
    document,
    ...(refused === undefined ? {} : { refused }),
    ...(isUnrecorded === true ? { isUnrecorded } : {}),
  };
}

/**
 * Ensures that the version is in force, on disk and in the journal, and returns the new state; `overtaken` if
 * the document was saved meanwhile: nothing is in force then, and it must be read again. The caller holds the
 * document lock. `fresh` are the drafts of the generations up to the version, whose own is the last.
 */
export function publish(
  place: Place,
  before: Standing,
  version: Version,
  fresh: readonly Draft[],
): Result<Standing | 'overtaken'> {
  const { sys, file } = place;
  const { archive } = place.library.loaded();
  const { draft: earlier, aside } = before;
  const drafts = earlier === undefined ? fresh : [earlier, ...fresh];
  const texts = new Map<number, string>();
  for (const { generation, text } of drafts) if (text !== undefined) texts.set(generation, text);
  const isRare =
    texts.size > 0 || (aside !== undefined && (aside.fresh !== undefined || aside.ended.length > 0));
  if (isRare && archive === undefined) return err(notLoaded('change the document', 'archive'));
  const keeper = isRare ? archive : undefined;
  const prepared = keeper?.prepare(place, texts, aside) ?? ok(undefined);
  if (!prepared.ok) return prepared;
  let [isOvertaken, was] = [false, ''];
  const bytes = version.bytes ?? new TextEncoder().encode(version.text);
  const written = replaceFile(sys, file, bytes, (status) => {
    was = markOf(status);
    const appended = appendLines(sys, journalOf(file), renderDrafts(place, before, drafts, status));
    if (!appended.ok) return appended.error;
    isOvertaken = isSaved(sys, file, before.was);
    return isOvertaken
      ? failure('interrupted', `replace ${file}`, 'the file was saved in the meantime')
      : undefined;
  });
  if (isOvertaken) return ok('overtaken');
  if (!written.ok) return written;
  rememberHead(place, version);
  if (keeper === undefined) {
    const standing = { ...(aside === undefined ? {} : keptOf(before)), version, was, isTorn: false };
    return ok(place.memory?.keep(place, bytes, standing) ?? standing);
  }
  keeper.finish(place, aside, version.document.metadata.generation);
  const refusals = keeper.refusals(place);
  const last = refusals.ok ? refusals.value.saves.at(-1) : undefined;
  return ok({ version, was, isTorn: false, ...(last === undefined ? {} : { refused: toRefused(last) }) });
}

function keptOf({ aside, refused }: Standing): Pick<Standing, 'aside' | 'refused'> {
  return { ...(aside === undefined ? {} : { aside }), ...(refused === undefined ? {} : { refused }) };
}

/** Caches a newly learned head for the next reader. */
export function rememberHead({ sys, cache }: Place, { head, learned }: Version): void {
  if (learned && head !== undefined) replaceCache(sys, cache, encodeHead(head));
}

function renderDrafts(
  { now }: Place,
  { aside, isTorn }: Standing,
  drafts: readonly Draft[],
  status: FileStatus,
): string {
  const time = new Date(now()).toISOString();
  const isRefused = aside !== undefined && (aside.fresh !== undefined || aside.kept.length > 0);
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
function isSaved(sys: Sys, document: string, was: string | undefined): boolean {
  const status = sys.stat(document);
  return (typeof status === 'number' ? undefined : markOf(status)) !== was;
}
