/** Endpoints and networks as rows for people and values for programs. Pure. */
import type { VnetDocument } from '../../../../schemas/generated/vnet.ts';
import {
  type EndpointObservation,
  type EndpointState,
  endpointState,
} from '../../../model/addresses/endpoint-state.ts';
import { parseEndpointId } from '../../../model/names.ts';
import { attachingNetworkOf } from '../../../model/networks.ts';
import type { Step } from '../../../plan/step.ts';
import type { NodeComparison } from './compare-node.ts';
import { addToList } from '../../../model/objects.ts';

/** One endpoint with its links from pod to bridge. */
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

/**
 * Returns every endpoint of the document with its observed state; without a comparison, with its state in the
 * document.
 */
export function describeEndpoints(
  document: VnetDocument,
  comparison: Pick<NodeComparison, 'planned' | 'plan' | 'causes'> | undefined,
): readonly EndpointView[] {
  const steps = new Map<string, Step[]>();
  for (const step of comparison?.plan.steps ?? []) addToList(steps, step.owner ?? '', step);
  const seenOf = (id: string): EndpointObservation | undefined =>
    comparison && {
      namespaces: comparison.planned.observation.namespaces,
      causes: (steps.get(id) ?? []).map(({ key }) => comparison.causes?.get(key)),
    };
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
      state: endpointState(document, id, endpoint, seenOf(id)),
      added: endpoint.added,
    };
  });
}

function bridgeOf(document: VnetDocument, name: string): string {
  const on = attachingNetworkOf(document, name);
  return on?.core.links(on.network).bridge?.name ?? '';
}
