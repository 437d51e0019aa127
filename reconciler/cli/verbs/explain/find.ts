/** Finds endpoints by any name on the chain from pod to address, present or past. Pure. */
import type { Endpoint, VnetDocument } from '../../../../schemas/generated/vnet.ts';
import type { DocumentChange, HistoryRecord } from '../../../document/snapshot.ts';
import { hostMac, parseEndpointId } from '../../../model/names.ts';

/** A present or past endpoint. Shape: `gone` is the time of removal; absent while the document has it. */
export type KnownEndpoint = {
  readonly id: string;
  readonly endpoint: Endpoint;
  readonly gone?: string;
  readonly generation?: number;
};

/** Minimum length of a container ID's prefix. */
const SHORTEST_PREFIX = 4;

/** Returns the endpoints of the document. */
export function presentEndpoints(document: VnetDocument): readonly KnownEndpoint[] {
  return Object.entries(document.endpoints ?? {}).map(([id, endpoint]) => ({ id, endpoint }));
}

/**
 * Returns the removed endpoints in their last state, latest first; one that was added again is present
 * instead.
 */
export function pastEndpoints(
  records: readonly HistoryRecord[],
  document: VnetDocument,
): readonly KnownEndpoint[] {
  const gone = new Map<string, KnownEndpoint>();
  for (const { generation, time, changes } of records) {
    for (const change of changes) {
      const id = changedEndpoint(change);
      if (id === undefined) continue;
      if (change.after === undefined && isEndpoint(change.before)) {
        gone.set(id, { id, endpoint: change.before, gone: time, generation });
      } else gone.delete(id);
    }
  }
  return [...gone.values()].filter(({ id }) => document.endpoints?.[id] === undefined).toReversed();
}

/** Returns the ID of the endpoint that the change is about; undefined for other changes. */
export function changedEndpoint({ path }: DocumentChange): string | undefined {
  return path.startsWith('endpoints.') ? path.slice('endpoints.'.length) : undefined;
}

/** Returns true if the value has an endpoint's required fields: history is read from a file. */
export function isEndpoint(value: unknown): value is Endpoint {
  return (
    typeof value === 'object' && value !== null && 'addresses' in value && Array.isArray(value.addresses)
  );
}

/**
 * Returns the endpoints with this name: pod, namespace/pod, container ID or a prefix, veth, MAC, address,
 * network namespace, endpoint ID. A full match precedes prefixes.
 */
export function findEndpoints(known: readonly KnownEndpoint[], subject: string): readonly KnownEndpoint[] {
  const wanted = subject.toLowerCase();
  const exact = known.filter((one) => namesOf(one).some((name) => name.toLowerCase() === wanted));
  if (exact.length > 0 || subject.length < SHORTEST_PREFIX) return exact;
  return known.filter(({ id }) => parseEndpointId(id).containerId.toLowerCase().startsWith(wanted));
}

/** Returns all names of the endpoint. */
export function namesOf({ id, endpoint }: KnownEndpoint): readonly string[] {
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

/** Returns true if all are interfaces of one container; the name is then unambiguous. */
export function isOneContainer(found: readonly KnownEndpoint[]): boolean {
  const containers = new Set(found.map(({ id }) => parseEndpointId(id).containerId));
  return containers.size === 1 && found.every(({ gone }) => gone === undefined);
}
