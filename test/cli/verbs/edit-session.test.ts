import { createSys } from '#sys';
import { describe, expect, it } from 'vitest';
import { type EditPorts, editText } from '../../../reconciler/cli/verbs/history/edit-text.ts';
import { authorIn } from '../../../reconciler/app/author.ts';
import type { Output } from '../../../reconciler/app/output.ts';
import { readDocument } from '../../../reconciler/document/yaml/read.ts';
import { previewChange } from '../../../reconciler/loop/change/preview-change.ts';
import { err, failure, ok } from '../../../reconciler/model/result.ts';
import { createMemorySession } from '../../support/memory-session.ts';
import { bootedKernel, documentOf } from '../../support/node.ts';

const CHOICE = { refused: undefined, why: undefined, yes: false } as const;

/** A user who writes these texts in turn, and gives these answers. */
function session(texts: readonly ((text: string) => string)[], answers: string) {
  const memory = createMemorySession(bootedKernel([]), documentOf([]));
  const text = JSON.stringify(documentOf([]), undefined, 2);
  const said: string[] = [];
  const shown: string[] = [];
  let [file, asked] = ['', 0];
  const steps = [...texts];
  const ports: EditPorts = {
    authorOf: authorIn(createSys(), {}),
    keep: (kept) => {
      file = kept;
      return ok('/tmp/edit/vnet.yaml');
    },
    read: () => ok(file),
    write: (_path, written) => {
      file = written;
      return ok(undefined);
    },
    remove: () => {
      file = '';
    },
    edit: () => {
      shown.push(file);
      const change = steps.shift();
      if (change === undefined) return err(failure('not-found', 'edit', 'no more texts'));
      file = change(file);
      return ok(undefined);
    },
    choose: (_question, letters) => {
      const answer = answers[asked++] ?? '';
      return Promise.resolve(letters.includes(answer) ? answer : letters.charAt(0));
    },
    preview: (wanted, path) => {
      const before = memory.store.read();
      if (!before.ok || before.value === undefined) throw new Error('there is a document');
      const history = { records: () => ok([]), at: () => ok(undefined) };
      const permission = { limit: 'node-outage', withdraw: true } as const;
      return previewChange(memory, history, before.value, { text: wanted, file: path, permission });
    },
    submit: (author, wanted) => memory.store.submit(author, wanted),
  };
  const output: Output = {
    print: (line) => void said.push(line),
    warn: (line) => void said.push(line),
    paint: (_style, painted) => painted,
  };
  const beginning = { text, notes: [], isWanted: false };
  const run = () => editText(ports, { beginning, choice: CHOICE }, output);
  return {
    run,
    said: () => said.join('\n'),
    shown,
    left: () => file,
    document: () => memory.store.document(),
    text,
  };
}

const mtu = (value: string) => (text: string) =>
  text.replace('"name": "azure0"', `"name": "azure0", "mtu": ${value}`);

describe('an edit on a terminal', () => {
  it('is opened again with the errors on top, and applied once they are corrected and confirmed', async () => {
    const person = session([mtu('"big"'), (text) => text.replace('"mtu": "big"', '"mtu": 1400')], 'ey');
    expect(await person.run()).toEqual({ ok: true, value: 0 });
    expect(person.shown[1]).toMatch(
      /^#! line \d+, column \d+: networks\.azure\.bridge\.mtu: expected a whole number/,
    );
    expect(person.document()?.networks['azure']).toMatchObject({ bridge: { mtu: 1400 } });
    expect([person.said().includes('Applied as generation 8'), person.left()]).toEqual([true, '']);
  });

  it('is opened again if its plan is rejected', async () => {
    const person = session([mtu('1300'), (text) => text.replace('1300', '1400')], 'ey');
    expect(await person.run()).toEqual({ ok: true, value: 0 });
    expect(person.document()?.networks['azure']).toMatchObject({ bridge: { mtu: 1400 } });
    expect(person.said()).toMatch(/networks\.azure\.bridge\.mtu[^]*want 1300[^]*want 1400/);
  });

  it.each([
    ['no', [mtu('1400')], 'n', 0],
    ['anything that is no answer', [mtu('1400')], '?', 0],
    ['abort', [mtu('"big"')], 'a', 65],
  ])('changes nothing after %s, and keeps the text', async (_answer, texts, answers, code) => {
    const person = session(texts, answers);
    expect(await person.run()).toEqual({ ok: true, value: code });
    expect(person.document()).toEqual(documentOf([]));
    expect([person.left().includes('mtu'), person.said().includes('kept in /tmp/edit/vnet.yaml')]).toEqual([
      true,
      true,
    ]);
  });

  it('keeps the text when the editor cannot be run', async () => {
    const person = session([], '');
    expect(await person.run()).toEqual({ ok: true, value: 1 });
    expect(readDocument(person.left(), 'x').ok).toBe(true);
  });
});
