/** Reads the kernel without being able to change it. */
import type { Observer } from '../../model/ports/kernel.ts';
import type { Sys } from '../../model/ports/sys.ts';
import { RARE_WIRES } from '../kinds/rare/registry.ts';
import { registerRareWires } from '../kinds/registry.ts';
import { Sockets } from '../sockets.ts';
import { observe } from './observe.ts';

/**
 * Returns an Observer whose netlink sockets refuse all requests but reads before they reach the kernel; used
 * by `--dry-run`. The host is the network namespace of the calling thread.
 */
export function createObserver(sys: Sys): Observer & { close(): void } {
  registerRareWires(RARE_WIRES);
  const sockets = new Sockets(sys, { readOnly: true, lifetime: 'round' });
  return { observe: (scope) => observe(sockets, scope), close: () => sockets.close() };
}
