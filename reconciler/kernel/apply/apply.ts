/** The kernel of this machine with every kind, for programs other than a CNI call. */
import type { Kernel } from '../../model/ports/kernel.ts';
import type { Sys } from '../../model/ports/sys.ts';
import { RARE_WIRES } from '../kinds/rare/registry.ts';
import { registerRareWires } from '../kinds/registry.ts';
import type { Lifetime } from '../sockets.ts';
import { createCallKernel } from './call-kernel.ts';
import type { Nft } from './context.ts';

/** Returns the kernel of this machine, as createCallKernel() does, prepared for every kind. */
export function createKernel(sys: Sys, nft?: Nft, lifetime: Lifetime = 'round'): Kernel {
  registerRareWires(RARE_WIRES);
  return createCallKernel(sys, nft, lifetime);
}
