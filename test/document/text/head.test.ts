import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readDocument } from '../../../reconciler/document/yaml/read.ts';
import { slowPath } from '../../../reconciler/document/yaml/slow.ts';
import type { SlowPath } from '../../../reconciler/document/slow-path.ts';
import { createStore, type Edit, type Store } from '../../../reconciler/document/store/store.ts';
import { ok } from '../../../reconciler/model/result.ts';
import { createMemorySys, type MemorySys } from '../support/memory-sys.ts';
import { endpointOf, idOf, TEXT } from '../support/samples.ts';
import { libraryWith } from '../support/whole-library.ts';

const DOCUMENT = '/data/vnet.yaml';
const CACHE = '/run/vnet/head.json';

/** Returns a store on TEXT that counts reads by the slow path. */
function setup(): { memory: MemorySys; store: Store; slowReads: () => number; save: (text: string) => void } {
  const memory = createMemorySys();
  memory.sys.mkdir('/data', 0o755);
  let count = 0;
  const counting: SlowPath = {
    ...slowPath,
    read: (text, file) => {
      count += 1;
      return slowPath.read(text, file);
    },
  };
  const save = (text: string) => {
    memory.files.set(DOCUMENT, { inode: 999, bytes: new TextEncoder().encode(text) });
  };
  save(TEXT);
  const paths = { document: DOCUMENT, runDirectory: '/run/vnet' };
  return {
    memory,
    store: createStore(memory.sys, paths, 'n', { library: libraryWith(counting) }),
    slowReads: () => count,
    save,
  };
}

function put(store: Store, edit: Edit) {
  const result = store.transact('test', () => ok({ edit, value: undefined }));
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value.snapshot;
}

const attach = (index: number): Edit => ({ endpoints: new Map([[idOf(index), endpointOf(index)]]) });

describe('the known head', () => {
  it('stays cached in the next boot, which changes only its bootId', () => {
    const { memory, store, slowReads, save } = setup();
    put(store, attach(2));
    const learned = slowReads();
    const before = put(store, {})?.text ?? '';
    const next = '11111111-2222-3333-4444-555555555555';
    const after = put(store, { bootId: next, ...attach(3) });
    put(store, attach(4));
    expect(store.read().ok).toBe(true);
    expect(slowReads()).toBe(learned);
    expect(after?.document.metadata.bootId).toBe(next);
    const kept = (text: string): string => text.replace(/bootId: .*/, '').replace(/generation: .*/, '');
    expect(kept(after?.text ?? '').startsWith(kept(before).split('endpoints:')[0] ?? 'none')).toBe(true);
    const read = readDocument(after?.text ?? '', DOCUMENT);
    expect(read.ok && read.value).toEqual(after?.document);
    expect(memory.files.has(CACHE)).toBe(true);
    // A text with another boot ID is not confused with it.
    save(before);
    expect(store.read()).toMatchObject({ ok: true });
  });

  it('has no invalid bootId', () => {
    const { store } = setup();
    put(store, attach(2));
    const edit: Edit = { bootId: 'no boot' };
    const result = store.transact('test', () => ok({ edit, value: undefined }));
    expect(result).toMatchObject({ ok: false, error: { code: 'invalid' } });
  });

  it('is learned by the first transaction; the next ones need no YAML', () => {
    const { memory, store, slowReads } = setup();
    put(store, {});
    expect(memory.files.has(CACHE)).toBe(true);
    const learned = slowReads();
    expect(learned).toBe(1);
    put(store, attach(2));
    put(store, { endpoints: new Map([[idOf(2), undefined]]) });
    expect(store.read().ok).toBe(true);
    expect(slowReads()).toBe(learned);
  });

  it('is invalid after a change of any byte of the head', () => {
    const { store, slowReads, save } = setup();
    put(store, {});
    for (const text of [
      TEXT.replace('# a node', '# a nodE'),
      TEXT.replace('generation: 7', 'generation:  7'),
    ]) {
      const before = slowReads();
      save(text);
      expect(store.read().ok).toBe(true);
      expect(slowReads()).toBe(before + 1);
    }
    save(TEXT.replace('generation: 7', 'generation: 8'));
    const before = slowReads();
    expect(store.read()).toMatchObject({ value: { document: { metadata: { generation: 8 } } } });
    expect(slowReads()).toBe(before);
  });

  it('lets no Edit pass that would make the document invalid', () => {
    const { memory, store } = setup();
    put(store, {});
    const before = memory.files.get(DOCUMENT)?.bytes;
    const wrong = [
      { ...endpointOf(5), addresses: endpointOf(0).addresses },
      { ...endpointOf(5), mac: 'no mac' },
      { ...endpointOf(5), pod: 'two words/x' },
    ];
    for (const endpoint of wrong) {
      const edit = { endpoints: new Map([[idOf(5), endpoint]]) };
      const result = store.transact('test', () => ok({ edit, value: undefined }));
      expect(result).toMatchObject({ ok: false, error: { kind: 'failure', code: 'invalid' } });
    }
    expect(memory.files.get(DOCUMENT)?.bytes).toEqual(before);
  });

  it('never makes an invalid document valid', () => {
    const { store, save } = setup();
    put(store, {});
    save(TEXT.replace('[10.240.0.37/16]', '[10.240.0.36/16]'));
    expect(store.read()).toMatchObject({ ok: false, error: { issues: [{ code: 'double-address' }] } });
    save(TEXT.replace('10.240.0.99:', '10.240.0.37:'));
    expect(store.read()).toMatchObject({ ok: false, error: { issues: [{ code: 'released-in-use' }] } });
  });

  it.each(['', '{', 'null', '7', '{"format":0}', '{"format":"1"}'])(
    'is let go when its file holds %j',
    (text) => {
      const { memory, store, slowReads } = setup();
      put(store, {});
      memory.files.set(CACHE, { inode: 5, bytes: new TextEncoder().encode(text) });
      expect(store.read().ok).toBe(true);
      expect(slowReads()).toBe(2);
    },
  );

  it('is no reason to fail when it cannot be written', () => {
    const { memory, store } = setup();
    memory.fault = (_, subject) => (subject.includes('head.json') ? -28 : undefined);
    expect(put(store, attach(2))?.document.metadata.generation).toBe(8);
  });
});

describe('a store that went through many transactions', () => {
  const edit = fc.record(
    {
      endpoints: fc
        .array(fc.tuple(fc.nat(6), fc.constantFrom('put', 'remove', 'leave')), { maxLength: 3 })
        .map((changes) => new Map(changes.map(([index, what]) => [idOf(index), changed(index, what)]))),
      released: fc.dictionary(
        fc.constantFrom('azure/10.240.9.9', 'azure/10.240.9.8'),
        fc.option(fc.constant('2026-11-21T12:00:00Z'), { nil: undefined }),
      ),
      bootId: fc.constantFrom('aaaaaaaa-1c53-4c1e-9a57-0d8e3f1b7c20', 'bbbbbbbb-1c53-4c1e-9a57-0d8e3f1b7c20'),
    },
    { requiredKeys: [] },
  );

  it('always has the meaning of its text; every comment of the head and between entries is kept', () => {
    fc.assert(
      fc.property(fc.array(edit, { maxLength: 8 }), (edits) => {
        const { store } = setup();
        const generations = [7];
        for (const { released, ...more } of edits) {
          const snapshot = put(store, { ...more, released: new Map(Object.entries(released ?? {})) });
          const text = snapshot?.text ?? '';
          expect(readDocument(text, 'vnet.yaml')).toEqual(ok(snapshot?.document));
          for (const comment of [
            '# a node',
            '7 # counts',
            '# the network',
            '# below',
            '# the first',
            '# after the second',
            '# the end',
          ]) {
            expect(text).toContain(comment.replace('7 ', `${snapshot?.document.metadata.generation} `));
          }
          generations.push(snapshot?.document.metadata.generation ?? 0);
        }
        expect(generations).toEqual(generations.toSorted((left, right) => left - right));
      }),
      { numRuns: 60 },
    );
  });
});

function changed(index: number, what: string) {
  if (what === 'remove') return undefined;
  return what === 'put' ? endpointOf(index) : { ...endpointOf(index), leaving: '2026-11-21T12:00:00Z' };
}
