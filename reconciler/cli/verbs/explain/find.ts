/** Which endpoint somebody means: by any name that the chain from pod to address has, now or in the past. Pure. */
import type { Endpoint, VnetDocument } from '../../../../schemas/generated/vnet.ts';
import type { DocumentChange, HistoryRecord } from '../../../document/snapshot.ts';
import { hostMac, parseEndpointId } from '../../../model/names.ts';

/** An endpoint, as it is or was. Shape: `gone` is when it was removed; absent while the document has it. */
export type Known = {
  readonly id: string;
  readonly endpoint: Endpoint;
  readonly gone?: string;
  readonly generation?: number;
};

/** What a container's id must be at least, to be known by its beginning. */
const SHORTEST_PREFIX = 4;

/** Returns the endpoints of the document. */
export function presentEndpoints(document: VnetDocument): readonly Known[] {
  return Object.entries(document.endpoints ?? {}).map(([id, endpoint]) => ({ id, endpoint }));
}

/** Returns the endpoints that were removed, as they were last, the latest first; those that came again are present. */
export function pastEndpoints(records: readonly HistoryRecord[], document: VnetDocument): readonly Known[] {
  const gone = new Map<string, Known>();
  for (const { generation, time, changes } of records) {
    for (const change of changes) {
      const id = endpointOf(change);
      if (id === undefined) continue;
      if (change.after === undefined && isEndpoint(change.before)) {
        gone.set(id, { id, endpoint: change.before, gone: time, generation });
      } else gone.delete(id);
    }
  }
  return [...gone.values()].filter(({ id }) => document.endpoints?.[id] === undefined).toReversed();
}

/** Returns the id of the endpoint that the change is about, if it is about one. */
export function endpointOf({ path }: DocumentChange): string | undefined {
  return path.startsWith('endpoints.') ? path.slice('endpoints.'.length) : undefined;
}

/** Returns true when the value has what every endpoint has: history is read from a file. */
export function isEndpoint(value: unknown): value is Endpoint {
  return (
    typeof value === 'object' && value !== null && 'addresses' in value && Array.isArray(value.addresses)
  );
}

/**
 * Returns the endpoints that go by this name: pod, namespace/pod, container id or its beginning, veth, MAC, address,
 * network namespace, endpoint id. A whole name counts before the beginning of one.
 */
export function findEndpoints(known: readonly Known[], subject: string): readonly Known[] {
  const wanted = subject.toLowerCase();
  const exact = known.filter((one) => namesOf(one).some((name) => name.toLowerCase() === wanted));
  if (exact.length > 0 || subject.length < SHORTEST_PREFIX) return exact;
  return known.filter(({ id }) => parseEndpointId(id).containerId.toLowerCase().startsWith(wanted));
}

/** Returns every name that the endpoint goes by. */
export function namesOf({ id, endpoint }: Known): readonly string[] {
  const { pod, netns, netnsInode, hostVeth, mac, addresses } = endpoint;
  return [
    id,
    parseEndpointId(id).containerId,
    ...(pod === undefined ? [] : [pod, pod.slice(pod.indexOf('/') + 1)]),
    ...(netns === undefined ? [] : [netns, netns.slice(netns.lastIndexOf('/') + 1)]),
    ...(netnsInode === undefined ? [] : [String(netnsInode)]),
    ...(hostVeth === undefined ? [] : [hostVeth]),
    ...(mac === undefined ? [] : [mac, hostMac(mac)]),
    ...addresses,
    ...addresses.map((address) => address.split('/')[0] ?? ''),
  ];
}

/** Returns true when all of these are the interfaces of one container: then none of them is ambiguous. */
export function isOneContainer(found: readonly Known[]): boolean {
  const containers = new Set(found.map(({ id }) => parseEndpointId(id).containerId));
  return containers.size === 1 && found.every(({ gone }) => gone === undefined);
}
