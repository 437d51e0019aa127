/** Endpoints and networks as rows for people and values for programs. Pure. */
import type { Endpoint, VnetDocument } from '../../../../schemas/generated/vnet.ts';
import { isAlive, type Namespaces } from '../../../model/endpoints.ts';
import { parseEndpointId } from '../../../model/names.ts';
import { networkOf, attachingNetworkOf } from '../../../model/networks.ts';
import { expandRanges, containsAddress } from '../../../model/addresses/address-list.ts';
import { parseIpv4, withoutLength } from '../../../model/addresses/address.ts';
import type { Step } from '../../../plan/step.ts';

/** How an endpoint stands. `withdrawn`: the pool's source no longer lists its address. */
export type EndpointState = 'ready' | 'drifted' | 'dead' | 'leaving' | 'lease' | 'withdrawn';

/** One endpoint, with everything that leads from the pod to the bridge. */
export type EndpointView = {
  readonly id: string;
  readonly network: string;
  readonly pod: string;
  readonly containerId: string;
  readonly netns: string;
  readonly ifName: string;
  readonly hostVeth: string;
  readonly bridge: string;
  readonly mac: string;
  readonly addresses: readonly string[];
  readonly state: EndpointState;
  readonly added: string;
};

/** Returns every endpoint of the document as the kernel has it. `steps` is the plan of the node. */
export function describeEndpoints(
  document: VnetDocument,
  namespaces: Namespaces,
  steps: readonly Step[],
): readonly EndpointView[] {
  const drifted = new Set(steps.map(({ owner }) => owner));
  return Object.entries(document.endpoints ?? {}).map(([id, endpoint]) => {
    const { network, containerId, ifName } = parseEndpointId(id);
    return {
      id,
      network,
      pod: endpoint.pod ?? '',
      containerId,
      netns: endpoint.netns ?? '',
      ifName,
      hostVeth: endpoint.hostVeth ?? '',
      bridge: endpoint.hostVeth === undefined ? '' : bridgeOf(document, network),
      mac: endpoint.mac ?? '',
      addresses: endpoint.addresses,
      state: stateOf(document, id, endpoint, { namespaces, isDrifted: drifted.has(id) }),
      added: endpoint.added,
    };
  });
}

function bridgeOf(document: VnetDocument, name: string): string {
  const on = attachingNetworkOf(document, name);
  return on?.core.links(on.network).bridge?.name ?? '';
}

function stateOf(
  document: VnetDocument,
  id: string,
  endpoint: Endpoint,
  seen: { readonly namespaces: Namespaces; readonly isDrifted: boolean },
): EndpointState {
  if (endpoint.leaving !== undefined) return 'leaving';
  if (!isAlive(endpoint, seen.namespaces)) return 'dead';
  if (endpoint.hostVeth === undefined) return 'lease';
  if (seen.isDrifted) return 'drifted';
  const pool = networkOf(document, parseEndpointId(id).network)?.pool;
  const isListed = endpoint.ipam !== undefined || pool === undefined || isInPool(endpoint, pool.addresses);
  return isListed ? 'ready' : 'withdrawn';
}

function isInPool(endpoint: Endpoint, ranges: readonly string[]): boolean {
  const list = expandRanges(ranges);
  return endpoint.addresses.every((address) => {
    const value = parseIpv4(withoutLength(address));
    return value === undefined || containsAddress(list, value);
  });
}
