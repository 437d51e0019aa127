import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDuration, renderDuration } from '../../reconciler/cli/terminal/duration.ts';
import { parseLocks } from '../../reconciler/app/lock-holders.ts';
import { loadFormat, printValue } from '../../reconciler/app/print.ts';
import { parseYaml } from '../../reconciler/document/yaml/parse.ts';
import { capture } from '../support/output.ts';

describe('printValue', () => {
  it('prints the same value as YAML and JSON, without anchors for duplicates', async () => {
    await loadFormat('yaml');
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const output = capture();
        const twice = { one: value, two: value, none: undefined };
        printValue(twice, 'yaml', output);
        expect(output.out()).not.toMatch(/^(one|two): [&*]/m);
        const read = parseYaml(output.out());
        expect('value' in read ? read.value : read).toEqual(JSON.parse(JSON.stringify(twice)));
      }),
    );
  });
});

describe('durations', () => {
  it.each([
    ['90s', 90_000],
    ['2m', 120_000],
    ['1h30m', 5_400_000],
    ['30d', 2_592_000_000],
    ['0s', 0],
    ['', undefined],
    ['5', undefined],
    ['-5m', undefined],
    ['1.5h', undefined],
    ['2w', undefined],
  ])('%s is %s ms', (text, durationMs) => expect(parseDuration(text)).toBe(durationMs));

  it.each([
    [-5, '0s'],
    [999, '0s'],
    [59_999, '59s'],
    [60_000, '1m'],
    [7_200_000, '2h'],
    [172_800_000, '2d'],
  ])('%s ms is %s', (durationMs, text) => expect(renderDuration(durationMs)).toBe(text));
});

describe('parseLocks', () => {
  it('finds the holder of the file, not waiters or other files', () => {
    const text = [
      '1: FLOCK  ADVISORY  WRITE 811 00:1a:4711 0 EOF',
      '1: -> FLOCK  ADVISORY  WRITE 812 00:1a:4711 0 EOF',
      '2: POSIX  ADVISORY  WRITE 813 00:1a:4711 0 EOF',
      '3: FLOCK  ADVISORY  READ  814 00:1a:4712 0 EOF',
    ].join('\n');
    expect(parseLocks(text, 4711)).toEqual([{ pid: 811, mode: 'WRITE' }]);
    expect(parseLocks(text, 4712)).toEqual([{ pid: 814, mode: 'READ' }]);
    expect(parseLocks('', 1)).toEqual([]);
  });
});
