import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSys } from '#sys';
import { afterEach, describe, expect, it } from 'vitest';
import { readMembers } from '../../reconciler/document/members-file.ts';

const WHOLE = {
  format: 'vnet.policy/1',
  policies: { 'x/a': { podSelector: {} } },
  namespaces: { x: { team: 'red' } },
  pods: [
    { namespace: 'x', name: 'one', labels: { app: 'a' }, addresses: ['10.0.0.1'] },
    { namespace: 'x', name: 'two', labels: {}, addresses: ['FD00::2'] },
  ],
};

describe('the file of members', () => {
  const sys = createSys();
  const directories: string[] = [];
  afterEach(() => {
    for (const directory of directories.splice(0)) rmSync(directory, { recursive: true });
  });

  const make = (text: string): { directory: string; path: string } => {
    const directory = mkdtempSync(join(tmpdir(), 'vnet-members-'));
    directories.push(directory);
    const path = join(directory, 'policy.json');
    writeFileSync(path, text);
    return { directory, path };
  };
  const read = (directory: string) => {
    const members = readMembers({ sys, directory });
    if (!members.ok) return members.error.code;
    return members.value;
  };
  const namesIn = (directory: string): readonly string[] => {
    const members = read(directory);
    if (typeof members !== 'object') return [];
    return members.pods.map(({ namespace, name, addresses }) => `${namespace}/${name} ${addresses.join()}`);
  };

  it('is one value as people write it, or a line and its changes', () => {
    const asWritten = make(JSON.stringify(WHOLE, null, 2));
    const asLines = make(`${JSON.stringify(WHOLE)}\n`);
    expect(namesIn(asWritten.directory)).toEqual(['x/one 10.0.0.1', 'x/two fd00::2']);
    expect(read(asWritten.directory)).toEqual(read(asLines.directory));
  });

  it('is read on from where it was, and what did not change stays the same value', () => {
    const { directory, path } = make(`${JSON.stringify(WHOLE)}\n`);
    const before = read(directory);
    const moved = { namespace: 'x', name: 'one', labels: { app: 'a' }, addresses: ['10.0.0.9'], local: true };
    const change = { pods: [moved], policies: { 'x/b': { podSelector: {} }, 'x/a': null } };
    appendFileSync(path, `${JSON.stringify(change)}\n{"gone":["x/t`);
    const now = read(directory);
    if (typeof before !== 'object' || typeof now !== 'object') throw new Error('not read');
    expect(namesIn(directory)).toEqual(['x/one 10.0.0.9', 'x/two fd00::2']);
    expect(Object.keys(now.policies)).toEqual(['x/b']);
    expect(now.pods[0]?.isExpected).toBe(true);
    expect(now.pods[1]).toBe(before.pods[1]);
    expect(now.namespaces).toBe(before.namespaces);
    appendFileSync(path, 'wo"]}\n');
    expect(namesIn(directory)).toEqual(['x/one 10.0.0.9']);
    expect(typeof read(directory) === 'object' && read(directory)).toBe(read(directory));
  });

  it('is read anew once it was replaced', () => {
    const { directory, path } = make(`${JSON.stringify(WHOLE)}\n`);
    expect(namesIn(directory)).toHaveLength(2);
    writeFileSync(`${path}.new`, `${JSON.stringify({ ...WHOLE, pods: [] })}\n{"namespaces":{"x":null}}\n`);
    renameSync(`${path}.new`, path);
    expect(namesIn(directory)).toEqual([]);
    expect(read(directory)).toMatchObject({ namespaces: new Map() });
  });

  it.each(['', 'x', '{}', '{"format":"vnet.policy/2"}', `${JSON.stringify(WHOLE)}\n{"gone":1}\n`])(
    'is refused in another format: %j',
    (text) => {
      expect(read(make(text).directory)).toBe('invalid');
    },
  );
});
