/** What must be looked at for a document, or for one endpoint of it. Pure. */
import type { Endpoint, Network, VnetDocument } from '../../schemas/generated/vnet.ts';
import { withoutLength } from './address.ts';
import { isAttached } from './derive.ts';
import type { Scope } from './kernel.ts';
import { parseEndpointId } from './names.ts';
import { deriveNftElements } from './nft-table.ts';
import { HOST } from './state.ts';

/** Returns the scope of a whole round: every link, neighbour and element, and every pod that is attached. */
export function scopeOfNode(document: VnetDocument): Scope {
  const networks = Object.values(document.networks);
  const endpoints = Object.entries(document.endpoints ?? {});
  return {
    whole: true,
    devices: [...networks.flatMap(devicesOf), ...endpoints.flatMap(([, { hostVeth }]) => hostVeth ?? [])],
    pods: endpoints.flatMap(([id, endpoint]) => podOf(id, endpoint)),
    sysctls: networks.map(({ bridge }) => ({ netns: HOST, name: `net/ipv6/conf/${bridge.name}/accept_ra` })),
    elements: [],
  };
}

/** Returns the scope of the networks alone, as a takeover needs it: no pod is entered. */
export function scopeOfNetworks(document: VnetDocument): Scope {
  return { ...scopeOfNode({ ...document, endpoints: {} }), whole: true };
}

/**
 * Returns the scope of one endpoint: its veth, its pod, what leads to it, and the two links below it.
 * Undefined when the document knows neither the endpoint nor its network.
 */
export function scopeOfEndpoint(document: VnetDocument, id: string): Scope | undefined {
  const endpoint = document.endpoints?.[id];
  const network = document.networks[parseEndpointId(id).network];
  if (endpoint === undefined || network === undefined) return undefined;
  const { hostVeth, mac } = endpoint;
  const addresses = endpoint.addresses.map(withoutLength);
  return {
    whole: false,
    devices: [...devicesOf(network), ...(hostVeth === undefined ? [] : [hostVeth])],
    pods: podOf(id, endpoint),
    sysctls: [],
    elements:
      hostVeth === undefined || mac === undefined
        ? []
        : deriveNftElements({ hostVeth, mac, addresses, antiSpoofing: true }).map(({ set, key }) => ({
            set,
            key,
          })),
  };
}

function devicesOf({ bridge, uplink }: Network): readonly string[] {
  return [bridge.name, uplink.name];
}

function podOf(id: string, endpoint: Endpoint): Scope['pods'] {
  if (!isAttached(endpoint) || endpoint.netns === undefined) return [];
  return [{ netns: endpoint.netns, ifName: parseEndpointId(id).ifName }];
}
