/** The stored generations of the document: author, time, reason, changes. */
import { omitUndefined } from '../../model/objects.ts';
import type { VnetDocument } from '../../../schemas/generated/vnet.ts';
import { err, ok, type Result } from '../../model/result.ts';
import type { Sys } from '../../model/ports/sys.ts';
import { diffEntry, diffField } from '../merge/changes.ts';
import { type JournalLine, markOf } from './journal.ts';
import { readLines } from './lines.ts';
import { type Archived, rebuildDocument, rebuildVersion, applyJournalLine } from './rebuild.ts';
import { OLDER_VERSION, upgradeNetworks } from '../upgrade.ts';
import { notLoaded } from '../library.ts';
import type { LibraryLoader } from '../store/current.ts';
import type { DocumentChange, HistoryRecord, Problem, Snapshot } from '../snapshot.ts';

export type { Author, DocumentChange, HistoryRecord } from '../snapshot.ts';

/** The stored generations. */
export interface History {
  /** Returns the stored generations, oldest first. Errors: journal or checkpoint cannot be read. */
  records(): Result<readonly HistoryRecord[]>;
  /** Returns the document of a generation; undefined if it is no longer stored. */
  at(generation: number): Result<Snapshot | undefined, Problem>;
}

/**
 * Returns the history of the document at this path; without `recovery` in the library, every call returns
 * NotLoaded.
 */
export function createHistory(sys: Sys, document: string, library: Pick<LibraryLoader, 'loaded'>): History {
  const open = (): Result<Archived> => {
    const { recovery } = library.loaded();
    if (recovery === undefined) return err(notLoaded('read the history', 'recovery'));
    const { slow } = recovery;
    const status = sys.stat(document);
    const lines = readLines(sys, document, typeof status === 'number' ? undefined : markOf(status));
    return lines.ok ? ok({ sys, document, file: document, slow, lines: lines.value }) : lines;
  };
  return {
    records() {
      const archived = open();
      return archived.ok ? recordsOf(archived.value) : archived;
    },
    at(generation) {
      const archived = open();
      if (!archived.ok) return archived;
      const version = rebuildVersion(archived.value, generation);
      if (!version.ok || version.value === undefined) return version;
      const { text, document: value } = version.value;
      return ok({ text, document: value });
    },
  };
}

function recordsOf(archived: Archived): Result<readonly HistoryRecord[]> {
  const records: HistoryRecord[] = [];
  let document: VnetDocument | undefined;
  for (const line of archived.lines) {
    const { generation, time, author } = line;
    records.push({ generation, time, author, changes: changesOf(document, line) });
    if (document !== undefined) document = applyJournalLine(document, line);
    else if (line.checkpoint === true) {
      const read = rebuildDocument(archived, generation);
      if (!read.ok) return read;
      document = read.value;
    }
  }
  return ok(records);
}

/** The first generation that is stored as a whole has no known predecessor. */
function changesOf(before: VnetDocument | undefined, { edit }: JournalLine): readonly DocumentChange[] {
  const { bootId, machine, node } = edit;
  const metadata = omitUndefined({ bootId, machine, node });
  const networks = edit.networks === undefined ? undefined : upgradeNetworks(edit.networks);
  const after = { networks, endpoints: edit.endpoints, released: edit.released, metadata };
  const entries = SECTIONS.flatMap((section) =>
    Object.entries<unknown>(after[section] ?? {}).flatMap(([key, value]) =>
      diffEntry(section, key, fieldOf(before?.[section], key), value ?? undefined),
    ),
  );
  const others = Object.entries<unknown>(edit.fields ?? {}).flatMap(([name, value]) =>
    diffField(name, name === 'apiVersion' ? OLDER_VERSION : fieldOf(before, name), value ?? undefined),
  );
  return [...entries, ...others];
}

const SECTIONS = ['networks', 'endpoints', 'released', 'metadata'] as const;

function fieldOf(section: object | undefined, key: string): unknown {
  return section !== undefined && Object.hasOwn(section, key) ? Reflect.get(section, key) : undefined;
}
