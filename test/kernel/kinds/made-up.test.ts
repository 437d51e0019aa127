/**
 * The parts of a new kind: one pure file, one wire file, one contract, and an entry in each registry. A kind
 * for the test (labels of IPv6 prefixes, in `overlay/`) is added to a copy of the project, and works there.
 */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { KINDS } from '../../../reconciler/model/kinds/registry.ts';
import { inLongOnly, isLong } from '../../support/long.ts';
import { hasNamespaces } from '../../support/namespaces.ts';
import {
  copyProject,
  editFile,
  filesOf,
  runTestsOf,
  switchGapsOf,
  typeErrorsOf,
} from '../../support/project-copy.ts';
import { readSources, type Source, sourceOf } from '../../support/sources.ts';

const overlay = join(import.meta.dirname, 'overlay');

const REGISTRIES = {
  'reconciler/model/kinds/registry.ts': 'addrlabelKind',
  'reconciler/kernel/kinds/registry.ts': 'addrlabelWire',
};

/** A table and a switch by kind, complete for the existing kinds. */
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

const copy = copyProject(overlay);

afterAll(() => {
  rmSync(copy, { recursive: true, force: true });
});

/** Registers the new kind in the copy; returns the number of lines added to the registries. */
function addKind(): number {
  const lines = Object.entries(REGISTRIES).map(([path, name]) =>
    editFile(
      join(copy, path),
      [/^import \{ sysctl/m, `import { ${name} } from './addrlabel.ts';\nimport { sysctl`],
      [/^ {2}sysctl: /m, `  addrlabel: ${name},\n  sysctl: `],
    ),
  );
  return lines.reduce((sum, count) => sum + count, 0);
}

function complaints(): readonly string[] {
  return [...typeErrorsOf(copy), ...switchGapsOf(copy)];
}

/** Statements outside the kinds' own folders that name three kinds or more: hidden tables and switches. */
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
    // An entry is an import line and a list line.
    expect(addKind()).toBe(2 * 2);
    expect(filesOf(overlay)).toEqual([
      'reconciler/kernel/kinds/addrlabel.ts',
      'reconciler/model/kinds/addrlabel.ts',
      'test/kernel/contract/kinds/addrlabel.ts',
    ]);
  });

  // Both tools read the whole copy.
  it.skipIf(!isLong)(
    `is missing from a planted table and switch, and from no other: the type checker or the linter reports it${inLongOnly}`,
    () => {
      const planted = join(copy, 'reconciler/loop/planted.ts');
      writeFileSync(planted, PLANTED);
      const found = complaints();
      rmSync(planted);
      expect(found.map((line) => /^[^(:]*/.exec(line)?.[0])).toEqual(
        found.map(() => 'reconciler/loop/planted.ts'),
      );
      // The table; the switch that returns, by both tools; the switch without results.
      expect(found).toHaveLength(4);
    },
  );

  it.skipIf(!isLong)(
    `passes the contract on both kernels, is planned, explained and listed${inLongOnly}`,
    () => {
      const files = ['simulated', ...(hasNamespaces ? ['real'] : [])];
      const paths = files.map((name) => `test/kernel/contract/${name}.test.ts`);
      expect(runTestsOf(copy, '-t', 'the kind addrlabel', ...paths)).toEqual([7 * files.length, '']);
    },
  );

  it('finds no statement that names three kinds', () => {
    expect(partialTables(readSources(['reconciler', 'plugin']))).toEqual([]);
    const planted = "const SERVING = ['neighbour', 'fdb', 'nft-element'];\n";
    expect(partialTables([sourceOf('reconciler/loop/x.ts', planted)])).toHaveLength(1);
  });
});
