/** Plain values as YAML in block style, without the YAML library. Pure. */
import { renderString } from './scalar.ts';

/** An object of JSON values. Shape: undefined fields are omitted. */
export type BlockMap = Readonly<Record<string, unknown>>;

/**
 * Returns the lines of the map at this indentation; none for an empty map.
 * Law: YAML reads them as the same value.
 */
export function renderBlock(map: BlockMap, indent: number): string {
  let lines = '';
  for (const [key, value] of Object.entries(map)) {
    if (value === undefined) continue;
    const inner = renderInner(value, indent + 2);
    lines += `${' '.repeat(indent)}${renderString(key)}:${inner === '' ? ` ${renderPlain(value)}` : ''}\n${inner}`;
  }
  return lines;
}

/** Returns the lines of a map or list; none for an empty one and for scalars. */
function renderInner(value: unknown, indent: number): string {
  if (Array.isArray(value)) return value.map((item) => renderItem(item, indent)).join('');
  return isMap(value) ? renderBlock(value, indent) : '';
}

/** The first line of an item follows its dash. */
function renderItem(item: unknown, indent: number): string {
  const inner = renderInner(item, indent + 2).slice(indent + 2);
  return `${' '.repeat(indent)}- ${inner === '' ? `${renderPlain(item)}\n` : inner}`;
}

function renderPlain(value: unknown): string {
  if (typeof value === 'string') return renderString(value);
  if (Array.isArray(value)) return '[]';
  return isMap(value) ? '{}' : String(value);
}

function isMap(value: unknown): value is BlockMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
