import { describe, expect, it } from 'vitest';
import { createStore, type Edit, type Store } from '../../../reconciler/document/store/store.ts';
import { err, failure, ok, type Result } from '../../../reconciler/model/result.ts';
import { createMemorySys, type MemorySys } from '../support/memory-sys.ts';
import { endpointOf, idOf, NETWORK, TEXT } from '../support/samples.ts';
import { wholeLibrary } from '../support/whole-library.ts';

const DOCUMENT = '/var/lib/vnet/vnet.yaml';
const PATHS = { document: DOCUMENT, runDirectory: '/run/vnet' };

function setup(text?: string): { readonly memory: MemorySys; readonly store: Store } {
  const memory = createMemorySys();
  for (const path of ['/var', '/var/lib', '/var/lib/vnet', '/run']) memory.sys.mkdir(path, 0o755);
  if (text !== undefined) memory.files.set(DOCUMENT, { inode: 999, bytes: new TextEncoder().encode(text) });
  return {
    memory,
    store: createStore(memory.sys, PATHS, 'node-1', { library: wholeLibrary }),
  };
}

function textOf(memory: MemorySys): string {
  return new TextDecoder().decode(memory.files.get(DOCUMENT)?.bytes);
}

function put(store: Store, edit: Edit): ReturnType<Store['transact']> {
  return store.transact('test', () => ok({ edit, value: undefined }));
}

function valueOf<T, E>(result: Result<T, E>): T {
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

function linesOf(text: string | undefined): string[] {
  return text?.split('\n') ?? [];
}

describe('reading', () => {
  it('returns nothing when there is no document, and writes nothing', () => {
    const { memory, store } = setup();
    expect(store.read()).toEqual(ok(undefined));
    expect(memory.files.size).toBe(0);
  });

  it('returns text and value without a lock', () => {
    const { memory, store } = setup(TEXT);
    const snapshot = valueOf(store.read());
    expect(snapshot?.text).toBe(TEXT);
    expect(snapshot?.document.metadata.generation).toBe(7);
    expect(Object.keys(snapshot?.document.endpoints ?? {})).toEqual([idOf(0), idOf(1)]);
    expect(memory.calls.some((call) => call.startsWith('flock'))).toBe(false);
    expect([...memory.files.keys()]).toEqual([DOCUMENT]);
  });

  it('returns the issues of an invalid document and the failure of an unreadable one', () => {
    const invalid = setup(TEXT.replace('mode: bridge', 'mode: brigde')).store.read();
    expect(invalid).toMatchObject({
      ok: false,
      error: { kind: 'issues', issues: [{ line: 10, column: 11 }] },
    });
    const { memory, store } = setup(TEXT);
    memory.fault = (call) => (call === 'open' ? -13 : undefined);
    expect(store.read()).toMatchObject({ ok: false, error: { kind: 'failure', code: 'permission' } });
  });

  it('refuses bytes that are not UTF-8, which it could not write back', () => {
    const { memory, store } = setup('');
    memory.files.set(DOCUMENT, { inode: 1, bytes: new Uint8Array([0x61, 0xff, 0x62]) });
    expect(store.read()).toMatchObject({ ok: false, error: { issues: [{ code: 'not-utf-8' }] } });
  });
});

describe('transactions', () => {
  it('change only the edited block and the generation', () => {
    const { memory, store } = setup(TEXT);
    const edit = {
      endpoints: new Map([[idOf(0), undefined]]),
      released: new Map([['azure/10.240.0.36', '2026-11-21T12:00:00Z']]),
    };
    const result = valueOf(put(store, edit));
    const block = TEXT.slice(TEXT.indexOf('  azure/c0/eth0'), TEXT.indexOf('\n  azure/c1/eth0'));
    expect(textOf(memory)).toBe(
      TEXT.replace(block, '')
        .replace('generation: 7', 'generation: 8')
        .replace('02.001Z\n', '02.001Z\n  azure/10.240.0.36: "2026-11-21T12:00:00Z"\n'),
    );
    expect(result.snapshot?.text).toBe(textOf(memory));
    expect(valueOf(store.read())).toEqual(result.snapshot);
  });

  it('keep the comments and the unchanged lines of a block that changes', () => {
    const { memory, store } = setup(TEXT);
    put(store, {
      endpoints: new Map([
        [
          idOf(1),
          {
            pod: 'default/pod-1',
            addresses: ['10.240.0.37/16'],
            added: '2026-11-21T11:13:58.986Z',
            leaving: '2026-11-21T12:00:00Z',
          },
        ],
      ]),
    });
    const line = '    leaving: "2026-11-21T12:00:00Z"\n';
    const [before = '', after = ''] = TEXT.split('  azure/c1/eth0');
    expect(textOf(memory)).toBe(
      `${before}  azure/c1/eth0${after
        .replace('added: 2026-11-21T11:13:58.986Z', 'added: "2026-11-21T11:13:58.986Z"')
        .replace('  # after the second', `${line}  # after the second`)}`.replace(
        'generation: 7',
        'generation: 8',
      ),
    );
  });

  it('that change nothing write nothing', () => {
    const { memory, store } = setup(TEXT);
    const result = valueOf(
      put(store, {
        endpoints: new Map([
          [idOf(0), endpointOf(0)],
          [idOf(9), undefined],
        ]),
      }),
    );
    expect(result.snapshot?.text).toBe(TEXT);
    expect(memory.calls.filter((call) => /^rename .*yaml/.test(call))).toEqual([]);
  });

  it('return the failure of the change, with the lock given back', () => {
    const { memory, store } = setup(TEXT);
    const refused = failure('exhausted', 'find an address', 'none is free');
    expect(store.transact('test', () => err(refused))).toEqual(err(refused));
    expect(memory.locks.size).toBe(0);
    expect(() =>
      store.transact('test', () => {
        throw new Error('a bug');
      }),
    ).toThrow('a bug');
    expect(memory.locks.size).toBe(0);
    expect(memory.openCount()).toBe(0);
  });

  it('that would make the document invalid are refused and write nothing', () => {
    const { memory, store } = setup(TEXT);
    const twice = { ...endpointOf(5), addresses: endpointOf(0).addresses };
    expect(put(store, { endpoints: new Map([[idOf(5), twice]]) })).toMatchObject({
      ok: false,
      error: { kind: 'failure', code: 'invalid' },
    });
    expect(textOf(memory)).toBe(TEXT);
  });

  it('create the document with comments, an endpoint and generation 1', () => {
    const { memory, store } = setup();
    let seen: unknown = 'nothing yet';
    const result = store.transact('test', (snapshot) => {
      seen = snapshot;
      const edit = {
        networks: new Map([['azure', NETWORK]]),
        endpoints: new Map([[idOf(0), endpointOf(0)]]),
        bootId: '6f2b9a4e-1c53-4c1e-9a57-0d8e3f1b7c20',
      };
      return ok({ edit, value: 'done' });
    });
    expect(seen).toBeUndefined();
    const { snapshot, value } = valueOf(result);
    expect(value).toBe('done');
    expect(snapshot?.document).toEqual({
      apiVersion: 'vnet.azure/v2',
      kind: 'NodeNetwork',
      metadata: { node: 'node-1', generation: 1, bootId: '6f2b9a4e-1c53-4c1e-9a57-0d8e3f1b7c20' },
      networks: { azure: NETWORK },
      endpoints: { [idOf(0)]: endpointOf(0) },
    });
    expect(textOf(memory)).toContain('\nendpoints:\n  azure/c0/eth0:\n    pod: default/pod-0\n');
  });

  it('create a document with a network alone, and none for an Edit that only removes', () => {
    const { memory, store } = setup();
    expect(put(store, { endpoints: new Map([[idOf(0), undefined]]) })).toMatchObject({
      value: { snapshot: undefined },
    });
    expect(memory.files.has(DOCUMENT)).toBe(false);
    const { snapshot } = valueOf(put(store, { networks: new Map([['azure', NETWORK]]) }));
    expect(snapshot?.document).toMatchObject({
      metadata: { generation: 1 },
      networks: { azure: NETWORK },
      endpoints: {},
    });
  });

  it('set networks and bootId with the comments around them kept', () => {
    const { memory, store } = setup(TEXT);
    valueOf(put(store, { endpoints: new Map([[idOf(2), endpointOf(2)]]) }));
    const pool = { ...NETWORK.pools.ipv4, addresses: ['10.240.0.36-10.240.50.255'] };
    const bootId = 'aaaaaaaa-1c53-4c1e-9a57-0d8e3f1b7c20';
    const { snapshot } = valueOf(
      put(store, { networks: new Map([['azure', { ...NETWORK, pools: { ipv4: pool } }]]), bootId }),
    );
    expect(snapshot?.document.networks['azure']?.pools.ipv4).toEqual(pool);
    expect(textOf(memory)).toContain(`  generation: 9 # counts\n  bootId: ${bootId}\n`);
    expect(textOf(memory)).toContain(
      '        # these are ours\n        addresses: [10.240.0.36-10.240.50.255]\n',
    );
    expect(textOf(memory)).toMatch(/azure:\s+# the network\n/);
    const after = valueOf(put(store, { bootId: 'bbbbbbbb-1c53-4c1e-9a57-0d8e3f1b7c20' }));
    const changed = linesOf(after.snapshot?.text).filter(
      (line, index) => line !== linesOf(snapshot?.text)[index],
    );
    expect(changed).toEqual(['  generation: 10 # counts', '  bootId: bbbbbbbb-1c53-4c1e-9a57-0d8e3f1b7c20']);
  });
});

describe('forms that are not canonical', () => {
  const cases: readonly (readonly [string, string])[] = [
    [
      'a flow map of endpoints',
      TEXT.slice(0, TEXT.indexOf('endpoints:')) +
        'endpoints: {azure/c1/eth0: {addresses: [10.240.0.37/16], added: "2026-11-21T11:13:58.986Z"}}\n',
    ],
    ['no endpoints at all', TEXT.slice(0, TEXT.indexOf('# below'))],
    ['endpoints without a value', `${TEXT.slice(0, TEXT.indexOf('endpoints:'))}endpoints:\n`],
    [
      'another indent',
      TEXT.replace(/(?<=endpoints:\n)[^]*(?=released)/, (part) =>
        part.replaceAll(/^ +/gm, (blanks) => blanks + blanks),
      ),
    ],
    ['windows line ends', TEXT.replaceAll('\n', '\r\n')],
    ['released first', TEXT.replace(/released:[^]*/, '').replace('endpoints:', 'released: {}\nendpoints:')],
    ['an empty map in several lines', TEXT.replace(/released:[^]*/, 'released: {\n  }\n')],
    ['a null', TEXT.replace(/released:[^]*/, 'released: ~\n')],
    ['a byte order mark', `\uFEFF${TEXT}`],
  ];
  it.each(cases)('are changed, with the right value: %s', (_, text) => {
    const { store } = setup(text);
    const before = valueOf(store.read());
    const edit = {
      endpoints: new Map([[idOf(5), endpointOf(5)]]),
      released: new Map([['azure/10.240.0.77', '2026-11-21T12:00:00Z']]),
    };
    const { snapshot } = valueOf(put(store, edit));
    expect(snapshot?.document).toMatchObject({
      metadata: { generation: 8 },
      endpoints: { ...before?.document.endpoints, [idOf(5)]: endpointOf(5) },
      released: { ...before?.document.released, 'azure/10.240.0.77': '2026-11-21T12:00:00Z' },
    });
    const removed = valueOf(put(store, { endpoints: new Map([[idOf(5), undefined]]) }));
    expect(removed.snapshot?.document.endpoints).toEqual(before?.document.endpoints ?? {});
  });

  it('include JSON', () => {
    const { store } = setup();
    const value = valueOf(setup(TEXT).store.read())?.document;
    const json = setup(JSON.stringify(value, null, 2));
    const { snapshot } = valueOf(put(json.store, { endpoints: new Map([[idOf(5), endpointOf(5)]]) }));
    expect(snapshot?.document.endpoints?.[idOf(5)]).toEqual(endpointOf(5));
    expect(store.read()).toEqual(ok(undefined));
  });
});
