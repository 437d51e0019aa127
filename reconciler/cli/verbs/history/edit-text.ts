/**
 * `vnet edit`: opens the document in an editor, then validates, previews, merges and submits it. The edited
 * text is never lost.
 */
import { count } from '../../../model/words.ts';
import { readDocument } from '../../../document/yaml/read.ts';
import type { Author, Problem, Snapshot, Submission } from '../../../document/store/store.ts';
import { renderIssues } from '../../../document/check/text.ts';
import type { ChangePreview, PreviewResult } from '../../../loop/change/preview-change.ts';
import { type Issue, renderFailure, type Result, ok } from '../../../model/result.ts';
import type { NameAuthor } from '../../../app/author.ts';
import { EXIT, type ExitCode, exitCodeOf } from '../../../app/exit-codes.ts';
import type { Output } from '../../../app/output.ts';
import { renderConflicts, renderPreview, renderRefusals } from '../change/change-preview.ts';

/** Options. Shape: `refused`: the command concerns the refused edit. */
export type EditChoice = {
  readonly refused: 'resolve' | 'discard' | undefined;
  readonly why: string | undefined;
  readonly yes: boolean;
};

/** Ports of the editing loop beside the store. */
export type EditPorts = {
  /** Writes the text to a file readable by this user only, and returns its path. */
  readonly keep: (text: string) => Result<string>;
  readonly read: (file: string) => Result<string>;
  readonly write: (file: string, text: string) => Result<void>;
  readonly remove: (file: string) => void;
  /** Runs the editor until it exits. */
  readonly edit: (file: string) => Result<void>;
  /** Resolves to one of the letters; undefined without an answer. Absent if there is no terminal. */
  readonly choose: ((question: string, letters: string) => Promise<string | undefined>) | undefined;
  /** Returns the preview for the text. */
  readonly preview: (text: string, file: string) => Result<PreviewResult, Problem>;
  readonly authorOf: NameAuthor;
  /** Submits the text as a hand edit. */
  readonly submit: (author: Author, text: string) => Result<Submission, Problem>;
};

/**
 * The initial text of an edit.
 * Shape: `notes` are comment lines above the text, removed before submission.
 */
export type InitialText = {
  readonly text: string;
  readonly notes: readonly string[];
  /** True if the text is submitted even if unchanged. */
  readonly isWanted: boolean;
};

/** Prefix of a note. */
const NOTE = '#! ';

/** Repeats editing until the text is submitted or abandoned, and resolves to the exit code. */
export async function editText(
  ports: EditPorts,
  { beginning, choice }: { readonly beginning: InitialText; readonly choice: EditChoice },
  output: Output,
): Promise<Result<ExitCode, Problem>> {
  const kept = ports.keep(withNotes(beginning.text, beginning.notes));
  if (!kept.ok) return kept;
  const file = kept.value;
  const giveUp = (code: ExitCode): Result<ExitCode, Problem> => {
    output.warn(`vnet: not applied; your text is kept in ${file}`);
    return ok(code);
  };
  for (;;) {
    const edited = ports.edit(file);
    if (!edited.ok) {
      output.warn(`vnet: ${renderFailure(edited.error)}`);
      return giveUp(EXIT.error);
    }
    const read = ports.read(file);
    if (!read.ok) return read;
    const text = withoutNotes(read.value);
    if (text === beginning.text && !beginning.isWanted) {
      ports.remove(file);
      output.print('Nothing was changed.');
      return ok(EXIT.done);
    }
    const step = await review(ports, { text, file, choice }, output);
    if (step.kind === 'again') {
      const written = ports.write(file, withNotes(text, step.notes));
      if (!written.ok) return written;
      continue;
    }
    if (step.kind === 'stop') return giveUp(step.code);
    const taken = ports.submit(ports.authorOf('vnet edit', choice.why), text);
    if (!taken.ok) {
      output.warn(problemText(taken.error, text));
      return giveUp(exitCodeOf(taken.error));
    }
    if (taken.value.kind === 'conflict') {
      const { conflicts, latest } = taken.value;
      output.warn(renderConflicts(conflicts, file, latest.document.metadata.generation));
      return giveUp(EXIT.conflict);
    }
    ports.remove(file);
    output.print(takenText(taken.value));
    return ok(EXIT.done);
  }
}

type Review = { readonly text: string; readonly file: string; readonly choice: EditChoice };

type Verdict =
  | { readonly kind: 'take' }
  | { readonly kind: 'again'; readonly notes: readonly string[] }
  | { readonly kind: 'stop'; readonly code: ExitCode };

/** Prints the errors or the plan of the text, and asks how to continue. */
async function review(ports: EditPorts, { text, file, choice }: Review, output: Output): Promise<Verdict> {
  const document = readDocument(text, file);
  if (!document.ok) {
    output.warn(renderIssues(document.error, text));
    return again(ports, document.error.map(issueNote), EXIT.invalidData);
  }
  const previewed = ports.preview(text, file);
  if (!previewed.ok) {
    output.warn(problemText(previewed.error, text));
    return again(ports, [problemText(previewed.error, text)], exitCodeOf(previewed.error));
  }
  if (previewed.value.kind === 'conflict') {
    const shown = renderConflicts(previewed.value.conflicts, file, previewed.value.latest);
    output.warn(shown);
    return again(ports, shown.split('\n'), EXIT.conflict);
  }
  return confirm(ports, previewed.value.preview, { text, file, choice }, output);
}

async function again(ports: EditPorts, notes: readonly string[], code: ExitCode): Promise<Verdict> {
  const answer = await ports.choose?.('[e]dit again, or [a]bort?', 'ea');
  return answer === 'e' ? { kind: 'again', notes } : { kind: 'stop', code };
}

async function confirm(
  ports: EditPorts,
  preview: ChangePreview,
  { file, choice }: Review,
  output: Output,
): Promise<Verdict> {
  output.print(renderPreview(preview, file, output));
  if (preview.refusals.length > 0) output.warn(renderRefusals(preview.refusals));
  if (choice.yes) return { kind: 'take' };
  if (ports.choose === undefined) {
    output.warn('vnet: not a terminal: use --yes');
    return { kind: 'stop', code: EXIT.refused };
  }
  const answer = await ports.choose('Apply? [y]es, [e]dit again, [n]o:', 'nye');
  if (answer === undefined) return { kind: 'stop', code: EXIT.interrupted };
  if (answer === 'e') return { kind: 'again', notes: [] };
  return answer === 'y' ? { kind: 'take' } : { kind: 'stop', code: EXIT.done };
}

function takenText(taken: Exclude<Submission, { readonly kind: 'conflict' }>): string {
  const { generation } = taken.snapshot.document.metadata;
  if (taken.kind === 'unchanged') return `unchanged: equal to generation ${generation}`;
  const merged =
    taken.merged.length === 0 ? '' : ` Merged ${count(taken.merged.length, 'concurrent change')}.`;
  return (
    `Applied as generation ${generation}.${merged}\n` +
    `Next: vnet reconcile. Undo: vnet rollback ${generation - 1}.`
  );
}

function problemText(problem: Problem, text: string): string {
  return problem.kind === 'failure' ? `vnet: ${renderFailure(problem)}` : renderIssues(problem.issues, text);
}

/** Returns the issue with its place, on one line. */
export function issueNote({ line, column, path, message }: Issue): string {
  return `line ${line}, column ${column}: ${path === '' ? '' : `${path}: `}${message}`;
}

/** Returns the text below the notes. Law: withoutNotes reverses it. */
export function withNotes(text: string, notes: readonly string[]): string {
  if (notes.length === 0) return text;
  const lines = notes.flatMap((note) => note.split('\n')).map((line) => `${NOTE}${line}`.trimEnd());
  return [
    ...lines,
    `${NOTE}These comment lines are removed automatically; line numbers start below them.`,
    text,
  ].join('\n');
}

/** Returns the text without the notes. */
export function withoutNotes(text: string): string {
  const lines = text.split('\n');
  const first = lines.findIndex((line) => !line.startsWith(NOTE.trimEnd()));
  return lines.slice(first).join('\n');
}

/** Returns the initial text of an ordinary edit. */
export function initialTextOf({ text, refused }: Snapshot, output: Output): InitialText {
  if (refused !== undefined) {
    output.warn(`vnet: ${refused.file} is a refused edit: use vnet edit --resolve for that text`);
  }
  return { text, notes: [], isWanted: false };
}
