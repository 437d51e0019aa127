/** The plugins' own edge to the operating system: stdin, stdout, namespaces, other programs. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, readSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { err, ok, type Result } from '../reconciler/model/result.ts';
import type { Programs } from './host.ts';

const CHUNK_BYTES = 65_536;

/** Returns all of stdin as text. Errors: the reason. Blocks until the other side closes it. */
export function readStdin(): Result<string, string> {
  const chunks: Buffer[] = [];
  for (;;) {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    try {
      const length = readSync(0, chunk);
      if (length === 0) return ok(Buffer.concat(chunks).toString('utf8'));
      chunks.push(chunk.subarray(0, length));
    } catch (cause) {
      const code = errorCode(cause);
      if (code === 'EOF') return ok(Buffer.concat(chunks).toString('utf8'));
      if (code !== 'EAGAIN') return err(code);
      pause();
    }
  }
}

/** Ensures that all of the text is written; a reader that has gone away is its own affair. */
export function writeAll(fd: 1 | 2, text: string): void {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(fd, bytes, at);
    } catch (cause) {
      if (errorCode(cause) !== 'EAGAIN') return;
      pause();
    }
  }
}

/** A runtime may hand us pipes that do not block. */
function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
}

function errorCode(cause: unknown): string {
  if (typeof cause === 'object' && cause !== null && 'code' in cause) return String(cause.code);
  return String(cause);
}

/** Returns the inode of the network namespace we run in; undefined without /proc. Source: namespaces(7). */
export function ownNetnsInode(): number | undefined {
  try {
    return statSync('/proc/self/ns/net').ino;
  } catch {
    return undefined;
  }
}

/** Finds and runs CNI plugins of this machine. */
export const programs: Programs = {
  find: (name, folders) => folders.map((folder) => join(folder, name)).find(isExecutable),
  run: (file, env, stdin) => {
    const ran = spawnSync(file, [], {
      env: { ...env },
      input: stdin,
      stdio: ['pipe', 'pipe', 'inherit'],
      encoding: 'utf8',
      maxBuffer: 16 * 1024 * 1024,
    });
    const stdout = ran.stdout ?? '';
    // A plugin that ends without reading its stdin has still answered.
    if (ran.error !== undefined && ran.status === null) {
      return { exitCode: 1, stdout, error: ran.error.message };
    }
    if (ran.status !== null) return { exitCode: ran.status, stdout };
    return { exitCode: 1, stdout, error: `ended by signal ${ran.signal ?? 'unknown'}` };
  },
};

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
