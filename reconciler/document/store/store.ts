/**
 * The only store of the node's network state: the document on disk, read without a lock, changed under one.
 */
import { Bug, err, fail, ok, type Result } from '../../model/result.ts';
import type { Sys } from '../../model/ports/sys.ts';
import { commitSome } from './commit.ts';
import { readPath, readWithStatus } from '../../os/file.ts';
import { isNotLoaded, notLoaded } from '../library.ts';
import { decodeHead, type KnownHead, type Validity } from '../text/head.ts';
import { findMark, journalOf, markOf, readTail } from '../history/journal.ts';
import { holdLock } from '../../os/lock.ts';
import { refusedIn, snapshotOf } from './publish.ts';
import type { Author, Problem, RefusedSave, Snapshot, Submission } from '../snapshot.ts';
import type { LibraryLoader, DocumentCache, StorePlace, CurrentDocument, SubmitOptions } from './current.ts';
import type { ChangeOf, Committed, Transaction } from './transaction.ts';
import { decodeUtf8, notUtf8 } from '../text/utf8.ts';
import { interpretQuickly, interpretSlowly, type Version } from './version.ts';

export type { Edit } from '../edit.ts';
export type { ChangeOf, Committed, Transaction } from './transaction.ts';
export type { Author, Conflict, Problem, RefusedSave, Snapshot, Submission } from '../snapshot.ts';

/**
 * Paths. The lock is <runDirectory>/document.lock, the head cache <runDirectory>/head.json; the history is
 * beside the document.
 */
export type StorePaths = { readonly document: string; readonly runDirectory: string };

/** The document, as used by loop and plugin. */
export interface Store {
  /**
   * Returns the document in force, without lock and without writing; undefined without a document. `refused`
   * reports an invalid or conflicting hand edit: the previous generation is then in force.
   */
  read(): Result<Snapshot | undefined, Problem>;
  /**
   * As read(); a resident process compares the marks of the files with those of its last read or write, not their bytes: that finds
   * all writes of vnet.
   */
  readByMarks(): Result<Snapshot | undefined, Problem>;
  /**
   * Locks, reads, calls `change` for an Edit, writes it, unlocks; returns the new snapshot and the value from
   * `change`. `change` receives undefined if there is no document; an Edit then creates one. It must not do
   * kernel work, and is called again if the document was saved meanwhile.
   * Errors: from `change`; `timeout` if the lock was not available (naming its holder); `invalid` if the Edit
   * would make the document invalid (nothing is written); issues if the document is invalid and no previous
   * generation is known.
   */
  transact<T>(author: string | Author, change: ChangeOf<T>): Result<Committed<T>, Problem>;
  /**
   * As transact() for each in turn, each with its own generation and journal line, but in one write with one
   * sync. Returns one result for each; all are on disk then.
   * Law: document, history and results equal those of consecutive transact() calls.
   * Errors: per transaction; the same for all if the document cannot be read or written.
   */
  transactAll<T>(transactions: readonly Transaction<T>[]): readonly Result<Committed<T>, Problem>[];
  /**
   * Submits a whole hand-written text as the next generation, merged three ways with all changes since the
   * generation it names. Endpoints missing from the text are kept and reported as merged.
   * Errors: `conflict` if the latest generation is not `ifGeneration`; `refused` for a text of another node;
   * issues if the text is invalid, before or after the merge; those of transact.
   */
  submit(author: Author, text: string, options?: SubmitOptions): Result<Submission, Problem>;
  /**
   * Discards the newest refused edit, and returns it with the path of its copy in the history; undefined
   * without one.
   */
  discard(author: Author): Result<RefusedSave | undefined, Problem>;
}

/**
 * Options.
 * Shape: `now` is the time of day, for the history, and in tests the clock of locks; `library` has the parts loaded so far: a call that needs
 * more fails with NotLoaded; `person` identifies the user who runs this process, if any; `cache` is that of a
 * resident process.
 * Units: milliseconds.
 */
export type StoreOptions = {
  readonly library: Pick<LibraryLoader, 'loaded'>;
  readonly person?: (() => Omit<Author, 'who'>) | undefined;
  readonly cache?: DocumentCache | undefined;
  readonly lockTimeoutMs?: number;
  readonly now?: () => number;
  readonly machine?: () => string | undefined;
};

/** Returns the Store of the document at `paths`; `node` is the name of this node. */
export function createStore(sys: Sys, paths: StorePaths, node: string, options: StoreOptions): Store {
  return new FileStore(sys, paths, node, options);
}

/** Number of attempts of a transaction if the document is saved at the same moment. */
const MAX_TRIES = 10;

class FileStore implements Store {
  readonly #place: StorePlace;
  readonly #paths: StorePaths;
  readonly #options: StoreOptions;
  /** The last version read: a round reads the same text several times. */
  #known: Version | undefined;

  constructor(sys: Sys, paths: StorePaths, node: string, options: StoreOptions) {
    const { library, now = Date.now, cache, machine } = options;
    const headFile = `${paths.runDirectory}/head.json`;
    const file = paths.document;
    this.#place = {
      sys,
      file,
      node,
      headFile,
      library,
      now,
      ...(cache === undefined ? {} : { cache }),
      ...(machine === undefined ? {} : { machine }),
    };
    this.#paths = paths;
    this.#options = options;
  }

  read(): Result<Snapshot | undefined, Problem> {
    const current = this.#load('read');
    return current.ok ? ok(snapshotOf(current.value)) : current;
  }

  readByMarks(): Result<Snapshot | undefined, Problem> {
    const current = this.#place.cache?.recallByMarks(this.#place);
    return current === undefined ? this.read() : ok(snapshotOf(current));
  }

  transact<T>(author: string | Author, change: ChangeOf<T>): Result<Committed<T>, Problem> {
    const [result] = this.transactAll([{ author, change }]);
    if (result === undefined) throw new Bug('a transaction without a result');
    return result;
  }

  transactAll<T>(transactions: readonly Transaction<T>[]): readonly Result<Committed<T>, Problem>[] {
    const results: Result<Committed<T>, Problem>[] = [];
    let isTogether = true;
    while (results.length < transactions.length) {
      const waiting = transactions.slice(results.length, isTogether ? undefined : results.length + 1);
      const done = this.#locked(authorsOf(waiting), (before) =>
        commitSome(this.#place, (author) => this.#authorOf(author), before, waiting),
      );
      if (done.ok) results.push(...done.value);
      // Keep the order: later ones must not overtake this one.
      else if (isNotLoaded(done.error) || (waiting.length > 1 && isTimeout(done.error)))
        return [...results, ...transactions.slice(results.length).map(() => done)];
      else if (waiting.length === 1) results.push(done);
      // Retry one by one: the error may concern only some of them.
      else isTogether = false;
    }
    return results;
  }

  submit(author: Author, text: string, options: SubmitOptions = {}): Result<Submission, Problem> {
    return this.#locked<Submission>(author, (before) => {
      const { recovery } = this.#place.library.loaded();
      if (recovery === undefined) return err(notLoaded('apply the text', 'recovery'));
      return recovery.submit(this.#place, { before, author: this.#authorOf(author), text, options });
    });
  }

  discard(author: Author): Result<RefusedSave | undefined, Problem> {
    return this.#locked<RefusedSave | undefined>(author, (before) => {
      const { recovery } = this.#place.library.loaded();
      return recovery === undefined
        ? err(notLoaded('end the refused edit', 'recovery'))
        : recovery.discard(this.#place, before);
    });
  }

  /** Runs `work` on the state in force under the lock; repeats it if a save overtook it. */
  #locked<T>(
    author: string | Author,
    work: (before: CurrentDocument) => Result<T | 'overtaken', Problem>,
  ): Result<T, Problem> {
    const { lockTimeoutMs, now } = this.#options;
    const { sys } = this.#place;
    const path = `${this.#paths.runDirectory}/document.lock`;
    const bound = {
      ...(now === undefined ? {} : { now }),
      ...(lockTimeoutMs === undefined ? {} : { timeoutMs: lockTimeoutMs }),
    };
    const who = typeof author === 'string' ? author : author.who;
    return holdLock<T, Problem>(sys, { path, mode: 'exclusive', who, ...bound }, () => {
      for (let count = 0; count < MAX_TRIES; count += 1) {
        const before = this.#load('write');
        if (!before.ok) return before;
        const done = work(before.value);
        if (!done.ok) return done;
        if (done.value !== 'overtaken') return ok(done.value);
      }
      const hint = 'Nothing was written. Run the command again.';
      return fail('busy', 'change the document', 'the file kept changing', { hint });
    });
  }

  #authorOf(author: string | Author): Author {
    const { person } = this.#options;
    const given = typeof author === 'string' ? { who: author } : author;
    return person === undefined ? given : { ...person(), ...given };
  }

  #load(purpose: 'read' | 'write'): Result<CurrentDocument, Problem> {
    const isWriter = purpose === 'write';
    const place = this.#place;
    const { sys, cache } = place;
    const { archive, recovery } = place.library.loaded();
    const recalled = cache?.recall(place);
    if (recalled !== undefined) return ok(recalled);
    const read = readWithStatus(sys, place.file);
    if (!read.ok) return read;
    const file = read.value;
    const end = readTail(sys, journalOf(place.file));
    if (!end.ok) return end;
    const tail = end.value;
    if (file === undefined && tail === undefined) return ok(NOTHING);
    const mark = file === undefined ? undefined : markOf(file.status);
    const found = tail === undefined || mark === undefined ? undefined : findMark(tail, mark);
    // Without a journal, the document is read without one; the first change records it in a new journal.
    const isPlain = found !== undefined || (tail === undefined && !isWriter);
    const isRefused = found?.isRefused === true;
    if (isRefused && archive === undefined) return err(notLoaded(READ, 'archive'));
    const refusals = (isRefused ? archive?.refusals(place) : undefined) ?? ok(undefined);
    if (!refusals.ok) return refusals;
    if (file === undefined || mark === undefined || !isPlain || refusals.value?.isChanged === true) {
      if (recovery === undefined) return err(notLoaded(READ, 'recovery'));
      return recovery.recover(place, { head: this.#knownHead(), settles: isWriter });
    }
    const text = decodeUtf8(file.bytes);
    if (text === undefined) return err({ kind: 'issues', issues: [notUtf8(place.file)] });
    // The journal confirms that exactly this text is in force.
    const version = this.#interpret(text, found === undefined ? 'unchecked' : 'checked');
    if (!version.ok) return version;
    this.#known = version.value;
    const plain = { kind: 'recorded', version: version.value, mark, isTorn: tail?.isTorn ?? false } as const;
    if (refusals.value !== undefined) return ok({ ...plain, ...refusedIn(refusals.value.saves) });
    return ok((isWriter && found !== undefined && cache?.keep(place, file.bytes, plain)) || plain);
  }

  #interpret(text: string, validity: Validity): Result<Version, Problem> {
    if (validity === 'checked' && this.#known?.text === text) return ok(this.#known);
    const quick = interpretQuickly(text, this.#knownHead(), validity);
    if (quick !== undefined) return ok(quick);
    const { library, file } = this.#place;
    const { recovery } = library.loaded();
    if (recovery === undefined) return err(notLoaded(READ, 'recovery'));
    const read = interpretSlowly({ slow: recovery.slow, file }, text);
    return read.ok ? read : err({ kind: 'issues', issues: read.error });
  }

  #knownHead(): KnownHead | undefined {
    const bytes = readPath(this.#place.sys, this.#place.headFile);
    return bytes.ok && bytes.value !== undefined ? decodeHead(bytes.value) : undefined;
  }
}

const READ = 'read the document';

const NOTHING: CurrentDocument = { kind: 'none', mark: undefined, isTorn: false };

function isTimeout(problem: Problem): boolean {
  return 'code' in problem && problem.code === 'timeout';
}

/** Names the waiters for the lock: the first, and the number of others. */
function authorsOf(transactions: readonly Transaction<unknown>[]): string | Author {
  const [first, ...more] = transactions.map(({ author }) => author);
  if (first === undefined) throw new Bug('no process waits for the lock');
  if (more.length === 0) return first;
  return `${typeof first === 'string' ? first : first.who} and ${more.length} more`;
}
