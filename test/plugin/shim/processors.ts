import { arm64 } from '../../../plugin/shim/arm64.ts';
import type { Machine } from '../../../plugin/shim/machine.ts';
import { x64 } from '../../../plugin/shim/x64.ts';
import { execNow } from '../../support/exec.ts';

/** A processor whose programs can be run. Shape: `emulator` goes before the program's path, and is empty on this one. */
export type Processor = { readonly machine: Machine; readonly emulator: readonly string[] };

const EMULATORS = { x64: 'qemu-x86_64-static', arm64: 'qemu-aarch64-static' };

/** This processor, and those that can be emulated here; for each other one a line says why it is left out. */
export const PROCESSORS: readonly Processor[] = [x64, arm64].flatMap((machine): readonly Processor[] => {
  if (machine.name === process.arch) return [{ machine, emulator: [] }];
  const emulator = EMULATORS[machine.name];
  if (execNow([emulator, '--version']).code === 0) return [{ machine, emulator: [emulator] }];
  console.log(`the shim is not tried on ${machine.name}: no ${emulator} (package qemu-user-static)`);
  return [];
});
