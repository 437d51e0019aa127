/** The fields that the agent sets on the Node of Kubernetes, where asked: its condition of the network, and its pod addresses. */
import { asRecord, isRecord, recordsIn } from '../../model/objects.ts';
import { renderFailure } from '../../model/result.ts';
import { nextDelayMs } from '../api/backoff.ts';
import type { ApiClient } from '../api/client.ts';
import type { ApiObject } from '../api/objects.ts';
import { NODES } from '../api/resources.ts';
import type { ApiClock } from '../api/transport.ts';
import type { NodeNetworkStatus } from '../custom-resources.ts';

/** The wanted fields. Shape: `resource` is the name of an extended resource, `vnet.azure/pod-addresses`. */
export type NodeFieldOptions = {
  readonly setsNetworkUnavailable: boolean;
  readonly resource: string | undefined;
};

/** The condition of a Node. Source: NodeCondition of the Kubernetes API, core/v1. */
export type NodeCondition = {
  readonly type: 'NetworkUnavailable';
  readonly status: 'True' | 'False';
  readonly reason: string;
  readonly message: string;
  readonly lastTransitionTime: string;
};

/** The status fields of a Node that belong to the agent. */
export type NodeFields = {
  readonly conditions?: readonly NodeCondition[];
  readonly capacity?: Readonly<Record<string, string>>;
};

const NONE: NodeFieldOptions = { setsNetworkUnavailable: false, resource: undefined };

/** The manager of these fields. */
const MANAGER = 'vnet-agent-node';

/**
 * Returns the fields for this status; `before` are the present ones. An unknown readiness changes nothing: a node without a
 * round is as it was.
 * Law: equal status, equal fields: the time of transition stays while the condition does.
 */
function nodeFieldsOf(
  { conditions = [], addresses }: NodeNetworkStatus,
  options: NodeFieldOptions,
  before: NodeFields,
  time: string,
): NodeFields {
  const { resource, setsNetworkUnavailable } = options;
  const condition = setsNetworkUnavailable
    ? conditionOf(conditions, before.conditions?.[0], time)
    : undefined;
  const pods = addresses?.maxPods;
  return {
    ...(condition === undefined ? {} : { conditions: [condition] }),
    ...(resource === undefined || pods === undefined ? {} : { capacity: { [resource]: String(pods) } }),
  };
}

function conditionOf(
  conditions: NonNullable<NodeNetworkStatus['conditions']>,
  before: NodeCondition | undefined,
  time: string,
): NodeCondition | undefined {
  const ready = conditions.find(({ type }) => type === 'Ready');
  if (ready === undefined || ready.status === 'Unknown') return before;
  const status = ready.status === 'True' ? 'False' : 'True';
  const reason = status === 'False' ? 'VnetReady' : 'VnetNotReady';
  if (before?.status === status && before.reason === reason) return before;
  const lastTransitionTime = before?.status === status ? before.lastTransitionTime : time;
  return { type: 'NetworkUnavailable', status, reason, message: ready.message, lastTransitionTime };
}

/** The outside of a writer. Shape: `name` is the Node's; `time` returns the time of day. */
export type NodeFieldPorts = {
  readonly client: ApiClient;
  readonly clock: ApiClock;
  readonly name: string;
  readonly time: () => string;
  readonly log: (text: string) => void;
};

/** Returns a function that ensures the fields for a status: one write for each change of them. A failure is tried again later. */
export function createNodeFieldWriter(
  { client, clock, name, time, log }: NodeFieldPorts,
  options: NodeFieldOptions = NONE,
): (status: NodeNetworkStatus) => Promise<void> {
  let present: NodeFields | undefined;
  let failures = 0;
  let retryMs = 0;
  return async (status) => {
    if ((!options.setsNetworkUnavailable && options.resource === undefined) || clock.nowMs() < retryMs)
      return;
    const found = present === undefined ? await client.get(NODES, { name }) : undefined;
    const before = found === undefined || !found.ok ? present : presentIn(found.value, options);
    const next = before && nodeFieldsOf(status, options, before, time());
    if (next !== undefined && JSON.stringify(next) === JSON.stringify(before)) {
      present = before;
      return;
    }
    const object: ApiObject = { metadata: { name }, status: next };
    const apply = { manager: MANAGER, isForced: true, subresource: 'status' } as const;
    const written = next === undefined ? found : await client.apply(NODES, object, apply);
    if (written?.ok !== false) {
      [present, failures] = [next, 0];
      return;
    }
    failures += 1;
    retryMs = clock.nowMs() + nextDelayMs(failures, clock.chance(), written.error.retryAfterMs);
    log(renderFailure(written.error));
  };
}

/** The fields of ours that the Node has already. */
function presentIn(
  { status }: ApiObject,
  { resource, setsNetworkUnavailable }: NodeFieldOptions,
): NodeFields {
  const { conditions, capacity } = asRecord(status);
  const condition = recordsIn(conditions).find(isNetworkUnavailable);
  const amount = resource === undefined ? undefined : asRecord(capacity)[resource];
  return {
    ...(condition === undefined || !setsNetworkUnavailable ? {} : { conditions: [condition] }),
    ...(resource === undefined || typeof amount !== 'string' ? {} : { capacity: { [resource]: amount } }),
  };
}

function isNetworkUnavailable(value: unknown): value is NodeCondition {
  return isRecord(value) && value['type'] === 'NetworkUnavailable';
}
