/**
 * The journal beside the document: one line per generation, written before the document is replaced. A line
 * ends with the mark of its file, so the newest line whose mark is the document's is authoritative and later
 * lines never took effect; a document without a line was saved by hand. On the ADD path: nothing is parsed
 * here.
 */
import type { Endpoint, Network } from '../../../schemas/generated/vnet.ts';
import { err, type Failure, ok, type Result } from '../../model/result.ts';
import { ERRNO, FLAGS, type FileStatus, type Sys } from '../../model/ports/sys.ts';
import { API_VERSION } from '../../model/names.ts';
import type { EffectiveEdit } from '../edit.ts';
import { ensureDirectory, parentOf, writeAll } from '../../os/file.ts';
import type { Author } from '../snapshot.ts';
import { failureOf } from '../../os/errno.ts';

/**
 * The changes of a generation: new values by key, null for removed ones; `fields` are all other fields of the
 * document.
 */
export type JournalEdit = {
  readonly networks?: Readonly<Record<string, Network | null>>;
  readonly endpoints?: Readonly<Record<string, Endpoint | null>>;
  readonly released?: Readonly<Record<string, string | null>>;
  readonly bootId?: string | null;
  readonly machine?: string;
  readonly node?: string;
  readonly fields?: Readonly<Record<string, unknown>>;
};

/**
 * One generation.
 * Shape: `checkpoint`: its text is in `<generation>.yaml`; `refused`: there is a refused edit, described in
 * refused.json; `mark` is empty for a generation superseded in the same write. `refused` and `mark` are the
 * last fields.
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

/** The end of the journal; `isTorn`: its last line is incomplete. */
export type JournalTail = { readonly text: string; readonly isTorn: boolean };

/** Enough for several lines: a reader without the lock may find lines appended meanwhile. */
const TAIL_BYTES = 4096;

/** Returns the directory of the document's journal and checkpoints. */
export function historyOf(document: string): string {
  return `${parentOf(document)}/history`;
}

/** Returns the path of the document's journal. */
export function journalOf(document: string): string {
  return `${historyOf(document)}/journal.jsonl`;
}

/** Returns the mark: an identifier of this file in this state. */
export function markOf({ inode, mtimeSeconds, mtimeNanoseconds, size }: FileStatus): string {
  return `${inode}-${mtimeSeconds}.${mtimeNanoseconds}-${size}`;
}

/** Returns the end of the journal; undefined without a journal. */
export function readTail(sys: Sys, journal: string): Result<JournalTail | undefined> {
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

/**
 * Returns the flags of the newest line with this mark; undefined if there is none.
 * Law: JSON escapes quotes, so that no value can look like a mark.
 */
export function findMark({ text }: JournalTail, mark: string): { readonly isRefused: boolean } | undefined {
  const at = text.lastIndexOf(`"mark":"${mark}"}\n`);
  return at < 0 ? undefined : { isRefused: text.endsWith('"refused":true,', at) };
}

/** Returns the line of a generation with its newline. */
export function renderLine(line: JournalLine): string {
  const { generation, time, author, edit, checkpoint, refused, mark } = line;
  return `${JSON.stringify({ generation, time, author, edit, checkpoint, refused, mark })}\n`;
}

/** Returns the fields of a line that mark the first generation in the present version of the format; none for others. */
export function upgradeMark(
  before: { readonly isOlder?: boolean } | undefined,
): Readonly<Record<string, unknown>> {
  return before?.isOlder === true ? { apiVersion: API_VERSION } : {};
}

/** Returns the edit in the form of a journal line. */
export function journalEditOf({
  networks,
  endpoints,
  released,
  bootId,
  machine,
}: EffectiveEdit): JournalEdit {
  return {
    ...(networks.size === 0 ? {} : { networks: recordOf(networks) }),
    ...(endpoints.size === 0 ? {} : { endpoints: recordOf(endpoints) }),
    ...(released.size === 0 ? {} : { released: recordOf(released) }),
    ...(bootId === undefined ? {} : { bootId }),
    ...(machine === undefined ? {} : { machine }),
  };
}

function recordOf<T>(changes: ReadonlyMap<string, T | undefined>): Record<string, T | null> {
  const record: Record<string, T | null> = {};
  for (const [key, value] of changes) record[key] = value ?? null;
  return record;
}

/**
 * Appends lines by one write(2), without fsync: if a line is lost, the document is still on disk and is taken
 * over unchanged.
 */
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
  return failureOf(result, `${verb} ${journal}`);
}
