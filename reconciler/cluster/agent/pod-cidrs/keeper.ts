/** Keeps pools and peers of routed networks equal to the podCIDRs of the cluster, by changes of the document. */
import { type Failure, renderFailure } from '../../../model/result.ts';
import { nextDelayMs } from '../../api/backoff.ts';
import { createReflector, type Reflector } from '../../api/reflector.ts';
import { NODES } from '../../api/resources.ts';
import type { ApiClock, Transport } from '../../api/transport.ts';
import type { AgentNode, NodeObservation } from '../agent-node.ts';
import { type NodeCidrs, podCidrFields, toNodeCidrs, wantsPodCidrs } from './node-cidrs.ts';

/** The outside of a keeper. Shape: `name` is the Node's; `changed` is called when a Node has changed. */
export type PodCidrPorts = {
  readonly transport: Transport;
  readonly clock: ApiClock;
  readonly node: AgentNode;
  readonly name: string;
  readonly changed: () => void;
  readonly log: (text: string) => void;
};

/** The shortest time between two changes of the document: nodes of a growing cluster come one after the other. Units: milliseconds. */
const CHANGE_MS = 10_000;

/**
 * Returns a function that changes the document if podCIDRs differ from it. Nodes are watched from the first document that
 * has its pod CIDRs from the cluster; before their first complete list nothing changes. A failure is tried again later.
 */
export function createPodCidrKeeper(
  { transport, clock, node, name, changed, log }: PodCidrPorts,
  signal: AbortSignal,
): (seen: NodeObservation) => Promise<void> {
  let reflector: Reflector<NodeCidrs> | undefined;
  let waitUntilMs = 0;
  let failures = 0;
  const listener = { changed, failed: (failure: Failure): void => log(renderFailure(failure)) };
  const follow = (): Reflector<NodeCidrs> => {
    const made = createReflector({ transport, clock }, { resource: NODES, keep: toNodeCidrs }, listener);
    void made.run(signal);
    return made;
  };
  return async ({ document, open }) => {
    if (document === undefined || !wantsPodCidrs(document.fields)) return;
    reflector ??= follow();
    if (!reflector.isSynced() || open !== undefined || clock.nowMs() < waitUntilMs) return;
    const nodes = new Map(reflector.cache.objects());
    if (podCidrFields(document.fields, nodes, name) === undefined) return;
    const written = await node.change((fields) => podCidrFields(fields, nodes, name));
    failures = written.ok ? 0 : failures + 1;
    waitUntilMs = clock.nowMs() + (written.ok ? CHANGE_MS : nextDelayMs(failures, clock.chance()));
    if (!written.ok) log(renderFailure(written.error));
  };
}
