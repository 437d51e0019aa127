/**
 * Cache of a resident process: the document between transactions, so that its own writes are neither read nor
 * scanned again. Used only if the files are byte for byte those that were cached: hand edits and writes of
 * other processes are always seen.
 */
import type { VnetDocument } from '../../../schemas/generated/vnet.ts';
import { FLAGS, type Sys } from '../../model/ports/sys.ts';
import { claimsOf } from '../check/change.ts';
import { applyEdit, type EffectiveEdit } from '../edit.ts';
import { HeldIndex } from './held-index.ts';
import { journalOf, markOf } from '../history/journal.ts';
import type { TextEdit, Layout } from '../layout.ts';
import { type MovableLayout, movableLayout, moveLayout } from '../text/move-layout.ts';
import { applyTextEdits, textEditsOf, hasEntries } from '../text/splice.ts';
import type { DocumentCache, StorePlace, CurrentDocument } from './current.ts';
import type { Version } from './version.ts';

/** Shape: `mark` and `journal` are the marks of document and journal. */
type Kept = {
  readonly file: string;
  readonly mark: string;
  readonly bytes: Uint8Array;
  readonly journal: string;
  readonly current: CurrentDocument;
};

/** Index of a version's text and endpoints. An edit moves it to the next version, its `owner`. */
type Index = { readonly layout: MovableLayout; readonly holdings: HeldIndex; owner?: Version };

const caches = new WeakMap<Sys, ResidentCache>();

/**
 * Returns the cache shared by all users of these system calls in this process, so that they see each other's
 * writes.
 */
export function documentCache(sys: Sys): ResidentCache {
  const known = caches.get(sys) ?? createDocumentCache();
  caches.set(sys, known);
  return known;
}

/** The cache; `replaceFile` may be set later. */
export type ResidentCache = DocumentCache & { replaceFile: DocumentCache['replaceFile'] };

/** Returns an empty cache. */
export function createDocumentCache(): ResidentCache {
  return new LastDocument();
}

class LastDocument implements ResidentCache {
  replaceFile: DocumentCache['replaceFile'];
  #kept: Kept | undefined;
  #index: Index | undefined;

  recallByMarks({ sys, file }: StorePlace): CurrentDocument | undefined {
    const kept = this.#kept;
    if (kept === undefined || kept.file !== file) return undefined;
    const isSame = markOfFile(sys, file) === kept.mark && markOfFile(sys, journalOf(file)) === kept.journal;
    return isSame ? kept.current : undefined;
  }

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
    return isSame && markOfFile(sys, journalOf(kept.file)) === kept.journal ? kept.current : undefined;
  }

  keep({ sys, file }: StorePlace, bytes: Uint8Array, current: CurrentDocument): CurrentDocument {
    this.#kept = undefined;
    if (current.kind !== 'recorded') return current;
    const { version, mark, isTorn } = current;
    if (version.layout === undefined || version.head === undefined || mark === undefined) return current;
    if (isTorn || current.refusedEdits !== undefined || bytes.at(-1) !== NEWLINE) return current;
    const journal = markOfFile(sys, journalOf(file));
    if (journal === undefined) return current;
    const known = { ...current, version: this.#editable(version, version.layout) };
    this.#kept = { file, mark, bytes, journal, current: known };
    return known;
  }

  #editable({ document, head, text }: Version, layout: Layout): Version {
    const index = this.#index?.layout === layout ? this.#index : indexOf(document, layout);
    this.#index = index;
    // From then on the index describes the edited version: forget everything until that one is kept.
    const forget = (): void => {
      this.#kept = undefined;
    };
    return editable({ document, head, text, layout: index.layout }, index, forget);
  }
}

type Read = Pick<Version, 'document' | 'head' | 'text' | 'layout'>;

/** Returns the version as owner of the index until it is edited; it then passes the index on to the edited version. */
function editable(read: Read, index: Index, forget: () => void): Version {
  const edited = (edit: EffectiveEdit): Version | undefined => {
    if (index.owner !== version) return undefined;
    forget();
    const next = editRead(read, index, edit);
    return next && editable(next, index, forget);
  };
  const version: Version = { ...read, learned: false, held: index.holdings, edited };
  index.owner = version;
  return version;
}

function indexOf({ endpoints }: VnetDocument, layout: Layout): Index {
  return { layout: movableLayout(layout), holdings: new HeldIndex(endpoints) };
}

/** Returns the edited text with the index updated; undefined if the edit needs a full check, with the index unchanged. */
function editRead(
  { document, head, text }: Read,
  { layout, holdings }: Index,
  edit: EffectiveEdit,
): Read | undefined {
  const after = applyEdit(document, edit);
  const claims = claimsOf(after, edit);
  if (claims === undefined || !holdings.leave(claims, document.endpoints, edit)) return undefined;
  const cuts = textEditsOf(text, layout, edit);
  if (!hasEntries(entriesIn(cuts), edit) || !moveLayout(layout, cuts, edit)) return undefined;
  holdings.change(document.endpoints, edit);
  return { document: after, head, text: applyTextEdits(text, cuts), layout };
}

/** Returns the entries in the replacements: the only changed parts of the text. */
function entriesIn(cuts: readonly TextEdit[]): string {
  let blocks = '\n';
  for (const { text } of cuts) if (text.startsWith(' ')) blocks += text;
  return blocks;
}

const NEWLINE = 10;

/** Size of one comparison: fits the processor's cache. */
const CHUNK_BYTES = 65_536;

/** Reused: a buffer for each comparison would be most of the garbage of a call. */
let buffer: Uint8Array | undefined;

/** Returns true if the file has exactly these bytes. */
function hasBytes(sys: Sys, fd: number, bytes: Uint8Array): boolean {
  buffer ??= new Uint8Array(CHUNK_BYTES);
  for (let at = 0; at <= bytes.length; at += CHUNK_BYTES) {
    const wanted = bytes.subarray(at, at + CHUNK_BYTES);
    // The last chunk is read with one extra byte, which must not exist.
    const length = wanted.length < CHUNK_BYTES ? wanted.length + 1 : CHUNK_BYTES;
    const found = sys.readAt(fd, at, length, buffer);
    if (typeof found === 'number' || Buffer.compare(found, wanted) !== 0) return false;
  }
  return true;
}

function markOfFile(sys: Sys, file: string): string | undefined {
  const status = sys.stat(file);
  return typeof status === 'number' ? undefined : markOf(status);
}
