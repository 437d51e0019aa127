/**
 * Cache of a resident process: the document between transactions, so that its own writes are neither read nor
 * scanned again. Used only if the files are byte for byte those that were cached: hand edits and writes of
 * other processes are always seen.
 */
import type { VnetDocument } from '../../../schemas/generated/vnet.ts';
import type { Held } from '../../model/addresses/pool.ts';
import { FLAGS, type Sys } from '../../model/ports/sys.ts';
import { ByteText, cutBytes } from '../text/byte-text.ts';
import { claimsOf } from '../check/change.ts';
import { applyEdit, type EffectiveEdit } from '../edit.ts';
import type { KnownHead } from '../text/head.ts';
import { HeldIndex } from './held-index.ts';
import { journalOf, markOf } from '../history/journal.ts';
import type { Cut, Layout } from '../layout.ts';
import { type MovableLayout, movableLayout, moveLayout } from '../text/move-layout.ts';
import { applyCuts, cutsOf, hasEntries } from '../text/splice.ts';
import type { DocumentCache, StorePlace, CurrentDocument } from './current.ts';
import type { Version } from './version.ts';

/** Shape: `was` and `journal` are the marks of document and journal. */
type Kept = {
  readonly file: string;
  readonly mark: string;
  readonly bytes: Uint8Array;
  readonly journal: string;
  readonly current: CurrentDocument;
};

/** Index of a version's text and endpoints. An edit moves it to the next version, its `owner`. */
type Index = { readonly layout: MovableLayout; readonly holdings: HeldIndex; owner?: Version };

const caches = new WeakMap<Sys, DocumentCache>();

/**
 * Returns the Memory shared by all users of these system calls in this process, so that they see each other's
 * writes.
 */
export function documentCache(sys: Sys): DocumentCache {
  const known = caches.get(sys) ?? createDocumentCache();
  caches.set(sys, known);
  return known;
}

/** Returns an empty Memory. */
export function createDocumentCache(): DocumentCache {
  return new LastDocument();
}

class LastDocument implements DocumentCache {
  #kept: Kept | undefined;
  #index: Index | undefined;

  recall({ sys, file }: StorePlace): CurrentDocument | undefined {
    const kept = this.#kept;
    if (kept === undefined || kept.file !== file) return undefined;
    const fd = sys.open(kept.file, FLAGS.O_RDONLY | FLAGS.O_CLOEXEC, 0);
    if (fd < 0) return undefined;
    const status = sys.fstat(fd);
    // A mark's time has only the resolution of the kernel's tick, so the bytes are compared as well.
    const isSame =
      typeof status !== 'number' && markOf(status) === kept.mark && hasBytes(sys, fd, kept.bytes);
    sys.close(fd);
    return isSame && journalMark(sys, kept.file) === kept.journal ? kept.current : undefined;
  }

  keep({ sys, file }: StorePlace, bytes: Uint8Array, current: CurrentDocument): CurrentDocument {
    this.#kept = undefined;
    const { version, mark, isTorn } = current;
    if (version?.layout === undefined || version.head === undefined || mark === undefined) return current;
    if (isTorn || current.refusedEdits !== undefined || bytes.at(-1) !== NEWLINE) return current;
    const journal = journalMark(sys, file);
    if (journal === undefined) return current;
    const known = { ...current, version: this.#editable(version, bytes, version.layout) };
    this.#kept = { file, mark, bytes, journal, current: known };
    return known;
  }

  #editable(version: Version, bytes: Uint8Array, layout: Layout): Version {
    const index = this.#index?.layout === layout ? this.#index : indexOf(version.document, layout);
    this.#index = index;
    const told = { document: version.document, head: version.head, layout: index.layout };
    // From then on the index describes the edited version: forget everything until that one is kept.
    const forget = (): void => {
      this.#kept = undefined;
    };
    return isWholly(version, bytes)
      ? editable(index, forget, (known) => new VersionOfBytes(told, bytes, known))
      : editable(index, forget, (known) => ({ ...told, text: version.text, learned: false, ...known }));
  }
}

/**
 * Returns the version built by `make`; it owns the index until it is edited, and then passes it on to the
 * edited version.
 */
function editable(index: Index, forget: () => void, make: (known: Known) => Version): Version {
  const edited = (edit: EffectiveEdit): Version | undefined => {
    if (index.owner !== version) return undefined;
    forget();
    return editKept(version, index, edit, forget);
  };
  const version = make({ held: index.holdings, edited });
  index.owner = version;
  return version;
}

/** Returns true if every character is one byte, so that offsets in text and bytes are the same. */
function isWholly(version: Version, bytes: Uint8Array): boolean {
  return version instanceof VersionOfBytes || version.text.length === bytes.length;
}

/** A version of ASCII bytes. Its text is decoded on demand, which no CNI call causes. */
class VersionOfBytes implements Version {
  readonly document: VnetDocument;
  readonly head: KnownHead | undefined;
  readonly layout: Layout | undefined;
  readonly bytes: Uint8Array;
  readonly held?: Held;
  readonly edited?: (edit: EffectiveEdit) => Version | undefined;
  readonly learned = false;
  #text: string | undefined;

  constructor({ document, head, layout }: Told, bytes: Uint8Array, known?: Known) {
    this.document = document;
    this.head = head;
    this.layout = layout;
    this.bytes = bytes;
    if (known !== undefined) ({ held: this.held, edited: this.edited } = known);
  }

  get text(): string {
    return (this.#text ??= new ByteText(this.bytes).slice());
  }
}

type Told = Pick<Version, 'document' | 'head' | 'layout'>;

type Known = Required<Pick<Version, 'held' | 'edited'>>;

function indexOf({ endpoints }: VnetDocument, layout: Layout): Index {
  return { layout: movableLayout(layout), holdings: new HeldIndex(endpoints) };
}

/**
 * Returns the edited version, which now owns the index; undefined if the edit needs a full check, with the
 * index unchanged.
 */
function editKept(
  version: Version,
  index: Index,
  edit: EffectiveEdit,
  forget: () => void,
): Version | undefined {
  const { layout, holdings } = index;
  const { document, head, bytes } = version;
  const after = applyEdit(document, edit);
  const claims = claimsOf(after, edit);
  if (claims === undefined || !holdings.leave(claims, document.endpoints, edit)) return undefined;
  const cuts = cutsOf(bytes === undefined ? version.text : new ByteText(bytes), layout, edit);
  if (!hasEntries(entriesIn(cuts), edit) || !moveLayout(layout, cuts, edit)) return undefined;
  holdings.change(document.endpoints, edit);
  const told = { document: after, head, layout };
  const changed = bytes === undefined ? undefined : cutBytes(bytes, cuts);
  if (changed !== undefined)
    return editable(index, forget, (known) => new VersionOfBytes(told, changed, known));
  const text = applyCuts(version.text, cuts);
  return editable(index, forget, (known) => ({ ...told, text, learned: false, ...known }));
}

/** Returns the entries in the replacements: the only changed parts of the text. */
function entriesIn(cuts: readonly Cut[]): string {
  let blocks = '\n';
  for (const { text } of cuts) if (text.startsWith(' ')) blocks += text;
  return blocks;
}

const NEWLINE = 10;

/** Size of one comparison: fits the processor's cache. */
const CHUNK_BYTES = 65_536;

/** Returns true if the file has exactly these bytes. */
function hasBytes(sys: Sys, fd: number, bytes: Uint8Array): boolean {
  for (let at = 0; at <= bytes.length; at += CHUNK_BYTES) {
    const wanted = bytes.subarray(at, at + CHUNK_BYTES);
    // The last chunk is read with one extra byte, which must not exist.
    const length = wanted.length < CHUNK_BYTES ? wanted.length + 1 : CHUNK_BYTES;
    const found = sys.readAt(fd, at, length);
    if (typeof found === 'number' || Buffer.compare(found, wanted) !== 0) return false;
  }
  return true;
}

function journalMark(sys: Sys, file: string): string | undefined {
  const status = sys.stat(journalOf(file));
  return typeof status === 'number' ? undefined : markOf(status);
}
