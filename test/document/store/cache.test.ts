import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createDocumentCache,
  documentCache,
  type ResidentCache,
} from '../../../reconciler/document/store/cache.ts';
import type { DocumentCache } from '../../../reconciler/document/store/current.ts';
import { createStore, type Store } from '../../../reconciler/document/store/store.ts';
import type { Edit, Snapshot } from '../../../reconciler/document/store/store.ts';
import { surveyPools } from '../../../reconciler/model/addresses/pool.ts';
import { failure, err, ok } from '../../../reconciler/model/result.ts';
import { replaceBySpare } from '../../../reconciler/os/spare-file.ts';
import { longOr } from '../../support/long.ts';
import { createMemorySys, type MemorySys } from '../support/memory-sys.ts';
import { endpointOf, idOf, NETWORK, TEXT } from '../support/samples.ts';
import { wholeLibrary } from '../support/whole-library.ts';

const DOCUMENT = '/var/lib/vnet/vnet.yaml';
const JOURNAL = '/var/lib/vnet/history/journal.jsonl';
const PATHS = { document: DOCUMENT, runDirectory: '/run/vnet' };
const START_MS = Date.parse('2026-11-21T12:00:00Z');

/** A node served by one resident process and occasionally by another process. */
type Node = { readonly files: MemorySys; readonly memory: DocumentCache | undefined };

function nodeWith(memory: ResidentCache | undefined, text = TEXT): Node {
  const files = createMemorySys();
  if (memory !== undefined) memory.replaceFile = replaceBySpare(files.swap);
  for (const path of ['/var', '/var/lib', '/var/lib/vnet', '/run']) files.sys.mkdir(path, 0o755);
  files.files.set(DOCUMENT, { inode: 999, bytes: new TextEncoder().encode(text) });
  return { files, memory };
}

/** A new store for each call, as for each process. */
function storeOf({ files, memory }: Node, isOther = false): Store {
  const more = memory === undefined || isOther ? {} : { cache: memory };
  const options = { library: wholeLibrary, now: () => START_MS, lockTimeoutMs: 0 };
  return createStore(files.sys, PATHS, 'node-1', { ...options, ...more });
}

function textOf({ files }: Node): string {
  return new TextDecoder().decode(files.files.get(DOCUMENT)?.bytes);
}

/** Marks identify files, which differ between nodes; everything else must be equal. */
function journalOf({ files }: Node): string {
  const bytes = files.files.get(JOURNAL)?.bytes ?? new Uint8Array();
  return new TextDecoder().decode(bytes).replaceAll(/"mark":"[^"]*"/g, '"mark"');
}

type Step = { readonly name: string; readonly run: (node: Node) => unknown };

/** Edits that the resident process writes together, and new processes one after another. */
function editedTogether(edits: readonly Edit[]): Step['run'] {
  return (node) => {
    const change = (edit: Edit) => (snapshot: Snapshot | undefined) =>
      ok({ edit, value: snapshot?.document.metadata.generation });
    const transactions = edits.map((edit) => ({ author: 'test', change: change(edit) }));
    const groups = node.memory === undefined ? transactions.map((one) => [one]) : [transactions];
    const done = groups.flatMap((group) => storeOf(node).transactAll(group));
    return done.map((result) => (result.ok ? result.value.value : result.error));
  };
}

/**
 * A refused save has its file's time, which changes with every write: a resident process makes fewer. A message names the file
 * that could not be written.
 */
function plain(value: unknown): unknown {
  const text = JSON.stringify(value).replaceAll(/"time":"1970-[^"]*"/g, '"time":"of the file"');
  return JSON.parse(text.replaceAll('.vnet.yaml.spare', '.vnet.yaml.tmp'));
}

function edited(edit: Edit, isOther = false): Step['run'] {
  return (node) => {
    const done = storeOf(node, isOther).transact('test', (snapshot, held) => {
      const document = snapshot?.document;
      // `held` must agree with the document.
      if (held !== undefined && document !== undefined)
        expect(held.holders('azure')).toEqual(surveyPools(document, 'azure', new Date(START_MS))[0]?.holders);
      return ok({ edit, value: document?.metadata.generation });
    });
    return plain(done.ok ? done.value : done.error);
  };
}

function saved(change: (text: string) => string, isNewFile: boolean): Step['run'] {
  return (node) => {
    const bytes = new TextEncoder().encode(change(textOf(node)));
    const file = node.files.files.get(DOCUMENT);
    expect.assert(file !== undefined);
    const mtime = (file.mtime ?? 0) + 1000;
    if (isNewFile) node.files.files.set(DOCUMENT, { inode: file.inode + 5000, bytes, mtime });
    else Object.assign(file, { bytes, mtime });
  };
}

const TIMES = ['2026-11-21T12:00:00.000Z', '2026-11-21T12:00:07.5Z'];

const KINDS = 'add,add,add,leave,drop,drop and release,release,clash,many,boot,network'.split(',');

/** Returns the edit of the step. */
function editOf({
  index,
  kind,
  time,
}: {
  readonly index: number;
  readonly kind: string;
  readonly time: string;
}): Edit {
  const endpoint = endpointOf(index);
  const address = `azure/${(endpoint.addresses[0] ?? '').split('/')[0] ?? ''}`;
  const edits: Record<string, Edit> = {
    add: { endpoints: new Map([[idOf(index), endpoint]]), released: new Map([[address, undefined]]) },
    leave: { endpoints: new Map([[idOf(index), { ...endpoint, leaving: time }]]) },
    drop: { endpoints: new Map([[idOf(index), undefined]]) },
    'drop and release': {
      endpoints: new Map([[idOf(index), undefined]]),
      released: new Map([[address, time]]),
    },
    release: { released: new Map([[`azure/10.240.7.${index}`, time]]) },
    clash: {
      endpoints: new Map([[idOf(index + 1), { ...endpointOf(index + 1), mac: endpoint.mac ?? '' }]]),
    },
    many: {
      endpoints: new Map([
        [idOf(index + 1), endpointOf(index + 1)],
        [idOf(index + 2), endpointOf(index + 2)],
      ]),
      released: new Map([0, 1, 2].map((at) => [`azure/10.240.8.${at + index}`, time])),
    },
    boot: { bootId: '6f2b9a4e-1c53-4c1e-9a57-0d8e3f1b7c21' },
    network: {
      networks: new Map([
        ['azure', { ...NETWORK, pools: { ipv4: { ...NETWORK.pools.ipv4, quarantineSeconds: index + 1 } } }],
      ]),
    },
  };
  return edits[kind] ?? {};
}

const editStep = fc
  .record({
    index: fc.nat({ max: 4 }),
    kind: fc.constantFrom(...KINDS),
    time: fc.constantFrom(...TIMES),
    isOther: fc.constantFrom(false, false, false, true),
  })
  .map(({ index, kind, time, isOther }): Step => {
    const edit = editOf({ index, kind, time });
    return { name: `${isOther ? 'other: ' : ''}${kind} ${index}`, run: edited(edit, isOther) };
  });

const togetherStep = fc
  .array(
    fc.record({
      index: fc.nat({ max: 4 }),
      kind: fc.constantFrom(...KINDS),
      time: fc.constantFrom(...TIMES),
    }),
    {
      minLength: 2,
      maxLength: 6,
    },
  )
  .map(
    (wishes): Step => ({
      name: `together: ${wishes.map(({ kind, index }) => `${kind} ${index}`).join(', ')}`,
      run: editedTogether(wishes.map(editOf)),
    }),
  );

/** A write that fails at the disk before or after its line is in the journal. */
function failing(what: 'rename' | 'fdatasync'): Step {
  const add = edited({ endpoints: new Map([[idOf(3), endpointOf(3)]]) });
  return {
    name: `a failed ${what}`,
    run: (node) => {
      // An exchange is a rename of both files.
      node.files.fault = (call, subject) =>
        (call === 'exchange' ? 'rename' : call) === what && subject.includes('vnet.yaml') ? -28 : undefined;
      const failed = add(node);
      node.files.fault = undefined;
      return failed;
    },
  };
}

/** Changes by people and other programs between two calls. */
const STEPS: readonly Step[] = [
  { name: 'a comment, by an editor that replaces', run: saved((text) => `${text}# more\n`, true) },
  { name: 'a comment, in place', run: saved((text) => `# more\n${text}`, false) },
  { name: 'not only ASCII', run: saved((text) => text.replace('# below', '# below é'), true) },
  { name: 'no last newline', run: saved((text) => text.trimEnd(), false) },
  { name: 'other line ends', run: saved((text) => text.replaceAll(/\r?\n/g, '\r\n'), true) },
  { name: 'not valid', run: saved((text) => text.replace('mode: bridge', 'mode: brigde'), true) },
  {
    name: 'in the same tick of the clock, as long as before',
    run: ({ files }) => {
      const file = files.files.get(DOCUMENT);
      // In the file itself: a comment, or a pod's place.
      const text = new TextDecoder()
        .decode(file?.bytes)
        .replace(/cni-(\d)/, (_, digit: string) => `cnj-${digit}`);
      if (file !== undefined) file.bytes = new TextEncoder().encode(text);
    },
  },
  { name: 'read', run: (node) => plain(storeOf(node).read()) },
  { name: 'the journal is gone', run: ({ files }) => void files.files.delete(JOURNAL) },
  {
    name: 'a line that was torn',
    run: ({ files }) => {
      const file = files.files.get(JOURNAL);
      if (file !== undefined)
        Object.assign(file, { bytes: new Uint8Array([...file.bytes, 123]), mtime: (file.mtime ?? 0) + 1000 });
    },
  },
  failing('rename'),
  failing('fdatasync'),
  {
    name: 'a save while it is being written',
    run: (node) => {
      let isSaved = false;
      node.files.fault = (call, subject) => {
        if (call === 'write' && subject === JOURNAL && !isSaved) {
          isSaved = true;
          saved((text) => `${text}# meanwhile\n`, true)(node);
        }
        return undefined;
      };
      const done = edited({ endpoints: new Map([[idOf(2), endpointOf(2)]]) })(node);
      node.files.fault = undefined;
      return done;
    },
  },
];

const steps = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: editStep },
    { weight: 2, arbitrary: togetherStep },
    { weight: 1, arbitrary: fc.constantFrom(...STEPS) },
  ),
  {
    minLength: 1,
    maxLength: 14,
  },
);

describe('a process that stays', () => {
  it('has one memory for all who have its system calls', () => {
    const [one, other] = [createMemorySys().sys, createMemorySys().sys];
    expect(documentCache(one)).toBe(documentCache(one));
    expect(documentCache(other)).not.toBe(documentCache(one));
  });

  it('writes and answers as without it, after any change to the files', () => {
    fc.assert(
      fc.property(steps, (sequence) => {
        const [fresh, resident] = [nodeWith(undefined), nodeWith(createDocumentCache())];
        for (const { run } of sequence) {
          expect(run(resident)).toEqual(run(fresh));
          expect(textOf(resident)).toBe(textOf(fresh));
          expect(journalOf(resident)).toBe(journalOf(fresh));
        }
        expect(resident.files.openCount()).toBe(0);
      }),
      { numRuns: longOr(60, 2_000) },
    );
  });

  it('reads neither the journal nor the head again, and knows more endpoints from the first one on', () => {
    const node = nodeWith(createDocumentCache());
    for (const index of [2, 3]) edited({ endpoints: new Map([[idOf(index), endpointOf(index)]]) })(node);
    const before = node.files.calls.length;
    edited({ endpoints: new Map([[idOf(4), endpointOf(4)]]) })(node);
    edited({ endpoints: new Map([[idOf(4), undefined]]) })(node);
    const calls = node.files.calls.slice(before).filter((call) => /^read(All|At) /.test(call));
    const read = calls.map((call) => call.split(' ')[1]);
    expect(new Set(read)).toEqual(new Set([DOCUMENT]));
  });

  it('does not expose the result of a failed transaction', () => {
    const node = nodeWith(createDocumentCache());
    for (const index of [2, 3]) edited({ endpoints: new Map([[idOf(index), endpointOf(index)]]) })(node);
    const text = textOf(node);
    const refused = failure('exhausted', 'find an address', 'none is free');
    expect(storeOf(node).transact('test', () => err(refused))).toEqual(err(refused));
    node.files.fault = (call) => (call === 'fdatasync' ? -28 : undefined);
    expect(edited({ endpoints: new Map([[idOf(3), undefined]]) })(node)).toMatchObject({ kind: 'failure' });
    node.files.fault = undefined;
    expect(edited({})(node)).toMatchObject({ snapshot: { text } });
  });
});
