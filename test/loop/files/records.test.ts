import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSys } from '#sys';
import {
  appendEvents,
  eventPaths,
  MAX_LOG_BYTES,
  readEvents,
} from '../../../reconciler/loop/files/event-log.ts';
import { renderEvent, type VnetEvent } from '../../../reconciler/loop/files/event.ts';
import { changePauses, pausePath, readPauses } from '../../../reconciler/loop/files/pause-file.ts';
import {
  conditionOf,
  type NodeStatus,
  readStatus,
  STATUS_FORMAT,
  writeStatus,
} from '../../../reconciler/loop/files/status-file.ts';

const sys = createSys();
let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vnet-records-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function eventOf(index: number, message = 'recreated'): VnetEvent {
  return {
    time: new Date(Date.UTC(2026, 10, 21, 14, 1, index % 60)).toISOString(),
    type: 'Repaired',
    key: `k${index}`,
    message,
  };
}

describe('the log of events', () => {
  it('returns the appended records, in order', () => {
    expect(readEvents(sys, folder)).toEqual([]);
    appendEvents(sys, folder, [eventOf(1), eventOf(2)]);
    appendEvents(sys, folder, [eventOf(3)]);
    expect(readEvents(sys, folder)).toEqual([eventOf(1), eventOf(2), eventOf(3)]);
  });

  it('is bounded: a full file becomes the older one, which is replaced', () => {
    const long = 'x'.repeat(100_000);
    for (let index = 0; index < 50; index += 1) appendEvents(sys, folder, [eventOf(index, long)]);
    const sizes = eventPaths(folder).map((path) => statSync(path).size);
    expect(Math.max(...sizes)).toBeLessThan(MAX_LOG_BYTES + 200_000);
    const kept = readEvents(sys, folder).map(({ key }) => Number(key?.slice(1)));
    expect(kept.at(-1)).toBe(49);
    expect(kept).toEqual(Array.from({ length: kept.length }, (_, index) => 50 - kept.length + index));
    expect(kept.length).toBeGreaterThan(10);
  });

  it('survives a torn line', () => {
    appendEvents(sys, folder, [eventOf(1)]);
    writeFileSync(eventPaths(folder)[1], `${readFileSync(eventPaths(folder)[1], 'utf8')}{"time":"20`);
    expect(readEvents(sys, folder)).toEqual([eventOf(1)]);
  });

  it('lets an unwritable place be: a round needs it for nothing', () => {
    writeFileSync(join(folder, 'file'), '');
    appendEvents(sys, join(folder, 'file'), [eventOf(1)]);
    expect(readEvents(sys, join(folder, 'file'))).toEqual([]);
  });

  it('is one line for people: time, type, object, what happened', () => {
    expect(renderEvent(eventOf(7))).toBe('14:01:07 Repaired  k7  recreated');
  });
});

describe('the pauses', () => {
  const pause = { until: '2026-11-21T15:00:00.000Z', who: 'ana', time: '2026-11-21T14:00:00.000Z' };

  it('are none without a file, and afterwards those that were written', () => {
    expect(readPauses(sys, folder)).toEqual({ ok: true, value: [] });
    expect(changePauses(sys, folder, (pauses) => [...pauses, pause])).toEqual({ ok: true, value: [pause] });
    expect(readPauses(sys, folder)).toEqual({ ok: true, value: [pause] });
  });

  it.each(['', '{}', '{"format":"vnet.pause/1","pauses":[{"until":"tomorrow","who":"a","time":"b"}]}'])(
    'are refused, with what to do, when the file says %s',
    (text) => {
      writeFileSync(pausePath(folder), text);
      expect(readPauses(sys, folder)).toMatchObject({
        ok: false,
        error: { code: 'invalid', hint: expect.stringContaining(`rm ${pausePath(folder)}`) },
      });
    },
  );
});

describe('the status', () => {
  const status: NodeStatus = {
    format: STATUS_FORMAT,
    time: '2026-11-21T14:00:00.000Z',
    observedGeneration: 8,
    convergedGeneration: 7,
    conditions: [
      { type: 'Ready', status: false, reason: 'Pending', message: 'x', since: '2026-11-21T14:00:00.000Z' },
    ],
    objects: [],
  };

  it('is read as written, in a directory that may be missing', () => {
    const place = join(folder, 'run');
    expect(readStatus(sys, place)).toBeUndefined();
    writeStatus(sys, place, status);
    expect(readStatus(sys, place)).toEqual(status);
    expect([conditionOf(status, 'Ready')?.reason, conditionOf(status, 'Paused')]).toEqual([
      'Pending',
      undefined,
    ]);
  });

  it('of another format counts as none', () => {
    writeStatus(sys, folder, { ...status, format: 'vnet.status/9' as typeof STATUS_FORMAT });
    expect([existsSync(join(folder, 'status.json')), readStatus(sys, folder)]).toEqual([true, undefined]);
  });
});
