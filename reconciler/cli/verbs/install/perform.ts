/** Carries out the steps of an installation; on a failure, undoes them in reverse order. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  cpSync,
  existsSync,
  fsyncSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  closeSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Problem } from '../../../document/store/store.ts';
import {
  err,
  fail,
  type Failure,
  failure,
  ok,
  renderFailure,
  type Result,
  thrownMessage,
} from '../../../model/result.ts';
import type { InstallItem } from './install-items.ts';
import type { InstallStep } from './install-plan.ts';
import { count } from '../../../model/words.ts';

/** A service that has not started by then has failed. Units: milliseconds. */
const TOOL_PATIENCE_MS = 150_000;

/** Where the steps are carried out. Shape: `clear` clears the kernel. */
export type PerformPlace = {
  readonly root: string;
  readonly note: (line: string) => void;
  readonly clear?: () => Promise<Result<void, Problem>>;
};

/** Undoes a step; `settle` removes the files that only an undo would need. */
type Done = { readonly undo: () => void; readonly settle: () => void };

const NOTHING: Done = { undo: () => undefined, settle: () => undefined };

/**
 * Resolves after all steps.
 * Errors: that of the step; all earlier steps are undone, and the hint names each that could not be.
 */
export async function performSteps(
  steps: readonly InstallStep[],
  place: PerformPlace,
): Promise<Result<void, Problem>> {
  const done: Done[] = [];
  for (const step of steps) {
    const outcome = await attempt(step, place);
    if (outcome.ok) {
      done.push(outcome.value);
      continue;
    }
    place.note(`vnet: undoing ${count(done.length, 'step')}`);
    const stuck = done.toReversed().flatMap((one) => tryUndo(one) ?? []);
    const { error } = outcome;
    if (error.kind !== 'failure') return err(error);
    const hint = stuck.length === 0 ? 'The node is as before.' : `Not undone: ${stuck.join('; ')}`;
    return err({ ...error, hint: error.hint === undefined ? hint : `${error.hint} ${hint}` });
  }
  for (const { settle } of done) settle();
  return ok(undefined);
}

async function attempt(step: InstallStep, place: PerformPlace): Promise<Result<Done, Problem>> {
  if (step.kind === 'clear') {
    const cleared = await place.clear?.();
    return cleared === undefined || cleared.ok ? ok(NOTHING) : cleared;
  }
  try {
    return performStep(step, place);
  } catch (error) {
    return fail('io', `${step.kind} ${pathOf(step)}`, thrownMessage(error));
  }
}

function pathOf(step: InstallStep): string {
  if (step.kind === 'put') return step.item.path;
  return 'path' in step ? step.path : step.label;
}

function tryUndo({ undo }: Done): string | undefined {
  try {
    undo();
    return undefined;
  } catch (error) {
    return thrownMessage(error);
  }
}

function performStep(
  step: Exclude<InstallStep, { kind: 'clear' }>,
  { root, note }: PerformPlace,
): Result<Done> {
  switch (step.kind) {
    case 'keep':
      return ok(NOTHING);
    case 'put':
      return ok(put(root, step));
    case 'set':
      return ok(setValue(`${root}${step.path}`, step.value));
    case 'remove':
      return ok(remove(root, step.path, step.copyTo));
    case 'restore':
      return ok(restore(root, step));
    case 'remove-folder':
      return ok(removeFolder(`${root}${step.path}`, step.isWhole === true));
    case 'tool':
      return runTool(step, note);
  }
}

function put(root: string, { item, backup }: InstallStep & { kind: 'put' }): Done {
  const at = `${root}${item.path}`;
  if (item.kind === 'sysctl') return setValue(at, item.value);
  mkdirSync(dirname(at), { recursive: true });
  if (backup !== undefined) copyWhole(at, `${root}${backup}`);
  const made = besides(at, 'new');
  rmSync(made, { force: true });
  make(root, item, made);
  return replaceBy(at, made);
}

/** Under a temporary name, complete and on disk: no runtime starts a partial program. */
function make(root: string, item: Exclude<InstallItem, { kind: 'sysctl' }>, at: string): void {
  switch (item.kind) {
    case 'link':
      return symlinkSync(item.target, at);
    case 'hard-link':
      return linkSync(`${root}${item.to}`, at);
    case 'file':
      writeFileSync(at, item.text, { mode: 0o644 });
      return sync(at, 0o644);
    case 'program':
      copyFileSync(item.source, at);
      return sync(at, 0o755);
  }
}

function sync(path: string, mode: number): void {
  chmodSync(path, mode);
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** The previous file stays beside it until all steps are done. */
function replaceBy(at: string, made: string): Done {
  const previous = besides(at, 'old');
  rmSync(previous, { force: true });
  const isThere = lstatSync(at, { throwIfNoEntry: false }) !== undefined;
  if (isThere) linkSync(at, previous);
  renameSync(made, at);
  return {
    undo: () => (isThere ? renameSync(previous, at) : rmSync(at, { force: true })),
    settle: () => rmSync(previous, { force: true }),
  };
}

function besides(path: string, suffix: 'new' | 'old'): string {
  return join(dirname(path), `.${basename(path)}.${suffix}`);
}

/** A copy that is there already is that of an interrupted installation: the file may be ours by now. */
function copyWhole(from: string, to: string): void {
  if (existsSync(to)) return;
  mkdirSync(dirname(to), { recursive: true, mode: 0o700 });
  copyAs(from, `${to}.part`);
  renameSync(`${to}.part`, to);
}

function copyAs(from: string, to: string): void {
  rmSync(to, { force: true });
  cpSync(from, to, { verbatimSymlinks: true });
  const status = lstatSync(from);
  if (status.isSymbolicLink()) return;
  const { mode, uid, gid, atime, mtime } = status;
  chownSync(to, uid, gid);
  chmodSync(to, mode & 0o7777);
  utimesSync(to, atime, mtime);
}

function restore(root: string, { path, backup }: InstallStep & { kind: 'restore' }): Done {
  const at = `${root}${path}`;
  const made = besides(at, 'new');
  copyAs(`${root}${backup}`, made);
  const done = replaceBy(at, made);
  return { ...done, settle: () => (done.settle(), rmSync(`${root}${backup}`, { force: true })) };
}

/** Its name goes at once, its contents with the last step. */
function remove(root: string, path: string, copyTo: string | undefined): Done {
  const at = `${root}${path}`;
  if (copyTo !== undefined) copyWhole(at, `${root}${copyTo}`);
  const previous = besides(at, 'old');
  renameSync(at, previous);
  return { undo: () => renameSync(previous, at), settle: () => rmSync(previous, { force: true }) };
}

function removeFolder(at: string, isWhole: boolean): Done {
  return {
    ...NOTHING,
    settle: () => {
      if (isWhole) return rmSync(at, { recursive: true, force: true });
      try {
        rmdirSync(at);
      } catch {
        // Others have put files there since: it stays.
      }
    },
  };
}

function setValue(at: string, value: string): Done {
  const before = readFileSync(at, 'utf8');
  writeFileSync(at, value);
  return { ...NOTHING, undo: () => writeFileSync(at, before) };
}

function runTool({ argv, undo }: InstallStep & { kind: 'tool' }, note: (line: string) => void): Result<Done> {
  const failed = argv === undefined ? undefined : runTo(argv);
  if (failed !== undefined) {
    // A unit that fails to start may be starting again: the undo stops it.
    if (undo !== undefined) runTo(undo);
    return err(failed);
  }
  const back = (): void => {
    const problem = undo === undefined ? undefined : runTo(undo);
    if (problem !== undefined) note(`vnet: ${renderFailure(problem)}`);
  };
  return ok({ ...NOTHING, undo: back });
}

function runTo([name = '', ...args]: readonly string[]): Failure | undefined {
  const done = spawnSync(name, args, { encoding: 'utf8', timeout: TOOL_PATIENCE_MS });
  if (done.status === 0) return undefined;
  const message = done.error?.message ?? (done.stderr.trim() || `exit code ${done.status ?? done.signal}`);
  const unit = args.at(-1) ?? '';
  const hint = name === 'systemctl' ? `See journalctl -u ${unit}.` : undefined;
  return failure('io', [name, ...args].join(' '), message, hint === undefined ? {} : { hint });
}
