/** Each row of the failure table of docs/kubernetes.md names a test that exists. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/kubernetes.md'), 'utf8');

const rows = (page.split('\n## Failures\n')[1] ?? '')
  .split('\n')
  .filter((line) => line.startsWith('| '))
  .map((line) => line.split('|').slice(1, -1))
  .map((cells) => cells.map((cell) => cell.trim()))
  .slice(2);

/** The failures that the issue and reference/kubernetes.md, section 5, name. */
const NAMED = [
  /at boot/,
  /for an hour/,
  /^410/,
  /empty list/,
  /403/,
  /404/,
  /truncated list/,
  /clock that jumps/,
  /two agents/,
  /recreated under its name/,
  /newer version/,
  /expired token/,
];

describe('the failure table', () => {
  it('has each failure that was foreseen', () => {
    const failures = rows.map(([failure]) => failure ?? '');
    expect(NAMED.filter((name) => !failures.some((failure) => name.test(failure)))).toEqual([]);
  });

  it.each(rows.map(([failure, , file, title]) => [failure, file, title] as const))(
    '%s has its test',
    (_failure, file = '', title = '') => {
      const path = join(root, file.replaceAll('`', ''));
      expect(existsSync(path)).toBe(true);
      expect(title.length).toBeGreaterThan(10);
      const text = readFileSync(path, 'utf8').replaceAll(/\s+/g, ' ');
      expect(text).toContain(`'${title}'`);
    },
  );
});
