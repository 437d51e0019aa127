/** The project's source files and their imports. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

const top = join(import.meta.dirname, '../..');

/** package.json's entries for our `#` names: under Node.js the default counts. */
const manifest: {
  readonly imports: Readonly<Record<string, { readonly default: string; readonly bun: string }>>;
} = JSON.parse(readFileSync(join(top, 'package.json'), 'utf8'));

/**
 * One import.
 * Shape: `target` is a path from the top for our own files, else the package or `node:` module; lazy:
 * import().
 */
export type Import = { readonly target: string; readonly isTypeOnly: boolean; readonly isLazy: boolean };

/** One source file. Shape: `path` from the top, with slashes. */
export type Source = { readonly path: string; readonly text: string; readonly imports: readonly Import[] };

/** Returns every TypeScript file below the folders, except generated ones. */
export function readSources(folders: readonly string[]): readonly Source[] {
  return folders.flatMap((folder) =>
    readdirSync(join(top, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
      .map((entry) => normalize(join(entry.parentPath, entry.name)).slice(top.length + 1))
      .filter((path) => !path.includes('/generated/'))
      .map((path) => sourceOf(path, readFileSync(join(top, path), 'utf8'))),
  );
}

/** Returns the file with its imports: static, dynamic and re-exports. */
export function sourceOf(path: string, text: string): Source {
  const pattern =
    /(?:^|\n)\s*(import|export)\s+(type\s+)?[^'";]*?from\s*'([^']+)'|import\(\s*'([^']+)'|\nimport\s+'([^']+)'/g;
  const imports = Array.from(text.matchAll(pattern), (match) => {
    const name = match[3] ?? match[4] ?? match[5] ?? '';
    return {
      target: resolve(path, name),
      isTypeOnly: match[2] !== undefined,
      isLazy: match[4] !== undefined,
    };
  });
  return { path, text, imports };
}

function resolve(path: string, name: string): string {
  if (name.startsWith('#')) return normalize(manifest.imports[name]?.default ?? name);
  if (name.startsWith('.')) return normalize(join(dirname(path), name));
  if (name === 'bun') return 'bun:bun';
  if (name.startsWith('node:') || name.startsWith('bun:')) return name;
  return name
    .split('/')
    .slice(0, name.startsWith('@') ? 2 : 1)
    .join('/');
}

/** Returns the exports without a docstring directly above them, as `path: name`. */
export function undocumentedExports({ path, text }: Source): readonly string[] {
  const lines = text.split('\n');
  return lines.flatMap((line, index) => {
    const match = /^export (?:async )?(?:function\*?|const|class|type|interface|let) (\w+)/.exec(line);
    const above = lines[index - 1]?.trim() ?? '';
    return match === null || above.endsWith('*/') ? [] : [`${path}: ${match[1] ?? ''}`];
  });
}

/**
 * Returns the names exported by several files, as `name: path, path`. Runtime-specific variants of one file
 * (`#` names of package.json) count as one.
 */
export function sharedNames(sources: readonly Source[]): readonly string[] {
  const twins = Object.values(manifest.imports).map((ways) => normalize(ways.bun));
  const places = new Map<string, string[]>();
  for (const { path, text } of sources.filter((source) => !twins.includes(source.path))) {
    const pattern = /^export (?:async )?(?:function\*?|const|class|type|interface|let) (\w+)/gm;
    for (const [, name = ''] of text.matchAll(pattern)) places.set(name, [...(places.get(name) ?? []), path]);
  }
  return [...places]
    .filter(([, paths]) => new Set(paths).size > 1)
    .map(([name, paths]) => `${name}: ${paths.toSorted().join(', ')}`)
    .toSorted();
}

/** Returns one import cycle as a list of paths; undefined if there is none. */
export function findCycle(sources: readonly Source[]): readonly string[] | undefined {
  const byPath = new Map(sources.map((source) => [source.path, source]));
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): readonly string[] | undefined => {
    if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path];
    if (done.has(path)) return undefined;
    for (const { target } of byPath.get(path)?.imports ?? []) {
      const cycle = byPath.has(target) ? visit(target, [...trail, path]) : undefined;
      if (cycle !== undefined) return cycle;
    }
    done.add(path);
    return undefined;
  };
  for (const { path } of sources) {
    const cycle = visit(path, []);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}
