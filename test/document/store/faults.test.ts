import { describe, expect, it } from 'vitest';
import { createStore } from '../../../reconciler/document/store/store.ts';
import { ok } from '../../../reconciler/model/result.ts';
import { ERRNO } from '../../../reconciler/model/ports/sys.ts';
import type { MemorySys } from '../support/memory-sys.ts';
import { PowerCut } from '../support/power-cut.ts';
import {
  attach,
  DOCUMENT,
  prepared,
  SCENARIOS,
  type Scenario,
  storeOf,
  textOf,
} from '../support/scenarios.ts';
import { idOf } from '../support/samples.ts';
import { isLong } from '../../support/long.ts';
import { wholeLibrary } from '../support/whole-library.ts';

const [, CHANGE] = SCENARIOS;

/** The write without a fault. */
function undisturbed(scenario: Scenario): {
  readonly before: string;
  readonly after: string;
  readonly calls: readonly string[];
  readonly files: readonly string[];
} {
  const memory = prepared(scenario);
  const before = textOf(memory);
  expect(scenario.act(storeOf(memory))).toMatchObject({ ok: true });
  const calls = [...memory.calls];
  return { before, after: textOf(memory), calls, files: filesOf(memory) };
}

function filesOf(memory: MemorySys): readonly string[] {
  return [...memory.files.keys()].toSorted();
}

const ERRNOS = [ERRNO.EIO, ERRNO.ENOSPC, ERRNO.EACCES] as const;

/** The errors with which this call fails: in the short form one of them, in the long form all. */
function errnosOf(index: number): readonly number[] {
  return ERRNOS.filter((_, at) => isLong || at === index % ERRNOS.length);
}

/** All texts that a person can read. */
function allTexts(memory: MemorySys): string {
  return filesOf(memory)
    .map((path) => textOf(memory, path))
    .join('\n');
}

describe.each(SCENARIOS)('$name', (scenario) => {
  const { before, after, calls, files } = undisturbed(scenario);

  it('has calls to fail', () => {
    expect(calls.length).toBeGreaterThan(20);
    expect(files.some((path) => path.endsWith('.tmp'))).toBe(false);
  });

  it('leaves the old or the new document, no lock and no temporary file when a call fails once', () => {
    for (const [index, call] of calls.entries()) {
      for (const errno of errnosOf(index)) {
        const memory = prepared(scenario);
        let count = 0;
        memory.fault = () => (count++ === index ? -errno : undefined);
        const result = scenario.act(storeOf(memory));
        memory.fault = undefined;
        const text = textOf(memory);
        const where = `${index} ${call} ${errno}`;
        expect([where, [before, after].includes(text)]).toEqual([where, true]);
        expect([where, text === after || !result.ok]).toEqual([where, true]);
        expect([where, memory.locks.size, memory.openCount()]).toEqual([where, 0, 0]);
        const left = filesOf(memory).filter((path) => path.endsWith('.tmp'));
        expect([where, left]).toEqual([where, call.startsWith('unlink') ? left : []]);
        expect([where, allTexts(memory).includes(scenario.precious ?? '')]).toEqual([where, true]);
        expect([where, scenario.act(storeOf(memory)).ok]).toEqual([where, true]);
        expect([where, textOf(memory)]).toEqual([where, after]);
      }
    }
  });

  it('leaves the old or the new document when its process dies, and the next one continues', () => {
    for (const [index, call] of calls.entries()) {
      const memory = prepared(scenario);
      let count = 0;
      // No further call takes effect, not even the clean-up.
      memory.fault = (name) => (count++ >= index ? (name === 'flock' ? 0 : -ERRNO.EIO) : undefined);
      scenario.act(storeOf(memory));
      memory.fault = undefined;
      memory.locks.clear();
      const where = `${index} ${call}`;
      expect([where, [before, after].includes(textOf(memory))]).toEqual([where, true]);
      expect([where, allTexts(memory).includes(scenario.precious ?? '')]).toEqual([where, true]);
      expect([where, storeOf(memory).read().ok]).toEqual([where, true]);
      expect([where, scenario.act(storeOf(memory)).ok]).toEqual([where, true]);
      expect([where, textOf(memory)]).toEqual([where, after]);
      const left = filesOf(memory).filter((path) => !path.endsWith('.tmp'));
      expect([where, left]).toEqual([where, files]);
    }
  });
});

describe.each(SCENARIOS)('$name, on a power failure', (scenario) => {
  const { before, after } = undisturbed(scenario);

  it('leaves the old or the new document, whole, at every moment; the new one once acknowledged', () => {
    const memory = prepared(scenario);
    const cut = new PowerCut(memory);
    memory.fault = (call, subject) => {
      const torn = [...cut.texts(DOCUMENT)].filter((text) => text !== before && text !== after);
      expect([call, subject, torn]).toEqual([call, subject, []]);
      cut.hear(call, subject);
      return undefined;
    };
    expect(scenario.act(storeOf(memory))).toMatchObject({ ok: true });
    expect([...cut.texts(DOCUMENT)]).toEqual([after]);
  });
});

function setup(): { readonly memory: MemorySys; readonly transact: () => ReturnType<typeof attach> } {
  const memory = prepared(CHANGE ?? SCENARIOS[0]!);
  return { memory, transact: () => attach(storeOf(memory)) };
}

describe('writing', () => {
  const { before, after, calls } = undisturbed(CHANGE ?? SCENARIOS[0]!);

  it('continues after a short write', () => {
    const { memory, transact } = setup();
    memory.writeLimit = 7;
    expect(transact().ok).toBe(true);
    expect(textOf(memory)).toBe(after);
    memory.writeLimit = Infinity;
    expect(storeOf(memory).read()).toMatchObject({ ok: true, value: { text: after } });
  });

  it('fails if nothing can be written', () => {
    const { memory, transact } = setup();
    memory.fault = (call, subject) => (call === 'write' && subject.endsWith('yaml.tmp') ? 0 : undefined);
    expect(transact()).toMatchObject({ ok: false, error: { code: 'io' } });
    expect(textOf(memory)).toBe(before);
  });

  it('loses no save of an editor that comes before the rename', () => {
    const rename = calls.lastIndexOf('rename /data/.vnet.yaml.tmp');
    expect(rename).toBeGreaterThan(0);
    for (const [index, call] of calls.slice(0, rename).entries()) {
      const { memory, transact } = setup();
      const file = memory.files.get(DOCUMENT);
      expect.assert(file);
      let count = 0;
      memory.fault = () => {
        if (count++ === index) {
          file.bytes = new TextEncoder().encode(`# saved meanwhile\n${before}`);
          file.mtime = 1_000_000;
        }
        return undefined;
      };
      const done = transact();
      const text = textOf(memory);
      const kept = [text.startsWith('# saved meanwhile\n'), text.includes(idOf(2))];
      expect([index, call, done.ok, ...kept]).toEqual([index, call, true, true, true]);
    }
    expect(after).toContain(idOf(2));
  });
});

describe('the lock', () => {
  it('is free before its file is closed: a child process may have inherited the descriptor', () => {
    const { memory, transact } = setup();
    const held: boolean[] = [];
    memory.fault = (call, subject) => {
      if (call === 'close' && subject === '/run/vnet/document.lock')
        held.push([...memory.locks.values()].some((holders) => holders.size > 0));
      return undefined;
    };
    expect(transact().ok).toBe(true);
    expect(held).toEqual([false]);
  });
});

describe('waiting for the lock', () => {
  it('ends with the name of the holder', () => {
    const { memory, transact } = setup();
    let inner: ReturnType<typeof attach> | undefined;
    const store = createStore(memory.sys, { document: DOCUMENT, runDirectory: '/run/vnet' }, 'node-1', {
      library: wholeLibrary,
    });
    store.transact('azure-vnet ADD', () => {
      inner = transact();
      return ok({ edit: {}, value: undefined });
    });
    expect(inner).toMatchObject({ ok: false, error: { code: 'timeout' } });
    const message = inner?.ok === false ? JSON.stringify(inner.error) : '';
    for (const named of [String(process.pid), 'azure-vnet ADD']) expect(message).toContain(named);
  });

  it('sleeps between the tries, no longer than it may', () => {
    const { memory } = setup();
    let nowMs = 0;
    const sleeps: number[] = [];
    memory.sys.sleep = (durationMs) => {
      sleeps.push(durationMs);
      nowMs += durationMs;
    };
    memory.fault = (call) => (call === 'flock' ? -ERRNO.EAGAIN : undefined);
    const store = createStore(memory.sys, { document: DOCUMENT, runDirectory: '/run/vnet' }, 'node-1', {
      library: wholeLibrary,
      now: () => nowMs,
    });
    expect(store.transact('test', () => ok({ edit: {}, value: 1 }))).toMatchObject({
      error: { code: 'timeout' },
    });
    expect(nowMs).toBeGreaterThanOrEqual(10_000);
    expect(nowMs).toBeLessThan(10_100);
    expect(Math.max(...sleeps)).toBeLessThanOrEqual(15);
  });

  it('locks the new file if the one it waited for was removed', () => {
    const { memory } = setup();
    let removed = false;
    memory.fault = (call, subject) => {
      if (call === 'flock' && subject.endsWith('.lock') && !removed) {
        removed = true;
        memory.files.delete(subject);
      }
      return undefined;
    };
    expect(attach(storeOf(memory, 1000)).ok).toBe(true);
    expect(memory.files.has('/run/vnet/document.lock')).toBe(true);
    expect(memory.calls.filter((call) => call === 'open /run/vnet/document.lock').length).toBeGreaterThan(1);
  });
});
