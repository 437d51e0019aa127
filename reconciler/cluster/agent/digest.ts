/** Digests of parts of documents. Pure. */
import { isRecord } from '../../model/objects.ts';
import { sha1Hex } from '../../model/sha1.ts';

/** Returns a digest of the value. Law: equal for values that differ only in the order of keys. */
export function fieldsDigest(value: unknown): string {
  return sha1Hex(JSON.stringify(sorted(value))).slice(0, 16);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isRecord(value)) return value;
  const entries = Object.entries(value).filter(([, field]) => field !== undefined);
  const ordered = entries.toSorted(([left], [right]) => (left < right ? -1 : 1));
  return Object.fromEntries(ordered.map(([key, field]) => [key, sorted(field)]));
}
