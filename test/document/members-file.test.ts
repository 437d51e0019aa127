import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSys } from '#sys';
import { afterEach, describe, expect, it } from 'vitest';
import { ERRNO } from '../../reconciler/model/ports/sys.ts';
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

  /** A file to which a line is appended once, right after the first call of this name. */
  const readBeside = (directory: string, path: string, call: 'readAll' | 'fstat', line: string) => {
    let isDue = true;
    const after = <T>(result: T): T => {
      if (isDue) appendFileSync(path, line);
      isDue = false;
      return result;
    };
    const beside = {
      ...sys,
      readAll: (fd: number) => (call === 'readAll' ? after(sys.readAll(fd)) : sys.readAll(fd)),
      fstat: (fd: number) => (call === 'fstat' ? after(sys.fstat(fd)) : sys.fstat(fd)),
    };
    const names = (): readonly string[] | undefined => {
      const members = readMembers({ sys: beside, directory });
      return members.ok ? members.value?.pods.map(({ name }) => name) : undefined;
    };
    return { names, arm: () => void (isDue = true), disarm: () => void (isDue = false) };
  };

  it('has a line that is written while the whole is read, at the next read', () => {
    const { directory, path } = make(`${JSON.stringify(WHOLE)}\n`);
    const { names } = readBeside(directory, path, 'readAll', '{"gone":["x/one"]}\n');
    expect(names()).toEqual(['one', 'two']);
    expect(names()).toEqual(['two']);
  });

  it('has a line that is written while lines are read, at the next read', () => {
    const { directory, path } = make(`${JSON.stringify(WHOLE)}\n`);
    const { names, arm, disarm } = readBeside(directory, path, 'fstat', '{"gone":["x/one"]}\n');
    disarm();
    expect(names()).toEqual(['one', 'two']);
    appendFileSync(path, '{"gone":["x/two"]}\n');
    arm();
    expect(names()).toEqual(['one']);
    expect(names()).toEqual([]);
  });

  it('is read anew where it was written in place, with as many bytes', () => {
    const { directory, path } = make(`${JSON.stringify(WHOLE)}\n`);
    expect(namesIn(directory)).toContain('x/one 10.0.0.1');
    writeFileSync(path, `${JSON.stringify(WHOLE).replace('10.0.0.1', '10.0.0.7')}\n`);
    expect(namesIn(directory)).toContain('x/one 10.0.0.7');
  });

  it('is read anew where another one of as many bytes took its place and its number, and has a line', () => {
    const { directory, path } = make('');
    const write = (changedMs: number, address: string): void => {
      const { format, ...rest } = WHOLE;
      const text = JSON.stringify({ format, changedMs, ...rest }).replace('10.0.0.1', address);
      writeFileSync(path, `${text}\n`);
    };
    write(1_700_000_000_000, '10.0.0.1');
    expect(namesIn(directory)).toContain('x/one 10.0.0.1');
    // In place of the exchange of two files, after which the number may be the same.
    write(1_700_000_000_001, '10.0.0.7');
    appendFileSync(path, '{"gone":["x/two"]}\n');
    expect(namesIn(directory)).toEqual(['x/one 10.0.0.7']);
  });

  it('is not taken for absent where it cannot be looked at', () => {
    const { directory } = make(`${JSON.stringify(WHOLE)}\n`);
    const blind = { ...sys, stat: () => -ERRNO.EIO };
    expect(readMembers({ sys: blind, directory }).ok).toBe(false);
    expect(readMembers({ sys, directory: `${directory}/none` })).toEqual({ ok: true, value: undefined });
  });

  it('has addresses alone: a prefix length is left out, and so is other text', () => {
    const pods = [
      { namespace: 'x', name: 'one', addresses: ['10.0.0.1/24', 'FD00::1/64', 'none', '10.0.0.300'] },
    ];
    expect(namesIn(make(`${JSON.stringify({ ...WHOLE, pods })}\n`).directory)).toEqual([
      'x/one 10.0.0.1,fd00::1',
    ]);
  });

  it.each([
    { namespace: 'x', name: 'one', addresses: '10.0.0.1' },
    { namespace: 'x', name: 'one', labels: { app: 1 } },
    { namespace: 'x', name: 'one', labels: [] },
    { namespace: 'x', name: 'one', ports: [{ name: 'http' }] },
  ])('is refused with a pod of another shape: %j', (pod) => {
    expect(read(make(`${JSON.stringify({ ...WHOLE, pods: [pod] })}\n`).directory)).toBe('invalid');
  });

  it.each([
    { podSelector: [] },
    { podSelector: { matchLabels: { app: 1 } } },
    { podSelector: { matchExpressions: [{ key: 'a' }] } },
    { podSelector: {}, policyTypes: 'Ingress' },
    { podSelector: {}, ingress: null },
    { podSelector: {}, ingress: {} },
    { podSelector: {}, ingress: [{ from: {} }] },
    { podSelector: {}, ingress: [{ from: [{ ipBlock: { cidr: '10.0.0.0/8', except: '10.1.0.0/16' } }] }] },
    { podSelector: {}, egress: [{ to: [{ podSelector: null }] }] },
    { podSelector: {}, egress: [{ ports: [{ port: [80] }] }] },
  ])('is refused with a policy of another shape, which would be no policy: %j', (policy) => {
    const { directory, path } = make(`${JSON.stringify({ ...WHOLE, policies: { 'x/a': policy } })}\n`);
    expect(read(directory)).toBe('invalid');
    writeFileSync(path, `${JSON.stringify(WHOLE)}\n${JSON.stringify({ policies: { 'x/b': policy } })}\n`);
    expect(read(directory)).toBe('invalid');
  });

  it.each(['', 'x', '{}', '{"format":"vnet.policy/2"}', `${JSON.stringify(WHOLE)}\n{"gone":1}\n`])(
    'is refused in another format: %j',
    (text) => {
      expect(read(make(text).directory)).toBe('invalid');
    },
  );
});
