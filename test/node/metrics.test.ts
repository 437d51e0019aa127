import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lintMetrics, parseSamples, type Samples } from '../daemon/metrics/exposition.ts';
import { LIVE_CONF, type LiveNode, makeLiveNode, hasLiveNodes } from '../plugin/live-node.ts';
import type { Netns } from '../support/netns.ts';
import { scrapeSocket } from './live-metrics.ts';
import { type LiveWatch, startWatch } from './live-watch.ts';

describe.skipIf(!hasLiveNodes)('the metrics of a node', () => {
  let node: LiveNode;
  let pod: Netns;
  let watch: LiveWatch;
  const socket = (): string => join(node.root, 'metrics.sock');
  const file = (): string => join(node.root, 'vnet.prom');
  const scrape = async (): Promise<Samples> => parseSamples(await scrapeSocket(socket()));

  beforeEach(async () => {
    node = makeLiveNode();
    pod = node.addPod();
    await node.call({ verb: 'ADD', pod });
    watch = await startWatch(node, '--metrics', `unix:${socket()}`, '--metrics-file', file());
  });
  afterEach(async () => {
    await watch.end('SIGKILL');
    node.remove();
  });

  it('count the calls of runtimes to the resident process', async () => {
    const other = node.addPod();
    await node.call({ verb: 'ADD', pod: other });
    await node.call({ verb: 'ADD', pod: other, env: { CNI_IFNAME: 'a/b' } });
    await node.call({ verb: 'CHECK', pod: other, conf: { ...LIVE_CONF, prevResult: {} } });
    await node.call({ verb: 'DEL', pod: other });
    const now = await scrape();
    const calls = (verb: string, result: string) =>
      now.get(`vnet_cni_requests_total{verb="${verb}",result="${result}"}`);
    expect([calls('ADD', 'done'), calls('ADD', 'failed'), calls('DEL', 'done')]).toEqual([1, 1, 1]);
    expect((calls('CHECK', 'done') ?? 0) + (calls('CHECK', 'failed') ?? 0)).toBe(1);
    expect(now.get('vnet_cni_request_duration_seconds_count{verb="ADD"}')).toBe(2);
    expect(now.get('vnet_endpoints{network="azure",state="ready"}')).toBe(1);
    expect(now.get('vnet_pool_addresses{network="azure",family="ipv4",state="quarantined"}')).toBe(1);
  });

  it('say that no address is left, without the addresses of the node, and STATUS succeeds', async () => {
    const own = Array.from({ length: 214 }, (_, index) => `addr add 10.240.0.${37 + index}/32 dev lo`);
    node.netns.mustExec(['ip', '-b', '-'], { input: own.join('\n') });
    node.netns.mustExec(['ip', 'route', 'del', 'default']);
    await watch.until('waited for the repair', () => watch.events.some(({ type }) => type === 'Repaired'));
    await watch.until('waited for the condition', () =>
      (watch.status()?.conditions ?? []).some(({ type, status }) => type === 'PoolExhausted' && status),
    );
    const now = await scrape();
    const pool = (state: string) =>
      now.get(`vnet_pool_addresses{network="azure",family="ipv4",state="${state}"}`);
    expect([pool('used'), pool('free'), pool('node')]).toEqual([1, 0, 214]);
    expect(now.get('vnet_pool_usable_addresses{network="azure",family="ipv4"}')).toBe(1);
    expect(now.get('vnet_condition{type="PoolExhausted"}')).toBe(1);
    expect(now.get('vnet_condition{type="Ready"}')).toBe(1);
    const called = await node.call({ verb: 'STATUS', pod, conf: { ...LIVE_CONF, cniVersion: '1.1.0' } });
    expect([called.code, called.stderr]).toEqual([0, expect.stringContaining('214 skipped')]);
  });

  it('count drift and its repair', async () => {
    node.netns.mustExec(['ip', 'route', 'del', 'default']);
    await watch.until('waited for the repair', () => watch.events.some(({ type }) => type === 'Repaired'));
    const text = await scrapeSocket(socket());
    const now = parseSamples(text);
    expect(now.get('vnet_drift_found_total{kind="route"}')).toBe(1);
    expect(now.get('vnet_drift_repaired_total{kind="route"}')).toBe(1);
    expect(now.get('vnet_drift_repair_seconds_count')).toBe(1);
    expect(now.get('vnet_events_total{type="Repaired"}')).toBe(1);
    expect(now.get('vnet_lock_wait_seconds_count')).toBeGreaterThan(0);
    expect(now.get('vnet_converged_generation')).toBe(node.document()?.metadata.generation);
    expect(now.get('process_open_fds')).toBeGreaterThan(5);
    expect(lintMetrics(text)).toEqual([]);
  });

  it('are in the requested file, which is removed with the process', async () => {
    await watch.until('waited for the file', () => existsSync(file()));
    const now = parseSamples(readFileSync(file(), 'utf8'));
    expect(now.get('vnet_condition{type="Ready"}')).toBe(1);
    expect(await watch.end('SIGTERM')).toBe(0);
    expect([existsSync(file()), watch.stderr()]).toEqual([false, '']);
  });

  it('do not keep a node from being repaired where they cannot be offered', async () => {
    await watch.end('SIGKILL');
    watch = await startWatch(node, '--metrics', 'unix:/proc/nowhere/metrics.sock');
    expect(watch.stderr()).toContain('metrics are not served: unix:/proc/nowhere/metrics.sock');
    node.netns.mustExec(['ip', 'route', 'del', 'default']);
    await watch.until('waited for the repair', () => watch.events.some(({ type }) => type === 'Repaired'));
    expect(node.reconcile('--dry-run', '--full').code).toBe(0);
  });
});
