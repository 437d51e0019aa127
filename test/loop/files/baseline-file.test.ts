import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSys } from '#sys';
import { changeBaseline, isBaseline, readBaseline } from '../../../reconciler/loop/files/baseline-file.ts';
import { parseJson } from '../../../reconciler/model/objects.ts';
import { ok } from '../../../reconciler/model/result.ts';
import { type Baseline, EMPTY_BASELINE } from '../../../reconciler/plan/baseline.ts';
import { must } from '../../support/must.ts';

const ACCEPTED: Baseline = {
  format: 'vnet.baseline/1',
  accepted: [
    {
      key: 'link azure0',
      action: 'update',
      differences: [{ field: 'mtu', want: '1500', have: '1400' }],
      until: '2026-11-22T12:00:00.000Z',
      time: '2026-11-21T12:00:00.000Z',
      who: 'ana',
    },
  ],
};

let folder: string;
const paths = () => ({ stateDirectory: join(folder, 'state'), runDirectory: join(folder, 'run') });

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vnet-baseline-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('baseline.json', () => {
  it('is empty when there is none, and is made by the first change', () => {
    const sys = createSys();
    expect(readBaseline(sys, paths().stateDirectory)).toEqual(ok(EMPTY_BASELINE));
    expect(existsSync(paths().stateDirectory)).toBe(false);
    expect(must(changeBaseline(sys, paths(), () => ACCEPTED))).toEqual(ACCEPTED);
    expect(readBaseline(sys, paths().stateDirectory)).toEqual(ok(ACCEPTED));
    expect(readdirSync(paths().stateDirectory)).toEqual(['baseline.json']);
  });

  it('that cannot be understood is an error, and is not written over', () => {
    const sys = createSys();
    must(changeBaseline(sys, paths(), () => ACCEPTED));
    writeFileSync(join(paths().stateDirectory, 'baseline.json'), '{');
    const refused = {
      ok: false,
      error: { code: 'invalid', hint: expect.stringContaining('move the file elsewhere') },
    };
    expect(readBaseline(sys, paths().stateDirectory)).toMatchObject(refused);
    expect(changeBaseline(sys, paths(), () => EMPTY_BASELINE)).toMatchObject(refused);
  });

  it.each([
    ['', undefined],
    ['null', undefined],
    ['{"format": "vnet.baseline/2", "accepted": []}', undefined],
    ['{"format": "vnet.baseline/1", "accepted": [{"key": "a"}]}', undefined],
    [JSON.stringify(ACCEPTED).replace('2026-11-22T12:00:00.000Z', 'soon'), undefined],
    [JSON.stringify(ACCEPTED), ACCEPTED],
  ])('%s is read as %o', (text, baseline) => expect(parseJson(text, isBaseline)).toEqual(baseline));
});
