import { describe } from 'vitest';
import { createSys } from '#sys';
import { createNft } from '../../../../reconciler/kernel/apply/nft-command.ts';
import { createMonitor } from '../../../../reconciler/kernel/monitor/monitor.ts';
import { hasNamespaces } from '../../../support/namespaces.ts';
import { openRealTestbed } from '../../contract/real-testbed.ts';
import { describeMonitor, type MonitorTestbed } from './suite.ts';

describe.skipIf(!hasNamespaces)('on a real kernel', () => {
  describeMonitor('Linux', openMonitored);
});

/** The thread is in the host's namespace, so the monitor receives its notifications. */
function openMonitored(): MonitorTestbed {
  const testbed = openRealTestbed(createNft(process.env));
  const opened = createMonitor(createSys())(() => undefined);
  if (!opened.ok) throw new Error(opened.error.message);
  return { testbed, monitor: opened.value };
}
