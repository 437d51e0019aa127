/** How edits become the next generations: one after the other in memory, written together. The document's lock must be held. */
import { err, ok, type Result } from '../../model/result.ts';
import { type Edit, type EffectiveEdit, effectiveEdit, NO_CHANGE } from '../edit.ts';
import { isNotLoaded, notLoaded } from '../library.ts';
import { journalEditOf } from '../history/journal.ts';
import { publish, rememberHead, snapshotOf } from './publish.ts';
import type { Author, Problem } from '../snapshot.ts';
import type { Draft, Place, Standing } from './standing.ts';
import type { Committed, Transaction } from './transaction.ts';
import { changesHead, editQuickly, editVersion, interpret, invalidEdit, type Version } from './version.ts';

/** Returns the author as the history names it. */
export type AuthorOf = (author: string | Author) => Author;

/** A checkpoint is kept at least so often, so that few lines lead from one to any generation. */
const CHECKPOINT_EVERY = 128;

/** An edit of more entries makes a long line: with its checkpoint, the bounds of what is kept are looked at. */
const LARGE_EDIT = 64;

/**
 * Writes the first of the transactions, and with it those after it whose edits need no closer look at the text. Returns the
 * results of those it did, at least one.
 */
export function commitSome<T>(
  place: Place,
  authorOf: AuthorOf,
  before: Standing,
  transactions: readonly Transaction<T>[],
): Result<readonly Result<Committed<T>, Problem>[] | 'overtaken', Problem> {
  const drafts: Draft[] = [];
  const made: Result<{ readonly standing: Standing; readonly value: T }, Problem>[] = [];
  let standing = before;
  for (const { author, change } of transactions) {
    if (drafts.length > 0 && standing.version?.edited === undefined) break;
    const changed = change(snapshotOf(standing), standing.version?.held);
    if (!changed.ok) {
      made.push(changed);
      continue;
    }
    const { edit, value } = changed.value;
    const edited = editStanding(place, authorOf(author), standing, edit);
    if (!edited.ok && isNotLoaded(edited.error)) {
      // What could be done without is written first.
      if (made.length === 0) return edited;
      break;
    }
    if (edited.ok) standing = edited.value.standing;
    if (edited.ok && edited.value.draft !== undefined) drafts.push(edited.value.draft);
    made.push(edited.ok ? ok({ standing, value }) : edited);
  }
  const isNothing = made.every(({ ok: isDone }) => !isDone);
  const written = isNothing ? ok(before) : write(place, before, standing, drafts);
  if (!written.ok) return written;
  if (written.value === 'overtaken') return ok('overtaken');
  // Who read the last one reads it as it was written: the file's own.
  const last = written.value;
  return ok(
    made.map((one) =>
      one.ok
        ? ok({
            snapshot: snapshotOf(one.value.standing === standing ? last : one.value.standing),
            value: one.value.value,
          })
        : one,
    ),
  );
}

function write(
  place: Place,
  before: Standing,
  after: Standing,
  drafts: readonly Draft[],
): Result<Standing | 'overtaken', Problem> {
  const { version } = after;
  if (version === undefined) return ok(before);
  if (drafts.length > 0 || before.mustWrite === true) return publish(place, before, version, drafts);
  rememberHead(place, version);
  return ok(before);
}

/** Returns what the edit makes of what is in force; without a draft it changes nothing. Writes nothing. */
function editStanding(
  place: Place,
  author: Author,
  before: Standing,
  edit: Edit,
): Result<{ readonly standing: Standing; readonly draft?: Draft }, Problem> {
  if (before.version === undefined && isEmpty(edit)) return ok({ standing: before });
  const created = before.version === undefined ? newDocument(place, edit) : ok(before.version);
  if (!created.ok) return created;
  const base = created.value;
  const effective =
    effectiveEdit(base.document, edit) ?? (before.version === undefined ? FIRST_EDIT : undefined);
  if (effective === undefined) return ok({ standing: before });
  const after = editIn(place, base, effective);
  if (!after.ok) return after;
  const { generation } = effective;
  const isNew = before.version === undefined;
  const draft: Draft = {
    generation,
    author,
    edit: journalEditOf(
      isNew ? { ...effective, bootId: edit.bootId, networks: edit.networks ?? new Map() } : effective,
    ),
    ...(isNew || wantsCheckpoint(effective) ? { text: after.value.text } : {}),
  };
  const isNews = base.learned && !after.value.learned;
  const version = isNews ? { ...after.value, learned: true } : after.value;
  return ok({ standing: { ...before, version }, draft });
}

function editIn({ file, library }: Place, base: Version, edit: EffectiveEdit): Result<Version> {
  const quick = editQuickly(base, edit);
  if (quick !== undefined) return ok(quick);
  const { recovery } = library.loaded();
  if (recovery === undefined) return err(notLoaded('change the document', 'recovery'));
  return editVersion({ slow: recovery.slow, file }, base, edit);
}

/** The document before its first Edit: generation 0, never written. */
function newDocument({ file, library, node }: Place, edit: Edit): Result<Version> {
  const networks = Object.fromEntries(
    Array.from(edit.networks ?? []).flatMap(([name, network]) =>
      network === undefined ? [] : [[name, network]],
    ),
  );
  const contents = { node, bootId: edit.bootId, networks };
  const { creation, recovery } = library.loaded();
  if (creation === undefined) return err(notLoaded('create the document', 'creation'));
  const created = creation.create(contents);
  if (created !== undefined) return ok(created);
  if (recovery === undefined) return err(notLoaded('create the document', 'recovery'));
  const { slow } = recovery;
  const version = interpret({ slow, file }, slow.create(contents), undefined);
  return version.ok ? version : err(invalidEdit(version.error));
}

/** What a new document is written with when nothing but its networks is asked for. */
const FIRST_EDIT: EffectiveEdit = { ...NO_CHANGE, generation: 1 };

function wantsCheckpoint(edit: EffectiveEdit): boolean {
  const { generation, endpoints, released } = edit;
  return (
    changesHead(edit) || generation % CHECKPOINT_EVERY === 0 || endpoints.size + released.size > LARGE_EDIT
  );
}

function isEmpty({ endpoints, released, networks, bootId }: Edit): boolean {
  const maps: readonly (ReadonlyMap<string, unknown> | undefined)[] = [endpoints, released, networks];
  const values = maps.flatMap((map) => Array.from(map?.values() ?? []));
  return values.every((value) => value === undefined) && bootId === undefined;
}
