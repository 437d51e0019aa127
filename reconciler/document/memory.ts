/**
 * What a process that stays knows of the document from one transaction to the next, so that it neither reads nor scans again
 * what it has just written. Believed only while the files are those that were kept, byte for byte: who edits by hand, and every
 * other process, is seen as if nothing were kept.
 */
import type { VnetDocument } from '../../schemas/generated/vnet.ts';
import { FLAGS, type Sys } from '../model/sys.ts';
import { claimsOf } from './check-change.ts';
import { applyEdit, type EffectiveEdit } from './edit.ts';
import { Holdings } from './holdings.ts';
import { journalOf, markOf } from './journal.ts';
import type { Layout } from './layout.ts';
import { type MovableLayout, movableLayout, moveLayout } from './move-layout.ts';
import { applyCuts, type Cut, cutsOf, hasEntries } from './splice.ts';
import type { Memory, Place, Standing } from './standing.ts';
import type { Version } from './version.ts';

/** Shape: `was` and `journal` are the marks of document and journal. */
type Kept = {
  readonly file: string;
  readonly was: string;
  readonly bytes: Uint8Array;
  readonly journal: string;
  readonly standing: Standing;
};

/** What is known of a version's text and endpoints; it becomes that of the next version. */
type Index = { readonly layout: MovableLayout; readonly holdings: Holdings };

const memories = new WeakMap<Sys, Memory>();

/** Returns the one Memory of all in this process that have these system calls: what one of them writes, no other reads. */
export function memoryOf(sys: Sys): Memory {
  const known = memories.get(sys) ?? createMemory();
  memories.set(sys, known);
  return known;
}

/** Returns a Memory that knows nothing yet. */
export function createMemory(): Memory {
  return new LastStanding();
}

class LastStanding implements Memory {
  #kept: Kept | undefined;
  #index: Index | undefined;

  recall({ sys, reader }: Place): Standing | undefined {
    const kept = this.#kept;
    if (kept === undefined || kept.file !== reader.file) return undefined;
    const fd = sys.open(kept.file, FLAGS.O_RDONLY | FLAGS.O_CLOEXEC, 0);
    if (fd < 0) return undefined;
    // One byte more, which must not be there. The time in a mark is as coarse as the kernel's tick: bytes tell more.
    const bytes = sys.readAt(fd, 0, kept.bytes.length + 1);
    const status = sys.fstat(fd);
    sys.close(fd);
    if (typeof bytes === 'number' || typeof status === 'number' || markOf(status) !== kept.was)
      return undefined;
    const isSame = Buffer.compare(bytes, kept.bytes) === 0;
    return isSame && journalMark(sys, kept.file) === kept.journal ? kept.standing : undefined;
  }

  keep({ sys, reader: { file } }: Place, bytes: Uint8Array, standing: Standing): Standing {
    this.#kept = undefined;
    const { version, was, isTorn } = standing;
    if (version?.layout === undefined || version.head === undefined || was === undefined) return standing;
    if (isTorn || standing.aside !== undefined || !version.text.endsWith('\n')) return standing;
    const journal = journalMark(sys, file);
    if (journal === undefined) return standing;
    const known = { ...standing, version: this.#editable({ ...version, learned: false }, version.layout) };
    this.#kept = { file, was, bytes, journal, standing: known };
    return known;
  }

  #editable(version: Version, layout: Layout): Version {
    const index = this.#index?.layout === layout ? this.#index : indexOf(version.document, layout);
    this.#index = index;
    const edited = (edit: EffectiveEdit): Version | undefined => {
      // The index is that of the edited version from now on: until that is kept, nothing is known.
      this.#kept = undefined;
      return editKept(version, index, edit);
    };
    return { ...version, layout: index.layout, edited };
  }
}

function indexOf({ endpoints }: VnetDocument, layout: Layout): Index {
  return { layout: movableLayout(layout), holdings: new Holdings(endpoints) };
}

/** Returns the edited version, whose index it then is; undefined: it must be done with all care, and the index is as it was. */
function editKept(
  { text, document, head }: Version,
  { layout, holdings }: Index,
  edit: EffectiveEdit,
): Version | undefined {
  const after = applyEdit(document, edit);
  const claims = claimsOf(after, edit);
  if (claims === undefined || !holdings.leave(claims, document.endpoints, edit)) return undefined;
  const cuts = cutsOf(text, layout, edit);
  if (!hasEntries(entriesIn(cuts), edit) || !moveLayout(layout, cuts, edit)) return undefined;
  holdings.change(document.endpoints, edit);
  return { document: after, text: applyCuts(text, cuts), head, learned: false, layout };
}

/** Returns the entries that the replacements bring, which are all that is not as it was. */
function entriesIn(cuts: readonly Cut[]): string {
  let blocks = '\n';
  for (const { text } of cuts) if (text.startsWith(' ')) blocks += text;
  return blocks;
}

function journalMark(sys: Sys, file: string): string | undefined {
  const status = sys.stat(journalOf(file));
  return typeof status === 'number' ? undefined : markOf(status);
}
