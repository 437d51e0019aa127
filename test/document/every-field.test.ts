import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { diffDocuments, leavesOf } from '../../reconciler/document/merge/changes.ts';
import { createHistory } from '../../reconciler/document/history/history.ts';
import { mergeDocuments } from '../../reconciler/document/merge/merge.ts';
import { rolledBack } from '../../reconciler/document/merge/rewritten.ts';
import { slowPath } from '../../reconciler/document/yaml/slow.ts';
import type { DocumentChange, Snapshot } from '../../reconciler/document/snapshot.ts';
import type { VnetDocument } from '../../schemas/generated/vnet.ts';
import { type MemorySys } from './support/memory-sys.ts';
import { idOf } from './support/samples.ts';
import { attach, DOCUMENT, save, storeOf, textOf, writtenNode } from './support/scenarios.ts';
import { wholeLibrary } from './support/whole-library.ts';

const SCHEMA = join(import.meta.dirname, '../../schemas/generated/vnet.schema.json');

/** Fields that are never changed, and CNI's fields. */
const OTHERS = ['apiVersion', 'kind', 'metadata', 'endpoints', 'released'];

/** A hand edit of each hand-edited field, and its description. A field missing here fails a test. */
const EDITS: Readonly<
  Record<string, { readonly edit: (text: string) => string; readonly change: DocumentChange }>
> = {
  networks: {
    edit: (text) => text.replace('{name: azure0}', '{name: azure0, mtu: 1400}'),
    change: { path: 'networks.azure.bridge.mtu', after: 1400 },
  },
  policy: {
    edit: (text) => text.replace('networks:\n', 'policy: {routes: report} # not ours\nnetworks:\n'),
    change: { path: 'policy', after: { routes: 'report' } },
  },
  networkPolicies: {
    edit: (text) =>
      text.replace(
        'networks:\n',
        'networkPolicies: {x/p: {podSelector: {matchLabels: {app: report}}}}\nnetworks:\n',
      ),
    change: {
      path: 'networkPolicies',
      after: { 'x/p': { podSelector: { matchLabels: { app: 'report' } } } },
    },
  },
  namespaces: {
    edit: (text) => text.replace('networks:\n', 'namespaces: {x: {labels: {team: report}}}\nnetworks:\n'),
    change: { path: 'namespaces', after: { x: { labels: { team: 'report' } } } },
  },
};

/** A second change of the same field. */
const AGAIN: Readonly<
  Record<string, { readonly edit: (text: string) => string; readonly change: DocumentChange }>
> = {
  networks: {
    edit: (text) => text.replace('mtu: 1400', 'mtu: 1450'),
    change: { path: 'networks.azure.bridge.mtu', before: 1400, after: 1450 },
  },
  policy: {
    edit: (text) => text.replace('routes: report', 'routes: ignore'),
    change: { path: 'policy.routes', before: 'report', after: 'ignore' },
  },
  networkPolicies: {
    edit: (text) => text.replace('app: report', 'app: ignore'),
    change: {
      path: 'networkPolicies.x/p.podSelector.matchLabels.app',
      before: 'report',
      after: 'ignore',
    },
  },
  namespaces: {
    edit: (text) => text.replace('team: report', 'team: ignore'),
    change: { path: 'namespaces.x.labels.team', before: 'report', after: 'ignore' },
  },
};

/** A person saves, then an ADD follows: generation 9 is the person's. */
function handEdit(memory: MemorySys, edit: (text: string) => string, endpoint: number): void {
  const text = edit(textOf(memory));
  expect(text).not.toBe(textOf(memory));
  save(memory, text);
  expect(attach(storeOf(memory), endpoint).ok).toBe(true);
}

function historyOf({ sys }: MemorySys) {
  return createHistory(sys, DOCUMENT, wholeLibrary);
}

function changesAt(memory: MemorySys, generation: number): readonly DocumentChange[] {
  const records = historyOf(memory).records();
  if (!records.ok) throw new Error(JSON.stringify(records.error));
  return records.value.find((record) => record.generation === generation)?.changes ?? [];
}

function at(memory: MemorySys, generation: number): Snapshot {
  const found = historyOf(memory).at(generation);
  if (!found.ok || found.value === undefined) throw new Error(`generation ${generation} is not kept`);
  return found.value;
}

function now(memory: MemorySys): Snapshot {
  const found = storeOf(memory).read();
  if (!found.ok || found.value === undefined) throw new Error(JSON.stringify(found));
  return found.value;
}

const valueOf = (document: VnetDocument, field: string): unknown => Reflect.get(document, field);

describe('every field of a document that people edit', () => {
  it('is tried here', () => {
    const schema: { readonly properties: Readonly<Record<string, unknown>> } = JSON.parse(
      readFileSync(SCHEMA, 'utf8'),
    );
    const edited = Object.keys(schema.properties).filter((field) => !OTHERS.includes(field));
    expect(Object.keys(EDITS).toSorted()).toEqual(edited.toSorted());
    expect(Object.keys(AGAIN).toSorted()).toEqual(edited.toSorted());
  });

  it.each(Object.keys(EDITS))('every change of %s is in the history', (field) => {
    const [first, again] = [EDITS[field], AGAIN[field]];
    expect.assert(first !== undefined && again !== undefined);
    const memory = writtenNode();
    handEdit(memory, first.edit, 4);
    handEdit(memory, again.edit, 5);
    expect([changesAt(memory, 9), changesAt(memory, 11)]).toEqual([[first.change], [again.change]]);
    expect(diffDocuments(at(memory, 9).document, at(memory, 11).document)).toContainEqual(again.change);
    const leaves = leavesOf(at(memory, 11).document).map(({ path }) => path);
    expect(leaves).toContain(again.change.path);
    const back = (text: string): string =>
      text.replace(/^(policy|networkPolicies|namespaces):.*\n/m, '').replace(/, mtu: 1450/, '');
    handEdit(memory, back, 6);
    expect(changesAt(memory, 13).map(({ after }) => after)).toEqual([undefined]);
  });

  it.each(Object.keys(EDITS))('%s that another changed meanwhile is kept by an older save', (field) => {
    const memory = writtenNode();
    const older = textOf(memory);
    handEdit(memory, EDITS[field]?.edit ?? String, 4);
    const wanted = valueOf(now(memory).document, field);
    save(memory, older.replace('# a node', '# my node'));
    const merged = now(memory);
    expect(merged.refused).toBeUndefined();
    expect(merged.text).toContain('# my node');
    expect(valueOf(merged.document, field)).toEqual(wanted);
    expect(Object.keys(merged.document.endpoints ?? {})).toContain(idOf(4));
  });

  it.each(Object.keys(EDITS))('%s that two changed differently is a conflict, named by its path', (field) => {
    const memory = writtenNode();
    handEdit(memory, EDITS[field]?.edit ?? String, 4);
    const base = now(memory).document;
    const [mine, others] = [
      AGAIN[field]?.edit ?? String,
      (text: string) => text.replace(/1400|report/, (was) => (was === '1400' ? '1350' : 'repair')),
    ];
    const readText = (text: string): VnetDocument => {
      const read = slowPath.read(text, 'vnet.yaml');
      if (!read.ok) throw new Error(JSON.stringify(read.error));
      return read.value.document;
    };
    const [yours, theirs] = [readText(mine(textOf(memory))), readText(others(textOf(memory)))];
    const merged = mergeDocuments({ base, yours, theirs });
    expect(merged).toMatchObject({ kind: 'conflict', conflicts: [{ path: AGAIN[field]?.change.path }] });
    expect(mergeDocuments({ base, yours: base, theirs }).document).toEqual(theirs);
  });

  it.each(Object.keys(EDITS))('%s is restored with an older generation', (field) => {
    const memory = writtenNode();
    handEdit(memory, EDITS[field]?.edit ?? String, 4);
    handEdit(memory, AGAIN[field]?.edit ?? String, 5);
    const text = rolledBack(slowPath, at(memory, 9), now(memory));
    if (!text.ok) throw new Error(text.error.message);
    expect(storeOf(memory).submit({ who: 'vnet rollback' }, text.value)).toMatchObject({
      ok: true,
      value: { kind: 'taken' },
    });
    expect(valueOf(now(memory).document, field)).toEqual(valueOf(at(memory, 9).document, field));
    expect(Object.keys(now(memory).document.endpoints ?? {})).toContain(idOf(5));
  });
});
