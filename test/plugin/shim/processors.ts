import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { PROCESSORS as ALL } from '../../../scripts/bun-package.ts';
import { compileShim, SHIM_SOURCE } from '../../../scripts/shim.ts';
import { isLong } from '../../support/long.ts';
import { findEmulator } from '../../support/emulator.ts';

/**
 * A processor whose programs can be run. Shape: `emulator` goes before the program's path, and is empty on this one; `shim` is
 * the shim for it, with the bounds that tests can wait for.
 */
export type Processor = {
  readonly name: string;
  readonly emulator: readonly string[];
  readonly shim: string;
};

/** The bounds of the shims that are tried. Units: seconds. */
export const BOUNDS = { SILENCE_S: 2, LIMIT_S: 5 };

const folder = mkdtempSync(join(tmpdir(), 'vnet-shim-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let sanitized = 0;

const compiled: readonly Processor[] = ALL.flatMap((name) => {
  const found = name === process.arch ? { command: undefined } : findEmulator(name);
  const shim = join(folder, name);
  const missing =
    'missing' in found ? found.missing : compileShim({ arch: name, out: shim, defines: BOUNDS });
  if (missing === undefined && 'command' in found) {
    return [{ name, emulator: found.command === undefined ? [] : [found.command], shim }];
  }
  console.log(`the shim is not tried on ${name}: ${missing}`);
  return [];
});

/**
 * The shim with the checks of AddressSanitizer and UBSan, on this processor; none where the compiler has no sanitizers. Its source
 * may be another one.
 */
export function sanitizedShims(source = SHIM_SOURCE): readonly Processor[] {
  const shim = join(folder, `sanitized-${String(sanitized++)}`);
  const missing = compileShim({ arch: process.arch, out: shim, defines: BOUNDS, isSanitized: true, source });
  if (missing === undefined) return [{ name: `${process.arch}, sanitized`, emulator: [], shim }];
  console.log(`the shim is not tried with sanitizers: ${missing}`);
  return [];
}
/**
 * This processor, and those that can be compiled for and emulated here, and in the long form the sanitized shim; for each that is
 * left out, one line says why.
 */
export const PROCESSORS: readonly Processor[] = [...compiled, ...(isLong ? sanitizedShims() : [])];
