/** The pod CIDRs of other nodes, as the verbs show them. */
import { describe, expect, it } from 'vitest';
import { explain } from '../../../reconciler/cli/verbs/explain/run-explain.ts';
import { showStatus } from '../../../reconciler/cli/verbs/look/overview.ts';
import { runRound } from '../../../reconciler/loop/round/round.ts';
import type { RoutedNetwork } from '../../../schemas/generated/vnet.ts';
import { createMemorySession, type MemorySession } from '../../support/memory-session.ts';
import { bootedKernel, documentOf, NETWORK } from '../../support/node.ts';
import { capture } from '../../support/output.ts';

const PEERS = [{ to: '10.244.1.0/24', via: '10.240.0.66', dev: 'eth0' }, { to: '10.244.2.0/24' }];
const SHOWN = '10.244.1.0/24 via 10.240.0.66, 10.244.2.0/24 by the virtual network';

function nodeOf(peers: RoutedNetwork['peers']): MemorySession {
  const network: RoutedNetwork = {
    mode: 'routed',
    bridge: { name: 'cbr0', mac: '0a:58:0a:f0:00:01' },
    ...(peers === undefined ? {} : { peers }),
    pools: NETWORK.pools,
  };
  const session = createMemorySession(bootedKernel([0]), documentOf([0], network));
  expect(runRound(session, { limit: 'node-outage' }).ok).toBe(true);
  return session;
}

function shown(session: MemorySession, verb: 'status' | 'explain'): string {
  const output = capture();
  const done =
    verb === 'status'
      ? showStatus(session, 'text', output)
      : explain(session, 'default/web-0', 'text', output);
  expect(done.ok).toBe(true);
  return output.out();
}

describe('peers', () => {
  it.each(['status', 'explain'] as const)('are in vnet %s, each with its way', (verb) => {
    expect(shown(nodeOf(PEERS), verb)).toContain(SHOWN);
    expect(shown(nodeOf(undefined), verb)).not.toContain('peers');
  });
});
