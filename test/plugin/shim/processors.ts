import { arm64 } from '../../../plugin/shim/arm64.ts';
import type { Machine } from '../../../plugin/shim/machine.ts';
import { x64 } from '../../../plugin/shim/x64.ts';
import { findEmulator } from '../../support/emulator.ts';

/** A processor whose programs can be run. Shape: `emulator` goes before the program's path, and is empty on this one. */
export type Processor = { readonly machine: Machine; readonly emulator: readonly string[] };

/** This processor, and those that can be emulated here; for each other one a line says why it is left out. */
export const PROCESSORS: readonly Processor[] = [x64, arm64].flatMap((machine): readonly Processor[] => {
  if (machine.name === process.arch) return [{ machine, emulator: [] }];
  const found = findEmulator(machine.name);
  if ('command' in found) return [{ machine, emulator: [found.command] }];
  console.log(`the shim is not tried on ${machine.name}: ${found.missing}`);
  return [];
});
