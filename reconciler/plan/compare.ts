/** Compares two versions of one object, and renders values. Pure. */
import { type FieldDifference, HOST } from '../model/kinds/kind.ts';
import { type AnyKind, kindOf, type NetObject } from '../model/kinds/registry.ts';

/** The text for an absent value. */
export const ABSENT = 'absent';

/**
 * In a pod's namespace, chained plugins change MAC, MTU and routes later: few fields of a kind are compared
 * there.
 */
const NO_FIELDS: readonly string[] = [];

/** Returns the names of the fields in which `have` differs from `want`; a field absent from `want` is not ours. */
export function differingFields(want: NetObject, have: NetObject): readonly string[] {
  const { fields, fieldsInPod = NO_FIELDS } = kindOf(want);
  return differingOf(want, have, want.netns === HOST ? Object.keys(fields) : fieldsInPod);
}

/** As differingFields(), but in a pod's namespace all fields count, as on the node. */
export function allDifferingFields(want: NetObject, have: NetObject): readonly string[] {
  return differingOf(want, have, Object.keys(kindOf(want).fields));
}

function differingOf(want: NetObject, have: NetObject, compared: readonly string[]): readonly string[] {
  const ignored = kindOf(want).ignored?.(want) ?? NO_FIELDS;
  const differing: string[] = [];
  for (const field of compared) {
    const wanted = fieldOf(want, field);
    if (wanted === undefined || isSame(wanted, fieldOf(have, field)) || ignored.includes(field)) continue;
    differing.push(field);
  }
  return differing;
}

/** Most values compare by identity; composite ones (peer, port, rules, next hops) part by part. */
function isSame(wanted: unknown, held: unknown): boolean {
  if (wanted === held) return true;
  if (!isComposite(wanted) || !isComposite(held)) return false;
  const parts = Object.keys(wanted);
  return (
    parts.length === Object.keys(held).length &&
    parts.every((part) => isSame(wanted[part], fieldOf(held, part)))
  );
}

function isComposite(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/** Returns the differences as text; for a rule set, one line per missing or extra rule. */
export function renderDifferences(
  want: NetObject | undefined,
  have: NetObject | undefined,
): readonly FieldDifference[] {
  const subject = want ?? have;
  if (subject === undefined) return [];
  const kind = kindOf(subject);
  const words: Readonly<Record<string, string | undefined>> = kind.fields;
  if (kind.differences !== undefined) return kind.differences(want, have);
  const fields =
    want !== undefined && have !== undefined
      ? changedFields(want, have)
      : Object.keys(words).filter((field) => kind.implied?.includes(field) !== true);
  const show = (field: string, object: NetObject | undefined): string =>
    render(kind, field, object === undefined ? undefined : fieldOf(object, field));
  return fields
    .map((field) => ({ field: words[field] ?? field, want: show(field, want), have: show(field, have) }))
    .filter(
      ({ field, want: wanted, have: held }) =>
        wanted !== held || (field === words['rest'] && held !== ABSENT),
    );
}

/**
 * A renamed link is the only pair of objects with different keys. A moved object takes its unknown attributes
 * along, which are shown.
 */
function changedFields(want: NetObject, have: NetObject): readonly string[] {
  const isRenamed = want.kind === 'link' && have.kind === 'link' && want.name !== have.name;
  const differing = differingFields(want, have);
  const isCarried =
    differing.includes('dev') && !differing.includes('rest') && fieldOf(want, 'rest') !== undefined;
  return [...(isRenamed ? ['name'] : []), ...differing, ...(isCarried ? ['rest'] : [])];
}

/** Returns the value of the field; undefined if the object has none of that name. */
export function fieldOf(object: Readonly<Record<string, unknown>>, field: string): unknown {
  return object[field];
}

function render(kind: AnyKind, field: string, value: unknown): string {
  if (value === undefined) return ABSENT;
  if (value === '') return 'none';
  const shown = kind.show?.(field, value);
  if (shown !== undefined) return shown;
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  if (Array.isArray(value)) return value.join(', ');
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return Object.entries(value)
    .map(([name, inner]) => `${name} ${render(kind, name, inner)}`)
    .join(', ');
}
