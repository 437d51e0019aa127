import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { earlyReturns, longFunctions, systemCallLists } from './support/functions.ts';
import {
  findCycle,
  readSources,
  sharedNames,
  type Source,
  sourceOf,
  undocumentedExports,
} from './support/sources.ts';

const CORE = [
  'reconciler/model',
  'reconciler/plan',
  'reconciler/document',
  'reconciler/os',
  'schemas/generated',
];
const APP = [...CORE, 'reconciler/kernel', 'reconciler/loop', 'reconciler/app', 'reconciler/cni'];

/** The layers that each layer may import, besides itself. The longest matching path prefix counts. */
const LAYERS: Readonly<Record<string, readonly string[]>> = {
  'reconciler/model': ['schemas/generated'],
  'reconciler/plan': ['reconciler/model'],
  'reconciler/azure': ['reconciler/model', 'schemas/generated'],
  'reconciler/graph': ['reconciler/model', 'reconciler/plan', 'schemas/generated'],
  'reconciler/cni': ['reconciler/model', 'reconciler/os', 'schemas/generated'],
  'reconciler/os': ['reconciler/model'],
  'reconciler/document': ['reconciler/model', 'reconciler/os', 'schemas/generated'],
  'reconciler/fabric': ['reconciler/model', 'reconciler/os', 'schemas/generated'],
  'reconciler/kernel': ['reconciler/model', 'reconciler/os'],
  'reconciler/loop': [...CORE, 'reconciler/azure'],
  'reconciler/app': [...CORE, 'reconciler/kernel', 'reconciler/loop', 'package.json'],
  'reconciler/daemon': APP,
  'reconciler/cluster': APP,
  plugin: [...APP, 'reconciler/fabric', 'reconciler/daemon/watch-hooks.ts'],
  // The programs: with the real and with a simulated kernel. They load the part that their name selects.
  'plugin/entry.ts': ['plugin', 'reconciler'],
  'plugin/simulated.ts': ['plugin', 'reconciler'],
  'reconciler/cli': [
    ...APP,
    'reconciler/daemon',
    'reconciler/cluster',
    'reconciler/fabric',
    'reconciler/azure',
    'reconciler/graph',
  ],
};

/** The pure layers: no platform module, clock, randomness or process. */
const PURE = ['reconciler/model', 'reconciler/plan', 'reconciler/azure', 'reconciler/graph'];
const IMPURE = /\b(Date\.now\(|new Date\(\)|Math\.random\(|process\.|console\.|performance\.)/;

/** The entries of programs: only they read the process environment and choose a kernel. */
const ENTRIES = ['plugin/entry.ts', 'plugin/simulated.ts'];

const sources = readSources(['reconciler', 'plugin', 'schemas']);

function layerOf(path: string): string | undefined {
  return Object.keys(LAYERS)
    .filter((layer) => path === layer || path.startsWith(`${layer}/`))
    .toSorted((a, b) => b.length - a.length)[0];
}

function strayImports(files: readonly Source[]): readonly string[] {
  return files.flatMap(({ path, imports }) => {
    const layer = layerOf(path) ?? '';
    const allowed = [layer, ...(LAYERS[layer] ?? [])];
    return imports
      .filter(({ target }) => target.includes('/') && !target.startsWith('@') && !target.includes(':'))
      .filter(({ target }) => !allowed.some((place) => target === place || target.startsWith(`${place}/`)))
      .map(({ target }) => `${path} imports ${target}`);
  });
}

/** Each folder as a single file. */
function asFolders(files: readonly Source[]): readonly Source[] {
  const folders = new Map<string, Source>();
  for (const { path, imports } of files) {
    const folder = dirname(path);
    const targets = imports
      .map((one) => ({ ...one, target: dirname(one.target) }))
      .filter(({ target }) => target !== folder);
    const known = folders.get(folder) ?? { path: folder, text: '', imports: [] };
    folders.set(folder, { ...known, imports: [...known.imports, ...targets] });
  }
  return [...folders.values()];
}

function crowdedFolders(files: readonly Source[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const { path } of files) counts.set(dirname(path), (counts.get(dirname(path)) ?? 0) + 1);
  return Array.from(counts).flatMap(([folder, count]) => (count > 16 ? [`${folder}: ${String(count)}`] : []));
}

function impurities(files: readonly Source[]): readonly string[] {
  return files
    .filter(({ path }) => PURE.some((layer) => path.startsWith(`${layer}/`)))
    .flatMap(({ path, text, imports }) => [
      ...imports
        .filter(({ target }) => !target.includes('/') && target !== 'ip-num')
        .map(({ target }) => `${path} imports ${target}`),
      ...(IMPURE.test(text) ? [`${path} is impure: ${IMPURE.exec(text)?.[0] ?? ''}`] : []),
    ]);
}

function environmentReaders(files: readonly Source[]): readonly string[] {
  return files
    .filter(({ path, text }) => !ENTRIES.includes(path) && /\bprocess\.env\b/.test(text))
    .map(({ path }) => path);
}

/** Only the entry that injects it, and the simulated kernel itself, may import the simulated kernel. */
function simulationUsers(files: readonly Source[]): readonly string[] {
  const isOwn = (path: string): boolean =>
    path.startsWith('reconciler/kernel/simulated/') || path === 'reconciler/app/kernel/simulated.ts';
  return files
    .filter(({ path }) => !isOwn(path) && path !== 'plugin/simulated.ts')
    .flatMap(({ path, imports }) => imports.filter(({ target }) => isOwn(target)).map(() => path));
}

function sharedPackages(files: readonly Source[]): readonly string[] {
  const users = new Map<string, Set<string>>();
  for (const { path, imports } of files) {
    for (const { target, isTypeOnly } of imports) {
      if (target.includes(':') || target.startsWith('reconciler') || target.startsWith('plugin')) continue;
      if (target.startsWith('schemas') || target === 'package.json' || isTypeOnly) continue;
      users.set(target, (users.get(target) ?? new Set()).add(path));
    }
  }
  return Array.from(users).flatMap(([name, paths]) =>
    paths.size > 1 ? [`${name}: ${Array.from(paths).join(', ')}`] : [],
  );
}

describe('architecture', () => {
  it('cover all of the source', () => {
    expect(sources.length).toBeGreaterThan(80);
    for (const layer of Object.keys(LAYERS).filter((name) => !name.endsWith('.ts'))) {
      expect([layer, sources.filter(({ path }) => path.startsWith(`${layer}/`)).length > 2]).toEqual([
        layer,
        true,
      ]);
    }
    expect(sources.filter(({ path }) => layerOf(path) === undefined).map(({ path }) => path)).toEqual([]);
  });

  it('imports go one way', () => {
    expect(strayImports(sources)).toEqual([]);
    expect(
      strayImports([sourceOf('reconciler/plan/x.ts', "import { a } from '../loop/round.ts';")]),
    ).toHaveLength(1);
  });

  it('holds at most 16 files in a folder', () => {
    expect(crowdedFolders(sources)).toEqual([]);
    const planted = Array.from({ length: 17 }, (_, index) => sourceOf(`plugin/${String(index)}.ts`, ''));
    expect(crowdedFolders(planted)).toEqual(['plugin: 17']);
  });

  it('the pure layers know nothing of the platform', () => {
    expect(impurities(sources)).toEqual([]);
    expect(impurities([sourceOf('reconciler/model/x.ts', "import fs from 'node:fs';")])).toHaveLength(1);
    expect(impurities([sourceOf('reconciler/plan/x.ts', 'const now = Date.now();')])).toHaveLength(1);
  });

  it('only entries read the environment of the process', () => {
    expect(environmentReaders(sources)).toEqual([]);
    expect(environmentReaders([sourceOf('reconciler/app/x.ts', "process.env['HOME']")])).toHaveLength(1);
  });

  it('production code does not know the simulated kernel', () => {
    expect(simulationUsers(sources)).toEqual([]);
    const planted = sourceOf('reconciler/app/x.ts', "import { a } from '../kernel/simulated/file.ts';");
    expect(simulationUsers([planted])).toHaveLength(1);
  });

  it('has no import cycle, of types neither', () => {
    expect(findCycle(sources)).toBeUndefined();
    const planted = [
      sourceOf('plugin/a.ts', "import type { B } from './b.ts';"),
      sourceOf('plugin/b.ts', "import { a } from './a.ts';"),
    ];
    expect(findCycle(planted)).toEqual(['plugin/a.ts', 'plugin/b.ts', 'plugin/a.ts']);
  });

  it('has no cycle among the folders of the loop', () => {
    const folders = asFolders(sources.filter(({ path }) => path.startsWith('reconciler/loop/')));
    expect(folders.length).toBeGreaterThan(6);
    expect(findCycle(folders)).toBeUndefined();
    const planted = [
      sourceOf('reconciler/loop/a/x.ts', "import { b } from '../b/x.ts';"),
      sourceOf('reconciler/loop/b/y.ts', "import { a } from '../a/y.ts';"),
    ];
    const [a, b] = ['reconciler/loop/a', 'reconciler/loop/b'];
    expect(findCycle(asFolders(planted))).toEqual([a, b, a]);
  });

  it('imports each npm package in one file', () => {
    expect(sharedPackages(sources)).toEqual([]);
    const planted = ['a', 'b'].map((name) => sourceOf(`plugin/${name}.ts`, "import { parse } from 'yaml';"));
    expect(sharedPackages(planted)).toHaveLength(1);
  });

  it('documents every export', () => {
    expect(sources.flatMap(undocumentedExports)).toEqual([]);
    expect(undocumentedExports(sourceOf('plugin/a.ts', '\nexport const a = 1;'))).toEqual(['plugin/a.ts: a']);
  });

  it('exports each name from one file', () => {
    expect(sharedNames(sources)).toEqual([]);
    const planted = ['a', 'b'].map((name) => sourceOf(`plugin/${name}.ts`, 'export type Same = string;'));
    expect(sharedNames(planted)).toEqual(['Same: plugin/a.ts, plugin/b.ts']);
  });

  it('keeps functions of tests short, and lets none end before it has expected anything', () => {
    const tests = readSources(['test', 'bench', 'scripts']);
    expect(tests.length).toBeGreaterThan(200);
    expect(tests.flatMap((test) => longFunctions(test, 120))).toEqual([]);
    expect(tests.flatMap(earlyReturns)).toEqual([]);
    const planted = (opening: string, line: string, count: number): Source =>
      sourceOf('test/a.ts', [opening, ...Array.from({ length: count }, () => line), '}', ''].join('\n'));
    expect(longFunctions(planted('function describeAll(): void {', '  f();', 119), 120)).toEqual([
      'test/a.ts:1: 121',
    ]);
    expect(longFunctions(planted('function describeAll(): void {', '  f();', 118), 120)).toEqual([]);
    expect(longFunctions(planted("describe('a list', () => {", '  f();', 200), 120)).toEqual([]);
    for (const opening of ["it('is', () => {", "describe('a list', () => {"])
      expect(earlyReturns(planted(opening, '  if (a === undefined) return;', 1))).toEqual(['test/a.ts:2']);
    const many = "it.each([\n  1,\n])('is', () => {\n  if (a === undefined) {\n    return;\n  }\n});\n";
    expect(earlyReturns(sourceOf('test/a.ts', many))).toEqual(['test/a.ts:5']);
  });

  it('expects no exact list of system calls', () => {
    const tests = readSources(['test']).filter(({ path }) => path !== 'test/architecture.test.ts');
    expect(tests.some(({ text }) => /\bcalls\b.*\.toEqual\(/.test(text))).toBe(true);
    expect(tests.flatMap(systemCallLists)).toEqual([]);
    const lists = [
      "['open /a', 'rename /a']",
      "[\n  'write',\n  'fdatasync',\n]",
      '[`open ${path}`, `close ${path}`]',
    ];
    for (const list of lists)
      expect(systemCallLists(sourceOf('test/a.ts', `expect(calls).toEqual(${list});`))).toHaveLength(1);
    expect(systemCallLists(sourceOf('test/a.ts', "expect(words).toEqual(['open', 'shut']);"))).toEqual([]);
  });

  it('keeps files short and without loose ends', () => {
    const all = [...sources, ...readSources(['test', 'scripts'])];
    const inC = readdirSync(join(import.meta.dirname, '../plugin/shim')).map((name) => `plugin/shim/${name}`);
    expect(inC).toContain('plugin/shim/shim.c');
    const texts = inC.map((path) => ({
      path,
      text: readFileSync(join(import.meta.dirname, '..', path), 'utf8'),
    }));
    const long = [...all, ...texts]
      .filter(({ text }) => text.split('\n').length > 301)
      .map(({ path }) => path);
    expect(long).toEqual([]);
    const loose = sources.filter(({ text }) =>
      /: any\b|\bas any\b|@ts-ignore|@ts-expect-error|TODO|FIXME/.test(text),
    );
    expect(loose.map(({ path }) => path)).toEqual([]);
  });

  it('ships no package that its dependencies do not list', () => {
    const manifest = JSON.parse(readFileSync(join(import.meta.dirname, '../package.json'), 'utf8')) as {
      dependencies: Record<string, string>;
    };
    const used = new Set(
      sources
        .flatMap(({ imports }) =>
          imports.filter(
            ({ target, isTypeOnly }) =>
              !isTypeOnly && target !== 'bun' && !target.includes(':') && !/[/.]/.test(target),
          ),
        )
        .map(({ target }) => target),
    );
    expect(Array.from(used).filter((name) => !(name in manifest.dependencies))).toEqual([]);
  });
});
