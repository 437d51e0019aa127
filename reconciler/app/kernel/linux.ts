/** The kernel of this machine, in the network namespace of the calling thread. */
import { createObserver } from '../../kernel/observe/observer.ts';
import type { Environment } from '../../model/ports/sys.ts';
import type { KernelAccess } from './access.ts';
import { openLinuxKernel } from './linux-kernel.ts';

/** Returns the access to the kernel of this machine; `environment` is that of the tools it runs. */
export function linuxKernels(environment: Environment): KernelAccess {
  return {
    open: async (sys, _paths, lifetime) => {
      const kernel = openLinuxKernel(sys, lifetime, environment);
      if (lifetime === 'round') await kernel.prepare();
      return kernel;
    },
    openReader: createObserver,
    openMonitor: async (sys) => (await import('../../kernel/monitor/monitor.ts')).createMonitor(sys),
    openDenials: async () => {
      const [{ openDenials }, { readDeniedCounts, readJudgedCounts }] = await Promise.all([
        import('../../kernel/policy/denials.ts'),
        import('../../kernel/policy/counters.ts'),
      ]);
      return { counts: readDeniedCounts, judged: readJudgedCounts, log: openDenials };
    },
    openPacketFilters: async (sys) => {
      const [{ readPacketFilters }, { toolRunner }] = await Promise.all([
        import('../../kernel/filter/read-packet-filters.ts'),
        import('#run-tool'),
      ]);
      const run = toolRunner(environment);
      return () => readPacketFilters(sys, run);
    },
    openLinks: async (sys) => (await import('../../kernel/link-index.ts')).createLinkIndex(sys),
  };
}
