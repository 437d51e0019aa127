import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listValues } from '../../../reconciler/cli/completion/values.ts';
import { fieldPaths, valuePaths } from '../../../reconciler/cli/completion/value-paths.ts';
import { resolvePaths } from '../../../reconciler/app/paths.ts';
import { readDocument } from '../../../reconciler/document/yaml/read.ts';
import schema from '../../../schemas/generated/vnet.schema.json' with { type: 'json' };
import { createSys } from '#sys';
import { mustExec } from '../../support/exec.ts';
import type { NodeValues } from '../../../reconciler/cli/verb.ts';
import { type CliNode, DOCUMENT, makeCliNode } from '../simulated-node.ts';

describe('candidates from a node', () => {
  let node: CliNode;
  const offered = async (kind: NodeValues, prefix = '', root = node.root): Promise<readonly string[]> => {
    const values = await listValues({ sys: createSys(), paths: resolvePaths({ root }, {}), prefix }, kind);
    return values.map(([value, about]) => (about === '' ? value : `${value}\t${about}`));
  };

  beforeAll(() => {
    node = makeCliNode();
    const file = node.file('new.yaml', node.read().replace('mtu: 1500 #', 'mtu: 1400 #'));
    for (const args of [
      ['apply', '-f', file, '-m', 'overlay', '--confirm-within', '10m'],
      ['pause', 'link azure0', '--for', '10m'],
    ]) {
      mustExec(node.command(...args), { env: node.env });
    }
  });
  afterAll(() => node.remove());

  it('names pods and addresses; other names only after a first letter', async () => {
    expect(await offered('endpoints')).toEqual(['default/web-0\t10.240.0.36', '10.240.0.36\tdefault/web-0']);
    expect(await offered('endpoints', '0a:d3')).toEqual(['0a:d3:b8:e4:19:e3\tdefault/web-0 10.240.0.36']);
    expect(await offered('endpoints', 'c0000')).toHaveLength(1);
  });

  it('names networks, interfaces, generations with their authors, unconfirmed changes and pauses', async () => {
    expect(await offered('networks')).toEqual(['azure\tmode bridge']);
    expect(await offered('names', 'az')).toEqual(expect.arrayContaining(['azure0\tbridge of azure']));
    const generations = await offered('generations');
    expect(generations.map((line) => line.split('\t')[0])).toEqual(['8', '7']);
    expect(generations[0]).toMatch(/^8\t\d{4}-.*Z vnet apply .*: overlay$/);
    expect(await offered('tentative')).toEqual([expect.stringMatching(/^8\tunconfirmed since/)]);
    expect(await offered('paused')).toEqual([expect.stringMatching(/^link azure0\tpaused until /)]);
    expect(await offered('objects', 'link eth')).toEqual(['link eth0\tuplink of azure']);
  });

  it('names the objects that the last round left different', async () => {
    const objects = [{ key: 'link azure0', state: 'pending', reason: '', attempts: 0, since: '' }];
    const status = { format: 'vnet.status/1', time: '', observedGeneration: 8, conditions: [], objects };
    const root = join(node.root, 'other');
    mkdirSync(join(root, 'run/vnet'), { recursive: true });
    writeFileSync(join(root, 'run/vnet/status.json'), JSON.stringify(status));
    expect(await offered('drifted', '', root)).toEqual(['link azure0\tpending']);
  });

  it('has nothing to offer, and no error, where nothing can be read', async () => {
    for (const kind of ['endpoints', 'networks', 'generations', 'tentative', 'objects', 'paused'] as const) {
      expect([kind, await offered(kind, '', '/nowhere')]).toEqual([kind, []]);
    }
    for (const kind of ['drifted', 'accepted', 'names', 'paths'] as const) {
      expect([kind, await offered(kind, '', '/nowhere')]).toEqual([kind, []]);
    }
    writeFileSync(join(node.root, 'broken.yaml'), 'nonsense: [');
    const paths = resolvePaths({ document: join(node.root, 'broken.yaml'), root: '/nowhere' }, {});
    expect(await listValues({ sys: createSys(), paths, prefix: '' }, 'endpoints')).toEqual([]);
  });

  it('is printed by __complete, which succeeds for any input', () => {
    expect(node.vnet('__complete', 'release', '')).toMatchObject({
      code: 0,
      stdout: 'azure\tmode bridge\n:36\n',
      stderr: '',
    });
    for (const words of [[], ['nonsense', '--', '--x'], ['get', '-o'], ['--root'], ['help', 'x', 'y']])
      expect(node.vnet('__complete', ...words)).toMatchObject({ code: 0, stderr: '' });
  });
});

describe('paths', () => {
  it('of fields are accepted by vnet schema', () => {
    const fields = fieldPaths(schema, ['azure']).map(([path]) => path);
    expect(fields).toEqual(
      expect.arrayContaining(['bridge.mtu', 'networks.azure.bridge.mtu', 'routes.via', 'hostVeth']),
    );
    expect(fields.filter((path) => /[<[]/.test(path))).toEqual([]);
  });

  it('of values lead to every setting of a network, and to each endpoint', () => {
    const read = readDocument(DOCUMENT, 'x');
    const paths = valuePaths(read.ok ? read.value : undefined).map(([path]) => path);
    expect(paths).toEqual(
      expect.arrayContaining(['networks', 'networks.azure.bridge.mtu', 'endpoints.azure/c00000000000/eth0']),
    );
    expect(valuePaths(undefined)).toEqual([]);
  });
});
