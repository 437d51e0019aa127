/** The contract's world in memory. */
import {
  createSimulatedKernel,
  type SimulatedKernel,
} from '../../../reconciler/kernel/simulated/simulated.ts';
import { type ContractWorld, NIC, NIC_MAC } from './world.ts';

/** Returns the world of a simulated node, around this kernel. */
export function openSimulatedWorld(kernel: SimulatedKernel = createSimulatedKernel()): ContractWorld {
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
