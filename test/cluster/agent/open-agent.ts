/** An agent of a fake node and a fake cluster, by the clock of the test. */
import { afterEach } from 'vitest';
import { runAgent } from '../../../reconciler/cluster/agent/agent.ts';
import type { NodeFieldOptions } from '../../../reconciler/cluster/agent/node-fields.ts';
import { createApiClient } from '../../../reconciler/cluster/api/client.ts';
import { inProcess } from '../fake/in-process.ts';
import type { PolicyCopy } from '../../../reconciler/cluster/members/policy-copy.ts';
import { addRevision, adminOf, openVnetCluster, want } from '../fake/vnet-cluster.ts';
import { settle, VirtualClock } from '../virtual-clock.ts';
import { FakeNode } from './fake-node.ts';

export const NAME = 'node-1';
export const BEFORE = { networks: { azure: { mode: 'bridge', bridge: { name: 'azure0', mtu: 1500 } } } };
const MTU = { networks: { azure: { bridge: { mtu: 1400 } } } };
export const WITH_MTU = { networks: { azure: { mode: 'bridge', bridge: { name: 'azure0', mtu: 1400 } } } };

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

type Opening = {
  readonly isDown?: boolean;
  readonly isNodeKnown?: boolean;
  readonly nodeFields?: NodeFieldOptions;
};

export async function openAgent({ isDown = false, isNodeKnown = true, nodeFields }: Opening = {}) {
  const clock = new VirtualClock();
  const cluster = openVnetCluster(clock);
  const network = { isDown, isSilent: false };
  const transport = inProcess(cluster, network, 'agent');
  const admin = adminOf(cluster);
  const node = new FakeNode(clock, BEFORE);
  const logged: string[] = [];
  const policy: { copy: PolicyCopy } = { copy: { kind: 'off' } };
  /** The time of day, which may jump. */
  const day = { startMs: 1_800_000_000_000 };
  await addRevision(admin, 'mtu', MTU);
  if (isNodeKnown) await want(admin, NAME, {});
  const start = async (): Promise<() => Promise<void>> => {
    const controller = new AbortController();
    const time = (): string => new Date(day.startMs + clock.nowMs()).toISOString();
    const log = (text: string): void => void logged.push(text);
    const ports = {
      client: createApiClient(transport),
      transport,
      clock,
      node,
      time,
      log,
      worked: () => undefined,
      policy: () => policy.copy,
    };
    const options = { name: NAME, version: '1', pollMs: 2000, ...(nodeFields && { nodeFields }) };
    const running = runAgent(ports, options, controller.signal);
    await settle();
    const stop = (): Promise<void> => {
      controller.abort();
      return running;
    };
    stops.push(stop);
    return stop;
  };
  const stop = await start();
  const writes = (): number =>
    cluster.requests.filter(({ method, token }) => method !== 'GET' && token === 'agent').length;
  return { clock, day, policy, cluster, network, admin, node, logged, start, stop, writes };
}
