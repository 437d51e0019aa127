import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import {
  compareVersions,
  defaultNetworkName,
  parseConflist,
  readConflist,
} from '../../reconciler/cni/conflist.ts';
import { loadConflist } from '../support/load-conflist.ts';
import { must } from '../support/must.ts';

describe('a configuration list', () => {
  it.each([
    ['{', /JSON/],
    ['null', /not a JSON object/],
    ['{"plugins":[{"type":"a"}]}', /"name" is missing/],
    ['{"name":"a","plugins":[]}', /"plugins" is missing or empty/],
    ['{"name":"a","plugins":[{"type":"a"},{}]}', /"plugins\[1\].type" is missing/],
  ])('is refused with a reason when it is %s', (text, reason) => {
    const list = parseConflist(text);
    expect(list.ok ? '' : list.error.message).toMatch(reason);
  });

  it('without a version is one of 0.1.0', () => {
    expect(must(parseConflist('{"name":"a","plugins":[{"type":"b"}]}')).cniVersion).toBe('0.1.0');
  });

  it('has a version that compares by number', () => {
    expect(compareVersions('0.3.1', '0.4.0')).toBe(-1);
    expect(compareVersions('0.10.0', '0.4.0')).toBe(1);
    expect(compareVersions('1.0.0', '1.0.0')).toBe(0);
  });

  const PLUGINS = [{ type: 'a' }];
  it.each([
    ['the highest that is listed', '0.4.0', ['1.0.0', '0.3.1'], '1.0.0'],
    ['none that this runtime does not know', '1.0.0', ['1.1.0', '1.2.0'], '1.1.0'],
    ['the one there is', '0.3.1', undefined, '0.3.1'],
  ])('is of the version that libcni would pick: %s', (_name, cniVersion, cniVersions, picked) => {
    const text = JSON.stringify({ name: 'a', cniVersion, cniVersions, plugins: PLUGINS });
    expect(must(parseConflist(text)).cniVersion).toBe(picked);
  });

  it('may be the configuration of one plugin', () => {
    const plugin = { cniVersion: '0.2.0', name: 'a', type: 'bridge', bridge: 'br0' };
    expect(must(parseConflist(JSON.stringify(plugin)))).toMatchObject({ name: 'a', plugins: [plugin] });
  });

  it.each([[true], ['true'], ['TRUE']])('accepts %j as true', (value) => {
    const text = JSON.stringify({ name: 'a', plugins: PLUGINS, disableCheck: value, disableGC: value });
    expect(must(parseConflist(text))).toMatchObject({ disableCheck: true, disableGC: true });
  });
});

describe('a folder of configuration lists', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vnet-conflist-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const write = (path: string, value: object): void => {
    mkdirSync(join(folder, 'net'), { recursive: true });
    writeFileSync(join(folder, path), JSON.stringify(value));
  };
  const typesOf = (list: ReturnType<typeof readConflist>): readonly string[] =>
    must(list).plugins.map(({ type }) => type);

  it('has its first list used, with the plugins dropped beside it after its own', () => {
    expect(loadConflist(folder)).toMatchObject({ error: { code: 'not-found' } });
    write('20-z.conflist', { name: 'z', plugins: [{ type: 'z' }] });
    write('10-net.conflist', { name: 'net', plugins: [{ type: 'a' }] });
    write('net/50-tuning.conf', { type: 'tuning' });
    expect(typesOf(loadConflist(folder))).toEqual(['a', 'tuning']);
    write('10-net.conflist', { name: 'net', plugins: [{ type: 'a' }], loadOnlyInlinedPlugins: 'true' });
    expect(typesOf(loadConflist(folder))).toEqual(['a']);
  });

  it('names the unreadable file', () => {
    expect(readConflist(join(folder, 'absent'))).toMatchObject({ error: { code: 'not-found' } });
    write('30-bad.conflist', { name: 'net', plugins: [{ type: 'a' }] });
    writeFileSync(join(folder, 'net/60-bad.conf'), '{');
    const read = readConflist(join(folder, '30-bad.conflist'));
    expect(read).toMatchObject({ error: { code: 'invalid', step: `read ${folder}/net/60-bad.conf` } });
  });

  it('names the network of its first file of any sort; of Multus, the first delegate', () => {
    const own = mkdtempSync(join(tmpdir(), 'vnet-net-d-'));
    const put = (name: string, value: object): void => writeFileSync(join(own, name), JSON.stringify(value));
    expect([defaultNetworkName(own), defaultNetworkName(join(own, 'absent'))]).toEqual([
      undefined,
      undefined,
    ]);
    const plugins = [{ type: 'a' }];
    put('20-z.conflist', { name: 'z', plugins });
    put('readme.txt', { name: 'no configuration' });
    expect(defaultNetworkName(own)).toBe('z');
    put('10-a.conf', { name: 'a', type: 'azure-vnet' });
    expect(defaultNetworkName(own)).toBe('a');
    const delegates = [{ name: 'inner', plugins }, { name: 'second' }];
    put('00-multus.conf', { name: 'multus-cni-network', type: 'multus', delegates });
    expect(defaultNetworkName(own)).toBe('inner');
    writeFileSync(join(own, '00-multus.conf'), '{');
    expect(defaultNetworkName(own)).toBeUndefined();
    rmSync(own, { recursive: true });
  });
});
