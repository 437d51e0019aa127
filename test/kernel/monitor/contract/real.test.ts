import { describe } from 'vitest';
import { createSys } from '#sys';
import { createNft } from '../../../../reconciler/kernel/apply/nft-command.ts';
import { createMonitor } from '../../../../reconciler/kernel/monitor/monitor.ts';
import { hasNamespaces } from '../../../support/namespaces.ts';
import { openRealWorld } from '../../contract/real-world.ts';
import { describeMonitor, type MonitorWorld } from './suite.ts';

describe.skipIf(!hasNamespaces)('on a real kernel', () => {
  describeMonitor('Linux', openMonitored);
});

/** The thread is in the host's namespace, so the monitor receives its notifications. */
function openMonitored(): MonitorWorld {
  const world = openRealWorld(createNft(process.env));
  const opened = createMonitor(createSys())(() => undefined);
  if (!opened.ok) throw new Error(opened.error.message);
  return { world, monitor: opened.value };
}
