import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { createSys } from '#sys';
import { openResultCache } from '../../reconciler/cni/result-cache.ts';

const folder = mkdtempSync(join(tmpdir(), 'vnet-cache-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const KEY = { containerId: 'abc', ifName: 'eth0' };
const KEPT = {
  attachment: { ...KEY, netns: '/run/netns/a', args: { IP: '10.0.0.1' }, capabilities: { mac: 'x' } },
  result: { cniVersion: '1.0.0' },
};

describe('the cache of results', () => {
  beforeEach(() => rmSync(join(folder, 'results'), { recursive: true, force: true }));

  it('returns a stored result, in another process too, only for its network', () => {
    openResultCache(createSys(), folder, 'net').put(KEPT);
    expect(openResultCache(createSys(), folder, 'net').get(KEY)).toEqual(KEPT);
    expect(openResultCache(createSys(), folder, 'net').list()).toEqual([KEPT]);
    expect(openResultCache(createSys(), folder, 'other').get(KEY)).toBeUndefined();
    expect(openResultCache(createSys(), folder, 'other').list()).toEqual([]);
  });

  it("has libcni's layout, readable by root only", () => {
    openResultCache(createSys(), folder, 'net').put(KEPT);
    expect(readdirSync(join(folder, 'results'))).toEqual(['net-abc-eth0']);
    const file = join(folder, 'results/net-abc-eth0');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({
      kind: 'cniCacheV1',
      containerId: 'abc',
      networkName: 'net',
      cniArgs: [['IP', '10.0.0.1']],
      capabilityArgs: { mac: 'x' },
    });
  });

  it('treats a damaged file as absent, and deletes a result, twice', () => {
    const cache = openResultCache(createSys(), folder, 'net');
    cache.put(KEPT);
    writeFileSync(join(folder, 'results/net-abc-eth0'), '{');
    expect([cache.get(KEY), cache.list()]).toEqual([undefined, []]);
    cache.drop(KEY);
    cache.drop(KEY);
    expect(readdirSync(join(folder, 'results'))).toEqual([]);
  });
});
