import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readFlow, renderString } from '../../../reconciler/document/text/scalar.ts';
import { spliceEdit } from '../../../reconciler/document/text/splice.ts';
import { renderYaml } from '../../../reconciler/document/yaml/parse.ts';
import { readDocument } from '../../../reconciler/document/yaml/read.ts';
import { slowPath } from '../../../reconciler/document/yaml/slow.ts';
import { NO_CHANGE } from '../../../reconciler/document/edit.ts';
import { longOr } from '../../support/long.ts';

const TEXT = `apiVersion: vnet.azure/v1
kind: NodeNetwork
metadata: {node: node-1, generation: 7}
# a comment may have any\u00a0character\u200b
networks:
  azure:
    mode: bridge
    uplink: {name: eth0, mac: 00:0d:3a:51:c4:90}
    bridge:
      name: azure0
    pool:
      source: static
      subnet: 10.240.0.0/16
      gateway: 10.240.0.1
      addresses: [10.240.0.36-10.240.0.65]
`;

const TIME = '2026-11-21T10:00:00.000Z';

const issuesOf = (text: string) => {
  const read = readDocument(text, 'vnet.yaml');
  return read.ok ? [] : read.error;
};

describe('characters that cannot be seen', () => {
  it('may be in comments', () => expect(issuesOf(TEXT)).toEqual([]));

  it.each([
    ['a no-break space before a key', '      name: azure0', '    \u00a0 name: azure0', 10, 'U+00A0'],
    ['one after a colon', 'name: azure0', 'name:\u00a0azure0', 10, 'U+00A0'],
    ['one after a value', 'name: azure0', 'name: azure0\u00a0', 10, 'U+00A0'],
    ['an ideographic space', 'name: azure0', 'name:\u3000azure0', 10, 'U+3000'],
    ['a next line', 'name: azure0', 'name: azure0\u0085', 10, 'U+0085'],
    ['a zero-width space in a name', 'azure0', 'azu\u200bre0', 10, 'U+200B'],
    ['a zero-width joiner in a key', 'bridge:\n', 'bri\u200ddge:\n', 9, 'U+200D'],
    ['a byte order mark inside', 'source: static', 'source: \ufeffstatic', 12, 'U+FEFF'],
    ['one in quotes', 'gateway: 10.240.0.1', 'gateway: "10.240.0.1\u00a0"', 14, 'U+00A0'],
  ])('are named with their place: %s', (...[, from, to, line, name]) => {
    const issues = issuesOf(TEXT.replace(from, to));
    const found = issues.filter(({ message }) => message.includes(name));
    expect(found.map((issue) => issue.line)).toContain(line);
    expect(found[0]?.hint).toMatch(/space/);
  });
});

describe('a MAC of decimal pairs, or a time,', () => {
  it('is written in quotes, by both ways of writing', () => {
    expect([renderString('10:20:30:40:50:58'), renderString('00:0d:3a:51:c4:90')]).toEqual([
      '"10:20:30:40:50:58"',
      '00:0d:3a:51:c4:90',
    ]);
    const endpoint = {
      addresses: ['10.240.0.40/16'] as const,
      mac: '12:34:56:10:20:30',
      added: '2026-11-21T10:00:00.000Z',
    };
    const after = slowPath.rewrite(TEXT, {
      ...NO_CHANGE,
      generation: 8,
      endpoints: new Map([['azure/c1/eth0', endpoint]]),
    });
    expect(after).toContain('mac: "12:34:56:10:20:30"');
    expect(after).toContain('added: "2026-11-21T10:00:00.000Z"');
    expect(issuesOf(after)).toEqual([]);
  });

  it('is one of many strings that YAML 1.1 reads otherwise: all are written so that both versions read them', () => {
    const odd = 'on NO y 12:30:45 1_000 0b101 0x1_f 1.5e3 190:20:30.15 08 2026-11-30 2026-1-2T1:2:3Z';
    for (const text of odd.split(' ')) expect(renderString(text)).toBe(`"${text}"`);
    const character = fc.constantFrom(...'0123456789abefnoxyzTYNOZ:._-/+'.split(''));
    const time = fc
      .date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true })
      .map((date) => date.toISOString());
    const part = fc
      .tuple(time, fc.nat(24), fc.constantFrom('', 'Z', '+01', '-2:30', 't', '0'))
      .map(([text, length, end]) => text.slice(0, length) + end);
    const word = fc.string({ unit: character, minLength: 1, maxLength: 10 });
    fc.assert(
      fc.property(fc.oneof(word, time, part), (text) => {
        fc.pre(text !== '');
        const written = renderString(text);
        const older: unknown = parse(written, { version: '1.1' });
        // The library takes e0 for a number; YAML 1.1 does not.
        fc.pre(!Number.isNaN(older));
        expect([older, parse(written, { version: '1.2' })]).toEqual([text, text]);
        const read = readFlow(written, 0);
        expect(read).toEqual({ value: text, end: written.length });
      }),
      { numRuns: longOr(750, 3000) },
    );
  });

  it('is read without quotes too, as earlier builds wrote it', () => {
    for (const text of ['12:34:56:10:20:30', '2026-11-21T10:00:00.000Z'])
      expect(readFlow(text, 0)?.value).toBe(text);
  });

  it('is in quotes after the first change of its entry, with the comment behind it', () => {
    const id = 'azure/c1/eth0';
    const text = `${TEXT}endpoints:\n  ${id}:\n    addresses: [10.240.0.40/16]\n    added: ${TIME} # by hand\n  azure/c2/eth0:\n    addresses: [10.240.0.41/16]\n    added: ${TIME}\n`;
    const read = slowPath.read(text, 'vnet.yaml');
    if (!read.ok || read.value.layout === undefined) throw new Error('not read');
    const endpoint = { addresses: ['10.240.0.40/16'] as const, added: TIME, leaving: TIME };
    const edit = { ...NO_CHANGE, generation: 8, endpoints: new Map([[id, endpoint]]) };
    const after = spliceEdit(text, read.value.layout, edit);
    expect(after.slice(after.indexOf('endpoints:'))).toBe(
      `endpoints:\n  ${id}:\n    addresses: [10.240.0.40/16]\n    added: "${TIME}" # by hand\n    leaving: "${TIME}"\n  azure/c2/eth0:\n    addresses: [10.240.0.41/16]\n    added: ${TIME}\n`,
    );
  });

  it('is in quotes in the output of commands', () => {
    expect(parse(renderYaml({ mac: '12:34:56:10:20:30', time: TIME }), { version: '1.1' })).toEqual({
      mac: '12:34:56:10:20:30',
      time: TIME,
    });
  });

  it('that another program wrote as a number is recognised, and so is a time', () => {
    const time = (text: string): string =>
      `${TEXT}endpoints:\n  azure/c1/eth0:\n    addresses: [10.240.0.40/16]\n    added: ${text}\n`;
    expect(issuesOf(time('"2026-11-21T11:13:58.986Z"'))).toEqual([]);
    expect(issuesOf(time('2026-11-21T11:13:58.986Z'))).toEqual([]);
    const [late] = issuesOf(time('2026-11-21 11:13:58.986000+00:00'));
    expect([late?.path, late?.hint]).toEqual([
      'endpoints["azure/c1/eth0"].added',
      expect.stringContaining('YAML 1.1 reads it as a timestamp'),
    ]);
    const [issue] = issuesOf(TEXT.replace('mac: 00:0d:3a:51:c4:90', 'mac: 8041767058'));
    expect([issue?.path, issue?.hint]).toEqual([
      'networks.azure.uplink.mac',
      expect.stringContaining('YAML 1.1 reads a MAC'),
    ]);
  });
});
