/** `vnet controller`: gives each node a NodeNetwork, and moves the desired revision of nodes in the steps of rollouts. */
import { type Failure, renderFailure } from '../../model/result.ts';
import { sameValue } from '../../document/edit.ts';
import { nextDelayMs } from '../api/backoff.ts';
import type { ApiClient } from '../api/client.ts';
import type { ApiObject } from '../api/objects.ts';
import { createReflector, type Reflector } from '../api/reflector.ts';
import { NODES } from '../api/resources.ts';
import type { ApiClock, Transport } from '../api/transport.ts';
import {
  NETWORK_ROLLOUTS,
  NO_HALT,
  NODE_NETWORKS,
  type NodeObject,
  type NodeSpec,
  type RolloutObject,
  type RolloutStatus,
  toNodeNetwork,
  toRollout,
} from '../custom-resources.ts';
import { toClusterNode, assignNodes, newestFirst } from './selection.ts';
import {
  type ClusterNode,
  planRollout,
  type RolloutNode,
  type RolloutPlan,
  rolloutStateOf,
} from './rollout.ts';

/** The outside of the controller. */
export type ControllerPorts = {
  readonly client: ApiClient;
  readonly transport: Transport;
  readonly clock: ApiClock;
  readonly log: (text: string) => void;
};

/** The manager of specs of NodeNetworks and of statuses of rollouts. */
const CONTROLLER_MANAGER = 'vnet-controller';

/**
 * The interval of writes: at most seven nodes a second, each of which answers with a status. Where some roll back, each of these writes its
 * status once more, and an event: 20 writes a second have room for that. Units: milliseconds.
 */
const WRITE_MS = 150;

/** The longest time between looks: soaks and silence end without an event. Units: milliseconds. */
const LOOK_MS = 5000;

/** Changes that come together are one turn, which reads all nodes: the statuses of a step arrive in bursts. Units: milliseconds. */
const GATHER_MS = 500;

/** The shortest time between writes of a rollout's status in one phase. Units: milliseconds. */
const STATUS_MS = 10_000;

/** Works until the signal is aborted: when the lease is lost, or the process ends. */
export async function runController(ports: ControllerPorts, signal: AbortSignal): Promise<void> {
  await new Controller(ports, signal).run();
}

/** Writes of one turn. */
const TURN_WRITES = 20;

/** The end of a turn. Shape: `more`: the next one follows at once. */
type TurnEnd = 'idle' | 'more' | 'failed';

type Since = { readonly key: string; readonly atMs: number };

class Controller {
  readonly #ports: ControllerPorts;
  readonly #signal: AbortSignal;
  readonly #nodes: Reflector<ClusterNode>;
  readonly #objects: Reflector<NodeObject>;
  readonly #rollouts: Reflector<RolloutObject>;
  #wake = new AbortController();
  /** Since when this process has seen a node in its state: times of nodes are not compared with the own clock. */
  readonly #since = new Map<string, Since>();
  readonly #written = new Map<string, NodeObject>();
  readonly #reported = new Map<string, { readonly status: RolloutStatus; readonly atMs: number }>();
  #failures = 0;
  #writesLeft = TURN_WRITES;

  constructor(ports: ControllerPorts, signal: AbortSignal) {
    this.#ports = ports;
    this.#signal = signal;
    const changed = (): void => this.#wake.abort();
    const failed = (failure: Failure): void => ports.log(renderFailure(failure));
    const listener = { changed, synced: changed, failed };
    this.#nodes = createReflector(ports, { resource: NODES, keep: toClusterNode }, listener);
    this.#objects = createReflector(ports, { resource: NODE_NETWORKS, keep: toNodeNetwork }, listener);
    this.#rollouts = createReflector(ports, { resource: NETWORK_ROLLOUTS, keep: toRollout }, listener);
  }

  async run(): Promise<void> {
    const { clock } = this.#ports;
    this.#signal.addEventListener('abort', () => this.#wake.abort());
    const reflectors = [this.#nodes, this.#objects, this.#rollouts];
    const running = Promise.all(reflectors.map((reflector) => reflector.run(this.#signal)));
    while (!this.#signal.aborted) {
      this.#wake = new AbortController();
      const isSynced = reflectors.every((reflector) => reflector.isSynced());
      const end = isSynced ? await this.#turn() : 'idle';
      this.#failures = end === 'failed' ? this.#failures + 1 : 0;
      if (end === 'more' || this.#signal.aborted) continue;
      const isFailed = end === 'failed';
      const delayMs = isFailed ? nextDelayMs(this.#failures, clock.chance()) : LOOK_MS;
      // After a failure, events do not shorten the wait.
      await clock.sleep(delayMs, isFailed ? this.#signal : this.#wake.signal);
      await clock.sleep(GATHER_MS, this.#signal);
    }
    await running;
  }

  /** One turn over all objects. It ends after some writes, so that each decision is about objects of this moment. */
  async #turn(): Promise<TurnEnd> {
    this.#writesLeft = TURN_WRITES;
    const nodes = [...this.#nodes.cache.objects()].map(([, node]) => node);
    for (const node of nodes) {
      if (!(await this.#ensureObject(node))) return 'failed';
      if (this.#writesLeft === 0) return 'more';
    }
    if (this.#writesLeft < TURN_WRITES) return 'more';
    const rollouts = newestFirst([...this.#rollouts.cache.objects()].map(([, rollout]) => rollout));
    const assigned = assignNodes(rollouts, nodes);
    for (const rollout of rollouts) {
      const members = assigned.get(rollout.metadata.name) ?? [];
      // A newer rollout has its nodes: its status stays as it ended.
      if (members.length === 0 && rollout.status?.phase !== undefined) continue;
      const plan = planRollout(
        rollout,
        members.map((node) => this.#memberOf(rollout, node)),
      );
      if (!(await this.#carryOut(rollout, plan))) return 'failed';
      if (this.#writesLeft < TURN_WRITES) return 'more';
    }
    return 'idle';
  }

  #memberOf({ spec, metadata }: RolloutObject, node: ClusterNode): RolloutNode {
    const object = this.#objectOf(node);
    const state = rolloutStateOf(spec.revision, node, object);
    const nowMs = this.#ports.clock.nowMs();
    const key = `${metadata.name} ${state.state} ${object?.metadata.generation ?? 0}`;
    const before = this.#since.get(node.name);
    const since = before?.key === key ? before : { key, atMs: nowMs };
    this.#since.set(node.name, since);
    return { node, object, ...state, forMs: nowMs - since.atMs };
  }

  async #carryOut(rollout: RolloutObject, plan: RolloutPlan): Promise<boolean> {
    if (!(await this.#report(rollout, plan.status))) return false;
    for (const { node, spec } of [...plan.grants, ...plan.reverts].slice(0, TURN_WRITES)) {
      if (this.#signal.aborted || !(await this.#want(node, spec))) return false;
    }
    return true;
  }

  /** A node that was made again under its name gets another object. */
  async #ensureObject(node: ClusterNode): Promise<boolean> {
    const object = this.#objectOf(node);
    if (object === undefined) {
      // Created, not applied: an object that the copy lacks keeps its spec.
      const made = await this.#ports.client.create(NODE_NETWORKS, objectOf(node));
      if (made.ok) return this.#wrote(made.value);
      if (made.error.code === 'exists') return true;
      this.#ports.log(renderFailure(made.error));
      return false;
    }
    const owner = object.ownerUid;
    if (owner === undefined || owner === node.uid) return true;
    const deleted = await this.#ports.client.delete(NODE_NETWORKS, { name: node.name });
    this.#written.delete(node.name);
    if (deleted.ok || deleted.error.code === 'not-found') return true;
    this.#ports.log(renderFailure(deleted.error));
    return false;
  }

  async #want(node: ClusterNode, spec: NodeSpec): Promise<boolean> {
    const { client, log } = this.#ports;
    const options = { manager: CONTROLLER_MANAGER, isForced: true };
    const written = await client.apply(NODE_NETWORKS, { ...objectOf(node), spec }, options);
    if (written.ok) return this.#wrote(written.value);
    log(renderFailure(written.error));
    return false;
  }

  /** Remembers a write: the next turn may come before the watch has it. */
  async #wrote(object: ApiObject): Promise<true> {
    this.#written.set(object.metadata.name, toNodeNetwork(object));
    this.#writesLeft -= 1;
    await this.#ports.clock.sleep(WRITE_MS, this.#signal);
    return true;
  }

  /** The object as the watch has it, or as this process wrote it since. */
  #objectOf({ name }: ClusterNode): NodeObject | undefined {
    const [seen, written] = [this.#objects.cache.get(name), this.#written.get(name)];
    if (seen === undefined || written === undefined) return seen ?? written;
    const isNewer = (written.metadata.generation ?? 0) > (seen.metadata.generation ?? 0);
    if (isNewer && written.metadata.uid === seen.metadata.uid) return written;
    this.#written.delete(name);
    return seen;
  }

  async #report({ metadata: { name } }: RolloutObject, status: RolloutStatus): Promise<boolean> {
    const { client, clock, log } = this.#ports;
    const before = this.#reported.get(name);
    if (before !== undefined && sameValue(before.status, status)) return true;
    const isTurned = before?.status.phase !== status.phase || before?.status.step !== status.step;
    if (before !== undefined && !isTurned && clock.nowMs() - before.atMs < STATUS_MS) return true;
    const options = { manager: CONTROLLER_MANAGER, isForced: true, subresource: 'status' } as const;
    const written = await client.apply(
      NETWORK_ROLLOUTS,
      { metadata: { name }, status: { halted: NO_HALT, ...status } },
      options,
    );
    if (!written.ok) {
      log(renderFailure(written.error));
      return written.error.code === 'not-found';
    }
    if (isTurned) log(`rollout ${name}: ${status.phase}, step ${status.step}`);
    this.#reported.set(name, { status, atMs: clock.nowMs() });
    return true;
  }
}

/** The NodeNetwork of a node, without a wish. */
function objectOf({ name, uid }: ClusterNode): ApiObject {
  return { metadata: { name, ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name, uid }] } };
}
