/** Endpoints recently written by CNI: after a delay, they alone are checked against the document. */
import type { Endpoint, VnetDocument } from '../../../schemas/generated/vnet.ts';
import { deriveEndpoint, isAlive, isAttached } from '../../model/endpoints.ts';
import type { Observation, Observer } from '../../model/ports/kernel.ts';
import type { Lookup } from '../../model/layered.ts';
import { parseEndpointId } from '../../model/names.ts';
import { attachingNetworkOf } from '../../model/networks.ts';
import { scopeOfEndpoint } from '../../model/scope.ts';
import { HOST, keyOf, type NetObject, normaliseObject, type ObjectKey } from '../../model/state.ts';
import type { EndpointChange } from '../report/endpoint-changes.ts';
import { planEndpointsOn } from '../node/plan-endpoints.ts';

/** An ADD creates its whole endpoint, so the endpoint is checked after its write to the document. Units: ms. */
const SETTLE_MS = 1000;

/** An endpoint to check. Shape: `former` is its previous entry in the document, if any. */
export type PendingCheck = { readonly id: string; readonly former: Endpoint | undefined };

/** The endpoints to check, and when. Units: milliseconds, on a monotonic clock. */
export class EndpointChecks {
  readonly #pending = new Map<string, PendingCheck & { readonly dueMs: number }>();

  #anyMs: number | undefined;

  /** Notes that CNI wrote these endpoints, or wrote and removed some in between. */
  note(changes: ReadonlyMap<string, EndpointChange>, nowMs: number): void {
    this.#anyMs ??= nowMs + SETTLE_MS;
    for (const [id, { before }] of changes) {
      const former = before ?? this.#pending.get(id)?.former;
      this.#pending.set(id, { id, former, dueMs: nowMs + SETTLE_MS });
    }
  }

  /** Returns the time of the next check; undefined without one. */
  get nextMs(): number | undefined {
    const times = [...this.#pending.values()].map(({ dueMs }) => dueMs);
    if (this.#anyMs !== undefined) times.push(this.#anyMs);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  /** Returns the due checks and removes them. */
  take(nowMs: number): readonly PendingCheck[] {
    const due = [...this.#pending.values()].filter(({ dueMs }) => dueMs <= nowMs);
    for (const { id } of due) this.#pending.delete(id);
    if (this.#anyMs !== undefined && this.#anyMs <= nowMs) this.#anyMs = undefined;
    return due;
  }
}

/** The document: as a whole, and `desired` as objects. */
export type DesiredDocument = {
  readonly document: VnetDocument;
  readonly desired: Lookup<ObjectKey, NetObject>;
};

/**
 * Returns the observation of the endpoint if the kernel has all its objects, and none of its former
 * ones; 'mismatch' if not, if its pod is gone, or if it could not be read.
 */
export function checkEndpoint(
  observer: Observer,
  wanted: DesiredDocument,
  { id, former }: PendingCheck,
): Observation | 'nothing' | 'mismatch' {
  const { document } = wanted;
  const endpoint = document.endpoints?.[id];
  // A network whose mode attaches no pods has no kernel objects.
  if (attachingNetworkOf(document, parseEndpointId(id).network) === undefined) return 'nothing';
  if (endpoint === undefined) return hasLeft(observer, wanted, { id, former }) ? 'nothing' : 'mismatch';
  if (!isAttached(endpoint)) return 'mismatch';
  const planned = planEndpointsOn(observer, document, [id]);
  if (!planned.ok) return 'mismatch';
  const { plan, observation, isReady } = planned.value;
  const isThere = isReady(id) && plan.steps.length === 0 && isAlive(endpoint, observation.namespaces);
  return isThere ? observation : 'mismatch';
}

/** Objects that now belong to another endpoint are not its remains. */
function hasLeft(
  observer: Observer,
  { document, desired }: DesiredDocument,
  { id, former }: PendingCheck,
): boolean {
  const network = attachingNetworkOf(document, parseEndpointId(id).network)?.network;
  if (former?.hostVeth === undefined || network === undefined) return true;
  const { netns: _, ...withoutPod } = former;
  const scope = scopeOfEndpoint({ ...document, endpoints: { [id]: withoutPod } }, id);
  const seen = scope && observer.observe(scope);
  if (seen?.ok !== true) return false;
  return deriveEndpoint(id, former, network).every((object) => {
    const key = keyOf(normaliseObject(object));
    return object.netns !== HOST || !seen.value.state.has(key) || desired.has(key);
  });
}
