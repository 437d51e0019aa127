import { beforeEach, describe, expect, it } from 'vitest';
import { Metrics } from '../../../reconciler/daemon/metrics/collect.ts';
import type { Attribution } from '../../../reconciler/loop/report/attribution.ts';
import {
  type Digest,
  type Drift,
  digestRound,
  initialMemory,
} from '../../../reconciler/loop/report/digest.ts';
import { type Round, runRound } from '../../../reconciler/loop/round/round.ts';
import type { RoundReport } from '../../../reconciler/loop/watch/watch-ports.ts';
import { failure } from '../../../reconciler/model/result.ts';
import type { Step } from '../../../reconciler/plan/step.ts';
import { createMemorySession, type MemorySession } from '../../support/memory-session.ts';
import { bootedKernel, documentOf, endpointOf, idOf } from '../../support/node.ts';
import { hasPromtool, lintMetrics, parseSamples } from './exposition.ts';

let session: MemorySession;
let metrics: Metrics;
let nowMs: number;
let round: Round;
beforeEach(() => {
  nowMs = 1000;
  const document = documentOf([0, 1]);
  const leaving = { [idOf(1)]: endpointOf(1, { leaving: '2026-11-21T11:00:00.000Z' }) };
  const released = { 'azure/10.240.0.50': '2026-11-21T11:59:55.000Z' };
  session = createMemorySession(bootedKernel([0, 1]), {
    ...document,
    endpoints: { ...document.endpoints, ...leaving },
    released,
  });
  metrics = new Metrics({ version: '1.2.3', runtime: 'test 1' }, () => nowMs);
  metrics.started({ session });
  const done = runRound(session, { limit: 'hitless' });
  if (!done.ok || done.value === undefined) throw new Error('no round could be done');
  round = done.value;
});

const digestOf = (): Digest =>
  digestRound(initialMemory(undefined), round, {
    nowMs,
    chance: () => 0,
    toTime: () => '2026-11-21T12:00:00.000Z',
    pauses: 0,
  });

const report = (more: Partial<RoundReport> = {}): RoundReport => {
  const digest = digestOf();
  const { status } = digest.memory;
  return {
    startMs: 1000,
    endMs: 1010,
    triggers: ['start'],
    round,
    problem: undefined,
    digest,
    events: [],
    status,
    ...more,
  };
};

const step = (key: string): Step => {
  const want = {
    kind: 'neighbour',
    netns: '',
    dev: 'azure0',
    address: key,
    mac: '02:00:00:00:00:01',
  } as const;
  return {
    key,
    change: { verb: 'create', want: { ...want, protocol: 118 } },
    differences: [],
    reason: 'missing',
    disruption: 'hitless',
    pods: [],
    needs: [],
  };
};
const drift = (key: string, atMs?: number): Drift => {
  const by: Attribution = {
    what: 'deleted',
    by: 'unknown',
    confidence: 'unknown',
    ...(atMs === undefined ? {} : { atMs }),
  };
  return { step: step(key), by };
};
const samples = async () => parseSamples(await metrics.render());

describe('the metrics of the resident process', () => {
  it('have names, types and help as Prometheus requires', async () => {
    metrics.onRound(report({ digest: { ...digestOf(), repaired: [drift('10.240.0.36')], drifted: [] } }));
    metrics.onCall({ verb: 'ADD', exitCode: 0, durationMs: 3 });
    metrics.onLockWait(0.2);
    const text = await metrics.render();
    expect(lintMetrics(text)).toEqual([]);
    expect(lintMetrics('# TYPE a_count gauge\n# TYPE b_total gauge\n').length).toBeGreaterThan(3);
    if (!hasPromtool) console.log('promtool is not installed: names are checked by our own rules alone');
  });

  it('count endpoints and addresses of each network, by present state', async () => {
    const now = await samples();
    const endpoints = (state: string) => now.get(`vnet_endpoints{network="azure",state="${state}"}`);
    expect(['ready', 'leaving', 'dead'].map(endpoints)).toEqual([1, 0, 0]);
    const addresses = (state: string) =>
      now.get(`vnet_pool_addresses{network="azure",family="ipv4",state="${state}"}`);
    expect(['used', 'leaving', 'reserved', 'quarantined', 'free', 'withdrawn'].map(addresses)).toEqual([
      1, 0, 0, 2, 27, 0,
    ]);
    expect(now.get('vnet_pool_usable_addresses{network="azure",family="ipv4"}')).toBe(30);
  });

  it('have the three generations, the conditions and the time of the last success', async () => {
    metrics.onRound(report());
    const now = await samples();
    const { generation } = round.document.metadata;
    for (const name of ['document', 'observed', 'converged']) {
      expect([name, now.get(`vnet_${name}_generation`)]).toEqual([name, generation]);
    }
    expect(now.get('vnet_condition{type="Ready"}')).toBe(1);
    expect(now.get('vnet_condition{type="Contended"}')).toBe(0);
    expect(now.get('vnet_last_converged_timestamp_seconds')).toBeGreaterThan(1_700_000_000);
    expect(now.get('vnet_build_info{version="1.2.3",runtime="test 1"}')).toBe(1);
  });

  it('count calls by verb and outcome, with their durations', async () => {
    for (const exitCode of [0, 0, 1]) metrics.onCall({ verb: 'ADD', exitCode, durationMs: 20 });
    const now = await samples();
    expect(now.get('vnet_cni_requests_total{verb="ADD",result="done"}')).toBe(2);
    expect(now.get('vnet_cni_requests_total{verb="ADD",result="failed"}')).toBe(1);
    expect(now.get('vnet_cni_requests_total{verb="DEL",result="failed"}')).toBe(0);
    expect(now.get('vnet_cni_request_duration_seconds_sum{verb="ADD"}')).toBeCloseTo(0.06);
    expect(now.get('vnet_cni_request_duration_seconds_bucket{le="0.01",verb="ADD"}')).toBe(0);
    expect(now.get('vnet_cni_request_duration_seconds_bucket{le="0.025",verb="ADD"}')).toBe(3);
  });

  it('count drift once, repaired or not, and the time until its repair', async () => {
    const base = digestOf();
    metrics.onRound(report({ digest: { ...base, repaired: [drift('a', 980)], drifted: [drift('b', 900)] } }));
    let now = await samples();
    expect(now.get('vnet_drift_found_total{kind="neighbour"}')).toBe(2);
    expect(now.get('vnet_drift_repaired_total{kind="neighbour"}')).toBe(1);
    expect(now.get('vnet_drift_objects{kind="neighbour"}')).toBe(1);
    expect(now.get('vnet_drift_repair_seconds_sum')).toBeCloseTo(0.03);
    expect(now.get('vnet_drift_detection_seconds_sum')).toBeCloseTo(0.12);
    expect(now.get('vnet_drift_seconds_total{kind="neighbour"}')).toBeCloseTo(0.03 + 0.11);
    nowMs = 2010;
    now = await samples();
    expect(now.get('vnet_drift_seconds_total{kind="neighbour"}')).toBeCloseTo(1.14);
    const digest = { ...base, repaired: [drift('b', 900)], drifted: [] };
    metrics.onRound(report({ startMs: 3000, endMs: 3010, digest }));
    now = await samples();
    expect(now.get('vnet_drift_found_total{kind="neighbour"}')).toBe(2);
    expect(now.get('vnet_drift_objects{kind="neighbour"}')).toBeUndefined();
    expect(now.get('vnet_drift_seconds_total{kind="neighbour"}')).toBeCloseTo(2.14);
  });

  it('distinguish successful and failed rounds', async () => {
    metrics.onRound(report());
    const without = { round: undefined, digest: undefined };
    metrics.onRound(report({ ...without, problem: failure('timeout', 'lock', 'busy') }));
    metrics.onRound(report({ ...without, problem: failure('io', 'read', 'no') }));
    const now = await samples();
    const counts = ['done', 'busy', 'failed'].map((result) =>
      now.get(`vnet_rounds_total{result="${result}"}`),
    );
    expect(counts).toEqual([1, 1, 1]);
  });
});
