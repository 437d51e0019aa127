/** The identity of the machine in a document: added by the next write to one that lacks it. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSys } from '#sys';
import { createHistory } from '../../../reconciler/document/history/history.ts';
import { createStore, type Store } from '../../../reconciler/document/store/store.ts';
import type { Problem } from '../../../reconciler/document/snapshot.ts';
import { ok, type Result } from '../../../reconciler/model/result.ts';
import { endpointOf, idOf, NETWORK } from '../support/samples.ts';
import { wholeLibrary } from '../support/whole-library.ts';

const MACHINE = '0123456789abcdef0123456789abcdef/6f2b9a4e-1c53-4c1e-9a57-0d8e3f1b7c21';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'vnet-machine-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const file = (): string => join(directory, 'vnet.yaml');
const read = (): string => readFileSync(file(), 'utf8');

function must<T>(result: Result<T, Problem>): T {
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

function open(machine: string | undefined, node = 'node-1'): Store {
  const paths = { document: file(), runDirectory: join(directory, 'run') };
  return createStore(createSys(), paths, node, { library: wholeLibrary, machine: () => machine });
}

/** Adds the endpoint; without a document, the network. */
function add(store: Store, number: number): void {
  const networks = number === 0 ? { networks: new Map([['azure', NETWORK]]) } : {};
  const endpoints = number === 0 ? {} : { endpoints: new Map([[idOf(number), endpointOf(number)]]) };
  must(store.transact('test', () => ok({ edit: { ...networks, ...endpoints }, value: undefined })));
}

describe('the machine of a document', () => {
  it('is added by the next write that changes something, as a line of its own', () => {
    add(open(undefined), 0);
    add(open(undefined), 1);
    writeFileSync(file(), read().replace('  generation: 2', '  generation: 2 # the second'));
    add(open(undefined), 2);
    const before = read();
    must(open(MACHINE).transact('test', () => ok({ edit: {}, value: undefined })));
    expect(read()).toBe(before);
    add(open(MACHINE), 3);
    expect(before).not.toContain('machine:');
    expect(read()).toContain(`  generation: 5 # the second\n  machine: ${MACHINE}\n`);
    add(open('another'), 4);
    const lines = read().split('\n');
    for (const line of before.split('\n').filter((one) => !one.includes('generation:')))
      expect(lines).toContain(line);
    const history = createHistory(createSys(), file(), wholeLibrary);
    expect(must(history.records()).map(({ changes }) => changes.map(({ path }) => path))).toContainEqual(
      expect.arrayContaining(['metadata.machine']),
    );
    expect(must(history.at(5))?.document.metadata.machine).toBe(MACHINE);
    expect(must(history.at(4))?.document.metadata.machine).toBeUndefined();
  });

  it('is added to metadata in braces, too', () => {
    add(open(undefined), 0);
    const metadata = /metadata:\n(?: .*\n)+/.exec(read())?.[0] ?? '';
    writeFileSync(file(), read().replace(metadata, 'metadata: {node: node-1, generation: 1}\n'));
    add(open(MACHINE), 1);
    expect(must(open(MACHINE).read())?.document.metadata).toMatchObject({ node: 'node-1', machine: MACHINE });
  });

  it('is not added to the document of another node', () => {
    add(open(undefined, 'node-2'), 0);
    add(open(MACHINE), 1);
    expect(read()).not.toContain('machine:');
  });
});
