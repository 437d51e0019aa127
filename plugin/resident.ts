/** What the resident process keeps from call to call. Loaded by no call that is done by its own process. */
import { openResidentKernel } from '../reconciler/cli/world.ts';
import { memoryOf } from '../reconciler/document/memory.ts';
import type { Sys } from '../reconciler/model/sys.ts';
import type { Resident } from './main.ts';

/** Returns what stays from call to call: the kernel's sockets, and what was last read or written of the document. */
export function createResident(sys: Sys): Resident {
  return { kernel: openResidentKernel(sys), memory: memoryOf(sys), later: setImmediate };
}
