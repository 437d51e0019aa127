import * as fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { createHistory } from '../../../reconciler/document/history/history.ts';
import { parseLines } from '../../../reconciler/document/history/lines.ts';
import type { Edit } from '../../../reconciler/document/store/store.ts';
import { ok } from '../../../reconciler/model/result.ts';
import { createMemorySys, type MemorySys } from '../support/memory-sys.ts';
import { endpointOf, idOf, NETWORK, TEXT } from '../support/samples.ts';
import { attach, DOCUMENT, save, storeOf, textOf } from '../support/scenarios.ts';
import { wholeLibrary } from '../support/whole-library.ts';
import { longOr } from '../../support/long.ts';

const JOURNAL = '/data/history/journal.jsonl';

function node(text: string = TEXT): MemorySys {
  const memory = createMemorySys();
  memory.sys.mkdir('/data', 0o755);
  if (text !== '') save(memory, text);
  return memory;
}

function change(memory: MemorySys, edit: Edit): void {
  expect(storeOf(memory).transact('test', () => ok({ edit, value: undefined }))).toMatchObject({ ok: true });
}

function historyOf({ sys }: MemorySys) {
  return createHistory(sys, DOCUMENT, wholeLibrary);
}

function generations(memory: MemorySys): readonly number[] {
  const records = historyOf(memory).records();
  return records.ok ? records.value.map(({ generation }) => generation) : [];
}

function textAt(memory: MemorySys, generation: number): string | undefined {
  const found = historyOf(memory).at(generation);
  return found.ok ? found.value?.text : undefined;
}

/**
 * Operations on the document: an endpoint is added or removed, a network changes, a person saves a comment.
 */
const action = fc.oneof(
  fc.record({ kind: fc.constant('endpoint' as const), index: fc.integer({ min: 2, max: 9 }) }),
  fc.record({ kind: fc.constant('network' as const), mtu: fc.integer({ min: 1300, max: 1310 }) }),
  fc.record({ kind: fc.constant('comment' as const), word: fc.stringMatching(/^[a-z]{1,8}$/) }),
);

type Action = typeof action extends fc.Arbitrary<infer T> ? T : never;

function act(memory: MemorySys, done: Action): void {
  const text = textOf(memory);
  if (done.kind === 'endpoint') {
    const isThere = text.includes(`${idOf(done.index)}:`);
    change(memory, {
      endpoints: new Map([[idOf(done.index), isThere ? undefined : endpointOf(done.index)]]),
    });
  } else if (done.kind === 'network') {
    expect.assert(NETWORK.mode === 'bridge');
    const network = { ...NETWORK, bridge: { name: 'azure0', mtu: done.mtu } };
    change(memory, { networks: new Map([['azure', network]]) });
  } else {
    save(memory, text.replace(/^# .*\n/, `# ${done.word}\n`));
    change(memory, {});
  }
}

describe('the history', () => {
  it('returns every generation byte for byte', () => {
    fc.assert(
      fc.property(fc.array(action, { minLength: 1, maxLength: 12 }), (actions) => {
        const memory = node();
        const texts = new Map([[7, TEXT]]);
        for (const one of actions) {
          act(memory, one);
          const text = textOf(memory);
          texts.set(Number(/generation: (\d+)/.exec(text)?.[1]), text);
        }
        fc.pre(texts.size > 1);
        for (const [generation, text] of texts) expect(textAt(memory, generation)).toBe(text);
        expect(generations(memory)).toEqual([...texts.keys()]);
      }),
      { numRuns: longOr(20, 40) },
    );
  });

  it('returns those of an earlier build byte for byte, which wrote times without quotes and several generations at once', () => {
    const memory = node();
    const texts = [8, 9, 10].map((generation) => {
      attach(storeOf(memory), generation);
      return textOf(memory).replaceAll(/"(\d{4}-.*Z)"/g, '$1');
    });
    const sizes = ['', String(texts[1]?.length), String(texts[2]?.length)];
    const lines = textOf(memory, JOURNAL).trimEnd().split('\n');
    const [first, ...more] = lines;
    const older = more.map((line, index) => {
      const { mark, ...kept } = JSON.parse(line);
      const size = sizes[index] ?? '';
      return JSON.stringify({ ...kept, mark: size === '' ? '' : mark.replace(/\d+$/, size) });
    });
    const bytes = new TextEncoder().encode(`${[first, ...older].join('\n')}\n`);
    memory.files.set(JOURNAL, { inode: 77, bytes });
    expect([8, 9, 10].map((generation) => textAt(memory, generation))).toEqual(texts);
    expect(texts[2]).toContain(`added: ${endpointOf(9).added}\n`);
  });

  it('records author, time and changes', () => {
    const memory = node();
    attach(storeOf(memory), 2);
    change(memory, {
      endpoints: new Map([[idOf(0), undefined]]),
      released: new Map([['azure/10.240.0.36', endpointOf(0).added]]),
    });
    const records = historyOf(memory).records();
    expect(records).toMatchObject({
      value: [
        { generation: 7, author: { who: 'taken over', uid: 0 }, changes: [] },
        {
          generation: 8,
          author: { who: 'test' },
          changes: [{ path: `endpoints.${idOf(2)}`, after: endpointOf(2) }],
        },
        {
          generation: 9,
          changes: [
            { path: `endpoints.${idOf(0)}`, before: endpointOf(0) },
            { path: 'released.azure/10.240.0.36', after: endpointOf(0).added },
          ],
        },
      ],
    });
  });

  it('has the time of day, however the clock was set since the process started', () => {
    const memory = node();
    vi.useFakeTimers({ toFake: ['Date'], now: new Date('2036-01-01T00:00:00.000Z') });
    try {
      attach(storeOf(memory), 2);
    } finally {
      vi.useRealTimers();
    }
    const records = historyOf(memory).records();
    const { time } = (records.ok ? records.value : []).at(-1) ?? {};
    expect(time).toBe('2036-01-01T00:00:00.000Z');
  });

  it('of a document created by vnet begins with its first text', () => {
    const memory = node('');
    change(memory, { networks: new Map([['azure', NETWORK]]) });
    const records = historyOf(memory).records();
    expect(records).toMatchObject({
      value: [{ generation: 1, changes: [{ path: 'networks.azure', after: NETWORK }] }],
    });
    expect(textAt(memory, 1)).toBe(textOf(memory));
  });

  it('keeps about a thousand generations, each of them whole', () => {
    const memory = node();
    for (let count = 0; count < 700; count += 1) {
      change(memory, { endpoints: new Map([[idOf(2), endpointOf(2)]]) });
      change(memory, { endpoints: new Map([[idOf(2), undefined]]) });
    }
    const kept = generations(memory);
    expect(kept.length).toBeGreaterThan(1000 - 128);
    expect(kept.length).toBeLessThanOrEqual(1000 + 128);
    expect(textAt(memory, kept[0] ?? 0)).toContain(`generation: ${kept[0]} `);
    expect(textAt(memory, (kept[0] ?? 0) - 1)).toBe(undefined);
    const checkpoints = [...memory.files.keys()].filter((path) => /history\/\d+\.yaml$/.test(path));
    expect(checkpoints.length).toBeLessThan(12);
  });
});

describe('a journal that is not whole', () => {
  function three(): MemorySys {
    const memory = node();
    for (const index of [2, 3, 4]) attach(storeOf(memory), index);
    return memory;
  }

  const journal = (memory: MemorySys, text: string): void =>
    void memory.files.set(JOURNAL, { inode: 77, bytes: new TextEncoder().encode(text) });

  it.each<[string, (text: string) => string]>([
    ['torn in its last line', (text) => text.slice(0, -20)],
    ['without its last line', (text) => `${text.trimEnd().split('\n').slice(0, -1).join('\n')}\n`],
    ['empty', () => ''],
    ['full of something else', () => 'no\nhistory\n'],
  ])('%s: the document on disk is in force, and the next change succeeds', (_what, damage) => {
    const memory = three();
    const before = textOf(memory);
    journal(memory, damage(textOf(memory, JOURNAL)));
    const read = storeOf(memory).read();
    expect(read).toMatchObject({ ok: true });
    expect(Object.keys((read.ok ? read.value?.document.endpoints : undefined) ?? {})).toHaveLength(5);
    expect(attach(storeOf(memory), 5).ok).toBe(true);
    const after = textOf(memory);
    expect(after).toContain(`${idOf(5)}:`);
    expect(after.replace(/generation: \d+/, '')).toContain(
      before.slice(before.indexOf('networks:'), before.indexOf('  # after the second')),
    );
    const last = generations(memory).at(-1) ?? 0;
    expect(after).toContain(`generation: ${last} `);
    expect(textAt(memory, last)).toBe(after);
  });

  it('that is gone, with its checkpoints: the same', () => {
    const memory = three();
    for (const path of memory.files.keys()) if (path.includes('/history/')) memory.files.delete(path);
    expect(attach(storeOf(memory), 5).ok).toBe(true);
    expect(generations(memory)).toEqual([10, 11]);
  });

  it('with a damaged checkpoint: an older one leads to the same text', () => {
    const memory = node();
    for (let index = 2; index < 126; index += 1) attach(storeOf(memory), index);
    const checkpoint = '/data/history/128.yaml';
    expect(memory.files.has(checkpoint)).toBe(true);
    const text = textOf(memory);
    memory.files.set(checkpoint, { inode: 5, bytes: new TextEncoder().encode('torn') });
    expect(textAt(memory, 130)).toBe(text);
  });

  it('has no line of what never happened', () => {
    const line = (generation: number, mark: string): string =>
      JSON.stringify({ generation, time: '', author: { who: 'x' }, edit: {}, mark });
    const text = [line(1, 'a'), line(2, 'b'), line(3, 'c'), line(3, 'd'), line(4, 'e'), 'torn'].join('\n');
    const marks = (mark?: string): readonly string[] => parseLines(`${text}\n`, mark).map((one) => one.mark);
    expect(marks()).toEqual(['a', 'b', 'd', 'e']);
    expect(marks('d')).toEqual(['a', 'b', 'd']);
    expect(marks('unknown')).toEqual(['a', 'b', 'd', 'e']);
  });
});
