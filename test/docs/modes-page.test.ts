/** Each claim of docs/modes.md names a test that exists, or a reason why it is not shown. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DATA_PATH_MODES } from '../../bench/tasks.ts';

const root = join(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/modes.md'), 'utf8');

/** Returns the cells of the rows of a table, without its heading. */
function rowsOf(heading: string): readonly (readonly string[])[] {
  const section =
    heading === '' ? page.split('\n## ')[0] : page.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0];
  const lines = (section ?? '').split('\n').filter((line) => line.startsWith('| '));
  return lines.map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

const [head = [], ...checks] = rowsOf('').filter(([first = '']) => !/^-+$/.test(first));
const tests = rowsOf('Tests').filter(([letter = '']) => /^[a-z]\d?$/.test(letter));
const reasons = rowsOf('Not shown').filter(([number = '']) => /^\d+$/.test(number));

describe('the table of modes', () => {
  it('has a column for each mode, and a cell for each family', () => {
    expect(head.slice(1)).toEqual([...DATA_PATH_MODES]);
    expect(checks.length).toBeGreaterThan(15);
    for (const [check, ...cells] of checks) {
      expect([check, cells.length]).toEqual([check, DATA_PATH_MODES.length]);
      for (const cell of cells) expect([check, cell]).toEqual([check, expect.stringMatching(/^\S+ \/ \S+$/)]);
    }
  });

  it('names a test or a reason in each cell, and no other', () => {
    const used = new Set(checks.flatMap(([, ...cells]) => cells.flatMap((cell) => cell.split(' / '))));
    const known = [...tests.map(([letter = '']) => letter), ...reasons.map(([number]) => `-${number}`)];
    expect([...used].toSorted()).toEqual([...new Set(known)].toSorted());
  });

  it.each(tests.map(([letter, file, title]) => [letter, file, title] as const))(
    '%s: %s has the test',
    (_letter, file = '', title = '') => {
      const path = join(root, file.replaceAll('`', ''));
      expect(existsSync(path)).toBe(true);
      const text = readFileSync(path, 'utf8').replaceAll(/\s+/g, ' ');
      expect(text).toContain(title);
    },
  );

  it('names files that exist among the reasons', () => {
    const files = reasons.flatMap(([, reason = '']) => [...reason.matchAll(/`((?:test|bench)\/[^`]+)`/g)]);
    expect(files.length).toBeGreaterThan(1);
    expect(files.map(([, file = '']) => [file, existsSync(join(root, file))])).toEqual(
      files.map(([, file]) => [file, true]),
    );
  });
});
