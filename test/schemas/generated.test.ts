import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findFields, listFields } from '../../reconciler/cli/verbs/schema/schema-fields.ts';
import { readDocument } from '../../reconciler/document/yaml/read.ts';
import { generate } from '../../scripts/generate.ts';

const ROOT = join(import.meta.dirname, '../..');

type Node = { readonly [key: string]: unknown };

const schema: Node & { readonly $defs: Readonly<Record<string, Node>> } = JSON.parse(
  readFileSync(join(ROOT, 'schemas/generated/vnet.schema.json'), 'utf8'),
);
const sample = readFileSync(join(ROOT, 'vnet.yaml'), 'utf8');

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null;
}

/** The node and everything below it. */
function nodesOf(node: unknown): readonly Node[] {
  return isNode(node) ? [node, ...Object.values(node).flatMap(nodesOf)] : [];
}

describe('the generated files', () => {
  it('are up to date; if not, run `npm run generate`', async () => {
    const files = await generate();
    expect(files.size).toBeGreaterThanOrEqual(4);
    for (const [path, text] of files)
      expect([path, readFileSync(join(ROOT, path), 'utf8')]).toEqual([path, text]);
  });
});

describe('the schema', () => {
  it('describes every property, and every pattern has a matching example', () => {
    let count = 0;
    for (const node of nodesOf(schema)) {
      for (const [name, property] of Object.entries(isNode(node['properties']) ? node['properties'] : {})) {
        count += 1;
        const described =
          isNode(property) && ('$ref' in property || typeof property['description'] === 'string');
        expect([name, described]).toEqual([name, true]);
      }
    }
    expect(count).toBeGreaterThan(50);
    for (const [name, { pattern, examples }] of Object.entries(schema.$defs)) {
      if (typeof pattern !== 'string') continue;
      expect([name, Array.isArray(examples) && examples.length > 0]).toEqual([name, true]);
      for (const example of Array.isArray(examples) ? examples : [])
        expect(String(example)).toMatch(new RegExp(pattern));
    }
  });
});

/** The comments of the sample above or behind a key, with the path of the key. */
function commentsOf(text: string): readonly (readonly [path: string, comment: string])[] {
  const above: string[] = [];
  const path: { readonly depth: number; readonly key: string }[] = [];
  return text.split('\n').flatMap((line): readonly (readonly [string, string])[] => {
    const [, indent = '', isItem, key, behind] =
      /^( *)(- )?([\w]+):(?:[^#]* # (.*)|.*)$/.exec(line.replace(/"[^"]*"/, '""')) ?? [];
    const block = /^ *# (.*)$/.exec(line)?.[1];
    if (block !== undefined) above.push(block);
    if (key === undefined) {
      if (block === undefined) above.length = 0;
      return [];
    }
    const depth = indent.length + (isItem === undefined ? 0 : 2);
    while ((path.at(-1)?.depth ?? -1) >= depth) path.pop();
    path.push({ depth, key });
    const found = [above.splice(0).join(' '), behind ?? ''].filter((comment) => comment !== '');
    return found.map((comment) => [path.map((part) => part.key).join('.'), comment]);
  });
}

describe('the sample vnet.yaml', () => {
  it('explains a field with the words of the schema', () => {
    const fields = listFields(schema);
    const plain = (words: string): string => words.toLowerCase().replace(/\.$/, '');
    const checked = commentsOf(sample).filter(([path]) =>
      /^(?:apiVersion|policy$|metadata|networks|released)(?!.*routes\.to$)/.test(path),
    );
    expect(checked.length).toBeGreaterThan(30);
    const differing = checked.filter(([path, comment]) => {
      const description = plain(findFields(fields, path)[0]?.node.description ?? '');
      const [first = ''] = description.split('. ');
      return first === '' || !(plain(comment).includes(first) || description.includes(plain(comment)));
    });
    expect(differing).toEqual([]);
  });

  it('is valid', () => {
    expect(readDocument(sample, 'vnet.yaml')).toMatchObject({ ok: true });
  });

  it('has every key of the schema at least once', () => {
    const keys = new Set(
      nodesOf(schema).flatMap(({ properties }) => (isNode(properties) ? Object.keys(properties) : [])),
    );
    const lines = sample.split('\n').filter((line) => !/^ *#/.test(line));
    const missing = [...keys].filter(
      (key) => !lines.some((line) => new RegExp(`(^|[ {])${key}:`).test(line)),
    );
    expect(keys.size).toBeGreaterThan(50);
    expect(missing).toEqual([]);
  });
});
