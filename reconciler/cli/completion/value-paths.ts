/** Paths to complete: of the schema's fields, and of the document's values. Pure. */
import type { VnetDocument } from '../../../schemas/generated/vnet.ts';
import { listFields, type SchemaNode } from '../verbs/schema/schema-fields.ts';

/** One candidate and its description. */
export type Value = readonly [value: string, about: string];

/**
 * Returns the fields as users write them: the part after the last user-chosen name (`bridge.mtu`), and the
 * full path for each existing network. `[]` is omitted: shells take it for a pattern.
 */
export function fieldPaths(schema: SchemaNode, networks: readonly string[]): readonly Value[] {
  return listFields(schema).flatMap(({ path, node }): readonly Value[] => {
    const parts = path.filter((part) => part !== '[]');
    const chosen = parts.findLastIndex((part) => part.startsWith('<'));
    const short = parts.slice(chosen + 1).join('.');
    if (short === '') return [];
    const about = node.description ?? '';
    const isOfNetwork = parts[0] === 'networks' && chosen === 1;
    const whole = isOfNetwork ? networks.map((name): Value => [`networks.${name}.${short}`, about]) : [];
    return [[short, about], ...whole];
  });
}

/** Returns the paths of the values that `vnet blame` lists and of their parents, to a limited depth. */
export function valuePaths(document: VnetDocument | undefined): readonly Value[] {
  const paths: Value[] = [];
  const visit = (value: unknown, path: string, depth: number): void => {
    if (value === undefined) return;
    if (path !== '') paths.push([path, '']);
    if (depth === 0 || typeof value !== 'object' || value === null || Array.isArray(value)) return;
    for (const [key, child] of Object.entries(value))
      visit(child, path === '' ? key : `${path}.${key}`, depth - 1);
  };
  const { networks, endpoints, released, policy } = document ?? {};
  visit({ networks }, '', 5);
  visit({ endpoints, released }, '', 2);
  visit({ policy }, '', 3);
  return paths;
}
