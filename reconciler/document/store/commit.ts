/**
 * Turns edits into the next generations: in sequence in memory, then in one write. The caller holds the
 * document lock.
 */
import { err, ok, type Result } from '../../model/result.ts';
import { type Edit, type EffectiveEdit, effectiveEdit, NO_CHANGE } from '../edit.ts';
import { isNotLoaded, notLoaded } from '../library.ts';
import { journalEditOf, upgradeMark } from '../history/journal.ts';
import { publish, rememberHead, snapshotOf } from './publish.ts';
import type { Author, Problem } from '../snapshot.ts';
import type { Draft, StorePlace, CurrentDocument } from './current.ts';
import type { Committed, Transaction } from './transaction.ts';
import { changesHead, editQuickly, type Version } from './version.ts';

/** Returns the author as recorded in the history. */
export type AuthorOf = (author: string | Author) => Author;

/** Maximum distance of checkpoints: bounds the number of lines needed to rebuild a generation. */
const CHECKPOINT_EVERY = 128;

/** A larger edit makes a long line: write a checkpoint with it, which also enforces the retention limits. */
const LARGE_EDIT = 64;

/**
 * Writes the first transaction together with all following ones whose edits need no slow path. Returns the
 * results of those written, at least one.
 */
export function commitSome<T>(
  place: StorePlace,
  authorOf: AuthorOf,
  before: CurrentDocument,
  transactions: readonly Transaction<T>[],
): Result<readonly Result<Committed<T>, Problem>[] | 'overtaken', Problem> {
  const drafts: Draft[] = [];
  const made: Result<{ readonly version: Version | undefined; readonly value: T }, Problem>[] = [];
  let { version } = before;
  for (const { author, change } of transactions) {
    if (drafts.length > 0 && version?.edited === undefined) break;
    const changed = change(snapshotOf(before, version), version?.held);
    if (!changed.ok) {
      made.push(changed);
      continue;
    }
    const { edit, value } = changed.value;
    const edited = editDocument(place, authorOf(author), version, edit);
    if (!edited.ok && isNotLoaded(edited.error)) {
      // Write those that do not need the missing part first.
      if (made.length === 0) return edited;
      break;
    }
    if (edited.ok) version = edited.value.version;
    if (edited.ok && edited.value.draft !== undefined) drafts.push(edited.value.draft);
    made.push(edited.ok ? ok({ version, value }) : edited);
  }
  const isNothing = made.every(({ ok: isDone }) => !isDone);
  const written = isNothing || version === undefined ? ok(before) : write(place, before, version, drafts);
  if (!written.ok) return written;
  const current = written.value;
  if (current === 'overtaken') return ok('overtaken');
  return ok(
    made.map((one) => {
      if (!one.ok) return one;
      // A snapshot of the last version is the one that was published.
      const own = one.value.version === version ? current.version : one.value.version;
      return ok({ snapshot: snapshotOf(current, own), value: one.value.value });
    }),
  );
}

function write(
  place: StorePlace,
  before: CurrentDocument,
  version: Version,
  drafts: readonly Draft[],
): Result<CurrentDocument | 'overtaken', Problem> {
  const mustWrite = before.kind === 'edited' || before.kind === 'restored';
  if (drafts.length > 0 || mustWrite) return publish(place, before, version, drafts);
  rememberHead(place, version);
  return ok(before);
}

/** Returns the version after the edit; without a draft if it changes nothing. Writes nothing. */
function editDocument(
  place: StorePlace,
  author: Author,
  before: Version | undefined,
  edit: Edit,
): Result<{ readonly version: Version | undefined; readonly draft?: Draft }, Problem> {
  if (before === undefined && isEmpty(edit)) return ok({ version: undefined });
  const created = before === undefined ? newDocument(place, edit) : ok(before);
  if (!created.ok) return created;
  const base = created.value;
  const isNew = before === undefined;
  const changed = effectiveEdit(base.document, edit) ?? (isNew ? FIRST_EDIT : undefined);
  if (changed === undefined) return ok({ version: before });
  const { machine, node } = base.document.metadata;
  const isUnsaid = machine === undefined && node === place.node && !isNew;
  const effective = { ...changed, machine: isUnsaid ? place.machine?.() : undefined };
  const after = editIn(place, base, effective);
  if (!after.ok) return after;
  const { generation } = effective;
  const draft: Draft = {
    generation,
    author,
    edit: {
      ...journalEditOf(
        isNew ? { ...effective, bootId: edit.bootId, networks: edit.networks ?? new Map() } : effective,
      ),
      ...(base.isOlder === true ? { fields: upgradeMark(base) } : {}),
    },
    ...(isNew || base.isOlder === true || wantsCheckpoint(effective) ? { text: after.value.text } : {}),
  };
  const isNews = base.learned && !after.value.learned;
  return ok({ version: isNews ? { ...after.value, learned: true } : after.value, draft });
}

function editIn({ file, library }: StorePlace, base: Version, edit: EffectiveEdit): Result<Version> {
  const quick = editQuickly(base, edit);
  if (quick !== undefined) return ok(quick);
  const { recovery } = library.loaded();
  if (recovery === undefined) return err(notLoaded('change the document', 'recovery'));
  return recovery.edit(file, base, edit);
}

/** The document before its first Edit: generation 0, never written. */
function newDocument({ file, library, node, machine }: StorePlace, edit: Edit): Result<Version> {
  const networks = Object.fromEntries(
    Array.from(edit.networks ?? []).flatMap(([name, network]) =>
      network === undefined ? [] : [[name, network]],
    ),
  );
  const contents = { node, bootId: edit.bootId, machine: machine?.(), networks };
  const { creation, recovery } = library.loaded();
  if (creation === undefined) return err(notLoaded('create the document', 'creation'));
  const created = creation.create(contents);
  if (created !== undefined) return ok(created);
  if (recovery === undefined) return err(notLoaded('create the document', 'recovery'));
  return recovery.create(file, contents);
}

/** The edit of a new document that only gets its networks. */
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
