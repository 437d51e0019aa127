/**
 * Keeps the node's file of policies, namespaces and pods up to date with the cluster. A level-triggered copy: the whole once all three
 * collections are known, then a line for each change. A failed read removes nothing.
 */
import type { Labels, NetworkPolicy } from '../../../schemas/generated/vnet.ts';
import type { MembersChange, PodOfFile } from '../../document/members-lines.ts';
import { type Failure, renderFailure, type Result } from '../../model/result.ts';
import type { ObjectChange, ApiObject } from '../api/objects.ts';
import { createReflector, type Reflector } from '../api/reflector.ts';
import { NAMESPACES, NETWORK_POLICIES, PODS, type Resource } from '../api/resources.ts';
import type { ApiClock, Transport } from '../api/transport.ts';
import type { KeepPart } from '../api/watch.ts';
import { type FollowedCollection, type PolicyCopy, policyCopyOf } from './policy-copy.ts';
import { asRecord, omitUndefined, recordsIn } from '../../model/objects.ts';
import type { NamedPort } from '../../model/policy/members.ts';

/** The file of a node. */
export interface MembersStore {
  /** Ensures the whole; returns its size in bytes. */
  write(whole: MembersChange): Result<number>;
  /** Ensures a change of it; returns the size of the change in bytes. */
  append(change: MembersChange): Result<number>;
}

/** The outside of the keeper. */
export type MembersPorts = {
  readonly transport: Transport;
  readonly clock: ApiClock;
  readonly store: MembersStore;
  readonly log: (text: string) => void;
  /** Called after work that leaves much garbage behind. */
  readonly worked: () => void;
  readonly time: () => string;
  /** Called every 15 s while the copy is current. */
  readonly followed: () => void;
  /** Receives the state of the copy: how to ask for it. */
  readonly opened: (copy: () => PolicyCopy) => void;
};

/** The least time between two lines: changes that come meanwhile are one. Units: milliseconds. */
const GATHER_MS = 2;

/** The longest time between two looks at gathered changes. Units: milliseconds. */
const IDLE_MS = 3_600_000;

/** After a write that failed. Units: milliseconds. */
const RETRY_MS = 1000;

/** The time between two records that the cluster is followed. Units: milliseconds. */
const FOLLOWED_MS = 15_000;

/** Changes are written as a whole again at this size at the latest. */
const MAX_BYTES = 1024 * 1024;

/** The node. Shape: `name` in Kubernetes: its pods are prepared before their ADD. Units: `pollMs` between looks at `isEnforcing`. */
export type MembersNode = {
  readonly name: string;
  readonly isEnforcing: () => boolean;
  readonly pollMs: number;
};

/** Resolves when the signal is aborted. Only a node that enforces policies follows the pods of the cluster; from then on it does. */
export async function keepMembers(
  ports: MembersPorts,
  node: MembersNode,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted && !node.isEnforcing()) await ports.clock.sleep(node.pollMs, signal);
  if (signal.aborted) return;
  const keeper = new MembersKeeper(ports, node.name);
  ports.opened(() => keeper.copy());
  await keeper.run(signal);
}

/** A change that is being gathered. Shape: null is removed. */
type Gathered = {
  readonly policies: Map<string, NetworkPolicy | null>;
  readonly namespaces: Map<string, Labels | null>;
  readonly pods: Map<string, PodOfFile | null>;
};

class MembersKeeper {
  readonly #ports: MembersPorts;
  readonly #pods: Reflector<PodOfFile>;
  readonly #namespaces: Reflector<Labels>;
  readonly #policies: Reflector<NetworkPolicy>;
  readonly #away = new Map<string, { readonly ms: number; readonly time: string }>();
  #gathered: Gathered = nothing();
  /** When the first of the gathered changes was received. Units: milliseconds since 1970. */
  #changedMs: number | undefined;
  readonly #startMs: number;
  #wake = new AbortController();
  /** When the last line was written. Units: milliseconds on the clock. */
  #writtenMs = Number.NEGATIVE_INFINITY;
  /** Of the file, and of the lines since: undefined before it has everything. */
  #wholeBytes: number | undefined;
  #bytes = 0;

  constructor(ports: MembersPorts, node: string) {
    this.#ports = ports;
    this.#startMs = ports.clock.nowMs();
    this.#pods = this.#reflect(PODS, (object) => toMemberPod(object, node), 'pods');
    this.#namespaces = this.#reflect(NAMESPACES, ({ metadata: { labels = {} } }) => labels, 'namespaces');
    this.#policies = this.#reflect(NETWORK_POLICIES, toNetworkPolicy, 'policies');
  }

  #reflect<T>(resource: Resource, keep: KeepPart<T>, field: keyof Gathered): Reflector<T> {
    const note = ({ kind, key, object }: ObjectChange<T>): void => {
      const into: Map<string, unknown> = this.#gathered[field];
      into.set(key, kind === 'delete' ? null : object);
      this.#changedMs ??= Date.parse(time());
      this.#wake.abort();
    };
    const { transport, clock, log, time } = this.#ports;
    const failed = (problem: Failure): void => {
      log(renderFailure(problem));
      if (!this.#away.has(field)) this.#away.set(field, { ms: clock.nowMs(), time: time() });
    };
    return createReflector(
      { transport, clock },
      { resource, keep },
      {
        changed: note,
        synced: () => this.#wake.abort(),
        followed: () => void this.#away.delete(field),
        failed,
      },
    );
  }

  /** Returns how current the copy is. */
  copy(): PolicyCopy {
    const collections = { pods: this.#pods, namespaces: this.#namespaces, policies: this.#policies };
    const followed = Object.entries(collections).map(
      ([field, reflector]): FollowedCollection => ({
        isSynced: reflector.isSynced(),
        since: this.#away.get(field),
      }),
    );
    const policies = this.#policies.cache.size();
    const nowMs = this.#ports.clock.nowMs();
    return policyCopyOf({ collections: followed, policies, startMs: this.#startMs, nowMs });
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#ports;
    const reflectors = [this.#pods, this.#namespaces, this.#policies];
    const reflecting = Promise.all([...reflectors.map((one) => one.run(signal)), this.#tell(signal)]);
    const stopped = (): void => this.#wake.abort();
    signal.addEventListener('abort', stopped);
    while (!signal.aborted) {
      if (!this.#wake.signal.aborted) await clock.sleep(IDLE_MS, this.#wake.signal);
      const restMs = this.#writtenMs + GATHER_MS - clock.nowMs();
      if (restMs > 0) await clock.sleep(restMs, signal);
      if (signal.aborted) break;
      this.#wake = new AbortController();
      if (!reflectors.every((one) => one.isSynced())) continue;
      this.#writtenMs = clock.nowMs();
      if (this.#write()) continue;
      await clock.sleep(RETRY_MS, signal);
      this.#wake.abort();
    }
    await reflecting;
  }

  /** Records the time while the cluster is followed. */
  async #tell(signal: AbortSignal): Promise<void> {
    const { clock, followed } = this.#ports;
    while (!signal.aborted) {
      if (this.#wholeBytes !== undefined && this.#away.size === 0) followed();
      await clock.sleep(this.#wholeBytes === undefined ? RETRY_MS : FOLLOWED_MS, signal);
    }
  }

  /** Returns false if it failed: then the whole is written next. */
  #write(): boolean {
    const { store, log, time } = this.#ports;
    const gathered = changeOf(this.#gathered);
    const received = { changedMs: this.#changedMs ?? Date.parse(time()) };
    const change = gathered && { ...gathered, ...received };
    this.#gathered = nothing();
    this.#changedMs = undefined;
    const isWhole = this.#wholeBytes === undefined || this.#bytes > Math.max(MAX_BYTES, this.#wholeBytes);
    if (!isWhole && change === undefined) return true;
    const written =
      isWhole || change === undefined ? store.write({ ...received, ...this.#whole() }) : store.append(change);
    if (!written.ok) {
      log(renderFailure(written.error));
      this.#wholeBytes = undefined;
      return false;
    }
    this.#bytes = isWhole ? 0 : this.#bytes + written.value;
    if (isWhole) {
      this.#wholeBytes = written.value;
      this.#ports.worked();
    }
    return true;
  }

  #whole(): MembersChange {
    return {
      policies: Object.fromEntries(this.#policies.cache.objects()),
      namespaces: Object.fromEntries(this.#namespaces.cache.objects()),
      pods: Array.from(this.#pods.cache.objects(), ([, pod]) => pod),
    };
  }
}

function nothing(): Gathered {
  return { policies: new Map(), namespaces: new Map(), pods: new Map() };
}

function changeOf({ policies, namespaces, pods }: Gathered): MembersChange | undefined {
  if (policies.size + namespaces.size + pods.size === 0) return undefined;
  const set = [...pods.values()].filter((pod) => pod !== null);
  const gone = [...pods].flatMap(([name, pod]) => (pod === null ? [name] : []));
  return {
    ...(policies.size === 0 ? {} : { policies: Object.fromEntries(policies) }),
    ...(namespaces.size === 0 ? {} : { namespaces: Object.fromEntries(namespaces) }),
    ...(set.length === 0 ? {} : { pods: set }),
    ...(gone.length === 0 ? {} : { gone }),
  };
}

const ENDED: readonly unknown[] = ['Succeeded', 'Failed'];

/**
 * Returns the pod; undefined for one in the network of its node, and for one that has ended, whose address may belong to another. Shape:
 * `local` if it is to run on the node.
 */
function toMemberPod({ metadata, spec, status }: ApiObject, node: string): PodOfFile | undefined {
  const [wanted, seen] = [asRecord(spec), asRecord(status)];
  if (wanted['hostNetwork'] === true || ENDED.includes(seen['phase'])) return undefined;
  const { namespace = '', name, labels = {} } = metadata;
  const addresses = [...recordsIn(seen['podIPs']).map(({ ip }) => ip), seen['podIP']];
  const texts = [...new Set(addresses.filter((ip) => typeof ip === 'string' && ip !== ''))].map(String);
  const ports = portsOf([...recordsIn(wanted['containers']), ...recordsIn(wanted['initContainers'])]);
  return {
    namespace,
    name,
    labels,
    ...(texts.length === 0 ? {} : { addresses: texts }),
    ...(ports.length === 0 ? {} : { ports }),
    ...(wanted['nodeName'] === node ? { local: true } : {}),
  };
}

function portsOf(containers: readonly Readonly<Record<string, unknown>>[]): readonly NamedPort[] {
  return containers
    .flatMap(({ ports }) => recordsIn(ports))
    .flatMap(({ name, containerPort, protocol = 'TCP' }): readonly NamedPort[] => {
      const isKnown = protocol === 'TCP' || protocol === 'UDP' || protocol === 'SCTP';
      const isNamed = typeof name === 'string' && typeof containerPort === 'number';
      return isNamed && isKnown ? [{ name, port: containerPort, protocol }] : [];
    });
}

/** Returns the policy: the server has validated it. */
function toNetworkPolicy({ spec }: ApiObject): NetworkPolicy {
  const { podSelector = {}, policyTypes, ingress, egress }: Partial<NetworkPolicy> = asRecord(spec);
  return { podSelector, ...omitUndefined({ policyTypes, ingress, egress }) };
}
