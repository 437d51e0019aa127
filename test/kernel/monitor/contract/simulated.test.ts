import { createSimulatedKernel } from '../../../../reconciler/kernel/simulated/simulated.ts';
import type { Change } from '../../../../reconciler/model/ports/kernel.ts';
import { openSimulatedWorld } from '../../contract/simulated-world.ts';
import { createSimulatedMonitor } from '../simulated-monitor.ts';
import { describeMonitor } from './suite.ts';

describeMonitor('the simulation', () => {
  const simulated = createSimulatedKernel();
  const monitor = createSimulatedMonitor(simulated, () => undefined);
  const world = openSimulatedWorld(simulated);
  const apply = (changes: readonly Change[]) =>
    changes.flatMap((change) => monitor.play(() => simulated.apply([change]), change));
  return {
    monitor,
    world: {
      ...world,
      kernel: { ...simulated, apply },
      removeNamespace: (path) => monitor.play(() => world.removeNamespace(path)),
    },
  };
});
