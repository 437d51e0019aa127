import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readDocument } from '../../reconciler/document/yaml/read.ts';
import { allocateAddresses } from '../../reconciler/model/addresses/allocate.ts';

const root = join(import.meta.dirname, '../..');
const examples = readdirSync(join(root, 'examples/documents')).map((name) => `examples/documents/${name}`);

describe('the example documents', () => {
  it('are found', () => {
    expect(examples.length).toBeGreaterThanOrEqual(4);
    expect(examples.every((path) => path.endsWith('.yaml'))).toBe(true);
  });

  it.each([...examples, 'vnet.yaml'])('%s is valid', (path) => {
    const result = readDocument(readFileSync(join(root, path), 'utf8'), path);
    expect(result.ok ? [] : result.error).toEqual([]);
  });

  it.each(examples)('%s has an address for a pod in each of its networks', (path) => {
    const result = readDocument(readFileSync(join(root, path), 'utf8'), path);
    if (!result.ok) throw new Error(`${path} is not valid`);
    const given = Object.keys(result.value.networks).map((network) =>
      allocateAddresses(result.value, { network, now: new Date(), ifName: 'eth0' }),
    );
    expect(given.length).toBeGreaterThan(0);
    expect(given.filter(({ ok }) => !ok)).toEqual([]);
  });
});
