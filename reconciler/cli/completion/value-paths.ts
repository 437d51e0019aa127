/** Paths that can be asked about: of the document's fields, and of its values. Pure. */
import type { VnetDocument } from '../../../schemas/generated/vnet.ts';
import { listFields, type SchemaNode } from '../verbs/schema/schema-fields.ts';

/** One value, and what to say of it. */
export type Value = readonly [value: string, about: string];

/**
 * Returns the fields as people name them: from the last part that somebody chose (`bridge.mtu`), and whole for the networks
 * that there are. `[]` is left out: shells take it for a pattern.
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

/** Returns the paths of the values that `vnet blame` lists, and of what holds them, down to three parts. */
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
