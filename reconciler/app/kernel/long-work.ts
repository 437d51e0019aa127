/** Tells when the work of a process on the kernel turns out to be long: the engine compiles code from then on. */
import type { Kernel, Observer } from '../../model/ports/kernel.ts';
import type { KernelAccess } from './access.ts';

/**
 * Most pods of a round that ends before compiled code pays off: compiling takes a quarter of the processor time of a round without
 * steps at 250 endpoints, and shortens it by a fifth at 1000.
 */
const MAX_PODS = 500;

/** Returns the same kernels; `becomesLong` is called before each change, and before many pods are read. */
export function noticeLongWork(kernels: KernelAccess, becomesLong: () => void): KernelAccess {
  const observing = (opened: Observer): Observer['observe'] => {
    return (scope) => {
      if (scope.pods.length > MAX_PODS) becomesLong();
      return opened.observe(scope);
    };
  };
  return {
    ...kernels,
    open: async (sys, paths, lifetime) => {
      const opened = await kernels.open(sys, paths, lifetime);
      const kernel: Kernel = {
        ...opened,
        observe: observing(opened),
        apply: (changes) => {
          becomesLong();
          return opened.apply(changes);
        },
      };
      return kernel;
    },
    openReader: (sys, paths) => {
      const opened = kernels.openReader(sys, paths);
      return { observe: observing(opened), close: () => opened.close() };
    },
  };
}
