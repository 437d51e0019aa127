/** `vnet schema`: documentation of a field, from the schema that validates it. */
import document from '../../../../schemas/generated/vnet.schema.json' with { type: 'json' };
import type { Problem } from '../../../document/store/store.ts';
import { err, failure, type Failure, ok, type Result } from '../../../model/result.ts';
import { EXIT, type ExitCode } from '../../../app/exit-codes.ts';
import type { Output } from '../../../app/output.ts';
import { type Format, printValue } from '../../../app/print.ts';
import {
  allowedIn,
  childrenOf,
  exampleOf,
  type Field,
  findFields,
  maintainerOf,
  listFields,
  nearestField,
  renderValue,
  type SchemaNode,
  unitOf,
} from './schema-fields.ts';
import { renderTable } from '../../terminal/table.ts';
import { omitUndefined } from '../../../model/objects.ts';

const SCHEMA: SchemaNode = document;

/**
 * Prints a field; a list if the path is ambiguous; the top level without a path.
 * Errors: `not-found` with the nearest name.
 */
export function schema(path: string | undefined, format: Format, output: Output): Result<ExitCode, Problem> {
  const fields = listFields(SCHEMA);
  if (path === undefined) {
    const top = fields.filter((field) => field.path.length === 1);
    if (format === 'text') output.print([SCHEMA.description ?? '', '', fieldTable(top)].join('\n'));
    else printValue({ description: SCHEMA.description, children: top.map(fieldValue) }, format, output);
    return ok(EXIT.done);
  }
  const [field, ...more] = findFields(fields, path);
  if (field === undefined) return err(unknownField(fields, path));
  if (more.length > 0) {
    const found = [field, ...more];
    if (format === 'text') output.print(fieldTable(found, { withPaths: true }));
    else printValue(found.map(fieldValue), format, output);
    return ok(EXIT.done);
  }
  const children = childrenOf(fields, field.path);
  if (format === 'text') output.print(fieldText(field, children));
  else printValue({ ...fieldValue(field), children: children.map(fieldValue) }, format, output);
  return ok(EXIT.done);
}

function unknownField(fields: readonly Field[], path: string): Failure {
  const nearest = nearestField(fields, path);
  return failure('not-found', 'schema', `the document has no field ${path}`, {
    hint: nearest === undefined ? 'See vnet schema, or vnet schema networks.' : `did you mean ${nearest}?`,
  });
}

/** One field, as shown by `vnet schema` and the manual. */
export type FieldValue = {
  readonly path: string;
  readonly description: string | undefined;
  readonly type: string;
  readonly required: boolean;
  readonly default?: unknown;
  readonly allowed?: string;
  readonly unit?: string;
  readonly changedBy: string;
  readonly example?: string;
};

/** Returns the documentation of the field. */
export function fieldValue(field: Field): FieldValue {
  const { path, node, isRequired } = field;
  const [allowed, unit, example] = [allowedIn(node), unitOf(node, path.at(-1) ?? ''), exampleOf(field)];
  return {
    path: renderPath(path),
    description: node.description,
    type: typeOf(node),
    required: isRequired,
    ...omitUndefined({ default: node.default, allowed, unit }),
    changedBy: maintainerOf(path, path.at(-1)),
    ...omitUndefined({ example }),
  };
}

function typeOf({ type, oneOf, items, additionalProperties }: SchemaNode): string {
  if (items !== undefined) return 'list';
  if (typeof additionalProperties === 'object') return 'map';
  return type ?? (oneOf === undefined ? 'any' : 'object');
}

function renderPath(path: readonly string[]): string {
  return path.join('.').replaceAll('.[]', '[]');
}

function fieldText(field: Field, children: readonly Field[]): string {
  const value = fieldValue(field);
  const facts: readonly (readonly [string, unknown])[] = [
    ['type', value.type],
    ['required', value.required ? 'yes' : 'no'],
    ['default', value.default],
    ['allowed', value.allowed],
    ['unit', value.unit],
    ['changed by', value.changedBy],
    ['example', value.example],
  ];
  return [
    value.path,
    `  ${value.description ?? ''}`,
    '',
    ...facts.flatMap(([name, fact]) =>
      fact === undefined ? [] : [`  ${name.padEnd(11)} ${renderValue(fact)}`],
    ),
    ...(children.length === 0 ? [] : ['', fieldTable(children)]),
  ].join('\n');
}

function fieldTable(
  fields: readonly Field[],
  { withPaths = false }: { readonly withPaths?: boolean } = {},
): string {
  const rows = fields.map((field) => {
    const { path, description = '', type, required, default: value } = fieldValue(field);
    const name = withPaths ? path : (field.path.at(-1) ?? '');
    return [
      `${name}${required ? ' *' : ''}`,
      type,
      value === undefined ? '-' : JSON.stringify(value),
      description,
    ];
  });
  return `${renderTable(['FIELD', 'TYPE', 'DEFAULT', 'DESCRIPTION'], rows)}\n(* required)`;
}
