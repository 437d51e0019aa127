/**
 * Determines the generation in force if the document is not the one last written by vnet: it was saved by
 * hand, document or journal is missing, or the machine lost power. Reads only.
 */
import { Bug, err, ok, type Issue, type Result } from '../../model/result.ts';
import { omitUndefined } from '../../model/objects.ts';
import type { FileStatus, Sys } from '../../model/ports/sys.ts';
import { changedSince, readRefused } from './refused-edits.ts';
import { type FileRead, readPath, readWithStatus } from '../../os/file.ts';
import { readLoginName } from '../../os/login-name.ts';
import { type JournalLine, journalOf, markOf, readTail } from '../history/journal.ts';
import { decideEdit } from '../merge/decide-edit.ts';
import { readLines } from '../history/lines.ts';
import { refusedIn, toRefused } from './publish.ts';
import { type Archived, rebuildDocument, rebuildVersion } from '../history/rebuild.ts';
import type { Author, Problem, RefusedSave } from '../snapshot.ts';
import type {
  RecoveryInput,
  EditDecision,
  StorePlace,
  RefusedEdit,
  CurrentDocument,
  DocumentFiles,
  Draft,
} from './current.ts';
import { decodeUtf8, issueOfFile, notUtf8 } from '../text/utf8.ts';
import { interpret, type DocumentReader, type Version } from './version.ts';

/** A save is settled when its file is unmodified for this long. Units: milliseconds. */
const SETTLED_MS = 100;

/** Maximum wait for a save to settle. */
const LONGEST_WAIT_MS = 1000;

/** A text without a final newline counts as unfinished for this long: editors write one. */
const UNFINISHED_MS = 2000;

/** The files as found. Shape: `lines` end with the generation on disk or, if unknown, the last one. */
type Found = {
  readonly place: StorePlace;
  readonly input: RecoveryInput;
  readonly reader: DocumentReader;
  readonly file: FileRead | undefined;
  readonly archived: Archived;
  readonly saves: readonly RefusedEdit[];
  readonly isTorn: boolean;
};

/** Returns the state in force. Errors: as for reading; issues if no valid generation is known. */
export function recover(
  place: StorePlace,
  reader: DocumentReader,
  input: RecoveryInput,
): Result<CurrentDocument, Problem> {
  const { sys } = place;
  const { file: document } = reader;
  const read = readSettled(place, input);
  if (!read.ok) return read;
  const { file, lines } = read.value;
  const archived = { ...reader, sys, document, lines };
  const tail = readTail(sys, journalOf(document));
  if (!tail.ok) return tail;
  const saves = readRefused(sys, document);
  if (!saves.ok) return saves;
  const isTorn = tail.value?.isTorn ?? false;
  const found: Found = { place, input, reader, file, archived, saves: saves.value, isTorn };
  const newest = lines.at(-1);
  if (file !== undefined && newest !== undefined && newest.mark === markOf(file.status)) {
    return recoverOwn(found, file);
  }
  const rebuilt = newest === undefined ? ok(undefined) : rebuildVersion(archived, newest.generation);
  if (!rebuilt.ok) return rebuilt;
  if (rebuilt.value === undefined) return adopt(found);
  const good = { ...rebuilt.value, learned: true };
  return file === undefined ? ok(missing(found, good)) : recoverSaved(found, file, good);
}

type Settled = { readonly file: FileRead | undefined; readonly lines: readonly JournalLine[] };

/** Reads the document, repeatedly while an editor is writing it. */
function readSettled(
  { sys, file: document, now }: StorePlace,
  { settles }: Pick<RecoveryInput, 'settles'>,
): Result<Settled> {
  for (let waitedMs = 0; ; waitedMs += SETTLED_MS / 4) {
    const read = readWithStatus(sys, document);
    if (!read.ok) return read;
    const file = read.value;
    const lines = readLines(sys, document, file === undefined ? undefined : markOf(file.status));
    if (!lines.ok) return lines;
    const isOurs = file === undefined || lines.value.at(-1)?.mark === markOf(file.status);
    const isWritten = file !== undefined && ageMs(file.status, now()) < SETTLED_MS;
    if (!settles || isOurs || !isWritten || waitedMs >= LONGEST_WAIT_MS)
      return ok({ file, lines: lines.value });
    sys.sleep(SETTLED_MS / 4);
  }
}

function ageMs({ mtimeSeconds, mtimeNanoseconds }: FileStatus, nowMs: number): number {
  return Math.abs(nowMs - (mtimeSeconds * 1000 + mtimeNanoseconds / 1_000_000));
}

/** The document is the one that vnet wrote; a refused edit may have been corrected in its file since. */
function recoverOwn(found: Found, file: FileRead): Result<CurrentDocument, Problem> {
  const { reader, input, place, saves } = found;
  const text = decodeUtf8(file.bytes);
  if (text === undefined) return issues([notUtf8(reader.file)]);
  const good = interpret(reader, text, input.head, 'checked');
  if (!good.ok) return issues(good.error);
  for (const save of saves.toReversed()) {
    const status = changedSince(place.sys, save);
    if (status === undefined || ageMs(status, place.now()) < SETTLED_MS) continue;
    const decided = decideOnFile(found, good.value, save.file);
    if (!decided.ok) return decided;
    const decision = decided.value;
    if (decision?.kind !== 'taken') continue;
    return ok(taken(found, decision, { status, good: good.value, ended: [save] }));
  }
  return ok({ kind: 'recorded', ...filesOf(found), ...refusedIn(saves), version: good.value });
}

function decideOnFile(found: Found, good: Version, path: string): Result<EditDecision | undefined> {
  const bytes = readPath(found.place.sys, path);
  if (!bytes.ok) return bytes;
  const text = bytes.value === undefined ? undefined : decodeUtf8(bytes.value);
  return text === undefined ? ok(undefined) : decide(found, good, text);
}

function decide({ reader, archived, place }: Found, good: Version, text: string): Result<EditDecision> {
  const baseOf = (generation: number) => rebuildDocument(archived, generation);
  return decideEdit(reader, place.node, { text, good, baseOf, movesPods: false });
}

/** The generation in force is not on disk: its line is written again, with the mark of the next write. */
function writtenAgain(
  found: Found,
  version: Version,
  files: Partial<DocumentFiles>,
): Extract<CurrentDocument, { readonly draft: Draft }> {
  const line = found.archived.lines.at(-1);
  if (line === undefined) throw new Bug('a generation that no line of the journal describes');
  const { mark: _, refused: __, ...draft } = line;
  return { kind: 'restored', ...filesOf(found), ...files, version, draft };
}

/** The document was saved by hand. */
function recoverSaved(found: Found, file: FileRead, good: Version): Result<CurrentDocument, Problem> {
  const { place, reader, saves } = found;
  const text = decodeUtf8(file.bytes);
  if (text === undefined) return ok(refuse(found, good, file, { issues: [notUtf8(reader.file)] }));
  const isYoung = ageMs(file.status, place.now()) < UNFINISHED_MS;
  if (isYoung && !text.endsWith('\n'))
    return ok(refuse(found, good, file, { issues: [unfinished(reader.file)] }));
  const decided = decide(found, good, text);
  if (!decided.ok) return decided;
  const decision = decided.value;
  switch (decision.kind) {
    case 'same':
      return ok({ ...writtenAgain(found, good, refusedIn(saves)), kind: 'edited' });
    case 'foreign':
      return ok({ kind: 'recorded', ...filesOf(found), version: decision.version });
    case 'taken': {
      const began = decision.yours.metadata.generation;
      const ended = saves.filter(({ base }) => base === began);
      return ok(taken(found, decision, { status: file.status, good, ended }));
    }
    case 'conflict':
      return ok(refuse(found, good, file, decision));
    case 'invalid':
      if (decision.issues.some(({ code }) => code === 'newer-version')) return issues(decision.issues);
      return isLater(found, text, good)
        ? adopt(found)
        : ok(refuse(found, good, file, { issues: decision.issues, base: decision.base ?? baseIn(text) }));
    default:
      return decision satisfies never;
  }
}

/** A valid text of a generation unknown to the journal, which lost its last lines in a power failure. */
function isLater({ reader }: Found, text: string, good: Version): boolean {
  const read = reader.slow.read(text, reader.file);
  return read.ok && read.value.document.metadata.generation > good.document.metadata.generation;
}

/** If the text cannot be parsed, its generation line may still be readable. */
function baseIn(text: string): number | undefined {
  const digits = /^ +generation: *(\d{1,15})\b/m.exec(text)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** No valid generation is known: the text on disk is in force if it is valid. */
function adopt(found: Found): Result<CurrentDocument, Problem> {
  const { file, reader, input, place } = found;
  if (file === undefined) return ok({ kind: 'none', ...filesOf(found) });
  const text = decodeUtf8(file.bytes);
  if (text === undefined) return issues([notUtf8(reader.file)]);
  const version = interpret(reader, text, input.head);
  if (!version.ok) return issues(version.error);
  const { node, generation } = version.value.document.metadata;
  const here = { ...filesOf(found), version: version.value };
  if (node !== place.node) return ok({ kind: 'recorded', ...here });
  const author: Author = { who: 'taken over', ...ownerOf(place.sys, file.status) };
  const draft = { generation, author, edit: {}, text, mark: markOf(file.status) };
  return ok({ kind: 'adopted', ...here, ...refusedIn(found.saves), draft });
}

type TakenEdit = {
  readonly status: FileStatus;
  readonly good: Version;
  readonly ended: readonly RefusedEdit[];
};

function taken(
  found: Found,
  { version, edit }: Extract<EditDecision, { kind: 'taken' }>,
  { status, good, ended }: TakenEdit,
): CurrentDocument {
  const { generation } = version.document.metadata;
  // More than one ahead: the journal lost lines, or the number was edited by hand.
  const who = generation > good.document.metadata.generation + 1 ? 'taken over' : 'hand edit';
  const author: Author = { who, ...ownerOf(found.place.sys, status) };
  const kept = found.saves.filter((save) => !ended.includes(save));
  return {
    kind: 'edited',
    ...filesOf(found),
    ...refusedIn(kept),
    version: { ...version, learned: true },
    draft: { generation, author, edit, text: version.text },
    refusedEdits: { kept, fresh: undefined, ended },
  };
}

/** Why an edit is not in force. */
type Objection = Partial<Pick<RefusedSave, 'base' | 'issues' | 'conflicts'>>;

function refuse(found: Found, good: Version, { status }: FileRead, objection: Objection): CurrentDocument {
  const time = new Date(status.mtimeSeconds * 1000).toISOString();
  const { base, issues: wrong = [], conflicts = [] } = objection;
  const fresh = { file: found.reader.file, time, base, issues: wrong, conflicts, mark: markOf(status) };
  return writtenAgain(found, good, {
    refused: toRefused(fresh),
    refusedEdits: { kept: found.saves, fresh, ended: [] },
  });
}

/** Deleted, or an editor is between two steps of a save: neither expresses a desired state. */
function missing(found: Found, good: Version): CurrentDocument {
  const { now } = found.place;
  const { file: document } = found.reader;
  const { generation } = good.document.metadata;
  const message = `the document is missing; generation ${generation} stays in force, and the next write restores the file`;
  const hint = `Restore it with \`vnet show ${generation} > ${document}\`; to start from scratch, remove history/ too.`;
  const refused: RefusedSave = {
    file: document,
    time: new Date(now()).toISOString(),
    base: undefined,
    issues: [issueOfFile(document, 'missing', message, hint)],
    conflicts: [],
  };
  return writtenAgain(found, good, { ...refusedIn(found.saves), refused });
}

function filesOf({ file, isTorn }: Found): DocumentFiles {
  return { mark: file === undefined ? undefined : markOf(file.status), isTorn };
}

function unfinished(file: string): Issue {
  const hint = 'finish the last line; the next write then takes the edit';
  return issueOfFile(
    file,
    'unfinished',
    'the text ends in the middle of a line: it is probably still being written',
    hint,
  );
}

function issues(all: readonly Issue[]): Result<never, Problem> {
  return err({ kind: 'issues', issues: all });
}

/** Returns the owner of the file, by number and name. */
function ownerOf(sys: Sys, { uid }: FileStatus): Pick<Author, 'uid' | 'login'> {
  return { uid, ...omitUndefined({ login: readLoginName(sys, String(uid)) }) };
}
