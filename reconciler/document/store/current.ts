/** The generation in force, and the pending work of the next write. Types only. */
import type { VnetDocument } from '../../../schemas/generated/vnet.ts';
import type { Issue, Result } from '../../model/result.ts';
import type { Sys } from '../../model/ports/sys.ts';
import type { CopyAttributes } from '../../os/attributes/copy-attributes.ts';
import type { replaceFile } from '../../os/file.ts';
import type { EffectiveEdit } from '../edit.ts';
import type { KnownHead } from '../text/head.ts';
import type { JournalEdit, JournalLine } from '../history/journal.ts';
import type { NewDocument, SlowPath } from '../slow-path.ts';
import type { Author, Conflict, DocumentChange, Problem, RefusedSave, Submission } from '../snapshot.ts';
import type { Version } from './version.ts';

/** A refused edit in its own file. Shape: `mark` is that of the file when it was refused. */
export type RefusedEdit = RefusedSave & { readonly mark: string };

/**
 * The changes of a write to the refused edits.
 * Shape: `fresh` is still the document's file; `kept` remain; `ended` are resolved.
 */
export type RefusedEdits = {
  readonly kept: readonly RefusedEdit[];
  readonly fresh: RefusedEdit | undefined;
  readonly ended: readonly RefusedEdit[];
};

/**
 * A line to be written.
 * Shape: `text` becomes a checkpoint; `mark` is absent if the generation was never on disk; `time` and
 * `checkpoint` are those of a line that is written again because the file changed.
 */
export type Draft = Omit<JournalLine, 'mark' | 'time' | 'refused'> & {
  readonly time?: string;
  readonly text?: string;
  readonly mark?: string;
};

/**
 * The files as found: `mark` is that of the document; `isTorn`: the journal ends within a line. `refused` is the newest refused edit in
 * its public form, or reports a missing document.
 */
export type DocumentFiles = {
  readonly mark: string | undefined;
  readonly isTorn: boolean;
  readonly refused?: RefusedSave | undefined;
  readonly refusedEdits?: RefusedEdits | undefined;
};

/**
 * The state of the document. `version` is in force, `draft` the journal line that is written before any
 * other. `none`: no document; `recorded`: the journal has it, or it belongs to another node; `adopted`:
 * valid, but unknown to the journal; `edited`: a hand edit is in force; `restored`: the generation in force
 * is not on disk. A transaction writes `edited` and `restored` even if it changes nothing.
 */
export type CurrentDocument = DocumentFiles &
  (
    | { readonly kind: 'none'; readonly version?: undefined }
    | { readonly kind: 'recorded'; readonly version: Version }
    | {
        readonly kind: 'adopted' | 'edited' | 'restored';
        readonly version: Version;
        readonly draft: Draft;
      }
  );

/**
 * Paths and ports of a store.
 * Shape: `file` is the document, `cache` its head cache, `node` this node's name; `library` has the parts
 * loaded so far.
 * Units: `now` in milliseconds since the epoch.
 */
export type StorePlace = {
  readonly sys: Sys;
  readonly file: string;
  readonly node: string;
  readonly headFile: string;
  readonly library: Pick<LibraryLoader, 'loaded'>;
  readonly now: () => number;
  readonly cache?: DocumentCache;
  readonly machine?: () => string | undefined;
};

/** Cache of a resident process. Law: the same calls write the same bytes with and without it. */
export interface DocumentCache {
  /** Replaces the document's file; absent: replaceFile(). */
  readonly replaceFile?: typeof replaceFile | undefined;
  /**
   * Returns the state in force if the files are byte for byte those that were kept; undefined if they must be
   * read.
   */
  recall(place: StorePlace): CurrentDocument | undefined;
  /** As recall(), by the marks of the files alone, which every write of vnet changes; a save within a tick of the clock may not. */
  recallByMarks(place: StorePlace): CurrentDocument | undefined;
  /**
   * Keeps the state and the document's bytes; returns the state to continue with. The caller holds the
   * document lock. Keeps nothing that it cannot verify later.
   */
  keep(place: StorePlace, bytes: Uint8Array, current: CurrentDocument): CurrentDocument;
}

/** Input of a recovery. Shape: `settles`: wait for an editor that is writing at this moment. */
export type RecoveryInput = { readonly head: KnownHead | undefined; readonly settles: boolean };

/** Conditions on a submitted text. Shape: `movesPods`: the caller applies it at once, also to pods whose network gets another mode. */
export type SubmitOptions = { readonly ifGeneration?: number; readonly movesPods?: boolean };

/** A submitted text and the present state. */
export type SubmittedText = {
  readonly before: CurrentDocument;
  readonly author: Author;
  readonly text: string;
  readonly options: SubmitOptions;
};

/** Checkpoints and refused edits: rare, but without the YAML library. */
export interface Archive {
  /** Returns the refused edits; `isChanged`: one of their files was written again. */
  refusals(
    place: StorePlace,
  ): Result<{ readonly saves: readonly RefusedEdit[]; readonly isChanged: boolean }>;
  /** Ensures that checkpoints and refused edits are on disk before the document is replaced. */
  prepare(
    place: StorePlace,
    texts: ReadonlyMap<number, string>,
    refusedEdits: RefusedEdits | undefined,
  ): Result<void>;
  /**
   * Cleans up afterwards: moves resolved edits into the history, removes the oldest segments. Returns the
   * paths of the former; errors are left to the next time.
   */
  finish(place: StorePlace, refusedEdits: RefusedEdits | undefined, generation: number): readonly string[];
}

/** Creates a document that does not exist yet. */
export interface Creation {
  /** Returns the new document; undefined if only the slow path can report its errors. */
  create(contents: NewDocument): Version | undefined;
}

/** Full support of any document, with the YAML library. */
export interface Recovery {
  readonly slow: SlowPath;
  /** Returns the edited Version. Errors: as editVersion(). */
  edit(file: string, base: Version, edit: EffectiveEdit): Result<Version>;
  /** Returns the Version of a new document. Errors: as createVersion(). */
  create(file: string, contents: NewDocument): Result<Version>;
  /**
   * Returns the state in force if the journal alone does not determine it. Writes nothing.
   * Errors: as for reading the document.
   */
  recover(place: StorePlace, input: RecoveryInput): Result<CurrentDocument, Problem>;
  /** Submits a whole text; the caller holds the document lock. */
  submit(place: StorePlace, request: SubmittedText): Result<Submission | 'overtaken', Problem>;
  /** Discards the newest refused edit; the caller holds the document lock. */
  discard(place: StorePlace, before: CurrentDocument): Result<RefusedSave | undefined | 'overtaken', Problem>;
}

/** Code that few runs need, as far as loaded. */
export type Library = {
  readonly creation?: Creation;
  readonly archive?: Archive;
  readonly recovery?: Recovery;
  readonly attributes?: CopyAttributes;
};

/** A part of the library. */
export type LibraryPart = keyof Library;

/** The library of a process. */
export interface LibraryLoader {
  /** Returns the loaded parts. */
  loaded(): Library;
  /** Resolves once the part is loaded. */
  load(part: LibraryPart): Promise<void>;
}

/** A text to put in force, and the inputs of its merge. Shape: `movesPods` as in SubmitOptions. */
export type EditedText = {
  readonly text: string;
  readonly movesPods: boolean;
  readonly good: Version;
  /** Returns the document of a generation; undefined if it is no longer stored. */
  readonly baseOf: (generation: number) => Result<VnetDocument | undefined>;
};

/**
 * The decision on a text. `taken`: `version` is the next generation, `yours` the text's own meaning, `merged`
 * the other changes inserted. `same`: equal to the generation in force. `foreign`: of another node.
 */
export type EditDecision =
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
