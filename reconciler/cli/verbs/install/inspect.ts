/** Reads the files that an installation would write. Read-only. */
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { RunTool } from '../../../os/run-tool.ts';
import type { SourceProgram } from './install-items.ts';
import type { FoundFile } from './install-plan.ts';

/** Returns the SHA-256 of the bytes or text, in hex. */
export function digestOf(bytes: string | Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Returns the executable at the path; undefined if it is missing or needs an interpreter beside it. */
export function readProgram(path: string): SourceProgram | undefined {
  if (!existsSync(path)) return undefined;
  const bytes = readFileSync(path);
  return bytes.subarray(1, 4).toString('latin1') === 'ELF'
    ? { path, digest: digestOf(bytes), size: bytes.length }
    : undefined;
}

/** Returns the file at the path below the root. `run` asks an executable for its version. */
export function inspectFile(root: string, path: string, run: RunTool): FoundFile {
  const at = `${root}${path}`;
  const status = lstatSync(at, { throwIfNoEntry: false });
  if (status === undefined) return { kind: 'absent' };
  if (status.isSymbolicLink()) {
    const target = readlinkSync(at);
    return { kind: 'file', digest: `link:${target}`, isForeign: !target.endsWith('/vnet') && !isUnit(path) };
  }
  if (!status.isFile()) return { kind: 'other', what: status.isDirectory() ? 'a directory' : 'no file' };
  if (path.startsWith('/proc/')) {
    return { kind: 'file', digest: readFileSync(at, 'utf8').trim(), isForeign: false };
  }
  const bytes = readFileSync(at);
  return { kind: 'file', digest: digestOf(bytes), isForeign: isProgram(path) && !isOurs(at, run) };
}

function isUnit(path: string): boolean {
  return path.includes('/systemd/');
}

function isProgram(path: string): boolean {
  return path.includes('/bin/');
}

/** Azure CNI's executables have the same names; ours print "(vnet)" behind their version. */
function isOurs(at: string, run: RunTool): boolean {
  const said = run(at, ['--version']);
  if (said.kind !== 'done') return false;
  const isPlugin = at.slice(at.lastIndexOf('/') + 1).startsWith('azure-vnet');
  return isPlugin ? said.stdout.includes('(vnet)') : /^\d+\.\d+\.\d+\S*$/.test(said.stdout.trim());
}

/** Returns the missing directories of these files, parents first. */
export function missingFolders(root: string, paths: readonly string[]): readonly string[] {
  const missing = new Set<string>();
  for (const path of paths) {
    const above: string[] = [];
    for (let at = dirname(path); at !== '/' && !existsSync(`${root}${at}`); at = dirname(at))
      above.unshift(at);
    for (const folder of above) missing.add(folder);
  }
  return [...missing];
}

/** Returns the units that run. */
export function runningUnits(units: readonly string[], run: RunTool): readonly string[] {
  return units.filter((unit) => run('systemctl', ['is-active', '--quiet', unit]).kind === 'done');
}

/** Returns whether the node has systemd, and whether it runs. */
export function inspectSystemd(root: string): { readonly isThere: boolean; readonly runs: boolean } {
  const isThere = ['/run/systemd/system', '/usr/lib/systemd/systemd', '/lib/systemd/systemd'].some((path) =>
    existsSync(`${root}${path}`),
  );
  return {
    isThere,
    runs: root === '' && statSync('/run/systemd/system', { throwIfNoEntry: false }) !== undefined,
  };
}
