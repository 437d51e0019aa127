/** A simulated kernel in place of the machine's: vnet can be tried where network namespaces are not allowed. */
import { openSimulatedFile } from '../../kernel/simulated/file.ts';
import { type NodePaths, rootOf } from '../paths.ts';
import type { KernelAccess } from './access.ts';

/**
 * The access to a kernel that is kept in the file `kernel.json` in the root of the node, so that several processes share it. It has the
 * same errors as Linux, but no packets, notifications or interface indexes.
 */
export const SIMULATED_KERNELS: KernelAccess = {
  open: async (sys, paths) => openSimulatedFile(sys, kernelFile(paths)),
  openReader: (sys, paths) => openSimulatedFile(sys, kernelFile(paths)),
};

function kernelFile(paths: NodePaths): string {
  return `${rootOf(paths)}/kernel.json`;
}
