import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createStore, type Snapshot, type Store } from '../../../reconciler/document/store/store.ts';
import { createSys } from '../../../reconciler/os/sys/koffi.ts';
import { TEXT } from '../support/samples.ts';
import { attach } from '../support/scenarios.ts';
import { wholeLibrary } from '../support/whole-library.ts';

let directory = '';
let path = '';
let store: Store;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'vnet-editors-'));
  path = join(directory, 'vnet.yaml');
  writeFileSync(path, TEXT);
  store = createStore(createSys(), { document: path, runDirectory: join(directory, 'run') }, 'node-1', {
    library: wholeLibrary,
  });
  if (!attach(store, 3).ok) throw new Error('the node has no endpoint');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const edited = (): string =>
  readFileSync(path, 'utf8').replace('{name: azure0}', '{name: azure0, mtu: 1400}');

function read(): Snapshot {
  const snapshot = store.read();
  if (!snapshot.ok || snapshot.value === undefined) throw new Error(JSON.stringify(snapshot));
  return snapshot.value;
}

function mtu(): number | undefined {
  const network = read().document.networks['azure'];
  return network?.mode === 'bridge' ? network.bridge.mtu : undefined;
}

/** Ages the file, as if it had not been touched for a while. */
function rest(file: string): void {
  const then = new Date(Date.now() - 60_000);
  utimesSync(file, then, then);
}

/** How editors save: the steps before the text is in place, and the last one. */
const HABITS: readonly [string, (text: string) => void][] = [
  [
    'a new file in the place of the old one',
    (text) => {
      writeFileSync(`${path}~new`, text);
      renameSync(`${path}~new`, path);
    },
  ],
  ['the old file, emptied and written', (text) => writeFileSync(path, text)],
  [
    'the old file as a backup, and a new one',
    (text) => {
      renameSync(path, `${path}~`);
      writeFileSync(path, text);
    },
  ],
  [
    'the old file removed, and a new one',
    (text) => {
      unlinkSync(path);
      writeFileSync(path, text);
    },
  ],
];

describe('an editor that saves as', () => {
  it.each(HABITS)('%s is noticed by the next call', (_habit, save) => {
    save(edited());
    expect(mtu()).toBe(1400);
    expect(attach(store, 4).ok).toBe(true);
    expect(readFileSync(path, 'utf8')).toContain('{name: azure0, mtu: 1400}');
    expect(Object.keys(read().document.endpoints ?? {})).toHaveLength(4);
    expect(read()).not.toHaveProperty('refused');
  });
});

describe('in the midst of a save', () => {
  it('a missing document is not an empty one: pods keep starting from the last good generation', () => {
    const text = edited();
    renameSync(path, `${path}~`);
    expect(read().refused?.issues).toMatchObject([{ code: 'missing' }]);
    expect(Object.keys(read().document.endpoints ?? {})).toHaveLength(3);
    expect(attach(store, 4).ok).toBe(true);
    // The editor continues with a text from before the pod.
    writeFileSync(path, text);
    expect(attach(store, 5).ok).toBe(true);
    expect(mtu()).toBe(1400);
    expect(Object.keys(read().document.endpoints ?? {})).toHaveLength(5);
  });

  it('refuses an empty document, and accepts it once the editor has written it', () => {
    const text = edited();
    const fd = openSync(path, 'w');
    expect(attach(store, 4).ok).toBe(true);
    expect(existsSync(`${path}.refused`)).toBe(true);
    expect(mtu()).toBe(undefined);
    // The editor still has the file open that is now beside the document.
    writeSync(fd, text);
    closeSync(fd);
    rest(`${path}.refused`);
    expect(mtu()).toBe(1400);
    expect(attach(store, 5).ok).toBe(true);
    expect(readFileSync(path, 'utf8')).toContain('{name: azure0, mtu: 1400}');
    expect(existsSync(`${path}.refused`)).toBe(false);
    expect(read()).not.toHaveProperty('refused');
    expect(Object.keys(read().document.endpoints ?? {})).toHaveLength(5);
  });

  it('a text that is cut within a line is not taken for a whole one, however valid', () => {
    const text = TEXT.slice(0, TEXT.indexOf('  # after the second') - 1);
    writeFileSync(path, text.replace('added: 2026-11-21T11:13:58.986Z', 'added: 2026-11-21T11:13:58.98Z'));
    expect(read().refused?.issues).toMatchObject([{ code: 'unfinished' }]);
    rest(path);
    expect(read()).not.toHaveProperty('refused');
  });

  it('a save during a change is not overwritten', () => {
    const text = edited();
    const sys = createSys();
    let isSaved = false;
    const racing = createStore(
      {
        ...sys,
        fdatasync: (fd) => {
          if (!isSaved) writeFileSync(path, text);
          isSaved = true;
          return sys.fdatasync(fd);
        },
      },
      { document: path, runDirectory: join(directory, 'run') },
      'node-1',
      { library: wholeLibrary },
    );
    expect(attach(racing, 4).ok).toBe(true);
    expect(isSaved).toBe(true);
    expect(mtu()).toBe(1400);
    expect(Object.keys(read().document.endpoints ?? {})).toHaveLength(4);
  });
});
