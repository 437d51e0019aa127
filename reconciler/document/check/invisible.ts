/** Characters that people cannot see, or take for a space, in texts that are no comments. Pure. */
import { type Finding, keyAt, valueAt } from './finding.ts';

/** Source: Unicode, general categories Zs (but the space), Zl, Zp and Cf; U+0085. */
const INVISIBLE = /[\u0085\u00a0\u00ad\u1680\u2000-\u200f\u2028-\u202f\u205f-\u2064\u3000\ufeff]/u;

const NAMES: ReadonlyMap<string, string> = new Map([
  ['\u0085', 'next line'],
  ['\u00a0', 'no-break space'],
  ['\u00ad', 'soft hyphen'],
  ['\u200b', 'zero-width space'],
  ['\u200c', 'zero-width non-joiner'],
  ['\u200d', 'zero-width joiner'],
  ['\u2028', 'line separator'],
  ['\u2029', 'paragraph separator'],
  ['\u202f', 'narrow no-break space'],
  ['\u2060', 'word joiner'],
  ['\u3000', 'ideographic space'],
  ['\ufeff', 'zero-width no-break space'],
]);

/** Returns the first such character in words, as `no-break space (U+00A0)`; undefined without one. */
export function invisibleIn(text: string): string | undefined {
  const [found] = INVISIBLE.exec(text) ?? [];
  if (found === undefined) return undefined;
  const code = `U+${(found.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
  return `${NAMES.get(found) ?? 'invisible character'} (${code})`;
}

type Path = readonly (string | number)[];

/** Fields that CNI writes may have any path of the runtime. */
const OF_CNI = new Set(['endpoints', 'released']);

/** Returns a finding for each key and each text of people that has one. */
export function invisibleFindings(value: unknown, path: Path = []): readonly Finding[] {
  if (typeof value === 'string') return findingsIn(value, valueAt(...path));
  if (Array.isArray(value)) return value.flatMap((item, index) => invisibleFindings(item, [...path, index]));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, child]: [string, unknown]) =>
    path.length === 0 && OF_CNI.has(key)
      ? []
      : [...findingsIn(key, keyAt(...path, key)), ...invisibleFindings(child, [...path, key])],
  );
}

function findingsIn(text: string, place: Finding['place']): readonly Finding[] {
  const found = invisibleIn(text);
  if (found === undefined) return [];
  return [
    {
      code: 'invisible-character',
      place,
      message: `${JSON.stringify(text)} has a ${found}`,
      hint: 'remove it, or write a space',
    },
  ];
}
