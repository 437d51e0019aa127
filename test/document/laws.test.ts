import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyEdit, type EffectiveEdit, effectiveEdit, sameValue } from '../../reconciler/document/edit.ts';
import { decodeHead, encodeHead, extractHead, readFast } from '../../reconciler/document/text/head.ts';
import { renderEndpoint } from '../../reconciler/document/text/render.ts';
import { readFlow, renderFlow, renderString } from '../../reconciler/document/text/scalar.ts';
import { findTail, scanTail } from '../../reconciler/document/text/scan.ts';
import { slowPath } from '../../reconciler/document/yaml/slow.ts';
import { spliceEdit } from '../../reconciler/document/text/splice.ts';
import type { Endpoint } from '../../schemas/generated/vnet.ts';
import { endpointOf, idOf } from './support/samples.ts';
import { longOr } from '../support/long.ts';

const HEAD = `apiVersion: vnet.azure/v2
kind: NodeNetwork
metadata:
  node: node-1
  generation: 7
networks:
  azure:
    mode: bridge
    uplink: {name: eth0, mac: "00:0d:3a:51:c4:90"}
    bridge: {name: azure0}
    pools: {ipv4: {source: static, subnet: 10.240.0.0/16, gateway: 10.240.0.1, addresses: [10.240.0.0/16]}}
`;

const word = fc.oneof(
  fc.string({ maxLength: 12, unit: 'binary' }),
  fc.string({ maxLength: 12 }),
  fc.constantFrom(
    'true',
    'null',
    '~',
    '1e3',
    '0x1f',
    '12',
    '1.5',
    '.inf',
    '',
    'a: b',
    'a #b',
    '- a',
    'x:',
    '2026-11-21',
    '\u2028',
    '"',
    "'",
  ),
);

/** Valid endpoints of all shapes; the index keeps them distinct. */
const endpoint = (index: number): fc.Arbitrary<Endpoint> =>
  fc
    .record(
      {
        pod: fc.constantFrom('default/a', 'kube-system/b-é', 'x/"y"', 'ns/#1'),
        netns: word,
        netnsInode: fc.integer({ min: 1 }),
        ipam: fc.constantFrom('host-local', 'true', '7'),
        routes: fc.array(
          fc.constantFrom({ to: 'default', via: '10.240.0.1' }, { to: 'fd00::/64' }, { to: '10.0.0.0/8' }),
        ),
        dns: fc.record(
          {
            domain: word,
            search: fc.array(word, { maxLength: 2 }),
            nameservers: fc.constantFrom([], ['::1', '1.1.1.1']),
          },
          { requiredKeys: [] },
        ),
        missing: fc.constant('2026-11-21T12:00:00Z'),
        leaving: fc.constant('2026-11-21T12:00:00.5Z'),
      },
      { requiredKeys: [] },
    )
    .map((more) => ({ ...(index % 3 === 0 ? pick(endpointOf(index)) : endpointOf(index)), ...more }));

function pick({ addresses, added }: Endpoint): Endpoint {
  return { addresses, added };
}

const endpoints = (from: number, count: number): fc.Arbitrary<ReadonlyMap<string, Endpoint>> =>
  fc
    .tuple(...Array.from({ length: count }, (_, index) => fc.option(endpoint(from + index))))
    .map(
      (values) =>
        new Map(
          values.flatMap((value, index) => (value === null ? [] : [[idOf(from + index), value] as const])),
        ),
    );

const noise = fc.constantFrom(
  '',
  '',
  '',
  '# a comment\n',
  '  # deeper: "x"\n',
  '\n',
  '    # - {\n',
  '   \n',
  '      #\n',
);

/** A document with comments and blank lines between any two lines of CNI's part. */
const document = fc
  .tuple(
    endpoints(0, 4),
    fc.array(noise, { minLength: 80, maxLength: 80 }),
    fc.constantFrom('\n', '\r\n'),
    fc.boolean(),
    fc.constantFrom('', 'released: {}\n', 'released: # when\n  azure/10.240.9.9: 2026-11-21T11:14:02.001Z\n'),
  )
  .map(([map, comments, eol, hasFinalNewline, released]) => {
    const style = { indent: 2, eol: '\n' };
    const blocks = [...map].map(([id, value]) => renderEndpoint(id, value, style)).join('');
    const lines = `${map.size === 0 ? 'endpoints: {} # none\n' : 'endpoints:\n'}${blocks}${released}`.split(
      /(?<=\n)/,
    );
    const text = HEAD + lines.map((line, index) => line + (comments[index] ?? '')).join('');
    const ended = hasFinalNewline ? text : text.replace(/\n+$/, '');
    return { text: ended.replaceAll('\n', eol), map };
  });

function readSlow(text: string) {
  const reading = slowPath.read(text, 'vnet.yaml');
  if (!reading.ok) throw new Error(JSON.stringify([reading.error, text]));
  return reading.value;
}

/** Returns the fast path's reading, with the head known from a document with another tail. */
function readByHead(text: string) {
  const tail = findTail(text) ?? 0;
  const head = extractHead(
    `${text.slice(0, tail)}endpoints: {}\n`,
    readSlow(`${text.slice(0, tail)}endpoints: {}\n`),
  );
  if (head === undefined) throw new Error('the head was not learned');
  return readFast(text, decodeHead(encodeHead(head)) ?? head);
}

describe('scalars', () => {
  it('are read back as the same string by YAML and by the scanner', () => {
    fc.assert(
      fc.property(word, (text) => {
        const raw = renderString(text);
        expect(readFlow(raw, 0)).toEqual({ value: text, end: raw.length });
        const dns = { domain: text, search: [text, text] };
        const block = renderEndpoint(
          idOf(1),
          { ...endpointOf(1), netns: text, dns },
          { indent: 2, eol: '\n' },
        );
        const read = readSlow(`${HEAD}endpoints:\n${block}`).document.endpoints?.[idOf(1)];
        expect([read?.netns, read?.dns]).toEqual([text, dns]);
      }),
    );
  });

  it('are written plain where that is safe', () => {
    expect(renderFlow(['10.240.0.94/16', 'a b', 'true', '::1', { to: 'default' }, 7])).toBe(
      '[10.240.0.94/16, "a b", "true", "::1", {to: default}, 7]',
    );
  });
});

describe('the fast path', () => {
  it('gives the same value and the same places as the slow path', () => {
    fc.assert(
      fc.property(document, ({ text }) => {
        const [slow, fast] = [readSlow(text), readByHead(text)];
        expect(fast?.document).toEqual(slow.document);
        expect({ ...fast?.layout, bootId: undefined }).toEqual(slow.layout);
      }),
      { numRuns: longOr(65, 200) },
    );
  });

  it('takes no text that the slow path refuses or reads otherwise', () => {
    const change = fc.tuple(
      fc.nat(),
      fc.nat(3),
      fc.constantFrom('', ' ', '\n', ':', '#', '"', 'x', '0', '-', '\t', '{', '\r', '&', '!', '  a: b\n'),
    );
    let taken = 0;
    fc.assert(
      fc.property(document, fc.array(change, { minLength: 1, maxLength: 3 }), ({ text }, changes) => {
        const start = findTail(text) ?? 0;
        let broken = text;
        for (const [at, length, replacement] of changes) {
          const place = start + 10 + (at % Math.max(1, broken.length - start - 10));
          broken = broken.slice(0, place) + replacement + broken.slice(place + length);
        }
        const fast = readByHead(broken);
        const slow = fast === undefined ? undefined : slowPath.read(broken, 'vnet.yaml');
        taken += slow === undefined ? 0 : 1;
        expect(slow?.ok === false ? [slow.error, broken] : slow?.value.document).toEqual(fast?.document);
      }),
      { numRuns: longOr(165, 500) },
    );
    expect(taken).toBeGreaterThan(3);
  });
});

describe('splicing', () => {
  const edits = fc.tuple(
    endpoints(0, 6),
    fc.subarray([0, 1, 2, 3]),
    fc.dictionary(
      fc.constantFrom('azure/10.240.9.9', 'azure/10.240.9.8'),
      fc.option(fc.constant('2026-11-21T12:00:00Z'), { nil: undefined }),
    ),
  );

  it('has the same meaning by both paths', () => {
    fc.assert(
      fc.property(document, edits, ({ text }, [put, removed, released]) => {
        const before = readSlow(text);
        const edit = effectiveEdit(before.document, {
          endpoints: new Map<string, Endpoint | undefined>([
            ...put,
            ...removed.map((index) => [idOf(index), undefined] as const),
          ]),
          released: new Map(Object.entries(released)),
        });
        fc.pre(edit !== undefined && before.layout !== undefined);
        const after = spliceEdit(text, before.layout, edit);
        const wanted = applyEdit(before.document, edit);
        const read = readSlow(after).document;
        expect(sameValue({ released: {}, ...read }, { released: {}, ...wanted })).toBe(true);
        expect(readByHead(after)?.document).toEqual(read);
      }),
      { numRuns: longOr(65, 200) },
    );
  });

  it('changes no other byte: adding and removing an entry restores the text', () => {
    fc.assert(
      fc.property(document, endpoints(10, 3), ({ text, map }, put) => {
        const before = readSlow(text);
        const add = effectiveEdit(before.document, { endpoints: put });
        fc.pre(add !== undefined && before.layout !== undefined);
        const more = spliceEdit(text, before.layout, add);
        const blocks = [...put]
          .map(([id, value]) => renderEndpoint(id, value, { indent: 2, eol: lineEndOf(text) }))
          .join('');
        const [left, right] = more.split(blocks.trimEnd());
        expect(right).toBeDefined();
        const rest = (left ?? '').trimEnd() + (right ?? '').trimStart();
        expect(rest.replace('generation: 8', 'generation: 7').replaceAll(/\s/g, '')).toBe(
          (map.size === 0 ? text.replace('endpoints: {}', 'endpoints:') : text).replaceAll(/\s/g, ''),
        );
        const again = readSlow(more);
        const remove: EffectiveEdit = {
          ...add,
          endpoints: new Map([...put.keys()].map((id) => [id, undefined])),
          generation: 7,
        };
        expect(again.layout && spliceEdit(more, again.layout, remove)).toBe(text);
      }),
      { numRuns: longOr(65, 200) },
    );
  });
});

function lineEndOf(text: string): string {
  return text.includes('\r\n') ? '\r\n' : '\n';
}

describe('the scanner', () => {
  it('takes what comes after the usual fields, with a comment before it too', () => {
    const time = '2026-11-21T12:00:00Z';
    const block = renderEndpoint(idOf(0), endpointOf(0), { indent: 2, eol: '\n' });
    const wanted = { [idOf(0)]: { ...endpointOf(0), missing: time, leaving: time } };
    for (const between of ['', '    # on its way\n', '\n']) {
      const text = `endpoints:\n${block}${between}    missing: ${time}\n    leaving: ${time}\n`;
      expect(scanTail(text, 0)?.endpoints).toEqual(wanted);
    }
  });

  it('accepts only texts that it would write', () => {
    const block = renderEndpoint(idOf(0), endpointOf(0), { indent: 2, eol: '\n' });
    const texts = [
      block.replace('    mac', '     mac'),
      block.replace('mac: ', 'mac:  '),
      block.replace('[10.240.0.36/16]', '[ 10.240.0.36/16 ]'),
      block.replace('default/pod-0', "'default/pod-0'"),
      block.replace('default/pod-0', '"default/pod-0"'),
      block.replace('4026532000', '04026532000'),
      block.replace('    added', '    colour: red\n    added'),
      block.replace('    gateway', '    mac: 0a:00:00:00:00:01\n    gateway'),
      block.replace('    added', '    routes: [{via: 10.240.0.1}]\n    added'),
      block.replace(/ {4}added.*\n/, ''),
      block + block,
      `${block}---\n`,
      `${block}networks: {}\n`,
    ];
    expect(scanTail(`endpoints:\n${block}`, 0)?.endpoints).toEqual({ [idOf(0)]: endpointOf(0) });
    for (const text of texts) expect([text, scanTail(`endpoints:\n${text}`, 0)]).toEqual([text, undefined]);
  });
});
