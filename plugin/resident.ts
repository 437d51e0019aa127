/** What the resident process keeps from call to call. Loaded by no call that is done by its own process. */
import { withSendApart } from '#sys';
import { openResidentKernel } from '../reconciler/cli/world.ts';
import { memoryOf } from '../reconciler/document/memory.ts';
import type { Sys } from '../reconciler/model/sys.ts';
import type { Resident } from './main.ts';

/** Resolves to what stays from call to call: the kernel's sockets, and what was last read or written of the document. */
export async function createResident(sys: Sys): Promise<Resident> {
  const kernel = openResidentKernel(await withSendApart(sys));
  return { kernel, memory: memoryOf(sys), later: setImmediate };
}
