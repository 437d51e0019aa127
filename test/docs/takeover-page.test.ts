/** docs/takeover.md has every attribute that a takeover carries, and no other. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ATTRIBUTE_WORDS } from '../../reconciler/model/kinds/words/attributes.ts';
import { KINDS } from '../../reconciler/model/kinds/registry.ts';

const root = join(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/takeover.md'), 'utf8');
const schema = JSON.parse(readFileSync(join(root, 'schemas/vnet.schema.json'), 'utf8')) as {
  readonly $defs: Readonly<Record<string, { readonly properties?: Readonly<Record<string, unknown>> }>>;
};

/** The definition of each kind in the schema, and the names of fields that the document has another key for. */
const KEYS = {
  address: { definition: 'uplinkAddress', keys: { rest: 'attributes', lifetimes: 'dynamic' } },
  route: {
    definition: 'route',
    keys: { rest: 'attributes', mtuBytes: 'mtu', lifetimeSeconds: 'dynamic' },
  },
  nexthop: { definition: 'uplinkNextHop', keys: { rest: 'attributes' } },
  neighbour: { definition: 'uplinkNeighbour', keys: { rest: 'attributes' } },
} as const;

/** Fields that follow from the place of the object. */
const PLACES = ['dev', 'place', 'secondary'];

function rowsOf(kind: string): readonly (readonly [key: string, text: string])[] {
  return [...page.matchAll(new RegExp(`^\\| ${kind} +\\| \`([a-zA-Z]+)\` +\\| (.*)\\|$`, 'gm'))].map(
    ([, key = '', text = '']) => [key, text],
  );
}

describe.each(Object.entries(KEYS))('the table of %s', (name, { definition, keys }) => {
  const rows = rowsOf(name);

  it('has the keys of the schema, each once', () => {
    const known = Object.keys(schema.$defs[definition]?.properties ?? {});
    expect(known.length).toBeGreaterThan(5);
    expect(rows.map(([key]) => key).toSorted()).toEqual(known.toSorted());
  });

  it('has every field of the kind', () => {
    const { fields, carried = [] } = KINDS[name as keyof typeof KEYS];
    const renamed: Readonly<Record<string, string>> = keys;
    const wanted = [...Object.keys(fields), ...carried].filter((field) => !PLACES.includes(field));
    expect(rows.map(([key]) => key)).toEqual(
      expect.arrayContaining(wanted.map((field) => renamed[field] ?? field)),
    );
  });

  it('has the name of every attribute that has one', () => {
    const text = rows.find(([key]) => key === 'attributes')?.[1] ?? '';
    for (const [word] of Object.values(ATTRIBUTE_WORDS[name] ?? {})) expect(text).toContain(`\`${word}\``);
  });
});
