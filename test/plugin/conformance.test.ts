import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CNI_VERBS } from '../../plugin/protocol/environment.ts';
import type { CniVerb } from '../../reconciler/cni/call.ts';
import { isJsonObject } from '../../plugin/protocol/json.ts';
import { CNI_VERSIONS, type CniVersion } from '../../plugin/protocol/versions.ts';
import { AZURE_CONF, createCaller, type Reply } from './caller.ts';

const FILE = join(import.meta.dirname, '../../plugin/CONFORMANCE.md');
const [START, END] = ['regenerates it -->\n', '\n<!-- end -->'];

/** The keys of a result that identify its version. */
function describeReply({ exitCode, json }: Reply): string {
  const value: unknown = json;
  if (exitCode === 0 && value === undefined) return '_silent_';
  if (!isJsonObject(value)) return 'not an object';
  if (exitCode !== 0) return `code ${JSON.stringify(value['code'])}`;
  const [ip, link] = [value['ips'], value['interfaces']].map((list) =>
    Array.isArray(list) && isJsonObject(list.at(-1)) ? list.at(-1) : {},
  );
  const notes = [
    ...Object.keys(value).filter((key) => key !== 'cniVersion'),
    ...(isJsonObject(ip) && 'version' in ip ? ['ips.version'] : []),
    ...(isJsonObject(link) && 'mtu' in link ? ['interfaces.mtu'] : []),
  ];
  return notes.map((note) => `\`${note}\``).join(' ');
}

/** Calls the verb with a configuration of that version, for an attached pod or, for ADD, a new one. */
async function outcome(verb: CniVerb, cniVersion: CniVersion): Promise<string> {
  const node = createCaller();
  const conf = { ...AZURE_CONF, cniVersion, ...(verb === 'GC' ? { 'cni.dev/valid-attachments': [] } : {}) };
  if (verb !== 'ADD') await node.call('ADD', { conf });
  return describeReply(await node.call(verb, { conf }));
}

async function makeTable(): Promise<string> {
  const rows = await Promise.all(
    CNI_VERSIONS.map(async (version) => [
      version,
      ...(await Promise.all(CNI_VERBS.map((verb) => outcome(verb, version)))),
    ]),
  );
  const table = [['version', ...CNI_VERBS], ...rows];
  const widths = table[0]?.map((_, at) => Math.max(...table.map((row) => row[at]?.length ?? 0))) ?? [];
  const lines = table.map((row) => `| ${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |`);
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return [lines[0], rule, ...lines.slice(1)].join('\n');
}

describe('plugin/CONFORMANCE.md', () => {
  it('has the table of verbs and versions that calling the plugins makes', async () => {
    const text = readFileSync(FILE, 'utf8');
    const [from, to] = [text.indexOf(START) + START.length, text.indexOf(END)];
    const table = `\n${await makeTable()}\n`;
    if (process.env['VNET_UPDATE_GOLDEN'] === '1')
      writeFileSync(FILE, text.slice(0, from) + table + text.slice(to));
    else expect(text.slice(from, to)).toBe(table);
  });

  it('names a test for every upstream case, or why it does not apply', () => {
    const rows = Array.from(readFileSync(FILE, 'utf8').matchAll(/^\| (\w[^|]*: [^|]*)\|([^|]*)\|$/gm));
    expect(rows.length).toBeGreaterThan(30);
    const unfounded = rows.filter(([, , by = '']) => {
      if (by.trim().startsWith('does not apply: ')) return false;
      const [, file = '', title = ''] = /^ `([\w./-]+)`: (.+?) *$/.exec(by) ?? [];
      const path = join(import.meta.dirname, file);
      return title === '' || !existsSync(path) || !readFileSync(path, 'utf8').includes(title);
    });
    expect(unfounded.map(([row]) => row)).toEqual([]);
  });
});

describe('a configuration without a version', () => {
  it('infers the config is 0.1.0 and adds', async () => {
    const { cniVersion: _dropped, ...conf } = AZURE_CONF;
    expect(await createCaller().call('ADD', { conf })).toMatchObject({
      exitCode: 0,
      json: { cniVersion: '0.1.0', ip4: { ip: '10.240.0.36/16', gateway: '10.240.0.1' } },
    });
  });
});
