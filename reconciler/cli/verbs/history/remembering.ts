/** Runs the verbs that look back and change by hand: history, show, diff, blame, rollback, edit. */
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createHistory } from '../../../document/history/history.ts';
import { slowPath } from '../../../document/yaml/slow.ts';
import type { Problem } from '../../../document/store/store.ts';
import { runEditor } from '../../../os/tool.ts';
import { withParts } from '../../../model/part.ts';
import { err, failure, ok, type Result } from '../../../model/result.ts';
import type { Sys } from '../../../model/ports/sys.ts';
import { propose } from '../../../loop/change/propose.ts';
import type { World } from '../../../loop/round/world.ts';
import type { EditChoice, HistoryChoice } from './commands-history.ts';
import { beginningOf, type EditPorts, editText } from './edit.ts';
import { EXIT, type ExitCode } from '../../../app/exit-codes.ts';
import { blame, diff, history, latestOf, show } from './history.ts';
import { canAsk, choose } from '../../terminal/input.ts';
import type { Output } from '../../../app/output.ts';
import type { NodePaths } from '../../../app/paths.ts';
import { beginResolving, discardRefused } from './resolve.ts';
import { rollback } from './rollback.ts';
import { openPreviewWorld, openWorld } from '../../../app/world.ts';

/** Runs the verb and resolves to its exit code. */
export async function runRemembering(
  sys: Sys,
  choice: HistoryChoice,
  paths: NodePaths,
  output: Output,
): Promise<Result<ExitCode, Problem>> {
  if (choice.verb === 'rollback' || choice.verb === 'edit') return runWriting(sys, choice, paths, output);
  const opened = await openPreviewWorld(sys, paths, process.env);
  if (!opened.ok) return opened;
  const world = { store: opened.value.store, history: historyOf(sys, paths) };
  try {
    return await withParts(() => lookBack(world, choice, output));
  } finally {
    opened.value.close();
  }
}

function lookBack(
  world: Parameters<typeof history>[0],
  choice: Exclude<HistoryChoice, { readonly verb: 'rollback' | 'edit' }>,
  output: Output,
): Result<ExitCode, Problem> {
  switch (choice.verb) {
    case 'history':
      return history(world, choice, output);
    case 'show':
      return show(world, choice, output);
    case 'diff':
      return diff(world, choice, output);
    case 'blame':
      return blame(world, choice, output);
    default:
      return choice satisfies never;
  }
}

async function runWriting(
  sys: Sys,
  choice: Extract<HistoryChoice, { readonly verb: 'rollback' | 'edit' }>,
  paths: NodePaths,
  output: Output,
): Promise<Result<ExitCode, Problem>> {
  const opened = await openWorld(sys, paths, process.env, { who: `vnet ${choice.verb}`, isBrief: false });
  if (!opened.ok) return opened;
  const world = opened.value;
  try {
    const past = historyOf(sys, paths);
    if (choice.verb === 'rollback') {
      const { store } = world;
      return await withParts(() => rollback({ store, history: past, slow: () => slowPath }, choice, output));
    }
    return await runEdit(world, choice, past, output);
  } finally {
    world.kernel.close();
  }
}

function historyOf(sys: Sys, { document }: NodePaths): ReturnType<typeof createHistory> {
  return createHistory(sys, document, () => slowPath);
}

async function runEdit(
  world: World,
  choice: EditChoice,
  past: ReturnType<typeof createHistory>,
  output: Output,
): Promise<Result<ExitCode, Problem>> {
  const latest = await withParts(() => latestOf(world));
  if (!latest.ok) return latest;
  if (choice.refused === 'discard') return withParts(() => discardRefused(world.store, output));
  const ports = portsOf(world, past);
  const isResolving = choice.refused === 'resolve';
  const beginning = isResolving
    ? beginResolving({ history: past, slow: () => slowPath }, latest.value, ports)
    : ok(beginningOf(latest.value, output));
  if (!beginning.ok) return beginning;
  const done = await editText(ports, { beginning: beginning.value, choice }, output);
  if (!isResolving || !done.ok || done.value !== EXIT.done) return done;
  const left = world.store.read();
  const isStill = left.ok && left.value?.refused?.time === latest.value.refused?.time;
  return isStill ? withParts(() => discardRefused(world.store, output)) : done;
}

function portsOf(world: World, past: ReturnType<typeof createHistory>): EditPorts {
  const editor = process.env['VISUAL'] ?? process.env['EDITOR'] ?? 'vi';
  return {
    keep,
    read: (file) => attempt(`read ${file}`, () => readFileSync(file, 'utf8')),
    write: (file, text) => attempt(`write ${file}`, () => writeFileSync(file, text, { mode: 0o600 })),
    remove: (file) => rmSync(dirname(file), { recursive: true, force: true }),
    edit: (file) => openEditor(editor, file),
    choose: canAsk() ? choose : undefined,
    propose: (text, file) =>
      withParts(() => {
        const latest = latestOf(world);
        if (!latest.ok) return latest;
        const permission = { limit: 'node-outage', withdraw: true } as const;
        return propose({ ...world, history: past }, latest.value, { text, file, permission });
      }),
    submit: (author, text) => withParts(() => world.store.submit(author, text)),
  };
}

function openEditor(editor: string, file: string): Result<void> {
  const done = runEditor(editor, file);
  if (done.kind === 'done') return ok(undefined);
  const why = done.kind === 'failed' ? done.said : 'cannot run it';
  const hint = 'Set EDITOR to another editor.';
  return err(failure('not-found', `run the editor ${editor}`, why, { hint }));
}

/** A directory of our own that nobody else can look into: /tmp is everybody's. */
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
    const message = error instanceof Error ? error.message : String(error);
    return err(failure('io', step, message, { hint: 'Check the file system.' }));
  }
}
