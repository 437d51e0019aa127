import { describe, expect, it } from 'vitest';
import { tabulateBars } from '../../bench/bars.ts';
import { renderPlot } from '../../bench/plot.ts';
import { renderPlots, renderResults, replaceGenerated, type Results } from '../../bench/results.ts';
import { makeRecorder, type Sample, type SeriesKey } from '../../bench/series.ts';
import { renderMarkdown, renderText, tabulateTimes, tabulateTraffic } from '../../bench/table.ts';
import { encodeBatch } from '../../bench/timer.ts';

const seriesOf = (entries: readonly (readonly [SeriesKey, readonly Sample[]])[]) => {
  const recorder = makeRecorder();
  for (const [key, samples] of entries) for (const sample of samples) recorder.add(key, sample);
  return recorder.series();
};

const add = (contestant: string, endpoints: number, values: readonly number[]) =>
  [
    { task: 'ADD', endpoints, contestant },
    values.map((value) => ({ value, cpu: 1, maxRssMb: value })),
  ] as const;

const TIMES = seriesOf([
  add('vnet', 30, [8, 6, 7]),
  add('bridge', 30, [10, 12, 14]),
  add('vnet', 1000, [9, 9, 15]),
]);

const packets = (contestant: string, endpoints: number, value: number) =>
  [
    { task: '64-byte packets, pod to pod', endpoints, contestant, unit: 'packets/s' },
    [{ value, cpu: 1e9 / value }],
  ] as const;

const storm = (contestant: string, task: string, value: number) =>
  [{ task, endpoints: undefined, contestant }, [{ value }]] as const;

const failures = (contestant: string, value: number) =>
  [{ task: 'storm: failed calls', endpoints: undefined, contestant, unit: 'calls' }, [{ value }]] as const;

const TRAFFIC = seriesOf([
  packets('nft (vnet)', 2, 100_000),
  packets('nft (vnet)', 250, 98_000),
  packets('ebtables', 250, 26_000),
]);

const results = (series: Results['series']): Results => ({
  command: 'npm run bench',
  date: '2026-11-21 12:00',
  facts: { machine: '2 × processor' },
  series,
  splits: undefined,
});

describe('tables', () => {
  it('compare each contestant with vnet', () => {
    const [own, bridge] = tabulateTimes(TIMES).rows;
    expect(own).toEqual(['ADD', '30', 'vnet', '3', '7.0', '6.0', '1.0', '1.0', '8', '', '']);
    expect(bridge?.slice(-2)).toEqual(['0.58', '0.50']);
  });

  it('compare traffic with that of the fewest endpoints under the same rules', () => {
    const rows = tabulateTraffic(TRAFFIC).rows.map((row) => [row[2], row[4], row.at(-1)]);
    expect(rows).toEqual([
      ['nft (vnet)', '100 k/s', ''],
      ['nft (vnet)', '98 k/s', '0.98'],
      ['ebtables', '26 k/s', ''],
    ]);
  });

  it('align figures to the right on a terminal and in Markdown', () => {
    const table = {
      head: ['what', 'median'],
      rows: [
        ['ADD', '7.0'],
        ['a|b', '12.25'],
      ],
    };
    expect(renderText(table)).toBe('what  median\n----  ------\nADD      7.0\na|b    12.25');
    expect(renderMarkdown(table)).toBe('| what | median |\n| --- | --: |\n| ADD | 7.0 |\n| a\\|b | 12.25 |');
  });
});

describe('bars', () => {
  const verdicts = (series: Results['series']) =>
    new Map(tabulateBars(series).rows.map((row) => [row[0], row.slice(2).join(' ')]));

  it('read met, missed by how much, or not measured', () => {
    const found = verdicts(TIMES);
    expect(found.get('vnet: ADD, 30 endpoints')).toBe('0.58 × missed by 0.18 ×');
    expect(found.get('vnet: ADD, 1000 endpoints')).toBe('1.29 × met');
    expect(found.get('vnet: DEL, 30 endpoints')).toBe('not measured ');
    expect(
      verdicts(seriesOf([add('vnet', 30, [4]), add('bridge', 30, [10])])).get('vnet: ADD, 30 endpoints'),
    ).toBe('0.40 × met');
  });

  it('compare a storm with that of bridge, for every server', () => {
    const found = verdicts(
      seriesOf([
        storm('vnet, fresh node', 'storm of 30: ADD', 50),
        storm('vnet', 'storm of 30: ADD', 50),
        storm('bridge', 'storm of 30: ADD', 100),
        storm('vnet, no resident process', 'storm of 30: DEL, server gone', 90),
        storm('bridge', 'storm of 30: DEL', 100),
      ]),
    );
    expect(found.get('vnet, fresh node: storm of 30: ADD')).toBe('0.50 × met');
    expect(found.get('vnet: storm of 30: ADD')).toBe('0.50 × missed by 0.10 ×');
    expect(found.get('vnet, no resident process: storm of 30: DEL, server gone')).toBe(
      '0.90 × missed by 0.30 ×',
    );
    expect(found.get('vnet, fresh node: storm of 100: ADD')).toBe('not measured ');
  });

  it('require that no call of ours fails', () => {
    const own = failures('vnet', 0);
    expect(verdicts(seriesOf([own])).get('storm: failed calls')).toBe('0 met');
    expect(verdicts(seriesOf([failures('bridge', 3)])).get('storm: failed calls')).toBe('not measured ');
    const some = seriesOf([own, failures('vnet, fresh node', 2), failures('bridge', 3)]);
    expect(verdicts(some).get('storm: failed calls')).toBe('2 missed by 2');
    expect([...tabulateTimes(some).rows, ...tabulateTraffic(some).rows]).toEqual([]);
  });

  it('require a packet rate independent of the number of endpoints', () => {
    const found = verdicts(TRAFFIC);
    expect(found.get('packets per second, pod to pod, 250 endpoints')).toBe('0.980 × met');
    expect(found.get('the same, by CPU time for each packet')).toBe('0.980 × met');
    const slow = seriesOf([packets('nft (vnet)', 2, 100_000), packets('nft (vnet)', 250, 90_000)]);
    expect(verdicts(slow).get('packets per second, pod to pod, 250 endpoints')).toBe(
      '0.900 × missed by 0.070',
    );
  });
});

describe('the page of results', () => {
  const page = (inside: string): string =>
    `# Title\n\nBy hand.\n\n<!-- Written by \`npm run bench -- --write\`; text between these two lines is replaced. -->\n${inside}<!-- End of the generated part. -->\n\nBy hand too.\n`;

  it('keeps hand-written text and replaces the results', () => {
    const once = replaceGenerated(page('old figures\n'), results(TIMES));
    expect(once).toMatch(/^# Title\n\nBy hand\.\n\n<!--[^]*-->\n\nBy hand too\.\n$/);
    expect(once).not.toContain('old figures');
    expect(once).toContain('- command: `npm run bench`');
    expect(replaceGenerated(once, results(TIMES))).toBe(once);
  });

  it('refuses a page without the place for it', () => {
    expect(() => replaceGenerated('# Title\n', results(TIMES))).toThrow('lacks the lines');
  });

  it('shows only measured values on a terminal', () => {
    const text = renderResults(results(TIMES));
    expect(text).toContain('Times');
    expect(text).not.toContain('Data path');
    expect(text).toContain('vnet: ADD, 30 endpoints');
    expect(text).not.toContain('vnet: DEL, 30 endpoints');
  });

  it('lists every bar', () => {
    const text = replaceGenerated(page(''), results(TIMES));
    expect(text).toContain('| vnet: DEL, 30 endpoints | ≤ 0.3 × bridge+host-local | not measured |');
  });
});

describe('plots', () => {
  it('are drawn from the measured values, vnet first', () => {
    const plots = renderPlots(
      results(TIMES.toSorted((one, other) => one.contestant.localeCompare(other.contestant))),
    );
    expect([...plots.keys()]).toEqual(['add-latency.svg']);
    const svg = plots.get('add-latency.svg') ?? '';
    expect(svg.match(/fill="(#\w+)" font-weight="bold">vnet /)?.[1]).toBe('#0072b2');
    expect(svg.match(/<circle/g)).toHaveLength(3);
  });

  it('begin at 0, name their axes and lines, and escape text', () => {
    const point = { x: 30, y: 42, low: 40, high: 44 };
    const svg = renderPlot({
      title: 'a < b',
      subtitle: 's',
      xLabel: 'endpoints',
      yLabel: 'ms',
      lines: [{ name: 'vnet & co', points: [point] }],
    });
    expect(svg).toContain('a &lt; b');
    expect(svg).toContain('vnet &amp; co  42');
    expect(svg).toMatch(/>0<\/text>[^]*>50<\/text>/);
  });
});

describe('a batch for the timer', () => {
  it('is counted in bytes, so that any text gets through', () => {
    const job = { argv: ['/bin/x', 'a b'], env: { A: 'ü\n' }, input: '{"ü":1}' };
    expect(encodeBatch([job, { argv: ['/y'], env: {}, input: '' }], 1.5).toString()).toBe(
      '2 1500\n2 1 8\n/bin/x\0a b\0A=ü\n\0{"ü":1}1 0 0\n/y\0',
    );
  });
});
