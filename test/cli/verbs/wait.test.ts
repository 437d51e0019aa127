import { describe, expect, it } from 'vitest';
import { requestOf } from '../request.ts';
import { EXIT } from '../../../reconciler/app/exit-codes.ts';
import { wait, type WaitChoice, type WaitPorts } from '../../../reconciler/cli/verbs/loop/run-wait.ts';
import { type NodeStatus, STATUS_FORMAT } from '../../../reconciler/loop/files/status-file.ts';
import { ok } from '../../../reconciler/model/result.ts';
import { createMemoryStore } from '../../support/memory-store.ts';
import { documentOf } from '../../support/node.ts';

const CHOICE: WaitChoice = { what: 'converged', generation: undefined, timeoutMs: 1000 };

function statusOf(convergedGeneration: number | undefined, isReady = true): NodeStatus {
  const time = '2026-11-21T14:00:00.000Z';
  const ready = {
    type: 'Ready',
    status: isReady,
    reason: 'x',
    message: 'one object fails',
    since: time,
  } as const;
  return {
    format: STATUS_FORMAT,
    time,
    observedGeneration: 9,
    convergedGeneration,
    conditions: [ready],
    objects: [],
  };
}

/** Time passes only by waiting; `later` is the status from the given time on. */
async function waited(choice: Partial<WaitChoice>, later: (nowMs: number) => NodeStatus | undefined) {
  let nowMs = 0;
  const said: string[] = [];
  const waiting: WaitPorts = {
    store: createMemoryStore(documentOf([0]), 'node-1'),
    status: () => later(nowMs),
    isWatched: () => false,
    nowMs: () => nowMs,
    pause: (durationMs) => {
      nowMs += durationMs;
      return Promise.resolve();
    },
  };
  const output = {
    print: (text: string) => void said.push(text),
    warn: (text: string) => void said.push(text),
    paint: (_: string, text: string) => text,
  };
  return { code: await wait({ ...CHOICE, ...choice }, waiting, output), said: said.join('\n'), nowMs };
}

describe('vnet wait', () => {
  it('ends at once when the generation in force is converged', async () => {
    expect(await waited({}, () => statusOf(7))).toMatchObject({ code: ok(EXIT.done), nowMs: 0 });
  });

  it('waits until it is', async () => {
    const { code, nowMs } = await waited({}, (at) => statusOf(at < 400 ? 6 : 7));
    expect([code, nowMs]).toEqual([ok(EXIT.done), 400]);
  });

  it('exits 8 on timeout, and names the missing objects and the process that would create them', async () => {
    const { code, said, nowMs } = await waited({}, () => statusOf(6));
    expect([code, nowMs]).toEqual([ok(EXIT.timedOut), 1000]);
    expect(said).toMatch(/\b7\b.*\b6\b/);
    expect(said).toContain('vnet reconcile');
  });

  it('waits for a future generation, and not for a failing object', async () => {
    expect((await waited({ generation: 9 }, (at) => statusOf(at < 100 ? 8 : 9))).nowMs).toBe(100);
    const ready = await waited({ what: 'ready' }, (at) => statusOf(7, at >= 200));
    expect([ready.code, ready.nowMs]).toEqual([ok(EXIT.done), 200]);
    expect((await waited({ what: 'ready' }, () => statusOf(7, false))).code).toEqual(ok(EXIT.timedOut));
  });

  it('waits while an object of a converged generation fails, but not for paused objects', async () => {
    const one = { key: 'link azure0', reason: 'ENETDOWN', attempts: 1, since: '2026-11-21T14:00:00.000Z' };
    const failing = { ...statusOf(7), objects: [{ ...one, state: 'error' as const }] };
    const paused = { ...statusOf(7), objects: [{ ...one, state: 'paused' as const }] };
    const { code, said } = await waited({}, () => failing);
    expect([code, said.includes('link azure0: ENETDOWN')]).toEqual([ok(EXIT.timedOut), true]);
    expect((await waited({}, () => paused)).code).toEqual(ok(EXIT.done));
  });

  it('reports that there was no round yet', async () => {
    expect(await waited({}, () => undefined)).toMatchObject({
      code: ok(EXIT.timedOut),
      said: expect.any(String),
    });
  });
});

describe('the command line of the loop', () => {
  it.each<[readonly string[], object]>([
    [['watch'], { verb: 'watch', intervalMs: 60_000, format: 'text' }],
    [['watch', '--interval', '5m', '-o', 'jsonl'], { verb: 'watch', intervalMs: 300_000, format: 'jsonl' }],
    [
      ['reconcile', '--watch', '-o', 'json'],
      { verb: 'reconcile', watch: { intervalMs: 60_000, format: 'jsonl' } },
    ],
    [['pause'], { verb: 'pause', object: undefined, forMs: 3_600_000, why: undefined }],
    [
      ['pause', 'azure0', '--for', '90s', '--reason', 'tests'],
      { verb: 'pause', object: 'azure0', forMs: 90_000, why: 'tests' },
    ],
    [['resume', 'azure0'], { verb: 'resume', object: 'azure0' }],
    [['events', '--since', '2h'], { verb: 'events', sinceMs: 7_200_000, format: 'text' }],
    [
      ['wait', '--for=ready', '--generation', '9', '--timeout', '30s'],
      { verb: 'wait', what: 'ready', generation: 9, timeoutMs: 30_000 },
    ],
  ])('understands %j', async (args, request) => {
    expect(await requestOf(args)).toMatchObject({ kind: 'request', request });
  });

  it.each([
    ['watch', '--interval', 'often'],
    ['pause', '--for', '0s'],
    ['wait', '--for', 'godot'],
    ['wait', '--generation', 'x'],
    ['reconcile', '--watch', '--dry-run'],
  ])('refuses %j %j %j', async (...args) => {
    expect(await requestOf(args)).toMatchObject({ kind: 'text', isError: true });
  });
});
