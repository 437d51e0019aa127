import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasNamespaces } from '../support/namespaces.ts';
import { BIN } from './lab.ts';
import { renderRecording } from './recording.ts';
import { normaliseOutput, renderTranscript, stablePart } from './transcript.ts';
import { missingForImport, PAGE_FILES, playPages } from './transcript-pages.ts';

const folder = join(import.meta.dirname, '../../examples/transcripts');
const isBuilt = existsSync(join(BIN, 'vnet'));

describe('examples/transcripts', () => {
  it('has a page for each number, and no other', () => {
    expect(PAGE_FILES).toHaveLength(11);
    expect(readdirSync(folder).toSorted()).toEqual(PAGE_FILES);
  });

  it('names no path of the machine that made it', () => {
    for (const file of PAGE_FILES) {
      const text = readFileSync(join(folder, file), 'utf8');
      expect([file, /\/tmp\/|\/run\/vnet-|\/home\/|\/root\b|\d{4}-\d\d-\d\dT/.exec(text)?.[0]]).toEqual([
        file,
        undefined,
      ]);
    }
  });
});

describe.skipIf(!hasNamespaces || !isBuilt)('what examples/transcripts show', () => {
  const work = mkdtempSync(join(tmpdir(), 'vnet-transcripts-'));
  let pages: ReadonlyMap<string, string>;
  beforeAll(async () => {
    pages = await playPages(work);
  });
  afterAll(() => rmSync(work, { recursive: true, force: true }));

  const isPlayed = (file: string): boolean => !file.startsWith('09') || missingForImport() === undefined;

  it.each(PAGE_FILES.filter(isPlayed))('happens: %s', (file) => {
    const written = readFileSync(join(folder, file), 'utf8');
    expect(stablePart(pages.get(file) ?? '').split('\n')).toEqual(stablePart(written).split('\n'));
  });
});

describe('examples/recording.svg', () => {
  it('shows the page of the first steps', () => {
    const page = readFileSync(join(folder, '11-first-steps.md'), 'utf8');
    expect(readFileSync(join(folder, '../recording.svg'), 'utf8')).toBe(renderRecording(page));
  });
});

describe('a page', () => {
  it('has no times, ids or durations of its run', () => {
    expect(normaliseOutput('at 2026-11-21T10:00:00.123Z, 0.012s, inode 4026532871, (index 12)  \n')).toBe(
      'at YYYY-MM-DDThh:mm:ss.sssZ, N.NNNs, inode 4026530000, (index N)',
    );
  });

  it('is compared without what varies, how long it took, and how wide columns became', () => {
    const page = (output: string, varying: string): string =>
      renderTranscript({
        title: 'T',
        entries: [
          { kind: 'scene', where: 'n', command: 'a', output, code: 2, varies: false },
          { kind: 'scene', where: 'n', command: 'b', output: varying, code: 0, varies: true },
        ],
      });
    expect(page('x', 'y')).toBe(
      '# T\n\n```console\nn $ a\nx\n(exit 2)\n```\n\n```console varies\nn $ b\ny\n```\n',
    );
    expect(stablePart(page('took 9s  ok', 'one'))).toBe(stablePart(page('took 10s ok', 'two\nthree')));
    expect(stablePart(page('took 9s ok', 'one'))).not.toBe(stablePart(page('took 9s', 'one')));
  });
});
