/** What is in force, and what the next write has to do besides its own change. Types only. */
import type { VnetDocument } from '../../../schemas/generated/vnet.ts';
import type { Issue, Result } from '../../model/result.ts';
import type { Sys } from '../../model/ports/sys.ts';
import type { KnownHead } from '../text/head.ts';
import type { JournalEdit, JournalLine } from '../history/journal.ts';
import type { NewDocument, SlowPath } from '../slow-path.ts';
import type { Author, Conflict, DocumentChange, Problem, RefusedSave, Submission } from '../snapshot.ts';
import type { Version } from './version.ts';

/** A save that is put aside. Shape: `mark` is that of its file when it was refused. */
export type PutAside = RefusedSave & { readonly mark: string };

/** What a write does to what is put aside. Shape: `fresh` is on disk as the document; `kept` stays; `ended` is over. */
export type AsideChange = {
  readonly kept: readonly PutAside[];
  readonly fresh: PutAside | undefined;
  readonly ended: readonly PutAside[];
};

/**
 * A line that is to be written. Shape: `text` is kept as a checkpoint; `mark`: absent where it was never on disk; `time` and
 * `checkpoint` are those of a line that is written again, for its file is not the one it was.
 */
export type Draft = Omit<JournalLine, 'mark' | 'time' | 'refused'> & {
  readonly time?: string;
  readonly text?: string;
  readonly mark?: string;
};

/**
 * The document as it is now.
 * Shape: `version` is in force, undefined when there is none yet. `was` is the mark of the file that was read, `isTorn` says
 * that the journal ends within a line. `draft` is written before any other generation; `mustWrite`: by any
 * transaction, also one that changes nothing; `isUnrecorded`: a hand edit is in force. `aside`: absent where nothing is put aside.
 */
export type Standing = {
  readonly version: Version | undefined;
  readonly was: string | undefined;
  readonly isTorn: boolean;
  readonly refused?: RefusedSave;
  readonly draft?: Draft;
  readonly mustWrite?: boolean;
  readonly isUnrecorded?: boolean;
  readonly aside?: AsideChange;
};

/**
 * Where a store works, and with what. Shape: `file` is the document, `cache` what is known of its head, `node` the
 * name of this node; `library` has what is loaded by now; `now` in milliseconds from the epoch.
 */
export type Place = {
  readonly sys: Sys;
  readonly file: string;
  readonly node: string;
  readonly cache: string;
  readonly library: Pick<LibraryLoader, 'loaded'>;
  readonly now: () => number;
  readonly memory?: Memory;
};

/**
 * What a process that stays knows of the document from one transaction to the next.
 * Law: with it and without it, the same calls write the same bytes; it is asked only what the files say anyway.
 */
export interface Memory {
  /** Returns what is in force when the files are, byte for byte, those that were kept; undefined: they must be read. */
  recall(place: Place): Standing | undefined;
  /**
   * Notes what is in force, and its bytes; returns it as it is to be worked with. The document's lock must be held. What can't
   * be known for certain is not kept.
   */
  keep(place: Place, bytes: Uint8Array, standing: Standing): Standing;
}

/** What looking closely is told. Shape: `settles`: an editor that is writing at this moment is waited for. */
export type Inquiry = { readonly head: KnownHead | undefined; readonly settles: boolean };

/** How a hand-written text is to be taken. */
export type SubmitOptions = { readonly ifGeneration?: number };

/** A text that was submitted, and what it meets. */
export type Request = {
  readonly before: Standing;
  readonly author: Author;
  readonly text: string;
  readonly options: SubmitOptions;
};

/** Checkpoints and refused edits: what few calls need, without the YAML library. */
export interface Archive {
  /** Returns what is put aside; `isChanged`: an editor has gone on writing one of the files. */
  refusals(place: Place): Result<{ readonly saves: readonly PutAside[]; readonly isChanged: boolean }>;
  /** Ensures that checkpoints and refused saves are on disk, before the document is replaced. */
  prepare(place: Place, texts: ReadonlyMap<number, string>, aside: AsideChange | undefined): Result<void>;
  /**
   * Tidies up after that: saves that have ended go into the history, and the oldest segments go. Returns where
   * the former are; what fails waits for the next time.
   */
  finish(place: Place, aside: AsideChange | undefined, generation: number): readonly string[];
}

/** Makes a document that does not exist yet. */
export interface Creation {
  /** Returns the new document, read; undefined where only the slow path can say what is wrong with it. */
  create(contents: NewDocument): Version | undefined;
}

/** What understands every document, and with it the YAML library. */
export interface Recovery {
  readonly slow: SlowPath;
  /** Returns what is in force where the journal alone does not say. Writes nothing. Errors: as reading the document. */
  recover(place: Place, inquiry: Inquiry): Result<Standing, Problem>;
  /** Takes a whole text; the document's lock must be held. */
  submit(place: Place, request: Request): Result<Submission | 'overtaken', Problem>;
  /** Ends the newest refused save; the document's lock must be held. */
  discard(place: Place, before: Standing): Result<RefusedSave | undefined | 'overtaken', Problem>;
}

/** Code that few runs need, as far as it is loaded. */
export type Library = {
  readonly creation?: Creation;
  readonly archive?: Archive;
  readonly recovery?: Recovery;
};

/** A part of the library. */
export type LibraryPart = keyof Library;

/** The library of a process. */
export interface LibraryLoader {
  /** Returns the parts that are loaded. */
  loaded(): Library;
  /** Resolves when the part is loaded. */
  load(part: LibraryPart): Promise<void>;
}

/** A text that somebody wants in force, and what it is to be merged with. */
export type Proposal = {
  readonly text: string;
  readonly good: Version;
  /** Returns the document of a generation, undefined when it is not kept. */
  readonly baseOf: (generation: number) => Result<VnetDocument | undefined>;
};

/**
 * What is to be done with a text. `taken`: `version` is the next generation, `yours` what the text says by
 * itself, `merged` what of others was put in.
 * `same`: it says what is in force. `foreign`: it belongs to another node.
 */
export type Judgement =
  | {
      readonly kind: 'taken';
      readonly version: Version;
      readonly yours: VnetDocument;
      readonly merged: readonly DocumentChange[];
      readonly edit: JournalEdit;
    }
  | { readonly kind: 'same' }
  | { readonly kind: 'foreign'; readonly version: Version }
  | { readonly kind: 'invalid'; readonly base: number | undefined; readonly issues: readonly Issue[] }
  | { readonly kind: 'conflict'; readonly base: number; readonly conflicts: readonly Conflict[] };
