/** Runs programs for the other architecture by qemu. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { execNow } from './exec.ts';

/**
 * The names of each processor in qemu and compilers, and the location of its C library in Debian and Ubuntu.
 */
export const EMULATED = {
  x64: {
    command: 'qemu-x86_64-static',
    loader: 'lib64/ld-linux-x86-64.so.2',
    library: '/usr/x86_64-linux-gnu',
    package: 'libc6-amd64-cross',
    gnu: 'x86_64-linux-gnu',
  },
  arm64: {
    command: 'qemu-aarch64-static',
    loader: 'lib/ld-linux-aarch64.so.1',
    library: '/usr/aarch64-linux-gnu',
    package: 'libc6-arm64-cross',
    gnu: 'aarch64-linux-gnu',
  },
} as const;

/** A processor that can be emulated, by its name in Node.js. */
export type Emulated = keyof typeof EMULATED;

/** The other architecture than this machine's. */
export const OTHER: Emulated = process.arch === 'x64' ? 'arm64' : 'x64';

/**
 * Returns the command that precedes a program for the processor; `missing` is the reason if there is none.
 */
export function findEmulator(
  processor: Emulated,
): { readonly command: string } | { readonly missing: string } {
  const { command } = EMULATED[processor];
  if (execNow([command, '--version']).code === 0) return { command };
  return { missing: `no ${command} (package qemu-user-static)` };
}

/**
 * Returns the variable by which qemu finds the processor's C library, for programs that are not linked
 * statically; `missing` is the reason if there is none. QEMU_LD_PREFIX, if set, overrides the location.
 */
export function findLibrary(
  processor: Emulated,
): { readonly env: Readonly<Record<string, string>> } | { readonly missing: string } {
  const { library, loader, package: name } = EMULATED[processor];
  const prefix = process.env['QEMU_LD_PREFIX'] ?? library;
  if (existsSync(join(prefix, loader))) return { env: { QEMU_LD_PREFIX: prefix } };
  return { missing: `no C library of ${processor} in ${prefix} (package ${name})` };
}
