/** A violated rule, before its position in the text is known: the result of the checks. Pure. */
import type { Issue } from '../../model/result.ts';

/** Keys from the top of the document; a number is a list index, from 0. */
export type Path = readonly (string | number)[];

/** A place in the document: the value at a path, or its key. */
export type FindingPlace = { readonly path: Path; readonly at: 'key' | 'value' };

/** A violation: description, place, hint. `related` is the other place of a duplicate or dangling value. */
export type Finding = {
  readonly code: string;
  readonly place: FindingPlace;
  readonly message: string;
  readonly hint?: string;
  readonly related?: FindingPlace;
};

/** One-based. */
export type Position = { readonly line: number; readonly column: number };

/** Returns the Place of the value at the path. */
export function valueAt(...path: Path): FindingPlace {
  return { path, at: 'value' };
}

/** Returns the Place of the last key of the path. */
export function keyAt(...path: Path): FindingPlace {
  return { path, at: 'key' };
}

/**
 * Returns the path in the user's notation: `networks.azure.pools.ipv4.addresses[0]`,
 * `endpoints["azure/1b/eth0"].mac`.
 */
export function renderPath(path: Path): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else if (/^[A-Za-z_][A-Za-z0-9_-]*$/.test(part)) text += text === '' ? part : `.${part}`;
    else text += `[${JSON.stringify(part)}]`;
  }
  return text;
}

/** Returns the Issue of a finding in the file, with positions from `locate`. */
export function toIssue(finding: Finding, file: string, locate: (place: FindingPlace) => Position): Issue {
  const { code, place, message, hint, related } = finding;
  return {
    kind: 'issue',
    code,
    file,
    path: renderPath(place.path),
    ...locate(place),
    message,
    ...(hint === undefined ? {} : { hint }),
    ...(related === undefined ? {} : { related: { path: renderPath(related.path), ...locate(related) } }),
  };
}
