/** The fields of the document, from its JSON Schema. Pure. */
import { nearestWord } from '../../../document/check/nearest.ts';

/** The subset of JSON Schema 2020-12 that the document's schema uses. */
export type SchemaNode = {
  readonly $ref?: string;
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly examples?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly additionalProperties?: boolean | SchemaNode;
  readonly items?: SchemaNode;
  readonly oneOf?: readonly SchemaNode[];
  readonly $defs?: Readonly<Record<string, SchemaNode>>;
};

/**
 * One field.
 * Shape: `path` has `<network>` for a user-chosen name and `[]` for list items; `isRequired` refers to its
 * parent.
 */
export type Field = {
  readonly path: readonly string[];
  readonly node: SchemaNode;
  readonly isRequired: boolean;
};

/** Placeholders for the keys of maps. */
const PLACEHOLDERS: Readonly<Record<string, string>> = {
  networks: '<network>',
  endpoints: '<network/container/interface>',
  released: '<network/address>',
};

/** Returns all fields of the schema, parents first; a field of several modes appears once. */
export function listFields(schema: SchemaNode): readonly Field[] {
  const found = new Map<string, Field>();
  const visit = (node: SchemaNode, path: readonly string[], isRequired = false): void => {
    const full = resolve(schema, node);
    const key = path.join('.');
    if (path.length > 0 && !found.has(key)) found.set(key, { path, node: full, isRequired });
    for (const alternative of full.oneOf ?? []) visit(alternative, path, isRequired);
    for (const [name, child] of Object.entries(full.properties ?? {})) {
      visit(child, [...path, name], full.required?.includes(name) === true);
    }
    if (full.items !== undefined) visit(full.items, [...path, '[]']);
    if (typeof full.additionalProperties === 'object') {
      visit(full.additionalProperties, [...path, PLACEHOLDERS[path.at(-1) ?? ''] ?? '<name>']);
    }
  };
  visit(schema, []);
  return [...found.values()];
}

/** Keywords beside a reference override those of its target. */
function resolve(schema: SchemaNode, node: SchemaNode): SchemaNode {
  if (node.$ref === undefined) return node;
  const { $ref, ...beside } = node;
  const target = schema.$defs?.[$ref.slice('#/$defs/'.length)] ?? {};
  return { ...resolve(schema, target), ...beside };
}

/**
 * Returns the fields that the text may denote: by full path, or else by its last parts; any name matches a
 * placeholder.
 */
export function findFields(fields: readonly Field[], text: string): readonly Field[] {
  const asked = parsePath(text);
  const matches = fields.filter(({ path }) => endsWith(path, asked));
  const whole = matches.filter(({ path }) => path.length === asked.length);
  return whole.length > 0 ? whole : matches;
}

/** Returns the field name nearest to the last unknown part; undefined if none is near. */
export function nearestField(fields: readonly Field[], text: string): string | undefined {
  const names = new Set(fields.flatMap(({ path }) => path.filter((part) => /^\w/.test(part))));
  const [unknown] = parsePath(text)
    .filter((part) => !names.has(part) && part !== '[]')
    .slice(-1);
  return unknown === undefined ? undefined : nearestWord(unknown, [...names]);
}

/** Returns the direct children of a field; for a list those of its items, for a map those of its entries. */
export function childrenOf(fields: readonly Field[], path: readonly string[]): readonly Field[] {
  const isBelow = (field: Field, above: readonly string[]): boolean =>
    field.path.length === above.length + 1 && above.every((part, index) => field.path[index] === part);
  const children = fields.filter((field) => isBelow(field, path));
  const [only] = children;
  const isPlaceholder = only !== undefined && children.length === 1 && /^[<[]/.test(only.path.at(-1) ?? '');
  return isPlaceholder ? fields.filter((field) => isBelow(field, only.path)) : children;
}

/** Splits `networks.azure.routes[0].via` and `endpoints["azure/1b/eth0"].mac`; any index becomes `[]`. */
function parsePath(text: string): readonly string[] {
  const parts = text.match(/\["[^"]*"\]|\[[^\]]*\]|[^.[\]]+/g) ?? [];
  return parts.map((part) => {
    if (part.startsWith('["')) return part.slice(2, -2);
    return part.startsWith('[') ? '[]' : part;
  });
}

function endsWith(path: readonly string[], asked: readonly string[]): boolean {
  let at = path.length - 1;
  for (const [index, word] of [...asked].toReversed().entries()) {
    // Users write `reservations.address` for `reservations[].address`.
    if (path[at] === '[]' && word !== '[]' && index > 0) at -= 1;
    const part = path[at] ?? '';
    // A placeholder matches any name, so the path must also have the map above it.
    const isChosen = part.startsWith('<') && word !== '[]' && index < asked.length - 1;
    if (part !== word && !isChosen) return false;
    at -= 1;
  }
  return true;
}

/** The author of a field's value. */
export type Maintainer = 'people' | 'CNI' | 'vnet at the takeover, rarely people' | 'vnet at every write';

/** Returns the author of the field's value. */
export function maintainerOf([first, , third]: readonly string[], last: string | undefined): Maintainer {
  if (first === 'endpoints' || first === 'released') return 'CNI';
  if (last === 'generation' || last === 'bootId') return 'vnet at every write';
  return third === 'uplink' && last !== 'released' ? 'vnet at the takeover, rarely people' : 'people';
}

/** Returns the unit of a number; undefined if it has none. */
export function unitOf({ description = '', type }: SchemaNode, name: string): string | undefined {
  if (type !== 'integer') return undefined;
  if (name.endsWith('Seconds')) return 'seconds';
  return /in bytes/.test(description) ? 'bytes' : undefined;
}

/** Returns the allowed values as text; undefined if the type alone limits them. */
export function allowedIn({
  const: only,
  enum: some,
  minimum,
  maximum,
  type,
  pattern,
}: SchemaNode): string | undefined {
  if (only !== undefined) return renderValue(only);
  if (some !== undefined) return some.map(renderValue).join(', ');
  if (type === 'boolean') return 'true, false';
  if (minimum !== undefined || maximum !== undefined) return `${minimum ?? ''} to ${maximum ?? ''}`;
  return pattern === undefined ? undefined : `matching ${pattern}`;
}

/** Realistic values, for fields without an example in the schema. */
const EXAMPLES: Readonly<Record<string, number>> = {
  generation: 418,
  mtu: 1500,
  metric: 100,
  table: 254,
  scope: 253,
  protocol: 16,
  netnsInode: 4026532871,
  quarantineSeconds: 30,
  retainSeconds: 86400,
};

/** Returns an example line of the document. */
export function exampleOf({ path, node }: Field): string | undefined {
  const name = path.findLast((part) => !part.startsWith('[') && !part.startsWith('<')) ?? '';
  const known = node.examples?.[0] ?? node.const ?? node.default ?? node.enum?.[0];
  const value = node.type === 'integer' ? (EXAMPLES[name] ?? known) : known;
  if (value === undefined) return undefined;
  return path.at(-1) === '[]' ? `- ${renderValue(value)}` : `${name}: ${renderValue(value)}`;
}

/** Returns a value in the document's one-line notation. */
export function renderValue(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
