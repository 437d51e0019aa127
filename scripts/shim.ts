/** Compiles plugin/shim/shim.c, the small program that container runtimes start as azure-vnet. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Processor } from './bun-package.ts';

/** The shim's source. */
export const SHIM_SOURCE = join(import.meta.dirname, '..', 'plugin/shim/shim.c');

/** The cross compiler for each processor, by Debian's names. */
const CROSS_COMPILERS: Readonly<Record<Processor, string>> = {
  x64: 'x86_64-linux-gnu-gcc',
  arm64: 'aarch64-linux-gnu-gcc',
};

const LANGUAGE = ['-std=gnu11', '-Wall', '-Wextra', '-Werror'];

/** Static, without a C library, debug information and loader data. */
const FREESTANDING = [
  '-Os -static -nostdlib -ffreestanding -fno-pie -no-pie -fno-stack-protector -fno-asynchronous-unwind-tables',
  // The compiler would replace copy loops by calls of memcpy, which does not exist.
  '-fno-tree-loop-distribute-patterns',
  '-Wl,--build-id=none -Wl,-z,noexecstack -Wl,-z,norelro -s',
].flatMap((flags) => flags.split(' '));

/** Checks every access and operation: the first error ends the program with a report on stderr. */
const SANITIZED = ['-O1', '-g', '-DWITH_LIBC', '-fsanitize=address,undefined', '-fno-sanitize-recover=all'];

/** The source, target and form of a shim. Shape: `defines` are macros of the C preprocessor, by name; a sanitized shim and another source are for tests. */
export type ShimOptions = {
  readonly arch: string;
  readonly out: string;
  readonly defines?: Readonly<Record<string, number>>;
  readonly isSanitized?: boolean;
  readonly source?: string;
};

/**
 * Ensures the shim for the processor at `out`.
 * Errors: returns the reason: no compiler for the processor, or the compiler's message; undefined on success.
 */
export function compileShim({
  arch,
  out,
  defines = {},
  isSanitized = false,
  source = SHIM_SOURCE,
}: ShimOptions): string | undefined {
  const compiler = findCompiler(arch);
  if (compiler === undefined) return `no C compiler for ${arch}: install ${packageOf(arch)}`;
  const macros = Object.entries(defines).map(([name, value]) => `-D${name}=${value}`);
  const flags = [...LANGUAGE, ...(isSanitized ? SANITIZED : FREESTANDING), ...macros];
  const done = spawnSync(compiler, [...flags, '-o', out, source], { encoding: 'utf8' });
  if (done.status === 0) return undefined;
  fs.rmSync(out, { force: true });
  return `${compiler} ${source}: ${done.error?.message ?? done.stderr}`;
}

/** Returns the compiler command for the processor; undefined if PATH has none. */
export function findCompiler(arch: string): string | undefined {
  const cross = arch === 'x64' || arch === 'arm64' ? CROSS_COMPILERS[arch] : undefined;
  if (cross === undefined) return undefined;
  const commands = arch === process.arch ? ['cc', cross] : [cross];
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return commands.find((command) => folders.some((folder) => fs.existsSync(join(folder, command))));
}

function packageOf(arch: string): string {
  return arch === process.arch
    ? 'gcc and libc6-dev'
    : `gcc-${arch === 'arm64' ? 'aarch64' : 'x86-64'}-linux-gnu`;
}
