/** A mode has one home: outside model/modes and the schema, no code asks which mode a network has. */
import { describe, expect, it } from 'vitest';
import { allModes } from '../../../reconciler/model/modes/registry.ts';
import schema from '../../../schemas/generated/vnet.schema.json' with { type: 'json' };
import { readSources, type Source, sourceOf } from '../../support/sources.ts';

const HOME = 'reconciler/model/modes/';

/** The definition of one network in the schema. */
type Definition = { readonly properties: Readonly<Record<string, { readonly const?: string }>> };

const definitions = Object.entries(schema.$defs as Readonly<Record<string, Partial<Definition>>>).flatMap(
  ([name, { properties }]): [string, Definition][] =>
    properties !== undefined && 'mode' in properties ? [[name, { properties }]] : [],
);

const modes = definitions.map(([, { properties }]) => properties['mode']?.const ?? '');

/** The schema's types of networks of one mode. */
const types = definitions.map(([name]) => `${name.charAt(0).toUpperCase()}${name.slice(1)}`);

/** The sections that networks of only some modes have. */
const sections = [...new Set(definitions.flatMap(([, { properties }]) => Object.keys(properties)))].filter(
  (section) => definitions.some(([, { properties }]) => !(section in properties)),
);

/** Code that queries a network's mode, in each possible form. */
const QUESTIONS: readonly (readonly [what: string, pattern: RegExp])[] = [
  ['the type of one mode', new RegExp(`\\b(?:${types.join('|')})\\b`)],
  ['a comparison with a mode', new RegExp(`\\bmode\\b\\)?\\s*[!=]==?\\s*'(?:${modes.join('|')})'`)],
  ['a mode compared', new RegExp(`'(?:${modes.join('|')})'\\s*[!=]==?\\s*[\\w.?]*\\bmode\\b`)],
  ['a network of one mode written', new RegExp(`\\bmode:\\s*'(?:${modes.join('|')})'`)],
  ['a switch over modes', /switch \([\w.?]*\bmode\)/],
  ['a list of modes searched', /includes\([\w.?]*\bmode\)/],
  ['a table by mode', /\[[\w.?]*\bnetwork\.mode\]/],
  ['a section looked for', new RegExp(`'(?:${sections.join('|')})' in \\w*[nN]etwork\\b`)],
];

function questionsIn({ path, text }: Source): readonly string[] {
  if (path.startsWith(HOME)) return [];
  const lines = text.split('\n').filter((line) => !/^\s*(?:\/\/|\/?\*)/.test(line));
  return lines.flatMap((line) =>
    QUESTIONS.flatMap(([what, pattern]) => (pattern.test(line) ? [`${path}: ${what}: ${line.trim()}`] : [])),
  );
}

const sources = readSources(['reconciler', 'plugin']);

describe('a mode', () => {
  it('is queried only in its own folder', () => {
    expect(sources.length).toBeGreaterThan(300);
    expect(sources.flatMap(questionsIn)).toEqual([]);
  });

  it('would be found elsewhere, in any notation', () => {
    const planted: readonly string[] = [
      "import type { BridgeNetwork } from '../../schemas/generated/vnet.ts';",
      "if (network.mode === 'bridge') return;",
      "if (network?.mode !== 'addresses') return;",
      "if ('bridge' === network.mode) return;",
      "type One = Extract<Network, { mode: 'bridge' }>;",
      'switch (network.mode) {',
      'if (NAMES.includes(network.mode)) return;',
      'return TABLE[network.mode];',
      "if ('uplink' in network) return;",
      "return 'arp' in firstNetwork;",
    ];
    for (const line of planted) {
      expect([line, questionsIn(sourceOf('reconciler/loop/x.ts', line)).length]).toEqual([line, 1]);
      expect(questionsIn(sourceOf(`${HOME}x.ts`, line))).toEqual([]);
    }
    expect(questionsIn(sourceOf('plugin/x.ts', "// network.mode === 'bridge' is asked elsewhere"))).toEqual(
      [],
    );
    expect(sources.some(({ path, text }) => path.startsWith(HOME) && /BridgeNetwork/.test(text))).toBe(true);
  });

  it('has a record for each section of the schema', () => {
    expect(modes.length).toBeGreaterThan(1);
    expect(sections.length).toBeGreaterThan(2);
    expect(allModes().map(({ name }) => name)).toEqual(modes);
  });
});
