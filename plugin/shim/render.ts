/** The shim as a file. Pure. */
import { arm64 } from './arm64.ts';
import { SHIM } from './client.ts';
import { compileProgram } from './compile.ts';
import type { Machine } from './machine.ts';
import { x64 } from './x64.ts';

const MACHINES: readonly Machine[] = [x64, arm64];

/** Returns the executable for the processor, as Node.js names it; undefined where the language does not know it. */
export function renderShim(processor: string): Uint8Array | undefined {
  const machine = MACHINES.find(({ name }) => name === processor);
  return machine === undefined ? undefined : compileProgram(SHIM, machine);
}
