/** `vnet history`, `show`, `diff` and `blame`: the recorded generations of the document. Read-only. */
import { count } from '../../../model/words.ts';
import { diffDocuments, leavesOf } from '../../../document/merge/changes.ts';
import type { Author, DocumentChange, History, HistoryRecord } from '../../../document/history/history.ts';
import type { Problem, Snapshot, Store } from '../../../document/store/store.ts';
import { err, fail, type Failure, failure, ok, type Result } from '../../../model/result.ts';
import { renderChange, renderChanges, changeVerb, valueText } from '../../terminal/change-text.ts';
import { EXIT, type ExitCode } from '../../../app/exit-codes.ts';
import { authorText } from '../explain/timeline.ts';
import type { Output } from '../../../app/output.ts';
import { type Format, printValue } from '../../../app/print.ts';
import { renderTable } from '../../terminal/table.ts';

/** Dependencies of these verbs. */
export type NodeHistory = { readonly store: Pick<Store, 'read'>; readonly history: History };

/** Shape: without `count`, all recorded generations. */
export type HistoryChoice = { readonly count: number | undefined; readonly format: Format };

/** The generation to show. */
export type ShowChoice = { readonly generation: number; readonly format: Format };

/** The generations to compare. Shape: `to` defaults to the latest. */
export type DiffChoice = { readonly from: number; readonly to: number | undefined; readonly format: Format };

/** The part of the document to explain. */
export type BlameChoice = { readonly path: string | undefined; readonly format: Format };

/** Prints the generations, newest first. */
export function history(
  node: NodeHistory,
  { count: most, format }: HistoryChoice,
  output: Output,
): Result<ExitCode, Problem> {
  const read = node.history.records();
  if (!read.ok) return read;
  const records = read.value.toReversed().slice(0, most);
  if (format !== 'text') printValue(records, format, output);
  else if (records.length === 0) output.print('No generation yet: the first write starts the history.');
  else {
    const rows = records.map((record) => [
      String(record.generation),
      record.time,
      whoText(record.author),
      record.author.who === 'taken over' && record.changes.length === 0
        ? 'initial state'
        : renderChanges(record.changes),
      record.author.why ?? '',
    ]);
    output.print(renderTable(['GENERATION', 'TIME', 'AUTHOR', 'CHANGES', 'REASON'], rows));
  }
  return ok(EXIT.done);
}

/** Omits the attachment of a CNI call: the changes name it. */
function whoText(author: Author): string {
  return authorText({ ...author, who: author.who.split(' ').slice(0, 2).join(' ') });
}

/** Prints the document of a generation. */
export function show(
  node: NodeHistory,
  { generation, format }: ShowChoice,
  output: Output,
): Result<ExitCode, Problem> {
  const found = generationOf(node, generation);
  if (!found.ok) return found;
  if (format === 'json') printValue(found.value.document, format, output);
  // Text output is the stored YAML, comments included.
  else output.print(found.value.text.trimEnd());
  return ok(EXIT.done);
}

/** Prints the changes between two generations, by path; exit 2 if there are any. */
export function diffGenerations(
  node: NodeHistory,
  { from, to, format }: DiffChoice,
  output: Output,
): Result<ExitCode, Problem> {
  const before = generationOf(node, from);
  if (!before.ok) return before;
  const after = to === undefined ? latestOf(node) : generationOf(node, to);
  if (!after.ok) return after;
  const { generation } = after.value.document.metadata;
  const changes = diffDocuments(before.value.document, after.value.document);
  if (format !== 'text') printValue({ from, to: generation, changes }, format, output);
  else output.print(diffText(changes, from, generation, output));
  return ok(changes.length === 0 ? EXIT.done : EXIT.differences);
}

function diffText(changes: readonly DocumentChange[], from: number, to: number, output: Output): string {
  if (changes.length === 0) return `Generations ${from} and ${to} are equal.`;
  return [
    `from generation ${from} to ${to}`,
    ...changes.map((change) => output.paint(changeVerb(change), `  ${renderChange(change)}`)),
    count(changes.length, 'change'),
  ].join('\n');
}

/** A value and the generation that last set it. Shape: no record if that generation is no longer recorded. */
type Blame = { readonly path: string; readonly value: unknown; readonly record?: HistoryRecord };

/** Prints which generation last set each value at or below the path. */
export function blame(
  node: NodeHistory,
  { path, format }: BlameChoice,
  output: Output,
): Result<ExitCode, Problem> {
  const latest = latestOf(node);
  if (!latest.ok) return latest;
  const records = node.history.records();
  if (!records.ok) return records;
  const newestFirst = records.value.toReversed();
  const rows = leavesOf(latest.value.document)
    .filter((leaf) => path === undefined || isWithin(leaf.path, path))
    .map((leaf): Blame => {
      const record = newestFirst.find(({ changes }) => changes.some((one) => isWithin(leaf.path, one.path)));
      return record === undefined ? leaf : { ...leaf, record };
    });
  if (rows.length === 0) return err(unknownPath(path ?? ''));
  if (format !== 'text') printValue(rows.map(blameValue), format, output);
  else output.print(blameTable(rows, records.value[0]?.generation));
  return ok(EXIT.done);
}

function isWithin(path: string, above: string): boolean {
  if (path === above) return true;
  return path.startsWith(above) && ['.', '['].includes(path[above.length] ?? '');
}

function blameValue({ path, value, record }: Blame): Readonly<Record<string, unknown>> {
  if (record === undefined) return { path, value };
  const { generation, time, author } = record;
  return { path, value, generation, time, author };
}

function blameTable(rows: readonly Blame[], oldest: number | undefined): string {
  return renderTable(
    ['PATH', 'VALUE', 'GENERATION', 'TIME', 'AUTHOR', 'REASON'],
    rows.map(({ path, value, record }) => [
      path,
      valueText(value),
      record === undefined ? `${oldest ?? 'any'} or before` : String(record.generation),
      record?.time ?? '',
      record === undefined ? '' : whoText(record.author),
      record?.author.why ?? '',
    ]),
  );
}

/** Returns the document of a generation. Errors: `not-found` if it is not recorded, naming those that are. */
export function generationOf({ history: past }: NodeHistory, generation: number): Result<Snapshot, Problem> {
  const found = past.at(generation);
  if (!found.ok) return found;
  if (found.value !== undefined) return ok(found.value);
  const records = past.records();
  const kept = records.ok ? records.value : [];
  const [first, last] = [kept[0], kept.at(-1)];
  const message =
    first === undefined || last === undefined
      ? 'no generation yet'
      : `not kept: the history has ${first.generation} to ${last.generation}`;
  const hint = 'See vnet history.';
  return fail('not-found', `generation ${generation}`, message, { hint });
}

/** Returns the document in force. Errors: `not-found` without one. */
export function latestOf({ store }: Pick<NodeHistory, 'store'>): Result<Snapshot, Problem> {
  const read = store.read();
  if (!read.ok) return read;
  if (read.value !== undefined) return ok(read.value);
  const hint = 'The first CNI ADD writes it.';
  return fail('not-found', 'read the document', 'no document yet', { hint });
}

function unknownPath(path: string): Failure {
  const hint = 'vnet blame without a path lists all.';
  return failure('not-found', `blame ${path}`, 'the document has no such field', { hint });
}
