import { createSimulatedKernel } from '../../../../reconciler/kernel/simulated/simulated.ts';
import type { Change } from '../../../../reconciler/model/ports/kernel.ts';
import { openSimulatedTestbed } from '../../contract/simulated-testbed.ts';
import { createSimulatedMonitor } from '../simulated-monitor.ts';
import { describeMonitor } from './suite.ts';

describeMonitor('the simulation', () => {
  const simulated = createSimulatedKernel();
  const monitor = createSimulatedMonitor(simulated, () => undefined);
  const testbed = openSimulatedTestbed(simulated);
  const apply = (changes: readonly Change[]) =>
    changes.flatMap((change) => monitor.play(() => simulated.apply([change]), change));
  return {
    monitor,
    testbed: {
      ...testbed,
      kernel: { ...simulated, apply },
      removeNamespace: (path) => monitor.play(() => testbed.removeNamespace(path)),
    },
  };
});
