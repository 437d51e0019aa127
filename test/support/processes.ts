/**
 * Which test files may share a process: those that neither start processes, enter namespaces, nor replace what
 * other files use. Each of the others has a process of its own.
 */
import { readSources, type Source } from './sources.ts';

/** Helpers and modules that start processes or change those of a file. */
const OWN_MODULES: readonly string[] = [
  'test/support/exec.ts',
  'test/support/netns.ts',
  'test/support/namespaces.ts',
  'node:child_process',
  'node:worker_threads',
];

/** Changes of the process, and of modules that other files import. */
const OWN_TEXT =
  /\bvi\.(mock|stub|spyOn|useFake)|process\.(chdir|umask|on)\(|process\.env\[[^\]]*\] *(\?\?)?=[^=]|delete process\.env|\bsetns\b|globalThis/;

/** Returns the test files that may share a process, by path from the top. */
export function sharingFiles(sources: readonly Source[] = readSources(['test'])): readonly string[] {
  const byPath = new Map(sources.map((source) => [source.path, source]));
  return [...byPath.keys()].filter(
    (path) => path.endsWith('.test.ts') && ![...reachedFrom(path, byPath)].some(needsOwnProcess),
  );
}

function needsOwnProcess({ text, imports }: Source): boolean {
  const isOwn = imports.some(({ target, isTypeOnly }) => !isTypeOnly && OWN_MODULES.includes(target));
  return isOwn || OWN_TEXT.test(text);
}

function reachedFrom(
  path: string,
  byPath: ReadonlyMap<string, Source>,
  reached = new Set<Source>(),
): ReadonlySet<Source> {
  const source = byPath.get(path);
  if (source === undefined || reached.has(source)) return reached;
  reached.add(source);
  for (const { target } of source.imports) reachedFrom(target, byPath, reached);
  return reached;
}
