import { spawn } from 'node:child_process';
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createHistory } from '../../../reconciler/document/history/history.ts';
import { readDocument } from '../../../reconciler/document/yaml/read.ts';
import { takeLock } from '../../../reconciler/os/lock.ts';
import { createStore, type Store, type StoreOptions } from '../../../reconciler/document/store/store.ts';
import { createSys } from '../../../reconciler/os/sys/koffi.ts';
import { ok } from '../../../reconciler/model/result.ts';
import { longOr } from '../../support/long.ts';
import { endpointOf, idOf, NETWORK } from '../support/samples.ts';
import { wholeLibrary } from '../support/whole-library.ts';

let directory = '';

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'vnet-document-'));
});

afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

function open(options: Partial<StoreOptions> = {}): Store {
  const paths = { document: join(directory, 'state/vnet.yaml'), runDirectory: join(directory, 'run') };
  return createStore(createSys(), paths, 'node-1', {
    library: wholeLibrary,
    ...options,
  });
}

function addNetwork(store: Store): void {
  const edit = { networks: new Map([['azure', NETWORK]]) };
  expect(store.transact('test', () => ok({ edit, value: undefined })).ok).toBe(true);
}

/** Returns the bundled process of the test: 20 of them start in the time of one through tsx. */
async function bundle(name = 'attach-process'): Promise<string> {
  const outfile = join(import.meta.dirname, `../../../node_modules/.cache/vnet-${name}-${process.pid}.mjs`);
  await build({
    entryPoints: [join(import.meta.dirname, `../support/${name}.ts`)],
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    outfile,
  });
  return outfile;
}

function start(script: string, args: readonly (string | number)[]): ReturnType<typeof spawn> {
  return spawn(process.execPath, [script, ...args.map(String)], { stdio: ['ignore', 'ignore', 'pipe'] });
}

function ended(child: ReturnType<typeof spawn>): Promise<string> {
  return new Promise((resolve) => {
    let errors = '';
    child.stderr?.on('data', (data) => (errors += String(data)));
    child.on('close', (code, signal) => resolve(`${code ?? signal} ${errors}`.trim()));
  });
}

describe('on a real file system', () => {
  it('makes directories and files for root alone, and keeps a symbolic link', () => {
    mkdirSync(join(directory, 'elsewhere'));
    mkdirSync(join(directory, 'state'));
    symlinkSync('../elsewhere/real.yaml', join(directory, 'state/vnet.yaml'));
    addNetwork(open());
    expect(lstatSync(join(directory, 'state/vnet.yaml')).isSymbolicLink()).toBe(true);
    expect(statSync(join(directory, 'elsewhere/real.yaml')).mode & 0o777).toBe(0o600);
    expect(statSync(join(directory, 'run')).mode & 0o777).toBe(0o700);
    expect(statSync(join(directory, 'run/document.lock')).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(directory, 'elsewhere'))).toEqual(['real.yaml']);
  });

  it('reports a path that is not a directory', () => {
    writeFileSync(join(directory, 'state'), 'a file');
    const edit = { networks: new Map([['azure', NETWORK]]) };
    const result = open().transact('test', () => ok({ edit, value: undefined }));
    expect(result).toMatchObject({
      ok: false,
      error: { kind: 'failure', message: 'not a directory (ENOTDIR)' },
    });
  });

  it('excludes a second store of the same process', () => {
    addNetwork(open());
    const result = open().transact('outer', () => {
      const inner = open({ lockTimeoutMs: 30 }).transact('inner', () => ok({ edit: {}, value: 1 }));
      return ok({ edit: {}, value: inner });
    });
    expect(result).toMatchObject({ value: { value: { ok: false, error: { code: 'timeout' } } } });
  });
});

const PROCESSES = longOr(8, 20);
const ALL = PROCESSES * 50;

describe('many processes', () => {
  it(`lose no endpoint: ${PROCESSES} of them with 50 transactions each`, async () => {
    const store = open();
    addNetwork(store);
    const script = await bundle();
    try {
      const children = Array.from({ length: PROCESSES }, (_, index) =>
        start(script, [directory, index * 50, 50]),
      );
      const ends = await Promise.all(children.map(ended));
      expect(ends).toEqual(ends.map(() => '0'));
      const text = readFileSync(join(directory, 'state/vnet.yaml'), 'utf8');
      const read = readDocument(text, 'vnet.yaml');
      expect(read.ok && read.value.metadata.generation).toBe(ALL + 1);
      const keys = read.ok ? Object.keys(read.value.endpoints ?? {}) : [];
      expect(keys.toSorted()).toEqual(Array.from({ length: ALL }, (_, index) => idOf(index)).toSorted());
      expect(text.endsWith(`added: "${endpointOf(0).added}"\n`)).toBe(true);
      const history = createHistory(createSys(), join(directory, 'state/vnet.yaml'), wholeLibrary);
      const records = history.records();
      const kept = records.ok ? records.value : [];
      expect(kept.length).toBeGreaterThan(ALL * 0.8);
      expect(kept.map(({ generation }) => generation)).toEqual(
        kept.map((_, index) => ALL + 2 - kept.length + index),
      );
      expect(kept.every(({ changes }) => changes.length === 1)).toBe(true);
      expect(history.at(ALL + 1)).toMatchObject({ ok: true, value: { text } });
    } finally {
      rmSync(script);
    }
  });

  it('that are killed leave a valid document and no lock', async () => {
    const store = open();
    addNetwork(store);
    const script = await bundle();
    try {
      for (let round = 0; round < 10; round += 1) {
        const child = start(script, [directory, round * 1000, 900]);
        const end = ended(child);
        const before = generationOf(store);
        while (child.exitCode === null && generationOf(store) < before + 3) await pause(5);
        await pause(round);
        child.kill('SIGKILL');
        expect(await end).toBe('SIGKILL');
        expect(store.transact('test', () => ok({ edit: {}, value: undefined })).ok).toBe(true);
      }
      const edit = {
        endpoints: new Map([[idOf(99_999), undefined]]),
        bootId: '6f2b9a4e-1c53-4c1e-9a57-0d8e3f1b7c20',
      };
      expect(store.transact('test', () => ok({ edit, value: undefined })).ok).toBe(true);
      const read = store.read();
      const history = createHistory(createSys(), join(directory, 'state/vnet.yaml'), wholeLibrary);
      const generation = read.ok ? read.value?.document.metadata.generation : undefined;
      expect(history.at(generation ?? 0)).toMatchObject({ value: { text: read.ok ? read.value?.text : '' } });
      expect(readdirSync(join(directory, 'state'))).toEqual(['history', 'vnet.yaml']);
    } finally {
      rmSync(script);
    }
  });
});

describe('a lock that many wait for', () => {
  it('is granted in the order of arrival, past a killed waiter', async () => {
    const script = await bundle('queue-process');
    try {
      const [path, said] = [join(directory, 'some.lock'), join(directory, 'said')];
      const held = takeLock(createSys(), { path, mode: 'exclusive', who: 'test' });
      if (!held.ok) throw new Error(held.error.message);
      const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
      const children: ReturnType<typeof spawn>[] = [];
      for (const name of names) {
        children.push(start(script, [path, name, said]));
        while (waitersOf(path) < children.length) await pause(5);
      }
      const ends = children.map(ended);
      children[3]?.kill('SIGKILL');
      await ends[3];
      held.value();
      await Promise.all(ends);
      expect(readFileSync(said, 'utf8').trim().split('\n')).toEqual(names.filter((name) => name !== 'd'));
    } finally {
      rmSync(script);
    }
  });
});

/**
 * Number of waiters in the queue of the lock: the next one, which holds its file, and the holders of tickets.
 */
function waitersOf(path: string): number {
  const inode = statSync(`${path}.queue`, { throwIfNoEntry: false })?.ino ?? 0;
  const held = readFileSync('/proc/locks', 'utf8').split('\n');
  return held.filter((line) => line.includes(`:${inode} `) && !line.includes(` ${2 ** 52} `)).length;
}

function generationOf(store: Store): number {
  const read = store.read();
  return read.ok ? (read.value?.document.metadata.generation ?? 0) : -1;
}

function pause(durationMs: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, durationMs);
  });
}
