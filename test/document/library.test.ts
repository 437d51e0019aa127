import { describe, expect, it } from 'vitest';
import { isNotLoaded, whenLoaded } from '../../reconciler/document/library.ts';
import type { LibraryLoader } from '../../reconciler/document/store/current.ts';
import { createStore, type Store } from '../../reconciler/document/store/store.ts';
import { ok } from '../../reconciler/model/result.ts';
import type { MemorySys } from './support/memory-sys.ts';
import { endpointOf, idOf, NETWORK } from './support/samples.ts';
import { attach, DOCUMENT, prepared, SCENARIOS, storeOf } from './support/scenarios.ts';
import { lazyLibrary } from './support/whole-library.ts';

function lazyStore({ sys }: MemorySys, library: LibraryLoader): Store {
  const paths = { document: DOCUMENT, runDirectory: '/run/vnet' };
  return createStore(sys, paths, 'node-1', { library, lockTimeoutMs: 0 });
}

/** Returns all files except caches, locks and the times in the journal. */
function filesOf({ files }: MemorySys): ReadonlyMap<string, string> {
  const kept = [...files].filter(([path]) => !path.startsWith('/run/'));
  return new Map(
    kept.map(([path, { bytes }]) => [
      path,
      new TextDecoder()
        .decode(bytes)
        .replaceAll(/"time": ?"[^"]*"/g, '')
        .replaceAll(/"mark": ?"[^"]*"/g, ''),
    ]),
  );
}

describe('a store whose library is loaded in parts', () => {
  it.each(SCENARIOS.map((scenario) => [scenario.name, scenario] as const))(
    'leaves the same files as one that has all of it: %s',
    async (_name, scenario) => {
      const [whole, lazy] = [prepared(scenario), prepared(scenario)];
      const expected = scenario.act(storeOf(whole));
      const library = lazyLibrary();
      const store = lazyStore(lazy, library);
      const done = await whenLoaded(library, () => scenario.act(store));
      expect(done.ok).toBe(expected.ok);
      expect(filesOf(lazy)).toEqual(filesOf(whole));
    },
  );

  it('loads nothing for a change of a document that is known', () => {
    const memory = prepared({ name: '', prepare: (made) => void attach(storeOf(made), 3), act: attach });
    expect(attach(lazyStore(memory, lazyLibrary()), 4).ok).toBe(true);
  });

  it('writes nothing if a part is missing, and names it', () => {
    const memory = prepared({ name: '', prepare: () => undefined, act: attach });
    const before = filesOf(memory);
    const done = lazyStore(memory, lazyLibrary()).transact('test', () => ok({ edit: {}, value: 1 }));
    expect(done.ok ? done.value : isNotLoaded(done.error) && done.error.needs).toBe('recovery');
    expect(filesOf(memory)).toEqual(before);
  });

  it('does of several transactions those before the first that lacks a part, and none after it', () => {
    const memory = prepared({ name: '', prepare: (made) => void attach(storeOf(made), 3), act: attach });
    const done: number[] = [];
    const results = lazyStore(memory, lazyLibrary()).transactAll(
      [
        { endpoints: new Map([[idOf(4), endpointOf(4)]]) },
        { networks: new Map([['other', NETWORK]]) },
        { endpoints: new Map([[idOf(5), endpointOf(5)]]) },
      ].map((edit, index) => ({
        author: 'test',
        change: () => {
          done.push(index);
          return ok({ edit, value: index });
        },
      })),
    );
    expect(results.map((result) => (result.ok ? 'done' : isNotLoaded(result.error)))).toEqual([
      'done',
      true,
      true,
    ]);
    const written = new TextDecoder().decode(memory.files.get(DOCUMENT)?.bytes);
    expect([written.includes(idOf(4)), written.includes(idOf(5)), done.includes(2)]).toEqual([
      true,
      false,
      false,
    ]);
  });
});
