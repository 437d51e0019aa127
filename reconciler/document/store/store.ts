/** The one store of the node's network state: the document on disk, read without a lock, changed under one. */
import type { Result } from '../../model/result.ts';
import { Bug, err, failure, ok } from '../../model/result.ts';
import type { Sys } from '../../model/ports/sys.ts';
import { commitSome } from './commit.ts';
import { readPath, readWithStatus } from '../../os/file.ts';
import { isNotLoaded, notLoaded } from '../library.ts';
import { decodeHead, type KnownHead } from '../text/head.ts';
import { findMark, journalOf, markOf, readTail } from '../history/journal.ts';
import { holdLock, steadyNow } from '../../os/lock.ts';
import { snapshotOf, toRefused } from './publish.ts';
import type { Author, Problem, RefusedSave, Snapshot, Submission } from '../snapshot.ts';
import type { LibraryLoader, Memory, Place, PutAside, Standing, SubmitOptions } from './standing.ts';
import type { ChangeOf, Committed, Transaction } from './transaction.ts';
import { decodeUtf8, notUtf8 } from '../text/utf8.ts';
import { interpretQuickly, interpretSlowly, type Version } from './version.ts';

export type { Edit } from '../edit.ts';
export type { ChangeOf, Committed, Transaction } from './transaction.ts';
export type { Author, Conflict, Problem, RefusedSave, Snapshot, Submission } from '../snapshot.ts';

/**
 * Where things are. The lock is <runDirectory>/document.lock, the head cache <runDirectory>/head.json; the history is
 * beside the document.
 */
export type StorePaths = { readonly document: string; readonly runDirectory: string };

/** The document as the loop and the plugin use it. */
export interface Store {
  /**
   * Returns the document that is in force, without a lock and without writing; undefined when there is none yet. A save
   * by hand that can't be taken is told in `refused`: the last good generation is in force.
   */
  read(): Result<Snapshot | undefined, Problem>;
  /**
   * Locks, reads, asks `change` for an Edit, writes it, unlocks; returns the new snapshot and what `change` returned.
   * `change` sees undefined when there is no document; an Edit then creates one. Kernel work must not be done inside.
   * `change` is asked again when somebody saved the document meanwhile.
   * Errors: what `change` returned; `timeout` when the lock could not be had (names the holder); `invalid` when the
   * Edit would make the document invalid (nothing is written); issues when the document is not valid and no good
   * generation is known.
   */
  transact<T>(author: string | Author, change: ChangeOf<T>): Result<Committed<T>, Problem>;
  /**
   * As transact() for each in turn, each with its own generation and line in the history, but written together: one document,
   * one sync. Returns one result for each; all are on disk then.
   * Law: the same document, history and results as transact() for one after the other.
   * Errors: of one, its own; where the document can't be had or written, the same for all.
   */
  transactAll<T>(transactions: readonly Transaction<T>[]): readonly Result<Committed<T>, Problem>[];
  /**
   * Takes a whole hand-written text as the next generation: merged three ways with what came since the generation it
   * names. Endpoints that the text lacks stay, and are reported as merged.
   * Errors: `conflict` when the latest generation is not `ifGeneration`; `refused` for a text of another node; issues when
   * the text is not valid, by itself or with what came since; those of transact.
   */
  submit(author: Author, text: string, options?: SubmitOptions): Result<Submission, Problem>;
  /**
   * Ends the save that is refused (the newest), and returns it with the place of its copy in the history; undefined when
   * none is.
   */
  discard(author: Author): Result<RefusedSave | undefined, Problem>;
}

/**
 * Units: milliseconds. `now` is a clock that does not go back, from the epoch; `library` has what is loaded by now: a call
 * that needs more ends with a NotLoaded. `person` says who runs this process, where that is a person; `memory` is that of one
 * that stays.
 */
export type StoreOptions = {
  readonly library: Pick<LibraryLoader, 'loaded'>;
  readonly person?: (() => Omit<Author, 'who'>) | undefined;
  readonly memory?: Memory | undefined;
  readonly lockTimeoutMs?: number;
  readonly now?: () => number;
};

/** Returns the Store of the document at `paths`; `node` is the name of this node. */
export function createStore(sys: Sys, paths: StorePaths, node: string, options: StoreOptions): Store {
  return new FileStore(sys, paths, node, options);
}

/** How often a transaction is begun anew because somebody saves the document at that moment. */
const MAX_TRIES = 10;

class FileStore implements Store {
  readonly #place: Place;
  readonly #paths: StorePaths;
  readonly #options: StoreOptions;
  /** What was read last: a round reads the same text several times. */
  #known: Version | undefined;

  constructor(sys: Sys, paths: StorePaths, node: string, options: StoreOptions) {
    const { library, now = steadyNow, memory } = options;
    const cache = `${paths.runDirectory}/head.json`;
    const file = paths.document;
    this.#place = { sys, file, node, cache, library, now, ...(memory === undefined ? {} : { memory }) };
    this.#paths = paths;
    this.#options = options;
  }

  read(): Result<Snapshot | undefined, Problem> {
    const standing = this.#load(false);
    return standing.ok ? ok(snapshotOf(standing.value)) : standing;
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
      const done = this.#alone(authorsOf(waiting), (before) =>
        commitSome(this.#place, (author) => this.#authorOf(author), before, waiting),
      );
      if (done.ok) results.push(...done.value);
      // Later ones are not done before earlier ones.
      else if (isNotLoaded(done.error) || (waiting.length > 1 && isTimeout(done.error)))
        return [...results, ...transactions.slice(results.length).map(() => done)];
      else if (waiting.length === 1) results.push(done);
      // What can't be written for all may be of no matter to some of them.
      else isTogether = false;
    }
    return results;
  }

  submit(author: Author, text: string, options: SubmitOptions = {}): Result<Submission, Problem> {
    return this.#alone<Submission>(author, (before) => {
      const { recovery } = this.#place.library.loaded();
      if (recovery === undefined) return err(notLoaded('apply the text', 'recovery'));
      return recovery.submit(this.#place, { before, author: this.#authorOf(author), text, options });
    });
  }

  discard(author: Author): Result<RefusedSave | undefined, Problem> {
    return this.#alone<RefusedSave | undefined>(author, (before) => {
      const { recovery } = this.#place.library.loaded();
      return recovery === undefined
        ? err(notLoaded('end the refused edit', 'recovery'))
        : recovery.discard(this.#place, before);
    });
  }

  /** Runs `work` on what is in force, alone, and again when it was overtaken by somebody's save. */
  #alone<T>(
    author: string | Author,
    work: (before: Standing) => Result<T | 'overtaken', Problem>,
  ): Result<T, Problem> {
    const { lockTimeoutMs } = this.#options;
    const { sys, now } = this.#place;
    const path = `${this.#paths.runDirectory}/document.lock`;
    const bound = lockTimeoutMs === undefined ? {} : { timeoutMs: lockTimeoutMs };
    const who = typeof author === 'string' ? author : author.who;
    return holdLock<T, Problem>(sys, { path, mode: 'exclusive', who, now, ...bound }, () => {
      for (let count = 0; count < MAX_TRIES; count += 1) {
        const before = this.#load(true);
        if (!before.ok) return before;
        const done = work(before.value);
        if (!done.ok) return done;
        if (done.value !== 'overtaken') return ok(done.value);
      }
      const hint = 'Nothing was written. Run the command again.';
      return err(failure('busy', 'change the document', 'the file kept changing', { hint }));
    });
  }

  #authorOf(author: string | Author): Author {
    const { person } = this.#options;
    const given = typeof author === 'string' ? { who: author } : author;
    return person === undefined ? given : { ...person(), ...given };
  }

  /** `isWriter`: what is found is about to be changed. */
  #load(isWriter: boolean): Result<Standing, Problem> {
    const place = this.#place;
    const { sys, memory } = place;
    const { archive, recovery } = place.library.loaded();
    const recalled = memory?.recall(place);
    if (recalled !== undefined) return ok(recalled);
    const read = readWithStatus(sys, place.file);
    if (!read.ok) return read;
    const file = read.value;
    const end = readTail(sys, journalOf(place.file));
    if (!end.ok) return end;
    const tail = end.value;
    if (file === undefined && tail === undefined) return ok(NOTHING);
    const was = file === undefined ? undefined : markOf(file.status);
    const found = tail === undefined || was === undefined ? undefined : findMark(tail, was);
    // Without a journal a document is read as it is; the first change takes it over into one.
    const isPlain = found !== undefined || (tail === undefined && !isWriter);
    const isRefused = found?.isRefused === true;
    if (isRefused && archive === undefined) return err(notLoaded(READ, 'archive'));
    const refusals = (isRefused ? archive?.refusals(place) : undefined) ?? ok(undefined);
    if (!refusals.ok) return refusals;
    if (file === undefined || was === undefined || !isPlain || refusals.value?.isChanged === true) {
      if (recovery === undefined) return err(notLoaded(READ, 'recovery'));
      return recovery.recover(place, { head: this.#knownHead(), settles: isWriter });
    }
    const text = decodeUtf8(file.bytes);
    if (text === undefined) return err({ kind: 'issues', issues: [notUtf8(place.file)] });
    const version = this.#interpret(text, found !== undefined);
    if (!version.ok) return version;
    this.#known = version.value;
    const plain = { version: version.value, was, isTorn: tail?.isTorn ?? false };
    if (refusals.value !== undefined) return ok({ ...plain, ...asideOf(refusals.value.saves) });
    return ok((isWriter && found !== undefined && memory?.keep(place, file.bytes, plain)) || plain);
  }

  /** `isRecorded`: the journal says that exactly this text is in force. */
  #interpret(text: string, isRecorded: boolean): Result<Version, Problem> {
    if (isRecorded && this.#known?.text === text) return ok(this.#known);
    const quick = interpretQuickly(text, this.#knownHead(), isRecorded);
    if (quick !== undefined) return ok(quick);
    const { library, file } = this.#place;
    const { recovery } = library.loaded();
    if (recovery === undefined) return err(notLoaded(READ, 'recovery'));
    const read = interpretSlowly({ slow: recovery.slow, file }, text);
    return read.ok ? read : err({ kind: 'issues', issues: read.error });
  }

  #knownHead(): KnownHead | undefined {
    const bytes = readPath(this.#place.sys, this.#place.cache);
    return bytes.ok && bytes.value !== undefined ? decodeHead(bytes.value) : undefined;
  }
}

const READ = 'read the document';

const NOTHING: Standing = { version: undefined, was: undefined, isTorn: false };

function isTimeout(problem: Problem): boolean {
  return 'code' in problem && problem.code === 'timeout';
}

/** Who waits for the lock: the first, and how many more. */
function authorsOf(transactions: readonly Transaction<unknown>[]): string | Author {
  const [first, ...more] = transactions.map(({ author }) => author);
  if (first === undefined) throw new Bug('no process waits for the lock');
  if (more.length === 0) return first;
  return `${typeof first === 'string' ? first : first.who} and ${more.length} more`;
}

function asideOf(saves: readonly PutAside[]): Pick<Standing, 'aside' | 'refused'> {
  const last = saves.at(-1);
  return last === undefined
    ? {}
    : { refused: toRefused(last), aside: { kept: saves, fresh: undefined, ended: [] } };
}
