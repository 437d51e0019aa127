/** Files of the kind that systemd and NetworkManager read. Pure. */
import type { TextFile } from './facts.ts';

/** One setting. */
export type Setting = { readonly section: string; readonly key: string; readonly value: string };

/** Returns the settings of the text in order; comments and what is none are left out. Source: systemd.syntax(7). */
export function parseIni(text: string): readonly Setting[] {
  let section = '';
  return text.split('\n').flatMap((line) => {
    const header = /^\s*\[(.+)\]\s*$/.exec(line);
    if (header !== null) section = header[1] ?? '';
    const setting = /^\s*([^#;\s=][^=]*?)\s*=\s*(.*?)\s*$/.exec(line);
    return setting === null ? [] : [{ section, key: setting[1] ?? '', value: setting[2] ?? '' }];
  });
}

/** Returns the value that is in force: of the last file that has it, since later files go over earlier ones. */
export function valueIn(files: readonly TextFile[], section: string, key: string): string | undefined {
  return files
    .flatMap(({ text }) => parseIni(text))
    .findLast((setting) => setting.section === section && setting.key === key)?.value;
}

/** Returns true when the shell pattern (`azv*`, `e?h0`) matches the name. Source: glob(7), without brackets' classes. */
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

/** Returns true for what systemd takes for no. */
export function isNo(value: string | undefined): boolean {
  return value !== undefined && ['no', 'false', 'off', '0'].includes(value.toLowerCase());
}

/** Returns true for what systemd takes for yes. */
export function isYes(value: string | undefined): boolean {
  return value !== undefined && ['yes', 'true', 'on', '1'].includes(value.toLowerCase());
}
