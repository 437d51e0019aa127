/**
 * What a new kind of kernel object needs: one pure file, one wire file, one contract, and an entry in each registry. A kind
 * that nobody asked for (rules of policy routing, in `overlay/`) is added to a copy of the project, and works there.
 */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { KINDS } from '../../../reconciler/model/kinds/registry.ts';
import { execNow, renderOutcome } from '../../support/exec.ts';
import { hasNamespaces } from '../../support/namespaces.ts';
import { readSources, type Source, sourceOf } from '../../support/sources.ts';

const top = join(import.meta.dirname, '../../..');
const overlay = join(import.meta.dirname, 'overlay');

/** What is copied: all that the type checker and the contract suite read. */
const COPIED = ['reconciler', 'plugin', 'schemas', 'test', 'scripts', 'bench'];
const FILES = ['package.json', 'tsconfig.json', 'vitest.config.ts', '.oxlintrc.json'];

const REGISTRIES = {
  'reconciler/model/kinds/registry.ts': 'ruleKind',
  'reconciler/kernel/kinds/registry.ts': 'ruleWire',
};

/** A table and a switch keyed by kind, complete for the kinds that there are. */
const PLANTED = `import type { NetObject } from '../model/state.ts';
export const TABLE: Readonly<Record<NetObject['kind'], string>> = {
${Object.keys(KINDS)
  .map((kind) => `  '${kind}': 'x',`)
  .join('\n')}
};
export function nameOf(object: NetObject): string {
  switch (object.kind) {
${Object.keys(KINDS)
  .map((kind) => `    case '${kind}':`)
  .join('\n')}
      return 'x';
  }
}
export function count(object: NetObject, counts: string[]): void {
  switch (object.kind) {
${Object.keys(KINDS)
  .map((kind) => `    case '${kind}':`)
  .join('\n')}
      counts.push('x');
  }
}
`;

const copy = mkdtempSync(join(tmpdir(), 'vnet-kind-'));

afterAll(() => {
  rmSync(copy, { recursive: true, force: true });
});

/** Makes the copy with the new kind; returns how many lines the registries have more. */
function addKind(): number {
  for (const name of COPIED) {
    cpSync(join(top, name), join(copy, name), {
      recursive: true,
      filter: (path) => !path.startsWith(overlay),
    });
  }
  for (const name of FILES) cpSync(join(top, name), join(copy, name));
  symlinkSync(join(top, 'node_modules'), join(copy, 'node_modules'));
  cpSync(overlay, copy, { recursive: true });
  let lines = 0;
  for (const [path, name] of Object.entries(REGISTRIES)) {
    const before = readFileSync(join(copy, path), 'utf8');
    const after = before
      .replace(/^import \{ sysctl/m, `import { ${name} } from './rule.ts';\nimport { sysctl`)
      .replace(/^ {2}sysctl: /m, `  rule: ${name},\n  sysctl: `);
    lines += after.split('\n').length - before.split('\n').length;
    writeFileSync(join(copy, path), after);
  }
  return lines;
}

function filesOf(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .toSorted();
}

/** Returns what the type checker says of the copy, and the linter of switches that leave a kind out. */
function complaints(): readonly string[] {
  const bin = join(top, 'node_modules/.bin');
  const rule = 'typescript/switch-exhaustiveness-check';
  const lint = ['--type-aware', '-A', 'all', '-D', rule, '--format', 'unix', 'reconciler', 'plugin'];
  const outcomes = [
    [join(bin, 'tsc'), '--noEmit'],
    [join(bin, 'oxlint'), ...lint],
  ].map((argv) => execNow(argv, { cwd: copy }));
  return outcomes.flatMap((outcome) => {
    const lines = outcome.stdout
      .split('\n')
      .filter((line) => /^(reconciler|plugin|schemas|test|scripts|bench)\//.test(line));
    return outcome.code === 0 || lines.length > 0 ? lines : [renderOutcome(outcome)];
  });
}

/** Statements outside of the kinds' own folders that name three kinds or more: tables and switches in disguise. */
function partialTables(files: readonly Source[]): readonly string[] {
  const names = Object.keys(KINDS).map((kind) => `'${kind}'`);
  return files
    .filter(({ path }) => !/^reconciler\/(model|kernel)\/kinds\//.test(path))
    .flatMap(({ path, text }) =>
      text
        .split(/;\n/)
        .filter((statement) => names.filter((name) => statement.includes(name)).length > 2)
        .map((statement) => `${path}: ${statement.trim().split('\n')[0] ?? ''}`),
    );
}

describe('a new kind of kernel object', () => {
  it('needs three files and an entry in each of two registries', () => {
    // An entry is the line that imports it and the line that lists it.
    expect(addKind()).toBe(2 * 2);
    expect(filesOf(overlay)).toEqual([
      'reconciler/kernel/kinds/rule.ts',
      'reconciler/model/kinds/rule.ts',
      'test/kernel/contract/kinds/rule.ts',
    ]);
    expect(complaints()).toEqual([]);
  });

  it('would be missing from any other table or switch: the type checker or the linter names it', () => {
    const planted = join(copy, 'reconciler/loop/planted.ts');
    writeFileSync(planted, PLANTED);
    const found = complaints();
    rmSync(planted);
    expect(found.map((line) => /^[^(:]*/.exec(line)?.[0])).toEqual(
      found.map(() => 'reconciler/loop/planted.ts'),
    );
    // The table; the switch that returns, by both tools; the switch that only does something.
    expect(found).toHaveLength(4);
  });

  it('keeps the contract on both kernels, is planned, heard of, explained and listed', () => {
    const files = ['simulated', ...(hasNamespaces ? ['real'] : [])];
    const argv = [
      join(top, 'node_modules/.bin/vitest'),
      'run',
      '--reporter=json',
      '-t',
      'the kind rule',
      ...files.map((name) => `test/kernel/contract/${name}.test.ts`),
    ];
    const outcome = execNow(argv, { cwd: copy });
    expect(outcome.code === 0 ? '' : renderOutcome(outcome)).toBe('');
    const report = JSON.parse(outcome.stdout) as { numPassedTests: number; numFailedTests: number };
    expect([report.numPassedTests, report.numFailedTests]).toEqual([8 * files.length, 0]);
  });

  it('finds no statement that names three kinds', () => {
    expect(partialTables(readSources(['reconciler', 'plugin']))).toEqual([]);
    const planted = "const SERVING = ['neighbour', 'fdb', 'nft-element'];\n";
    expect(partialTables([sourceOf('reconciler/loop/x.ts', planted)])).toHaveLength(1);
  });
});
