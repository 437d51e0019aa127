import { describe, expect, it } from 'vitest';
import { slowPath } from '../../reconciler/document/slow.ts';
import { createStore } from '../../reconciler/document/store.ts';
import { ok } from '../../reconciler/model/result.ts';
import { ERRNO } from '../../reconciler/model/sys.ts';
import { createMemorySys, type MemorySys } from './support/memory-sys.ts';
import { endpointOf, idOf, TEXT } from './support/samples.ts';

const DOCUMENT = '/data/vnet.yaml';

function setup(): { readonly memory: MemorySys; readonly transact: () => ReturnType<typeof attach> } {
  const memory = createMemorySys();
  memory.sys.mkdir('/data', 0o755);
  memory.files.set(DOCUMENT, { inode: 999, bytes: new TextEncoder().encode(TEXT) });
  memory.calls.length = 0;
  return { memory, transact: () => attach(memory) };
}

function attach({ sys }: MemorySys, lockTimeoutMs = 0) {
  const store = createStore(sys, { document: DOCUMENT, runDirectory: '/run/vnet' }, 'node-1', {
    slow: () => slowPath,
    lockTimeoutMs,
  });
  const edit = { endpoints: new Map([[idOf(2), endpointOf(2)]]) };
  return store.transact('test', () => ok({ edit, value: undefined }));
}

function textOf(memory: MemorySys): string {
  return new TextDecoder().decode(memory.files.get(DOCUMENT)?.bytes);
}

const undisturbed = setup();
undisturbed.transact();
const AFTER = textOf(undisturbed.memory);
const CALLS = [...undisturbed.memory.calls];

describe('a call that fails once', () => {
  it('has calls to fail, and an undisturbed end', () => {
    expect(CALLS.length).toBeGreaterThan(15);
    expect(AFTER).toContain(idOf(2));
  });

  it.each(CALLS.map((call, index) => [index, call] as const))(
    'leaves the old or the new document, no lock and no temporary file: %i %s',
    (index) => {
      for (const errno of [ERRNO.EIO, ERRNO.ENOSPC, ERRNO.EACCES]) {
        const { memory, transact } = setup();
        let count = 0;
        memory.fault = () => (count++ === index ? -errno : undefined);
        const result = transact();
        const text = textOf(memory);
        expect([TEXT, AFTER]).toContain(text);
        expect(text === AFTER || !result.ok).toBe(true);
        expect(memory.locks.size).toBe(0);
        expect(memory.openCount()).toBe(0);
        const left = [...memory.files.keys()].filter((path) => path.endsWith('.tmp'));
        expect(left).toEqual(count > index && CALLS[index]?.startsWith('unlink') ? left : []);
        memory.fault = undefined;
        expect(transact().ok).toBe(true);
        expect(textOf(memory)).toBe(AFTER);
      }
    },
  );
});

describe('a process that dies', () => {
  it.each(CALLS.map((call, index) => [index, call] as const))(
    'leaves the old or the new document, and the next one goes on: %i %s',
    (index) => {
      const { memory, transact } = setup();
      let count = 0;
      // Nothing is done any more from here on, not even the clean-up.
      memory.fault = (call) => (count++ >= index ? (call === 'flock' ? 0 : -ERRNO.EIO) : undefined);
      transact();
      expect([TEXT, AFTER]).toContain(textOf(memory));
      memory.fault = undefined;
      memory.locks.clear();
      expect(transact().ok).toBe(true);
      expect(textOf(memory)).toBe(AFTER);
      expect([...memory.files.keys()].toSorted()).toEqual([
        DOCUMENT,
        '/run/vnet/document.lock',
        '/run/vnet/document.lock.queue',
        '/run/vnet/head.json',
      ]);
    },
  );
});

describe('writing', () => {
  it('goes on after a short write', () => {
    const { memory, transact } = setup();
    memory.writeLimit = 7;
    expect(transact().ok).toBe(true);
    expect(textOf(memory)).toBe(AFTER);
  });

  it('gives up when nothing is taken', () => {
    const { memory, transact } = setup();
    memory.fault = (call, subject) => (call === 'write' && subject.endsWith('yaml.tmp') ? 0 : undefined);
    expect(transact()).toMatchObject({ ok: false, error: { code: 'io' } });
    expect(textOf(memory)).toBe(TEXT);
  });

  it('syncs the file before the rename and the directory after it', () => {
    const calls = CALLS.filter((call) => /^(fdatasync|rename|fsync|open) (\/data|\/data\/.*tmp)$/.test(call));
    expect(calls).toEqual([
      'open /data/.vnet.yaml.tmp',
      'fdatasync /data/.vnet.yaml.tmp',
      'rename /data/.vnet.yaml.tmp',
      'open /data',
      'fsync /data',
    ]);
  });
});

describe('the lock', () => {
  it('is given back aloud before its file is closed', () => {
    const calls = CALLS.filter((call) => call.endsWith('/document.lock'));
    expect(calls.slice(-2)).toEqual(['flock /run/vnet/document.lock', 'close /run/vnet/document.lock']);
  });
});

describe('waiting for the lock', () => {
  it('ends with the name of the holder', () => {
    const { memory, transact } = setup();
    let inner: ReturnType<typeof attach> | undefined;
    const store = createStore(memory.sys, { document: DOCUMENT, runDirectory: '/run/vnet' }, 'node-1', {
      slow: () => slowPath,
    });
    store.transact('azure-vnet ADD', () => {
      inner = transact();
      return ok({ edit: {}, value: undefined });
    });
    expect(inner).toMatchObject({ ok: false, error: { code: 'timeout' } });
    const message = inner?.ok === false && inner.error.kind === 'failure' ? inner.error.message : '';
    expect(message).toContain(`held by process ${process.pid} (azure-vnet ADD) since 20`);
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
      slow: () => slowPath,
      now: () => nowMs,
    });
    expect(store.transact('test', () => ok({ edit: {}, value: 1 }))).toMatchObject({
      error: { code: 'timeout' },
    });
    expect(nowMs).toBeGreaterThanOrEqual(10_000);
    expect(nowMs).toBeLessThan(10_100);
    expect(Math.max(...sleeps)).toBeLessThanOrEqual(15);
  });

  it('takes the new file when the one it waited for was removed', () => {
    const { memory } = setup();
    let removed = false;
    memory.fault = (call, subject) => {
      if (call === 'flock' && subject.endsWith('.lock') && !removed) {
        removed = true;
        memory.files.delete(subject);
      }
      return undefined;
    };
    expect(attach(memory, 1000).ok).toBe(true);
    expect(memory.files.has('/run/vnet/document.lock')).toBe(true);
    expect(memory.calls.filter((call) => call === 'open /run/vnet/document.lock')).toHaveLength(2);
  });
});
