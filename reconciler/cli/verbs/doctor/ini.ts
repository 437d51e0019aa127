/** INI files of systemd and NetworkManager. Pure. */
import type { TextFile } from './facts.ts';

/** One setting. */
export type Setting = { readonly section: string; readonly key: string; readonly value: string };

/** Returns the settings in order, without comments and malformed lines. Source: systemd.syntax(7). */
export function parseIni(text: string): readonly Setting[] {
  let section = '';
  return text.split('\n').flatMap((line) => {
    const header = /^\s*\[(.+)\]\s*$/.exec(line);
    if (header !== null) section = header[1] ?? '';
    const setting = /^\s*([^#;\s=][^=]*?)\s*=\s*(.*?)\s*$/.exec(line);
    return setting === null ? [] : [{ section, key: setting[1] ?? '', value: setting[2] ?? '' }];
  });
}

/** Returns the effective value: later files override earlier ones. */
export function valueIn(files: readonly TextFile[], section: string, key: string): string | undefined {
  return files
    .flatMap(({ text }) => parseIni(text))
    .findLast((setting) => setting.section === section && setting.key === key)?.value;
}

/**
 * Returns true if a list that is read line by line has the word: without a line everything, after an empty one nothing, and
 * after `~` its words are taken away.
 * Source: systemd.exec(5), CapabilityBoundingSet= and RestrictAddressFamilies=.
 */
export function isListed(files: readonly TextFile[], key: string, word: string): boolean {
  const lines = files.flatMap(({ text }) =>
    parseIni(text).filter((setting) => setting.section === 'Service' && setting.key === key),
  );
  let isThere: boolean | undefined;
  for (const { value } of lines) {
    const isTaken = value.startsWith('~');
    if (value === '') isThere = key === 'RestrictAddressFamilies' ? undefined : false;
    else if (
      value
        .slice(isTaken ? 1 : 0)
        .split(/\s+/)
        .includes(word)
    )
      isThere = !isTaken;
    else isThere ??= isTaken;
  }
  return isThere ?? true;
}

/** A sample host veth for matching by name. */
export const SAMPLE_VETH = 'azv0123456789a';

/**
 * Returns true if the shell pattern (`azv*`, `e?h0`) matches the name.
 * Source: glob(7), without bracket expressions.
 */
export function matchesGlob(pattern: string, name: string): boolean {
  const source = pattern
    .replaceAll(/[.+^${}()|\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  try {
    return new RegExp(`^${source}$`).test(name);
  } catch {
    return pattern === name;
  }
}

/** Returns true for systemd's spellings of no. */
export function isNo(value: string | undefined): boolean {
  return value !== undefined && ['no', 'false', 'off', '0'].includes(value.toLowerCase());
}

/** Returns true for systemd's spellings of yes. */
export function isYes(value: string | undefined): boolean {
  return value !== undefined && ['yes', 'true', 'on', '1'].includes(value.toLowerCase());
}
