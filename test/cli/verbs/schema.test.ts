import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EXIT } from '../../../reconciler/app/exit-codes.ts';
import { schema } from '../../../reconciler/cli/verbs/schema/field-report.ts';
import { parseYaml } from '../../../reconciler/document/yaml/parse.ts';
import { ok } from '../../../reconciler/model/result.ts';
import { capture } from '../../support/output.ts';

function ask(path: string | undefined, format: 'text' | 'json' = 'text') {
  const output = capture();
  return { result: schema(path, format, output), ...output };
}

/** Every path of the sample document, which has each field once. */
function pathsIn(value: unknown, at: readonly string[] = []): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((item) => pathsIn(item, [...at, '[0]']));
  const here = at.length === 0 ? [] : [at.join('.').replaceAll('.[', '[')];
  if (typeof value !== 'object' || value === null) return here;
  const children = Object.entries(value).flatMap(([key, child]) =>
    pathsIn(child, [...at, /[./]/.test(key) ? `["${key}"]` : key]),
  );
  return [...here, ...children];
}

const sample = parseYaml(readFileSync(join(import.meta.dirname, '../../../vnet.yaml'), 'utf8'));
const paths = 'value' in sample ? [...new Set(pathsIn(sample.value))] : [];

describe('vnet schema', () => {
  it('knows every field of the sample document, each by its own path alone', () => {
    expect(paths.length).toBeGreaterThan(70);
    for (const path of paths) {
      const seen = ask(path, 'json');
      expect([path, seen.result]).toEqual([path, ok(EXIT.done)]);
      const value = JSON.parse(seen.out()) as { description?: string };
      expect([path, Array.isArray(value), (value.description ?? '').length > 5]).toEqual([path, false, true]);
    }
  });

  it('says type, default, allowed values, unit, who may change it, and an example', () => {
    expect(JSON.parse(ask('networks.azure.bridge.mtu', 'json').out())).toEqual({
      path: 'networks.<network>.bridge.mtu',
      description: "The MTU of the bridge and its pods, in bytes; absent: the uplink's.",
      type: 'integer',
      required: false,
      allowed: '576 to 65535',
      unit: 'bytes',
      changedBy: 'people',
      example: 'mtu: 1500',
      children: [],
    });
    expect(ask('hairpin').out()).toMatch(/default +true\n +allowed +true, false/);
    expect(JSON.parse(ask('ipv4.quarantineSeconds', 'json').out())).toMatchObject({
      default: 30,
      unit: 'seconds',
    });
    expect(JSON.parse(ask('ipv4.source', 'json').out())).toMatchObject({
      allowed: 'static, azure',
      required: true,
    });
  });

  it.each([
    ['endpoints["azure/1b/eth0"].mac', 'CNI'],
    ['metadata.generation', 'vnet at every write'],
    ['uplink.addresses', 'vnet at the takeover, rarely people'],
    ['uplink.released', 'people'],
  ])('says who may change %s: %s', (path, changedBy) => {
    expect(JSON.parse(ask(path, 'json').out())).toMatchObject({ changedBy });
  });

  it('lists the fields below, the fields of an item of a list, and all fields with that ending', () => {
    expect(ask('reservations').out()).toMatch(/pod \* +string/);
    expect(ask('bridge.').out()).toMatch(/antiSpoofing +boolean +true/);
    const named = JSON.parse(ask('mtu', 'json').out()) as { path: string }[];
    expect(named.map(({ path }) => path)).toEqual([
      'networks.<network>.uplink.mtu',
      'networks.<network>.uplink.routes[].mtu',
      'networks.<network>.bridge.mtu',
      'networks.<network>.routes[].mtu',
    ]);
    expect(ask(undefined).out()).toContain('networks *');
  });

  it.each([
    ['networks.azure.bridge.mtuu', 'mtu'],
    ['netwroks', 'networks'],
    ['bridge.hairpn', 'hairpin'],
  ])('names the nearest field for the unknown %s: %s', (path, nearest) => {
    expect(ask(path).result).toMatchObject({
      ok: false,
      error: { code: 'not-found', hint: `did you mean ${nearest}?` },
    });
  });
});
