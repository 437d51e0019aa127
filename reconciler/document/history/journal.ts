/**
 * The journal beside the document: one line for each generation, written before the document is replaced. A line ends
 * with the mark of the file that was to be put in force, so the newest line whose mark is that of the document is true
 * and later ones never happened; a document without a line was saved by hand. On the ADD path: nothing is parsed here.
 */
import type { Endpoint, Network } from '../../../schemas/generated/vnet.ts';
import type { Failure, Result } from '../../model/result.ts';
import { err, ok } from '../../model/result.ts';
import { ERRNO, FLAGS, type FileStatus, type Sys } from '../../model/ports/sys.ts';
import type { EffectiveEdit } from '../edit.ts';
import { ensureDirectory, parentOf, writeAll } from '../../os/file.ts';
import type { Author } from '../snapshot.ts';
import { systemFailure } from '../../os/system-error.ts';

/** What a generation changed: new values by key, null for what is gone; `fields` are all others of the document. */
export type JournalEdit = {
  readonly networks?: Readonly<Record<string, Network | null>>;
  readonly endpoints?: Readonly<Record<string, Endpoint | null>>;
  readonly released?: Readonly<Record<string, string | null>>;
  readonly bootId?: string | null;
  readonly node?: string;
  readonly fields?: Readonly<Record<string, unknown>>;
};

/**
 * One generation. Shape: `checkpoint`: `<generation>.yaml` has its text; `refused`: a hand edit is put aside, and
 * refused.json tells of it; `mark` is empty for a generation that was overtaken in the same write. `refused` and `mark`
 * are the last fields.
 */
export type JournalLine = {
  readonly generation: number;
  readonly time: string;
  readonly author: Author;
  readonly edit: JournalEdit;
  readonly checkpoint?: true;
  readonly refused?: true;
  readonly mark: string;
};

/** The end of the journal; `isTorn`: its last line was not written to its end. */
export type Tail = { readonly text: string; readonly isTorn: boolean };

/** A few lines of an ADD: whoever reads without a lock may meet a journal that has gone on meanwhile. */
const TAIL_BYTES = 4096;

/** Returns the directory of journal and checkpoints of the document. */
export function historyOf(document: string): string {
  return `${parentOf(document)}/history`;
}

/** Returns the path of the journal of the document. */
export function journalOf(document: string): string {
  return `${historyOf(document)}/journal.jsonl`;
}

/** Returns what tells this file, and this state of it, from all others. */
export function markOf({ inode, mtimeSeconds, mtimeNanoseconds, size }: FileStatus): string {
  return `${inode}-${mtimeSeconds}.${mtimeNanoseconds}-${size}`;
}

/** Returns the end of the journal, undefined when there is none. */
export function readTail(sys: Sys, journal: string): Result<Tail | undefined> {
  const fd = sys.open(journal, FLAGS.O_RDONLY | FLAGS.O_CLOEXEC, 0);
  if (fd === -ERRNO.ENOENT) return ok(undefined);
  if (fd < 0) return err(refusal('open', journal, fd));
  const status = sys.fstat(fd);
  const bytes =
    typeof status === 'number' ? status : sys.readAt(fd, Math.max(0, status.size - TAIL_BYTES), TAIL_BYTES);
  sys.close(fd);
  if (typeof bytes === 'number') return err(refusal('read', journal, bytes));
  const isTorn = bytes.length > 0 && bytes[bytes.length - 1] !== NEWLINE;
  return ok({ text: new TextDecoder().decode(bytes), isTorn });
}

const NEWLINE = 10;

/** Returns what the newest line with this mark says, undefined when there is none. Law: JSON escapes quotes, so no value is taken for a mark. */
export function findMark({ text }: Tail, mark: string): { readonly isRefused: boolean } | undefined {
  const at = text.lastIndexOf(`"mark":"${mark}"}\n`);
  return at < 0 ? undefined : { isRefused: text.endsWith('"refused":true,', at) };
}

/** Returns the line of a generation, with its line end. */
export function renderLine(line: JournalLine): string {
  const { generation, time, author, edit, checkpoint, refused, mark } = line;
  return `${JSON.stringify({ generation, time, author, edit, checkpoint, refused, mark })}\n`;
}

/** Returns the edit as a line has it. */
export function journalEditOf({ networks, endpoints, released, bootId }: EffectiveEdit): JournalEdit {
  return {
    ...(networks.size === 0 ? {} : { networks: recordOf(networks) }),
    ...(endpoints.size === 0 ? {} : { endpoints: recordOf(endpoints) }),
    ...(released.size === 0 ? {} : { released: recordOf(released) }),
    ...(bootId === undefined ? {} : { bootId }),
  };
}

function recordOf<T>(changes: ReadonlyMap<string, T | undefined>): Record<string, T | null> {
  const record: Record<string, T | null> = {};
  for (const [key, value] of changes) record[key] = value ?? null;
  return record;
}

/** Adds lines by one write(2); not waited for: the document is on disk, and without its line it is taken over as it is. */
export function appendLines(sys: Sys, journal: string, lines: string): Result<void> {
  const flags = FLAGS.O_WRONLY | FLAGS.O_CREAT | FLAGS.O_APPEND | FLAGS.O_CLOEXEC;
  let fd = sys.open(journal, flags, 0o600);
  if (fd === -ERRNO.ENOENT) {
    const ready = ensureDirectory(sys, parentOf(journal), 0o700);
    if (!ready.ok) return ready;
    fd = sys.open(journal, flags, 0o600);
  }
  if (fd < 0) return err(refusal('open', journal, fd));
  const written = writeAll(sys, fd, new TextEncoder().encode(lines));
  const closed = sys.close(fd);
  const result = written < 0 ? written : closed;
  return result < 0 ? err(refusal('write', journal, result)) : ok(undefined);
}

function refusal(verb: string, journal: string, result: number): Failure {
  return systemFailure(`${verb} ${journal}`, result);
}
