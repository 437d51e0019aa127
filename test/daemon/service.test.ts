import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { renderServiceState, notifyManager } from '../../reconciler/daemon/service.ts';
import type { WatchHooks } from '../../reconciler/daemon/watch-hooks.ts';
import type { NodeStatus } from '../../reconciler/loop/files/status-file.ts';
import type { RoundReport } from '../../reconciler/loop/watch/watch-ports.ts';
import { createMemorySession } from '../support/memory-session.ts';
import { bootedKernel } from '../support/node.ts';

const status = (message: string): NodeStatus => ({
  format: 'vnet.status/1',
  time: '2026-11-21T10:00:00.000Z',
  observedGeneration: 7,
  convergedGeneration: 7,
  conditions: [
    { type: 'Ready', status: true, reason: 'Converged', message, since: '2026-11-21T10:00:00.000Z' },
  ],
  objects: [],
});

const report = (more: Partial<RoundReport> = {}): RoundReport => ({
  startMs: 0,
  endMs: 1,
  triggers: ['scan'],
  round: undefined,
  problem: undefined,
  digest: undefined,
  events: [],
  status: undefined,
  ...more,
});

let said: string[];
let scans: number;
let hooks: WatchHooks;
beforeEach(() => {
  vi.useFakeTimers();
  [said, scans] = [[], 0];
  hooks = notifyManager({ notify: (message) => said.push(message), watchdogMs: 4000 });
  hooks.started?.({
    session: createMemorySession(bootedKernel([]), undefined),
    scan: () => (scans += 1),
  });
  said = [];
});
afterEach(() => {
  hooks.stopping?.();
  vi.useRealTimers();
});

const fed = (): number => said.filter((message) => message === 'WATCHDOG=1').length;

describe('the loop as a service', () => {
  it('is ready after its first round, and reports its status again only when it changes', () => {
    for (const message of ['one', 'one', 'two']) hooks.onRound?.(report({ status: status(message) }));
    expect(said).toEqual(['READY=1\nSTATUS=one', 'STATUS=two']);
  });

  it('is ready also if no round could be done: other units must not wait for it', () => {
    const problem = { kind: 'failure', code: 'io', step: 'read', message: 'no' } as const;
    hooks.onRound?.(report({ problem }));
    expect(said).toEqual([expect.stringMatching(/^READY=1\nSTATUS=[^\n]+$/)]);
  });

  it('feeds the watchdog after rounds, and requests a round if there was none', () => {
    vi.advanceTimersByTime(1000);
    expect([fed(), scans]).toEqual([0, 1]);
    hooks.onRound?.(report());
    vi.advanceTimersByTime(1000);
    expect([fed(), scans]).toEqual([1, 1]);
  });

  it('does not feed the watchdog if requested rounds do not happen', () => {
    hooks.onRound?.(report());
    vi.advanceTimersByTime(20_000);
    expect(fed()).toBe(1);
    expect(scans).toBe(19);
  });

  it('feeds the watchdog of a running loop when checked twice in every period', () => {
    hooks = notifyManager({ notify: (message) => said.push(message), watchdogMs: 4000 });
    hooks.started?.({
      session: createMemorySession(bootedKernel([]), undefined),
      scan: () => hooks.onRound?.(report()),
    });
    vi.advanceTimersByTime(8000);
    expect(fed()).toBe(4);
  });

  it('reports its end, and nothing afterwards', () => {
    hooks.stopping?.();
    vi.advanceTimersByTime(20_000);
    expect(said).toEqual(['STOPPING=1\nSTATUS=ending']);
  });

  it('is one line, for any reason', () => {
    const first = status('add veth: no\nsuch   \n  file');
    expect(renderServiceState(report({ status: first }))).toBe('add veth: no such file');
    expect(renderServiceState(report())).toMatch(/^[^\n]+$/);
  });
});
