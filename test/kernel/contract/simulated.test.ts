import { createSimulatedKernel } from '../../../reconciler/kernel/simulated/simulated.ts';
import { describeKernelContract } from './suite.ts';
import { type ContractWorld, NIC, NIC_MAC } from './world.ts';

/** Returns the world of a simulated node. */
function openSimulatedWorld(): ContractWorld {
  const kernel = createSimulatedKernel();
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

describeKernelContract('the simulation', openSimulatedWorld);
