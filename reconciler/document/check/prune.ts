/** Removes the parts of a document that the schema refuses. Pure. */
import type { VnetDocument } from '../../../schemas/generated/vnet.ts';
import type { Finding, Path } from './finding.ts';
import { API_VERSION, parseEndpointId, parseReleaseKey } from '../../model/names.ts';
import { isOlderDocument, OLDER_VERSION } from '../upgrade.ts';
import { validateDocument } from './validate.ts';

/** An invalid part is removed first, then its parent, and so on upwards. */
const ROUNDS = 4;

/** No rule across fields concerns these fields: they are replaced, so that the rest can be checked. */
const PREAMBLE = {
  apiVersion: API_VERSION,
  kind: 'NodeNetwork',
  metadata: { node: 'node', generation: 0 },
};
const PREAMBLE_KEYS: ReadonlySet<string | number> = new Set(['', ...Object.keys(PREAMBLE)]);

/**
 * Returns the valid rest of the value, so that rules across fields are checked on it and all issues are
 * reported in one run; undefined if nothing is left.
 * Law: every part of the rest is at the same path in the value; in an older document, at olderPath().
 */
export function pruneDocument(value: unknown, findings: readonly Finding[]): VnetDocument | undefined {
  // The rules of a newer version are unknown.
  if (findings.some(({ code }) => code === 'newer-version')) return undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  const older = isOlderDocument(value) ? { apiVersion: OLDER_VERSION } : {};
  let rest: unknown = { ...structuredClone(value), ...PREAMBLE, ...older };
  let wrong = findings.filter(({ place }) => !PREAMBLE_KEYS.has(place.path[0] ?? ''));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const { place } of wrong) remove(rest, place.path);
    rest = withoutOrphans(value, rest);
    const valid = validateDocument(rest);
    if (valid.ok) return valid.value;
    wrong = valid.error.map((finding) => ({
      ...finding,
      place: { ...finding.place, path: finding.place.path.slice(0, -1) },
    }));
    if (wrong.some(({ place }) => place.path.length === 0)) return undefined;
  }
  return undefined;
}

/** List items keep their indexes: an invalid item removes the whole list. */
function remove(value: unknown, path: Path): void {
  const firstIndex = path.findIndex((part) => typeof part === 'number');
  const target = firstIndex < 0 ? path : path.slice(0, firstIndex);
  let owner = value;
  for (const part of target.slice(0, -1)) owner = memberOf(owner, part);
  const last = target.at(-1);
  if (typeof owner === 'object' && owner !== null && last !== undefined) Reflect.deleteProperty(owner, last);
}

function memberOf(value: unknown, part: string | number): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.entries(value).find(([key]) => key === String(part))?.[1];
}

/** An endpoint whose network was removed is not dangling: its network has another issue. */
function withoutOrphans(value: unknown, rest: unknown): unknown {
  const before = Object.keys(Object(memberOf(value, 'networks')));
  const after = new Set(Object.keys(Object(memberOf(rest, 'networks'))));
  const lost = before.filter((name) => !after.has(name));
  for (const [section, parse] of [
    ['endpoints', parseEndpointId],
    ['released', parseReleaseKey],
  ] as const) {
    for (const key of Object.keys(Object(memberOf(rest, section)))) {
      if (lost.includes(parse(key).network)) remove(rest, [section, key]);
    }
  }
  return rest;
}
