import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseYaml } from '../../reconciler/document/yaml/parse.ts';
import { isRecord } from '../../reconciler/model/objects.ts';

const root = join(import.meta.dirname, '../..');
const deploy = join(root, 'deploy/kubernetes');

type Fields = Readonly<Record<string, unknown>>;

function readYaml(path: string): readonly Fields[] {
  return readFileSync(path, 'utf8')
    .split(/^---$/m)
    .map((text) => {
      const parsed = parseYaml(text);
      if (!('value' in parsed) || !isRecord(parsed.value)) throw new Error(`${path}: not YAML`);
      return JSON.parse(JSON.stringify(parsed.value)) as Fields;
    });
}

const crds = readdirSync(join(deploy, 'crds'))
  .filter((name) => name !== 'kustomization.yaml')
  .map((name) => readYaml(join(deploy, 'crds', name))[0] ?? {});

type Version = {
  readonly schema: { readonly openAPIV3Schema: Fields };
  readonly additionalPrinterColumns: readonly { readonly name: string; readonly jsonPath: string }[];
};

function versionOf(crd: Fields): Version {
  return (crd['spec'] as { versions: readonly Version[] }).versions[0] as Version;
}

/** Keywords that the API server accepts here. Source: Kubernetes, JSONSchemaProps and the rules of structural schemas. */
const ALLOWED = [
  'type description enum minimum maximum minLength maxLength minItems maxItems format pattern required',
  'properties additionalProperties items x-kubernetes-preserve-unknown-fields x-kubernetes-int-or-string',
]
  .join(' ')
  .split(' ');

/** Violations of the rules, with their places. */
function faults(schema: Fields, path: string): readonly string[] {
  const { properties, additionalProperties, items, type, pattern, enum: values } = schema;
  const below = [
    ...Object.entries((properties ?? {}) as Readonly<Record<string, Fields>>),
    ...(isRecord(additionalProperties) ? [['*', additionalProperties] as const] : []),
    ...(isRecord(items) ? [['[]', items] as const] : []),
  ];
  return [
    ...Object.keys(schema).flatMap((key) => (ALLOWED.includes(key) ? [] : [`${path}: ${key}`])),
    ...(typeof type === 'string' || schema['x-kubernetes-int-or-string'] === true
      ? []
      : [`${path}: no type`]),
    ...(type === 'array' && !isRecord(items) ? [`${path}: no items`] : []),
    ...(properties !== undefined && additionalProperties !== undefined
      ? [`${path}: both kinds of properties`]
      : []),
    ...(additionalProperties !== undefined && !isRecord(additionalProperties) ? [`${path}: closed`] : []),
    ...(typeof pattern === 'string' && /\(\?[=!<]/.test(pattern) ? [`${path}: not a pattern of RE2`] : []),
    ...(Array.isArray(values) && values.length === 0 ? [`${path}: no value`] : []),
    ...below.flatMap(([key, field]) => faults(field, `${path}.${key}`)),
  ];
}

describe('the custom resource definitions', () => {
  it.each(crds.map((crd) => [(crd['metadata'] as { name: string }).name, crd] as const))(
    '%s has a structural schema',
    (_name, crd) => {
      expect(faults(versionOf(crd).schema.openAPIV3Schema, '')).toEqual([]);
    },
  );

  it('would be found out: references, closed objects, look-aheads', () => {
    const planted = {
      type: 'object',
      properties: { a: { $ref: 'x' }, b: { type: 'string', pattern: '(?!x)' } },
    };
    expect(faults(planted, '')).toEqual(['.a: $ref', '.a: no type', '.b: not a pattern of RE2']);
    expect(faults({ type: 'object', additionalProperties: false }, '')).toEqual([': closed']);
  });

  it('show columns that the schemas have', () => {
    for (const crd of crds) {
      const { schema, additionalPrinterColumns } = versionOf(crd);
      expect(additionalPrinterColumns.length).toBeGreaterThan(1);
      for (const { jsonPath } of additionalPrinterColumns) {
        const path = jsonPath
          .replace(/\[\?.*?\]/, '')
          .split('.')
          .slice(1);
        if (path[0] === 'metadata') continue;
        const found = path.reduce<unknown>((at, key) => {
          const field = isRecord(at) ? at : {};
          const fields = isRecord(field['items']) ? field['items'] : field;
          return isRecord(fields['properties']) ? fields['properties'][key] : undefined;
        }, schema.openAPIV3Schema);
        expect([jsonPath, found !== undefined]).toEqual([jsonPath, true]);
      }
    }
  });

  it('lets a revision have every hand-edited field of the document but the uplink, unknown ones for the agent to refuse', () => {
    const revision = crds.find((crd) =>
      (crd['metadata'] as { name: string }).name.startsWith('networkrevisions'),
    );
    const document = JSON.stringify(versionOf(revision ?? {}).schema);
    for (const field of [
      'networkPolicies',
      'masquerade',
      'routeViaHost',
      'reservations',
      'peers',
      'antiSpoofing',
      'policy',
    ])
      expect(document).toContain(`"${field}":`);
    expect(document).not.toContain('"uplink":');
    expect(document).toContain('"enum":["bridge","transparent","routed","addresses"]');
    expect(document).toContain('"x-kubernetes-preserve-unknown-fields":true');
  });
});

describe('the kustomize bases', () => {
  it('name files that exist, and all of them', () => {
    const folders = readdirSync(deploy).filter((name) => statSync(join(deploy, name)).isDirectory());
    expect(folders.length).toBeGreaterThan(2);
    for (const folder of ['.', ...folders]) {
      const [kustomization] = readYaml(join(deploy, folder, 'kustomization.yaml'));
      const resources = kustomization?.['resources'] as readonly string[];
      for (const name of resources)
        expect([name, existsSync(join(deploy, folder, name))]).toEqual([name, true]);
      if (folder === '.') continue;
      const files = readdirSync(join(deploy, folder)).filter((name) => name !== 'kustomization.yaml');
      expect([...resources].toSorted()).toEqual(files.toSorted());
    }
  });

  it('use the image of this version', () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
    const files = readdirSync(deploy, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.yaml'),
    );
    const images = files.flatMap((name) =>
      Array.from(
        readFileSync(join(deploy, name), 'utf8').matchAll(/image: \S*\/vnet:(\S+)/g),
        ([, tag]) => tag,
      ),
    );
    expect(images.length).toBeGreaterThan(2);
    expect(new Set(images)).toEqual(new Set([version]));
  });
});
