import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { replaceGenerated, replaceModeFigures, type Results } from '../../bench/results.ts';
import { makeRecorder } from '../../bench/series.ts';
import { MEASURED_MODES, modeCallTask, modeTask } from '../../bench/tasks.ts';

const project = join(import.meta.dirname, '../..');

/** Two rounds of each contestant, a thousand packets less with 250 pods. */
function resultsOf(): Results {
  const recorder = makeRecorder();
  const sizes = (contestant: string) =>
    [
      { endpoints: 2, value: 100_000, cpu: 4000 },
      { endpoints: 250, value: contestant === 'vnet' ? 90_000 : 99_000, cpu: 5000 },
    ] as const;
  const packets = MEASURED_MODES.flatMap((one) =>
    ['vnet', 'plain bridge', 'plain routed veths'].flatMap((contestant) =>
      sizes(contestant).map(({ endpoints, ...sample }) => ({
        key: { task: modeTask(one), endpoints, contestant, unit: 'packets/s' } as const,
        sample,
      })),
    ),
  );
  const calls = MEASURED_MODES.flatMap((one) =>
    (['ADD', 'DEL'] as const).flatMap((verb) =>
      Object.entries({ vnet: 4, bridge: 10, ptp: 8 }).map(([contestant, value]) => ({
        key: { task: modeCallTask(verb, one), endpoints: 30, contestant },
        sample: { value, cpu: 1 },
      })),
    ),
  );
  for (const { key, sample } of [...packets, ...packets, ...calls]) recorder.add(key, sample);
  const facts = { machine: '2 × processor' };
  return {
    command: 'npm run bench',
    date: '2026-11-30',
    facts,
    series: recorder.series(),
    splits: undefined,
  };
}

describe.each(['docs/modes.md', 'bench/RESULTS.md'])('the figures of modes in %s', (path) => {
  const page = readFileSync(join(project, path), 'utf8');
  const once = replaceModeFigures(page, resultsOf());

  it('have a row for each mode and family, with packets and calls', () => {
    const rows = once.split('\n').map((line) => line.replaceAll(/ +/g, ' '));
    expect(rows).toContain('| bridge | 4 | 100 | 90 | **0.900** | 0.99 | 0.90 | 4000 | 5000 | **1.250** |');
    expect(rows).toContain(
      '| transparent | 6 | 100 | 90 | **0.900** | 0.99 | **0.900** | 4000 | 5000 | 1.25 |',
    );
    expect(rows).toContain('| tunnel | 6 | 100 | 90 | **0.900** | - | - | 4000 | 5000 | - |');
    expect(rows).toContain('| routed | 6 | 4.0 | 0.40 | 0.50 | 4.0 | **0.400** | 0.50 |');
    for (const { mode, family } of MEASURED_MODES)
      expect(rows.filter((row) => row.startsWith(`| ${mode} | ${family} | `)).length).toBeGreaterThan(1);
  });

  it('replace the former ones, and nothing else', () => {
    expect(replaceModeFigures(once, resultsOf())).toBe(once);
    const outside = (text: string): string =>
      text.replace(
        /<!-- Written by `npm run bench -- --only modes[^]*<!-- End of the figures of modes. -->/,
        '',
      );
    expect(outside(once)).toBe(outside(page));
    expect(outside(once)).not.toBe(once);
  });
});

it('the figures of modes are in no other table', () => {
  const page = readFileSync(join(project, 'bench/RESULTS.md'), 'utf8');
  const whole = replaceGenerated(page, resultsOf());
  expect(whole).not.toContain('## Data path\n\n| what');
  expect(whole).toContain('| CPU time for each packet, mode bridge, IPv4, 250 endpoints |');
});
