/** Files of a package as values, and the reproducible archives made of them. */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';

/** A file, directory or link. Shape: `path` without a slash at its start. */
export type Entry = { readonly path: string } & (
  | { readonly kind: 'file'; readonly bytes: Buffer; readonly mode: number }
  | { readonly kind: 'folder' }
  | { readonly kind: 'link'; readonly target: string }
);

/** Returns a file with this text. */
export function textEntry(path: string, text: string, mode = 0o644): Entry {
  return { kind: 'file', path, bytes: Buffer.from(text), mode };
}

/** Returns the file of the disk under another path. */
export function diskEntry(path: string, from: string, mode = 0o644): Entry {
  return { kind: 'file', path, bytes: fs.readFileSync(from), mode };
}

/** Returns the entries with the directories above them, sorted. Law: the order of the input has no effect. */
export function completeTree(entries: readonly Entry[]): readonly Entry[] {
  const all = new Map<string, Entry>(entries.map((entry) => [entry.path, entry]));
  for (const { path } of entries) {
    for (let at = dirname(path); at !== '.'; at = dirname(at)) {
      if (!all.has(at)) all.set(at, { kind: 'folder', path: at });
    }
  }
  return [...all.values()].toSorted((left, right) => (left.path < right.path ? -1 : 1));
}

/** Writes the entries below the directory, all with this time of change. Units: seconds since the epoch. */
export function writeTree(folder: string, entries: readonly Entry[], epoch: number): void {
  const all = completeTree(entries);
  for (const entry of all) {
    const at = join(folder, entry.path);
    if (entry.kind === 'folder') fs.mkdirSync(at, { recursive: true, mode: 0o755 });
    else if (entry.kind === 'link') fs.symlinkSync(entry.target, at);
    else fs.writeFileSync(at, entry.bytes, { mode: entry.mode });
    if (entry.kind === 'file') fs.chmodSync(at, entry.mode);
  }
  for (const { path } of all.toReversed()) fs.lutimesSync(join(folder, path), epoch, epoch);
}

/** Returns the bytes as gzip does, without name and time. */
export function compress(bytes: Buffer | string): Buffer {
  return gzipSync(bytes, { level: 9 });
}

/** Returns the SHA-256 in hex. */
export function sha256(bytes: Buffer | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

const BLOCK = 512;

/** Returns the entries as a tar archive of root's files. Units: seconds since the epoch. Source: POSIX ustar. */
export function tarOf(entries: readonly Entry[], epoch: number, prefix = ''): Buffer {
  const parts: Buffer[] = [];
  for (const entry of completeTree(entries)) {
    const bytes = entry.kind === 'file' ? entry.bytes : Buffer.alloc(0);
    parts.push(header(entry, bytes.length, epoch, prefix), bytes);
    parts.push(Buffer.alloc((BLOCK - (bytes.length % BLOCK)) % BLOCK));
  }
  return Buffer.concat([...parts, Buffer.alloc(2 * BLOCK)]);
}

/** Offsets of ustar's header. */
function header(entry: Entry, size: number, epoch: number, prefix: string): Buffer {
  const block = Buffer.alloc(BLOCK);
  const name = `${prefix}${entry.path}${entry.kind === 'folder' ? '/' : ''}`;
  if (Buffer.byteLength(name) > 100) throw new Error(`too long for the header of tar: ${name}`);
  const octal = (value: number, at: number, length: number): void =>
    void block.write(`${value.toString(8).padStart(length - 1, '0')}\0`, at);
  block.write(name, 0);
  octal(entry.kind === 'file' ? entry.mode : entry.kind === 'folder' ? 0o755 : 0o777, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(size, 124, 12);
  octal(epoch, 136, 12);
  block.write(' '.repeat(8), 148);
  block.write({ file: '0', link: '2', folder: '5' }[entry.kind], 156);
  if (entry.kind === 'link') block.write(entry.target, 157);
  block.write('ustar\u000000', 257);
  for (const at of [265, 297]) block.write('root', at);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}
