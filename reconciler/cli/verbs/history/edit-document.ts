/** Edits the document in a private copy, with the user's editor and terminal. */
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { History } from '../../../document/history/history.ts';
import { slowPath } from '../../../document/yaml/slow.ts';
import type { Problem } from '../../../document/store/store.ts';
import { runEditor } from '../../../os/tool.ts';
import { fail, ok, type Result, thrownMessage } from '../../../model/result.ts';
import { previewChange } from '../../../loop/change/preview-change.ts';
import type { Session } from '../../../loop/node/session.ts';
import { initialTextOf, type EditChoice, type EditPorts, editText } from './edit-text.ts';
import { EXIT, type ExitCode } from '../../../app/exit-codes.ts';
import { latestOf } from './generations.ts';
import { canAsk, askChoice } from '../../terminal/input.ts';
import type { NameAuthor } from '../../../app/author.ts';
import type { Output } from '../../../app/output.ts';
import { beginResolving, discardRefused } from './resolve.ts';

/** Context of an edit. Shape: `editor` is a command line, as in $EDITOR. */
type EditorPlace = {
  readonly session: Session;
  readonly history: History;
  readonly editor: string;
  readonly authorOf: NameAuthor;
};

/** Resolves to the exit code once the edit is submitted, discarded or abandoned. */
export async function editDocument(
  given: EditorPlace,
  choice: EditChoice,
  output: Output,
): Promise<Result<ExitCode, Problem>> {
  const { session, history, authorOf } = given;
  const latest = latestOf(session);
  if (!latest.ok) return latest;
  if (choice.refused === 'discard') return discardRefused(session.store, authorOf, output);
  const ports = portsOf(given);
  const isResolving = choice.refused === 'resolve';
  const beginning = isResolving
    ? beginResolving({ history, slow: slowPath }, latest.value, ports)
    : ok(initialTextOf(latest.value, output));
  if (!beginning.ok) return beginning;
  const done = await editText(ports, { beginning: beginning.value, choice }, output);
  if (!isResolving || !done.ok || done.value !== EXIT.done) return done;
  const left = session.store.read();
  const isStill = left.ok && left.value?.refused?.time === latest.value.refused?.time;
  return isStill ? discardRefused(session.store, authorOf, output) : done;
}

function portsOf({ session, history, editor, authorOf }: EditorPlace): EditPorts {
  return {
    authorOf,
    keep,
    read: (file) => attempt(`read ${file}`, () => readFileSync(file, 'utf8')),
    write: (file, text) => attempt(`write ${file}`, () => writeFileSync(file, text, { mode: 0o600 })),
    remove: (file) => rmSync(dirname(file), { recursive: true, force: true }),
    edit: (file) => openEditor(editor, file),
    choose: canAsk() ? askChoice : undefined,
    preview: (text, file) => {
      const latest = latestOf(session);
      if (!latest.ok) return latest;
      const permission = { limit: 'node-outage', withdraw: true } as const;
      return previewChange(session, history, latest.value, { text, file, permission });
    },
    submit: (author, text) => session.store.submit(author, text),
  };
}

function openEditor(editor: string, file: string): Result<void> {
  const done = runEditor(editor, file);
  if (done.kind === 'done') return ok(undefined);
  const why = done.kind === 'failed' ? done.said : 'cannot run it';
  const hint = 'Set EDITOR to another editor.';
  return fail('not-found', `run the editor ${editor}`, why, { hint });
}

/** In a directory that only this user can read: /tmp is shared. */
function keep(text: string): Result<string> {
  return attempt('write a copy to edit', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'vnet-edit-')), 'vnet.yaml');
    const fd = openSync(file, 'wx', 0o600);
    writeSync(fd, text);
    closeSync(fd);
    return file;
  });
}

function attempt<T>(step: string, work: () => T): Result<T> {
  try {
    return ok(work());
  } catch (error) {
    return fail('io', step, thrownMessage(error), { hint: 'Check the file system.' });
  }
}
