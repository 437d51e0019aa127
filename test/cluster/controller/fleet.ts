/** Many nodes with their agents, and a controller, against a fake API server in one process and in virtual time. */
import { setMaxListeners } from 'node:events';
import { runAgent } from '../../../reconciler/cluster/agent/agent.ts';
import { createApiClient } from '../../../reconciler/cluster/api/client.ts';
import { NAMESPACES, NETWORK_POLICIES, NODES, PODS } from '../../../reconciler/cluster/api/resources.ts';
import { runController } from '../../../reconciler/cluster/controller/controller.ts';
import { runAsLeader } from '../../../reconciler/cluster/controller/leader.ts';
import {
  NETWORK_ROLLOUTS,
  type RolloutStatus,
  toRollout,
} from '../../../reconciler/cluster/custom-resources.ts';
import { keepMembers, type MembersPorts } from '../../../reconciler/cluster/members/keep-members.ts';
import type { PolicyCopy } from '../../../reconciler/cluster/members/policy-copy.ts';
import type { MembersChange } from '../../../reconciler/document/members-lines.ts';
import { ok, type Result } from '../../../reconciler/model/result.ts';
import { must } from '../../support/must.ts';
import { FakeNode } from '../agent/fake-node.ts';
import { type FakeNetwork, inProcess } from '../fake/in-process.ts';
import { adminOf, openVnetCluster } from '../fake/vnet-cluster.ts';
import { settle, VirtualClock } from '../virtual-clock.ts';

const BEFORE = { networks: { azure: { mode: 'bridge', bridge: { name: 'azure0', mtu: 1500 } } } };

/** A generator of numbers in [0, 1): the same ones each time. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

export type FleetOptions = {
  readonly count: number;
  readonly zones?: number;
  readonly pollMs?: number;
  /** Whether the controller holds a lease, which it renews. */
  readonly isElected?: boolean;
  /** Whether the nodes enforce the network policies of the cluster: each follows three more collections. */
  readonly isEnforcing?: boolean;
  /** Units: milliseconds. */
  readonly quantumMs?: number;
  /** Called for each change that a node writes to its file of policies. */
  readonly kept?: (node: string, change: MembersChange) => void;
  /** Called for each node before its agent starts. Shape: `network` is the node's own. */
  readonly prepare?: (node: FakeNode, index: number, network: FakeNetwork) => void;
};

export async function openFleet({
  count,
  zones = 1,
  pollMs = 5000,
  isElected = false,
  isEnforcing = false,
  quantumMs = 1,
  kept = () => undefined,
  prepare,
}: FleetOptions) {
  const clock = new VirtualClock(seeded(7), quantumMs);
  const cluster = openVnetCluster(clock, isEnforcing ? [PODS, NAMESPACES, NETWORK_POLICIES] : []);
  const admin = adminOf(cluster);
  const network: FakeNetwork = { isDown: false, isSilent: false };
  // One for each agent, as for processes: a signal of all would have a list of 50 000 listeners, searched at each sleep.
  const stops: AbortController[] = [];
  const stopper = (): AbortController => {
    const stop = new AbortController();
    setMaxListeners(0, stop.signal);
    stops.push(stop);
    return stop;
  };
  const running: Promise<void>[] = [];
  const nodes = new Map<string, FakeNode>();
  const time = (): string => new Date(1_800_000_000_000 + clock.nowMs()).toISOString();
  const connect = (token: string, own: FakeNetwork = { isDown: false, isSilent: false }) => {
    const both: FakeNetwork = {
      get isDown() {
        return own.isDown || network.isDown;
      },
      get isSilent() {
        return own.isSilent || network.isSilent;
      },
      get latencyMs() {
        return network.latencyMs;
      },
    };
    const transport = inProcess(cluster, both, token);
    return {
      transport,
      client: createApiClient(transport),
      clock,
      log: () => undefined,
    };
  };
  const nameOf = (index: number): string => `node-${String(index).padStart(4, '0')}`;
  for (let index = 0; index < count; index += 1) {
    const name = nameOf(index);
    const labels = { 'topology.kubernetes.io/zone': `zone-${Math.floor((index * zones) / count)}` };
    must(await admin.create(NODES, { metadata: { name, labels } }));
    const node = new FakeNode(clock, BEFORE);
    const own = { isDown: false, isSilent: false };
    prepare?.(node, index, own);
    nodes.set(name, node);
    const ports = { ...connect('agent', own), node, time, worked: () => undefined };
    const { signal } = stopper();
    const { policy, following } = isEnforcing
      ? followPolicies({ ...ports, kept }, name, signal)
      : NO_POLICIES;
    running.push(runAgent({ ...ports, policy }, { name, version: '1', pollMs }, signal), following);
  }
  const control = (): AbortController => {
    const own = stopper();
    const ports = connect('controller');
    const work = (signal: AbortSignal): Promise<void> => runController(ports, signal);
    const candidate = { ...ports, identity: 'controller', time };
    running.push(isElected ? runAsLeader(candidate, work, own.signal) : work(own.signal));
    return own;
  };
  const controller = control();
  await settle();
  const statusOf = async (name: string): Promise<RolloutStatus> => {
    const object = must(await admin.get(NETWORK_ROLLOUTS, { name }));
    return toRollout(object)?.status ?? {};
  };
  const close = async (): Promise<void> => {
    for (const stop of stops) stop.abort();
    const { latencyMs = 0 } = network;
    network.latencyMs = undefined;
    await clock.advance(1000 + latencyMs);
    await Promise.all(running);
  };
  return {
    clock,
    cluster,
    admin,
    network,
    nodes,
    controller,
    control,
    connect,
    statusOf,
    nameOf,
    close,
  };
}

type Followed = { readonly policy: () => PolicyCopy; readonly following: Promise<void> };

const NO_POLICIES: Followed = { policy: () => ({ kind: 'off' }), following: Promise.resolve() };

type PolicyPorts = Pick<MembersPorts, 'transport' | 'clock' | 'log' | 'time' | 'worked'> &
  Required<Pick<FleetOptions, 'kept'>>;

/** Follows the collections of a node that enforces policies. */
function followPolicies({ kept, ...ports }: PolicyPorts, name: string, signal: AbortSignal): Followed {
  let copy = (): PolicyCopy => ({ kind: 'reading' });
  const take = (change: MembersChange): Result<number> => {
    kept(name, change);
    return ok(0);
  };
  const store = { write: take, append: take };
  const opened = (asked: () => PolicyCopy): void => {
    copy = asked;
  };
  const node = { name, isEnforcing: () => true, pollMs: 2000 };
  const following = keepMembers({ ...ports, store, opened, followed: () => undefined }, node, signal);
  return { policy: () => copy(), following };
}

export type Fleet = Awaited<ReturnType<typeof openFleet>>;

/** Starts a rollout. */
export async function rollOut({ admin }: Fleet, name: string, spec: object): Promise<void> {
  must(await admin.create(NETWORK_ROLLOUTS, { metadata: { name }, spec: { ...spec } }));
}

/** Moves the time on until the rollout is in the phase; returns the time that took. Units: seconds. */
export async function untilPhase(
  fleet: Fleet,
  name: string,
  phase: string,
  limitSeconds = 7200,
): Promise<number> {
  for (let second = 0; second < limitSeconds; second += 5) {
    if ((await fleet.statusOf(name)).phase === phase) return second;
    await fleet.clock.advance(5000);
  }
  throw new Error(`not ${phase}: ${JSON.stringify(await fleet.statusOf(name))}`);
}
