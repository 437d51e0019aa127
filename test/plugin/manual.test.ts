import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ERROR_TEXTS, EXAMPLE, NETCONF_KEYS, pluginPage } from '../../plugin/manual.ts';
import { decodeNetconf } from '../../plugin/protocol/netconf.ts';
import { helpOf } from '../../reconciler/cli/manual/help.ts';
import { describeAllVerbs } from '../../reconciler/cli/parse.ts';
import { renderPlain } from '../../reconciler/cli/manual/plain.ts';

describe('azure-vnet(8)', () => {
  it('explains every error as plugin/ERRORS.md does', () => {
    const table = readFileSync(join(import.meta.dirname, '../../plugin/ERRORS.md'), 'utf8');
    const rows = Array.from(
      table.matchAll(/^\| (\d+) +\| (.*?) +\| (.*?) +\|$/gm),
      ([, code, meaning, next]) => ({
        code: Number(code),
        meaning,
        next,
      }),
    );
    expect(rows.length).toBeGreaterThan(15);
    expect(ERROR_TEXTS).toEqual(rows);
  });

  it.each(NETCONF_KEYS.map(([path]) => path))('names a key that is read: %s', (path) => {
    const [key = '', inner] = path.split('.');
    // No key accepts both: which one is invalid depends on the key's type.
    const refused = [17, { wrong: [] }].map((value) => {
      const raw = {
        name: 'azure',
        cniVersion: '1.0.0',
        [key]: inner === undefined ? value : { [inner]: value },
      };
      return decodeNetconf(raw).ok;
    });
    expect(refused).toContain(false);
  });

  it('has an example that azure-vnet accepts', () => {
    const { plugins, ...list } = JSON.parse(EXAMPLE.join('\n'));
    expect(decodeNetconf({ ...list, ...plugins[0] })).toMatchObject({
      ok: true,
      value: { name: 'azure', bridge: 'azure0', ipam: { environment: 'azure' } },
    });
  });

  it('reads as sentences', async () => {
    const { program } = await describeAllVerbs('0');
    const text = renderPlain(pluginPage(), helpOf(program, 100));
    expect(text).toContain('azure-vnet(8) - CNI plugins');
    expect(text).toMatch(
      /101\s+No free address; the message has the counts\. Remedy: add addresses to the pool/,
    );
    expect(text).not.toContain('`');
  });
});
