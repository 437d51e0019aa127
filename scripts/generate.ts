/**
 * Writes schemas/generated (the schema as one file, TypeScript types, patterns, a standalone validator), deploy/kubernetes/crds and
 * the files that `vnet install` carries.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import standalone from 'ajv/dist/standalone/index.js';
import { compile } from 'json-schema-to-typescript';
import { renderDefinitions } from './custom-resources.ts';

const root = join(import.meta.dirname, '..');

type Definition = {
  readonly [key: string]: unknown;
  readonly pattern?: string;
  readonly oneOf?: readonly { readonly $ref: string }[];
};

type Definitions = Readonly<Record<string, Definition>>;

type Schema = { readonly $defs: Definitions };

/** Returns the generated files by path below the project's top, without writing them: the test for stale ones. */
export async function generate(): Promise<ReadonlyMap<string, string>> {
  const schema = readSchema();
  return new Map([
    ['schemas/generated/vnet.schema.json', `${JSON.stringify(schema, undefined, 2)}\n`],
    ['schemas/generated/vnet.ts', await renderTypes(schema, 'VnetDocument')],
    ['schemas/generated/vnet-patterns.ts', renderPatterns(schema)],
    ['schemas/generated/vnet-validator.js', renderValidator(schema)],
    ['schemas/generated/vnet-validator.d.ts', VALIDATOR_TYPE],
    ['schemas/generated/vnet-v1-validator.js', renderValidator(readOlder('v1'))],
    ['schemas/generated/vnet-v1-validator.d.ts', VALIDATOR_TYPE],
    [CARRIED_FILES, renderCarriedFiles()],
    ['schemas/generated/cluster.ts', await renderTypes(readCluster(), 'ClusterResources')],
    ...renderDefinitions({ properties: Object(schema).properties, $defs: schema.$defs }, readCluster().$defs),
  ]);
}

const CARRIED_FILES = 'reconciler/cli/verbs/install/generated/carried-files.ts';

/** The executable needs no other file: it carries the units and the CNI configuration as text. */
function renderCarriedFiles(): string {
  const units = readdirSync(join(root, 'examples/systemd'))
    .toSorted()
    .map((name) => `  [${JSON.stringify(name)}, ${renderText(`examples/systemd/${name}`)}],`);
  return [
    '/* Generated from examples/ by `npm run generate`. Do not edit. */',
    '',
    '/** The systemd units, by name. */',
    'export const UNIT_FILES: ReadonlyMap<string, string> = new Map([',
    ...units,
    ']);',
    '',
    '/** The CNI configuration of an AKS node. */',
    `export const AZURE_CONFLIST: string = ${renderText('examples/10-azure.conflist')};`,
    '',
  ].join('\n');
}

function renderText(path: string): string {
  const lines = readFileSync(join(root, path), 'utf8').split('\n');
  return `[\n${lines.map((line) => `    ${JSON.stringify(line)},`).join('\n')}\n  ].join('\\n')`;
}

const VALIDATOR_TYPE = [
  '/* Generated. Do not edit. */',
  "import type { ErrorObject } from 'ajv';",
  'declare const validate: { (value: unknown): boolean; errors?: ErrorObject[] | null };',
  'export default validate;',
  '',
].join('\n');

/** Returns the schema of an older version, which never changes: its documents stay readable. */
function readOlder(version: string): Schema {
  return JSON.parse(readFileSync(join(root, `schemas/${version}/vnet.schema.json`), 'utf8'));
}

/** Returns the schema of the custom resources. */
function readCluster(): Schema {
  return JSON.parse(readFileSync(join(root, 'schemas/cluster.schema.json'), 'utf8'));
}

/**
 * Returns the schema with the definitions of each mode's file in place of the reference in `network`. The
 * first definition of a file is the network's.
 */
function readSchema(): Schema {
  const core: Schema = JSON.parse(readFileSync(join(root, 'schemas/vnet.schema.json'), 'utf8'));
  const { network } = core.$defs;
  const modes = (network?.oneOf ?? []).map(
    ({ $ref }): Definitions => JSON.parse(readFileSync(join(root, 'schemas', $ref), 'utf8')),
  );
  const oneOf = modes.map((definitions) => ({ $ref: `#/$defs/${Object.keys(definitions)[0] ?? ''}` }));
  return { ...core, $defs: Object.assign({}, core.$defs, { network: { ...network, oneOf } }, ...modes) };
}

async function renderTypes(schema: Schema, name: string): Promise<string> {
  const types = await compile(structuredClone(schema), name, {
    bannerComment: '/* Generated from schemas/ by `npm run generate`. Do not edit. */',
    additionalProperties: false,
    // Definitions that only check keys or list items would become unused types.
    unreachableDefinitions: false,
    style: { singleQuote: true, printWidth: 110 },
  });
  return types
    .replace(/^(\s+)(\w+\??|\[k: string\]):/gm, '$1readonly $2:')
    .replace(/(\b[A-Za-z0-9]+)\[\]/g, 'readonly $1[]')
    .replace(/: \[(\w+), \.\.\.readonly \w+\[\]\]/g, ': readonly [$1, ...$1[]]');
}

/** The definitions of an endpoint's and a released address's text. Every ADD loads all of their patterns. */
const SCANNED = ['ip', 'ipCidr', 'mac', 'ifName', 'destination', 'time', 'podName', 'endpointId'];

/** The scanner of the hot path checks with the schema's patterns, without loading the validator. */
function renderPatterns(schema: Schema): string {
  const lines = SCANNED.map((name) => {
    const pattern = schema.$defs[name]?.pattern;
    if (pattern === undefined) throw new Error(`the schema has no pattern ${name}`);
    return `  ${name}: ${String(new RegExp(pattern))},`;
  });
  return [
    '/* Generated from schemas/ by `npm run generate`. Do not edit. */',
    '',
    '/** The patterns of endpoints and released addresses in the schema, by the names of their definitions. */',
    'export const patterns = {',
    ...lines,
    '} as const;',
    '',
  ].join('\n');
}

function renderValidator(schema: Schema): string {
  const ajv = new Ajv2020({
    allErrors: true,
    // Errors then include the violated part of the schema: its description is in the message.
    verbose: true,
    strict: true,
    // Errors of a network concern only the fields of its own mode.
    discriminator: true,
    unicode: false,
    logger: false,
    code: { source: true, esm: true, lines: true },
  });
  return `/* Generated. Do not edit. */\n${standalone.default(ajv, ajv.compile(schema))}`;
}

if (process.argv[1] === import.meta.filename) {
  for (const [path, text] of await generate()) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}
