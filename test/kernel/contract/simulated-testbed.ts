/** The contract's testbed in memory. */
import {
  createSimulatedKernel,
  type SimulatedKernel,
} from '../../../reconciler/kernel/simulated/simulated.ts';
import { NIC, NIC_MAC } from './objects.ts';
import type { Testbed } from './testbed.ts';

/** Returns the testbed of a simulated node, around this kernel. */
export function openSimulatedTestbed(kernel: SimulatedKernel = createSimulatedKernel()): Testbed {
  const inodes = new Map<string, number>();
  kernel.addDevice({ ...NIC, mac: NIC_MAC });
  return {
    kernel,
    addNamespace: () => {
      const path = `/run/netns/pod-${inodes.size}`;
      inodes.set(path, kernel.addNamespace(path));
      return path;
    },
    inodeOf: (path) => inodes.get(path) ?? -1,
    removeNamespace: (path) => kernel.removeNamespace(path),
    tamper: (change) => {
      const done = kernel.tamper(change);
      if (!done.ok) throw new Error(done.error.message);
    },
    close: () => kernel.close(),
  };
}
