/** Writes of the store, each with its initial files, for tests that make each call fail. */
import { expect } from 'vitest';
import { createStore, type Problem, type Store } from '../../../reconciler/document/store/store.ts';
import { ok, type Result } from '../../../reconciler/model/result.ts';
import { createMemorySys, type MemorySys } from './memory-sys.ts';
import { endpointOf, idOf, TEXT } from './samples.ts';
import { wholeLibrary } from './whole-library.ts';

/** The path of the scenarios' document. */
export const DOCUMENT = '/data/vnet.yaml';

/** A write. Shape: `prepare` makes the initial state; `precious` is written by hand and must not be lost. */
export type Scenario = {
  readonly name: string;
  readonly prepare: (memory: MemorySys) => void;
  readonly act: (store: Store) => Result<unknown, Problem>;
  readonly precious?: string;
};

/** Returns a store on the files in memory. */
export function storeOf({ sys }: MemorySys, lockTimeoutMs = 0): Store {
  const paths = { document: DOCUMENT, runDirectory: '/run/vnet' };
  return createStore(sys, paths, 'node-1', { library: wholeLibrary, lockTimeoutMs });
}

/** Returns the text of the document, or of the file at the path. */
export function textOf(memory: MemorySys, path = DOCUMENT): string {
  return new TextDecoder().decode(memory.files.get(path)?.bytes);
}

/** Replaces the document by another file, as most editors do when saving. */
export function save(memory: MemorySys, text: string, path = DOCUMENT): void {
  const inode = 1 + Math.max(0, ...Array.from(memory.files.values(), (file) => file.inode));
  memory.files.set(path, { inode: inode + 1000, bytes: new TextEncoder().encode(text) });
}

/** Attaches endpoint number `index`. */
export function attach(store: Store, index = 2): Result<unknown, Problem> {
  const edit = { endpoints: new Map([[idOf(index), endpointOf(index)]]) };
  return store.transact('test', () => ok({ edit, value: undefined }));
}

const EDITED = TEXT.replace('# these are ours', '# by hand: fewer').replace('10.240.40.255', '10.240.39.255');
const AUTHOR = { who: 'vnet edit' };

function withJournal(memory: MemorySys): void {
  attach(storeOf(memory), 3);
}

function withRefused(memory: MemorySys): void {
  withJournal(memory);
  save(memory, EDITED.replace('mode: bridge', 'mode: bride'));
}

/** All sorts of writes. */
export const SCENARIOS: readonly Scenario[] = [
  { name: 'a change of a document without a journal', prepare: () => undefined, act: attach },
  { name: 'a change', prepare: withJournal, act: attach },
  {
    name: 'a change after a save by hand',
    prepare: (memory) => {
      withJournal(memory);
      save(memory, EDITED);
    },
    act: attach,
    precious: '# by hand: fewer',
  },
  {
    name: 'a change after a save that is not valid',
    prepare: withRefused,
    act: attach,
    precious: '# by hand: fewer',
  },
  {
    name: 'a text that is submitted',
    prepare: withJournal,
    act: (store) => store.submit(AUTHOR, EDITED),
  },
  {
    name: 'the end of a refused edit',
    prepare: (memory) => {
      withRefused(memory);
      attach(storeOf(memory), 4);
    },
    act: (store) => store.discard(AUTHOR),
    precious: '# by hand: fewer',
  },
  {
    name: 'the end of a save that is refused',
    prepare: withRefused,
    act: (store) => store.discard(AUTHOR),
    precious: '# by hand: fewer',
  },
];

/** Returns the files before the scenario's write. */
export function prepared(scenario: Scenario): MemorySys {
  const memory = createMemorySys();
  memory.sys.mkdir('/data', 0o755);
  memory.files.set(DOCUMENT, { inode: 999, bytes: new TextEncoder().encode(TEXT) });
  scenario.prepare(memory);
  memory.calls.length = 0;
  return memory;
}

/** A node whose document was last written by vnet: generation 8, with endpoint 3. */
export function writtenNode(): MemorySys {
  const memory = createMemorySys();
  memory.sys.mkdir('/data', 0o755);
  save(memory, TEXT);
  expect(attach(storeOf(memory), 3).ok).toBe(true);
  return memory;
}
