import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PROCESSORS as ALL } from '../../../scripts/bun-package.ts';
import { compileShim, SHIM_SOURCE } from '../../../scripts/shim.ts';
import { isLong } from '../../support/long.ts';
import { findEmulator } from '../../support/emulator.ts';

/**
 * A processor whose programs can be run.
 * Shape: `emulator` precedes the program's path, and is empty for this processor; `shim` is the shim with
 * time limits that tests can wait for.
 */
export type Processor = {
  readonly name: string;
  readonly emulator: readonly string[];
  readonly shim: string;
};

/** The time limits of the tested shims. Units: seconds. */
export const BOUNDS = { SILENCE_S: 2, LIMIT_S: 5 };

const folder = mkdtempSync(join(tmpdir(), 'vnet-shim-'));
// Other files of this process use them, too.
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));

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
 * The shim with AddressSanitizer and UBSan, on this processor; none if the compiler has no sanitizers. Its
 * source may be replaced.
 */
export function sanitizedShims(source = SHIM_SOURCE): readonly Processor[] {
  const shim = join(folder, `sanitized-${String(sanitized++)}`);
  const missing = compileShim({ arch: process.arch, out: shim, defines: BOUNDS, isSanitized: true, source });
  if (missing === undefined) return [{ name: `${process.arch}, sanitized`, emulator: [], shim }];
  console.log(`the shim is not tried with sanitizers: ${missing}`);
  return [];
}
/**
 * This processor, others that can be compiled for and emulated here, and in the long form the sanitized shim;
 * each one omitted is reported on one line.
 */
export const PROCESSORS: readonly Processor[] = [...compiled, ...(isLong ? sanitizedShims() : [])];
