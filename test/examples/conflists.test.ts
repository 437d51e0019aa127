import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decodeNetconf } from '../../plugin/protocol/netconf.ts';

const root = join(import.meta.dirname, '../..');
const paths = readdirSync(join(root, 'examples')).filter((name) => name.endsWith('.conflist'));

/** The executables of `npm run build` and of Debian's containernetworking-plugins. */
const EXECUTABLES = ['azure-vnet', 'azure-vnet-ipam', 'portmap'];

type Plugin = { readonly type: string; readonly ipam?: { readonly type: string } };
type Conflist = { readonly cniVersion: string; readonly name: string; readonly plugins: readonly Plugin[] };

function read(path: string): Conflist {
  const value: Conflist = JSON.parse(readFileSync(join(root, 'examples', path), 'utf8'));
  return value;
}

describe('the example CNI configurations', () => {
  it('are found', () => {
    expect(paths.toSorted()).toEqual(['10-azure-static.conflist', '10-azure.conflist']);
  });

  it.each(paths)('%s names executables that exist', (path) => {
    const { plugins } = read(path);
    const types = plugins.flatMap(({ type, ipam }) => (ipam === undefined ? [type] : [type, ipam.type]));
    expect(types.length).toBeGreaterThan(1);
    expect(types.filter((type) => !EXECUTABLES.includes(type))).toEqual([]);
  });

  it.each(paths)('%s is understood by azure-vnet, as the runtime hands it over', (path) => {
    const { cniVersion, name, plugins } = read(path);
    expect(decodeNetconf({ ...plugins[0], cniVersion, name })).toMatchObject({
      ok: true,
      value: { name: 'azure', bridge: 'azure0', ipam: { type: 'azure-vnet-ipam' } },
    });
  });

  it('10-azure.conflist is what AKS nodes have', () => {
    expect(read('10-azure.conflist')).toMatchObject({ cniVersion: '0.3.0', name: 'azure' });
  });

  it('10-azure-static.conflist brings its own addresses', () => {
    const { cniVersion, name, plugins } = read('10-azure-static.conflist');
    expect(decodeNetconf({ ...plugins[0], cniVersion, name })).toMatchObject({
      ok: true,
      value: {
        ipam: { environment: 'static', subnet: '10.240.0.0/16', addresses: ['10.240.0.36-10.240.0.65'] },
      },
    });
  });
});
