import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { requestOf } from '../cli/request.ts';
import { createMetricSet } from '../../reconciler/daemon/metrics/registry.ts';
import { parseYaml } from '../../reconciler/document/yaml/parse.ts';
import { isLong } from '../support/long.ts';
import { isSkipped, whyWithout } from '../support/skip.ts';
import { execNow } from '../support/exec.ts';

const folder = join(import.meta.dirname, '../../examples/monitoring');
const promtool = whyWithout('promtool');
const whyNoPromtool =
  promtool === undefined || isLong ? promtool : `${promtool} (npm run test:long installs it)`;
const read = (name: string): string => readFileSync(join(folder, name), 'utf8');

type Panel = {
  readonly title: string;
  readonly description: string;
  readonly gridPos: Readonly<Record<'x' | 'y' | 'w' | 'h', number>>;
  readonly targets: readonly { readonly expr: string }[];
};
const dashboard: { readonly panels: readonly Panel[] } = JSON.parse(read('grafana-dashboard.json'));

/** All names that a scrape may have. */
async function knownNames(): Promise<ReadonlySet<string>> {
  const text = await createMetricSet().registry.metrics();
  return new Set(
    [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].flatMap(([, name = '', type]) =>
      type === 'histogram' ? [name, `${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
    ),
  );
}

function namesIn(text: string): readonly string[] {
  return [...text.matchAll(/\b(?:vnet|process)_[a-z_]+\b/g)].map(([name]) => name);
}

describe('the monitoring examples', () => {
  it('are found', () => {
    expect(readdirSync(folder).toSorted()).toEqual([
      'grafana-dashboard.json',
      'prometheus.yaml',
      'vnet-alerts.test.yaml',
      'vnet-alerts.yaml',
    ]);
  });

  it('query only metrics that vnet has, and nearly all of them', async () => {
    const known = await knownNames();
    const expressions = dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
    const asked = [...expressions, read('vnet-alerts.yaml'), read('vnet-alerts.test.yaml')].flatMap(namesIn);
    expect(asked.length).toBeGreaterThan(40);
    expect(asked.filter((name) => !known.has(name))).toEqual([]);
    expect(namesIn('vnet_never_heard_of').filter((name) => !known.has(name))).toHaveLength(1);
    const isAsked = (name: string): boolean =>
      asked.some((other) => other === name || other === `${name}_bucket`);
    const unasked = [...known].filter((name) => !isAsked(name) && !/_(sum|count)$/.test(name));
    expect(unasked.toSorted()).toEqual([
      'process_start_time_seconds',
      'vnet_last_converged_timestamp_seconds',
    ]);
  });

  it('have a dashboard whose panels have descriptions and do not overlap', () => {
    const taken = new Set<string>();
    for (const { title, description, gridPos } of dashboard.panels) {
      expect([title, description.length > 10, gridPos.x + gridPos.w <= 24]).toEqual([title, true, true]);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
          expect([title, x, y, taken.has(`${x} ${y}`)]).toEqual([title, x, y, false]);
          taken.add(`${x} ${y}`);
        }
      }
    }
  });

  it.each(['vnet-alerts.yaml', 'vnet-alerts.test.yaml', 'prometheus.yaml'])('%s is YAML', (name) => {
    expect(parseYaml(read(name))).toHaveProperty('value');
  });

  it('show command lines that vnet understands', async () => {
    const lines = [...read('prometheus.yaml').matchAll(/^#.*?\bvnet (watch \S+ \S+)/gm)].map(
      ([, line]) => line,
    );
    expect(lines).toHaveLength(4);
    for (const line of lines) {
      expect(await requestOf((line ?? '').split(' '))).toMatchObject({ request: { verb: 'watch' } });
    }
    const descriptions = read('vnet-alerts.yaml').match(/^ +description: .*$/gm) ?? [];
    const verbs = [...descriptions.join('\n').matchAll(/\bvnet ([a-z]+(?: --dry-run| pools)?)/g)];
    for (const [, verb = ''] of verbs) {
      expect([verb, (await requestOf(verb.split(' '))).kind]).toEqual([verb, 'request']);
    }
    expect(verbs.length).toBeGreaterThan(5);
  });

  it.skipIf(isSkipped('alerts', whyNoPromtool))(
    'have alerts that fire when they should, and not before (promtool)',
    () => {
      const copy = mkdtempSync(join(tmpdir(), 'vnet-alerts-'));
      cpSync(folder, copy, { recursive: true });
      for (const args of [
        ['check', 'rules', 'vnet-alerts.yaml'],
        ['test', 'rules', 'vnet-alerts.test.yaml'],
        ['check', 'config', '--syntax-only', 'prometheus.yaml'],
      ]) {
        const { code, stdout, stderr } = execNow(['promtool', ...args], { cwd: copy });
        expect([args, code, code === 0 ? '' : `${stdout}${stderr}`]).toEqual([args, 0, '']);
      }
      rmSync(copy, { recursive: true });
    },
  );
});
