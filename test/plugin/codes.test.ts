import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CNI_CODES } from '../../plugin/protocol/errors.ts';
import { EXIT } from '../../reconciler/app/exit-codes.ts';

const read = (path: string): string => readFileSync(join(import.meta.dirname, '../..', path), 'utf8');

describe('the tables of codes', () => {
  it('plugin/ERRORS.md explains every CNI error code, and none that is not used', () => {
    const listed = Array.from(read('plugin/ERRORS.md').matchAll(/^\| (\d+)\s+\|/gm), ([, code]) =>
      Number(code),
    );
    expect(listed.toSorted((left, right) => left - right)).toEqual(
      Object.values(CNI_CODES).toSorted((left, right) => left - right),
    );
  });

  it('README.md explains the exit codes that a verb can end with', () => {
    const text = /Exit codes: ([^]*?)\.\n/.exec(read('README.md'))?.[1] ?? '';
    const listed = new Set(Array.from(text.matchAll(/\b(\d+) /g), ([, code]) => Number(code)));
    for (const code of listed) expect(Object.values(EXIT)).toContain(code);
    for (const code of [EXIT.differences, EXIT.partly, EXIT.refused, EXIT.usage, EXIT.invalidData]) {
      expect(listed).toContain(code);
    }
  });
});
