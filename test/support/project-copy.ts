/** A copy of the project with files added to it, and what the tools say of that: tests of what a new part needs. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execNow, renderOutcome } from './exec.ts';

const top = join(import.meta.dirname, '../..');
const bin = join(top, 'node_modules/.bin');

/** What is copied: all that the type checker, the generator and the contract suites read. */
const COPIED = ['reconciler', 'plugin', 'schemas', 'test', 'scripts', 'bench'];
const FILES = ['package.json', 'tsconfig.json', 'vitest.config.ts', '.oxlintrc.json'];

/** Returns the folder of a new copy, with the files of the overlay in it; it is the caller's to remove. */
export function copyProject(overlay: string): string {
  const copy = mkdtempSync(join(tmpdir(), 'vnet-copy-'));
  for (const name of COPIED) {
    const filter = (path: string): boolean => !path.startsWith(overlay);
    cpSync(join(top, name), join(copy, name), { recursive: true, filter });
  }
  for (const name of FILES) cpSync(join(top, name), join(copy, name));
  symlinkSync(join(top, 'node_modules'), join(copy, 'node_modules'));
  cpSync(overlay, copy, { recursive: true });
  return copy;
}

/** Replaces each text by the other in a file of the copy; returns how many lines are new or not as before. */
export function editFile(path: string, ...edits: readonly (readonly [RegExp, string])[]): number {
  const before = readFileSync(path, 'utf8');
  const after = edits.reduce((text, [pattern, replacement]) => text.replace(pattern, replacement), before);
  writeFileSync(path, after);
  const known = before.split('\n');
  return after.split('\n').filter((line) => !known.includes(line)).length;
}

/** Returns the paths of all files in the folder, sorted. */
export function filesOf(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .toSorted();
}

/** Returns what the type checker says of the copy. */
export function typeErrorsOf(copy: string): readonly string[] {
  return complaintsOf(copy, [join(bin, 'tsc'), '--noEmit']);
}

/** Returns what the linter says of switches in the copy that leave a case out. */
export function switchGapsOf(copy: string): readonly string[] {
  const rule = 'typescript/switch-exhaustiveness-check';
  const options = ['--type-aware', '-A', 'all', '-D', rule, '--format', 'unix'];
  return complaintsOf(copy, [join(bin, 'oxlint'), ...options, 'reconciler', 'plugin']);
}

function complaintsOf(copy: string, argv: readonly string[]): readonly string[] {
  const outcome = execNow(argv, { cwd: copy });
  const lines = outcome.stdout
    .split('\n')
    .filter((line) => /^(reconciler|plugin|schemas|test|scripts|bench)\//.test(line));
  return outcome.code === 0 || lines.length > 0 ? lines : [renderOutcome(outcome)];
}

/** Returns how many tests of the copy passed and failed; what went wrong, where one failed. */
export function runTestsOf(
  copy: string,
  ...args: readonly string[]
): readonly [passed: number, trouble: string] {
  const argv = [join(bin, 'vitest'), 'run', '--reporter=json', ...args];
  const outcome = execNow(argv, { cwd: copy });
  if (outcome.code !== 0) return [0, renderOutcome(outcome)];
  const { numPassedTests } = JSON.parse(outcome.stdout) as { numPassedTests: number };
  return [numPassedTests, ''];
}
