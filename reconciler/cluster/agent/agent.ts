/** `vnet agent`: brings the node the revision that the cluster wants, and reports. A level-triggered loop: each turn reads everything. */
import { fail, ok, renderFailure, type Result } from '../../model/result.ts';
import { nextDelayMs } from '../api/backoff.ts';
import type { ApiClient } from '../api/client.ts';
import type { ApiObject } from '../api/objects.ts';
import { createReflector, type Reflector } from '../api/reflector.ts';
import { EVENTS } from '../api/resources.ts';
import type { ApiClock, Transport } from '../api/transport.ts';
import {
  NETWORK_REVISIONS,
  NODE_NETWORKS,
  type NodeNetworkStatus,
  type NodeObject,
  type RevisionObject,
  toNodeNetwork,
  toRevision,
} from '../custom-resources.ts';
import type { AgentNode, NodeObservation } from './agent-node.ts';
import { recordAttempt, type RevisionAttempt, type RevisionRecord } from './attempt.ts';
import { type Decision, decide } from './decide.ts';
import { admitEvents, eventObject, type EventBucket, eventsBetween } from './events.ts';
import { createNodeFieldWriter, type NodeFieldOptions } from './node-fields.ts';
import { nodeStatusOf, type AgentObstacle, reportedDocument } from './node-status.ts';
import { editedFields } from './overlay.ts';
import { copyToReport, type PolicyCopy } from '../members/policy-copy.ts';
import { createPodCidrKeeper } from './pod-cidrs/keeper.ts';
import { createReportDelay, type LastReport } from './report.ts';

/** The outside of the agent. Shape: `time` returns the time of day for people. */
export type AgentPorts = {
  readonly client: ApiClient;
  readonly transport: Transport;
  readonly clock: ApiClock;
  readonly node: AgentNode;
  readonly time: () => string;
  readonly log: (text: string) => void;
  /** Called after work that leaves garbage behind. */
  readonly worked: () => void;
  readonly policy: () => PolicyCopy;
};

/** Options. Shape: `name` is the node's in Kubernetes. Units: `pollMs` milliseconds between looks at the node. */
export type AgentOptions = {
  readonly name: string;
  readonly version: string;
  readonly pollMs: number;
  readonly nodeFields?: NodeFieldOptions;
};

/** The manager of the status of NodeNetworks. */
const AGENT_MANAGER = 'vnet-agent';

/** Resolves when the signal is aborted. */
export async function runAgent(ports: AgentPorts, options: AgentOptions, signal: AbortSignal): Promise<void> {
  const agent = new Agent(ports, options, signal);
  await agent.run();
}

class Agent {
  readonly #ports: AgentPorts;
  readonly #options: AgentOptions;
  readonly #signal: AbortSignal;
  readonly #reflector: Reflector<NodeObject>;
  readonly #keepPodCidrs: (seen: NodeObservation) => Promise<void>;
  readonly #writeNodeFields: (status: NodeNetworkStatus) => Promise<void>;
  readonly #reportDelayMs: ReturnType<typeof createReportDelay>;
  #wake = new AbortController();
  #revisions = new Map<string, RevisionObject>();
  #obstacle: AgentObstacle | undefined;
  #failures = 0;
  #retryMs = 0;
  #reportFailures = 0;
  #reportRetryMs = 0;
  #last: LastReport | undefined;
  #uid: string | undefined;
  /** Since when the server has answered without a failure. Units: milliseconds. */
  #followedMs: number | undefined;
  #bucket: EventBucket | undefined;
  #events = 0;

  constructor(ports: AgentPorts, options: AgentOptions, signal: AbortSignal) {
    this.#ports = ports;
    this.#options = options;
    this.#signal = signal;
    const { name, nodeFields } = options;
    this.#keepPodCidrs = createPodCidrKeeper({ ...ports, name, changed: () => this.#wake.abort() }, signal);
    this.#writeNodeFields = createNodeFieldWriter({ ...ports, name }, nodeFields);
    this.#reportDelayMs = createReportDelay(ports.clock);
    const query = { fieldSelector: `metadata.name=${name}` };
    this.#reflector = createReflector(
      ports,
      { resource: NODE_NETWORKS, query, keep: toNodeNetwork },
      {
        changed: ({ kind }) => {
          // A changed wish is tried at once.
          if (kind !== 'delete') this.#retryMs = 0;
          this.#wake.abort();
        },
        followed: () => {
          this.#followedMs ??= ports.clock.nowMs();
        },
        failed: (failed) => {
          this.#followedMs = undefined;
          ports.log(renderFailure(failed));
        },
      },
    );
  }

  async run(): Promise<void> {
    const { clock } = this.#ports;
    const stopped = (): void => this.#wake.abort();
    this.#signal.addEventListener('abort', stopped);
    const reflecting = this.#reflector.run(this.#signal);
    await this.#ports.node.warmUp();
    this.#ports.worked();
    while (!this.#signal.aborted) {
      this.#wake = new AbortController();
      const delayMs = await this.#turn();
      if (!this.#signal.aborted) await clock.sleep(delayMs, this.#wake.signal);
    }
    await reflecting;
  }

  /** One turn; resolves to the time until the next. */
  async #turn(): Promise<number> {
    const { node, log } = this.#ports;
    const [seen, record] = [node.observe(), node.record()];
    if (!seen.ok || !record.ok) {
      for (const each of [seen, record]) if (!each.ok) log(renderFailure(each.error));
      return this.#options.pollMs;
    }
    // One that cannot be read or is gone changes nothing.
    const object = this.#reflector.cache.get(this.#options.name);
    const { spec, metadata } = object ?? {};
    const specGeneration = metadata?.generation ?? 0;
    await this.#keepPodCidrs(seen.value);
    const facts = { spec, specGeneration, record: record.value, open: seen.value.open };
    const next = await this.#perform(decide(facts), object, record.value);
    if (next !== record.value) return 0;
    const delayMs = await this.#report(object, seen.value, record.value);
    const retryMs = this.#retryMs - this.#ports.clock.nowMs();
    return retryMs > 0 ? Math.min(delayMs, retryMs) : delayMs;
  }

  /** Carries out the decision; resolves to the new record. */
  async #perform(
    decision: Decision,
    object: NodeObject | undefined,
    record: RevisionRecord,
  ): Promise<RevisionRecord> {
    const { clock, node, log } = this.#ports;
    if (decision.kind === 'keep') this.#obstacle = undefined;
    if (decision.kind === 'wait') {
      const message = `an unconfirmed change of ${decision.by} comes first`;
      this.#obstacle = { reason: 'Waiting', message };
    }
    if (decision.kind === 'keep' || decision.kind === 'wait' || clock.nowMs() < this.#retryMs) return record;
    const done = await this.#attempt(decision, object, record);
    if (!done.ok) {
      this.#failures += 1;
      // Within a window every second counts.
      const delayMs = decision.kind === 'confirm' ? 1000 : nextDelayMs(this.#failures, clock.chance());
      this.#retryMs = clock.nowMs() + delayMs;
      if (decision.kind !== 'confirm')
        this.#obstacle = { reason: 'Retrying', message: renderFailure(done.error) };
      log(renderFailure(done.error));
      return record;
    }
    this.#failures = 0;
    this.#obstacle = undefined;
    this.#ports.worked();
    const next = recordAttempt(record, done.value);
    const kept = node.keep(next);
    if (!kept.ok) log(renderFailure(kept.error));
    log(`${done.value.revision}: ${done.value.reason}: ${done.value.message}`);
    return next;
  }

  async #attempt(
    decision: Exclude<Decision, { kind: 'keep' | 'wait' }>,
    object: NodeObject | undefined,
    record: RevisionRecord,
  ): Promise<Result<RevisionAttempt>> {
    const { node } = this.#ports;
    if (decision.kind === 'apply') {
      const revision = await this.#revision(decision.revision);
      if (!revision.ok) return revision;
      const specGeneration = object?.metadata.generation ?? 0;
      return node.apply({ revision: revision.value, spec: object?.spec ?? {}, specGeneration, record });
    }
    const { attempt } = record;
    if (attempt === undefined) return fail('not-found', decision.kind, 'no revision was applied');
    if (decision.kind === 'withdraw') return node.withdraw(attempt);
    if (decision.kind === 'ended') return node.ended(attempt);
    const reached = await this.#reach();
    return reached.ok ? node.confirm(attempt) : reached;
  }

  /** Succeeds if the API server answers over a new connection: the change has not cut the node off. */
  async #reach(): Promise<Result<void>> {
    const { name } = this.#options;
    const answer = await this.#ports.client.get(NODE_NETWORKS, { name }, { isFresh: true });
    return answer.ok ? ok(undefined) : answer;
  }

  /** A revision is immutable: one request each. */
  async #revision(name: string): Promise<Result<RevisionObject>> {
    const known = this.#revisions.get(name);
    if (known !== undefined) return ok(known);
    const answer = await this.#ports.client.get(NETWORK_REVISIONS, { name });
    if (!answer.ok) return answer;
    const revision = toRevision(answer.value);
    const hint = 'Create another revision.';
    if (revision === undefined)
      return fail('invalid', `read revision ${name}`, 'it has no spec.document', { hint });
    this.#revisions = new Map([[name, revision]]);
    return ok(revision);
  }

  /** Writes the status if it is due; resolves to the time until the next turn. */
  async #report(
    object: NodeObject | undefined,
    seen: NodeObservation,
    record: RevisionRecord,
  ): Promise<number> {
    const { clock, client } = this.#ports;
    const { pollMs, name } = this.#options;
    if (object === undefined) return pollMs;
    this.#follow(object);
    const status = this.#statusOf(object, seen, record);
    await this.#writeNodeFields(status);
    const dueMs = this.#reportDelayMs(this.#last, status);
    if (dueMs === undefined) return pollMs;
    const waitMs = Math.max(dueMs, this.#reportRetryMs - clock.nowMs());
    if (waitMs > 0) return Math.min(waitMs, pollMs);
    const report: ApiObject = { metadata: { name }, status };
    const options = { manager: AGENT_MANAGER, isForced: true, subresource: 'status' } as const;
    const written = await client.apply(NODE_NETWORKS, report, options);
    if (written.ok) {
      this.#reportFailures = 0;
      await this.#announce(object, status);
      this.#last = { status, atMs: clock.nowMs() };
      return pollMs;
    }
    this.#reportFailures += 1;
    this.#reportRetryMs =
      clock.nowMs() + nextDelayMs(this.#reportFailures, clock.chance(), written.error.retryAfterMs);
    this.#ports.log(renderFailure(written.error));
    return pollMs;
  }

  /** Sends the events of a change; one that cannot be sent is lost, since the status has the same. */
  async #announce({ ownerUid: uid }: NodeObject, status: NodeNetworkStatus): Promise<void> {
    const { client, clock, log, time } = this.#ports;
    const { name: node } = this.#options;
    const events = eventsBetween(this.#last?.status, status);
    const { admitted, bucket } = admitEvents(this.#bucket, events, clock.nowMs());
    this.#bucket = bucket;
    for (const event of admitted) {
      this.#events += 1;
      const now = time();
      const id = `${Date.parse(now).toString(16)}.${this.#events.toString(16)}`;
      const sent = await client.create(EVENTS, eventObject(event, { node, uid, id, time: now }));
      if (!sent.ok) log(renderFailure(sent.error));
    }
  }

  /** A node that was made again under its name starts from the beginning; an agent that was restarted continues. */
  #follow({ metadata: { uid }, status }: NodeObject): void {
    if (this.#uid === uid) return;
    this.#uid = uid;
    this.#last = status === undefined ? undefined : { status, atMs: Number.NEGATIVE_INFINITY };
  }

  #statusOf(
    { spec, metadata }: NodeObject,
    seen: NodeObservation,
    record: RevisionRecord,
  ): NodeNetworkStatus {
    const { document, status, bootId, pools, defaultNetwork, uplinks } = seen;
    const edits = editedFields(document?.fields ?? {}, record.confirmed?.fields ?? {});
    const report = {
      spec,
      specGeneration: metadata.generation ?? 0,
      record,
      status,
      document: document === undefined ? undefined : reportedDocument(document, this.#last?.status),
      bootId,
      pools,
      defaultNetwork,
      uplinks,
      edits,
      obstacle: this.#obstacle,
      policy: copyToReport(this.#ports.policy(), this.#followedMs, this.#ports.clock.nowMs()),
      version: this.#options.version,
    };
    return nodeStatusOf(report, this.#last?.status, this.#ports.time());
  }
}
