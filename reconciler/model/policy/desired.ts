/** The desired objects of enforced network policies besides those of the modes. Pure. */
import type { Endpoint, Network, VnetDocument } from '../../../schemas/generated/vnet.ts';
import type { Collection } from '../desired.ts';
import { isAlive, isAttached, type NamespaceFacts } from '../endpoints.ts';
import type { HubLink } from '../modes/core.ts';
import { coreOf } from '../modes/cores.ts';
import { parseEndpointId } from '../names.ts';
import { attachingNetworkOf, isReleased } from '../networks.ts';
import type { NftFragment } from '../nft-table.ts';
import type { NetObject } from '../state.ts';
import { brouteRules, broutePort, policedElements } from './table/broute.ts';
import { brouteSettings } from './table/broute-settings.ts';
import type { Members } from './members.ts';
import { type DerivedPolicies, isPolicedEndpoint } from './policy-input.ts';

/** Returns the bridge whose ports are the network's pods; undefined if there is none. */
function hubOf(network: Network): HubLink | undefined {
  return isReleased(network) ? undefined : coreOf(network).links(network).bridge;
}

/** Returns the network's part of the bridge's table. */
export function brouteFragments(network: Network): readonly NftFragment[] {
  if (hubOf(network) === undefined) return [];
  return [brouteRules(coreOf(network).links(network).uplink !== undefined)];
}

/** Adds the table of policies, and the objects that send frames of policed pods to the IP layer. */
export function collectPolicies(
  desired: Collection,
  document: VnetDocument,
  { sets, table }: DerivedPolicies,
  namespaces: NamespaceFacts,
): void {
  if (table !== undefined) desired.add(Object.keys(document.networks)[0] ?? '', [table]);
  for (const [name, network] of Object.entries(document.networks)) {
    const hub = hubOf(network);
    if (hub === undefined) continue;
    const { uplink } = coreOf(network).links(network);
    const ports = uplink === undefined ? [] : [broutePort(uplink.name, hub.mac)];
    desired.add(name, [...brouteSettings(network, hub.name), ...ports]);
  }
  for (const [id, endpoint] of Object.entries(document.endpoints ?? {})) {
    if (!isAttached(endpoint) || !isAlive(endpoint, namespaces)) continue;
    const isPoliced = (set: string, address: string): boolean => sets.get(set)?.has(address) === true;
    desired.add(id, brouteObjects(document, id, endpoint, isPoliced));
  }
}

/**
 * Returns the elements that send frames of the endpoint to the IP layer: none where its network has no bridge.
 * Shape: `isPoliced` by set and address.
 */
export function brouteObjects(
  document: VnetDocument,
  id: string,
  endpoint: Endpoint,
  isPoliced: (set: string, address: string) => boolean,
): readonly NetObject[] {
  const network = attachingNetworkOf(document, parseEndpointId(id).network)?.network;
  const hub = network === undefined ? undefined : hubOf(network);
  if (hub === undefined || endpoint.hostVeth === undefined) return [];
  return [broutePort(endpoint.hostVeth, hub.mac), ...policedElements(endpoint, isPoliced)];
}

/** Returns the brouteObjects() of an endpoint of a document; nothing where no policies are enforced. */
export function brouteElementsOf(
  document: VnetDocument,
  id: string,
  members: Members | undefined,
): readonly NetObject[] {
  const endpoint = document.endpoints?.[id];
  if (document.policy?.enforce !== true || endpoint === undefined || !isAttached(endpoint)) return [];
  const isPoliced = isPolicedEndpoint(document, id, members);
  return brouteObjects(document, id, endpoint, () => isPoliced);
}
