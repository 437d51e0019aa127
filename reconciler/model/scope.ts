/** The observation scope of a document, or of one endpoint. Pure. */
import type { Endpoint, VnetDocument } from '../../schemas/generated/vnet.ts';
import { deriveEndpoint } from './endpoints.ts';
import { kindOf } from './kinds/registry.ts';
import type { Scope } from './ports/kernel.ts';
import { ANY_LINK, parseEndpointId } from './names.ts';
import { coreOf } from './modes/cores.ts';
import { attachingNetworkOf } from './networks.ts';
import { brouteScope } from './policy/table/broute-settings.ts';
import { HOST, type NetObject } from './state.ts';

/** Returns the scope with these parts; the others are empty. */
export function scopeOf(parts: Partial<Scope>): Scope {
  return { whole: false, devices: [], pods: [], sysctls: [], entries: [], ...parts };
}

/** Returns the scope of a whole round: every link, neighbour and element, and every pod with an address. */
export function scopeOfNode(document: VnetDocument): Scope {
  const networks = Object.values(document.networks).map((network) => coreOf(network).scope(network));
  const endpoints = Object.entries(document.endpoints ?? {});
  return scopeOf({
    whole: true,
    devices: [
      ...networks.flatMap(({ devices }) => devices),
      ...endpoints.flatMap(([, { hostVeth }]) => hostVeth ?? []),
    ],
    pods: endpoints.flatMap(([id, endpoint]) => podOf(document, id, endpoint)),
    sysctls: [...networks.flatMap(({ sysctls }) => sysctls), ...brouteScope(document)],
  });
}

/** Returns the scope of the networks only, as needed for a takeover: no pod is entered. */
export function scopeOfNetworks(document: VnetDocument): Scope {
  return scopeOfNode({ ...document, endpoints: {} });
}

/**
 * Returns the scope of one endpoint: its veth, its pod, the entries that lead to it, and the links of its
 * network. Undefined if the document lacks the endpoint, or its network's mode attaches no pods.
 */
export function scopeOfEndpoint(document: VnetDocument, id: string): Scope | undefined {
  const endpoint = document.endpoints?.[id];
  const found = attachingNetworkOf(document, parseEndpointId(id).network);
  if (endpoint === undefined || found === undefined) return undefined;
  const { network, core, attach } = found;
  const { hostVeth } = endpoint;
  // An endpoint that leaves needs no network.
  const ready = endpoint.leaving === undefined ? attach.readiness?.(network) : undefined;
  const { entries, sysctls } = ready ?? { entries: [], sysctls: [] };
  const objects = hostVeth === undefined ? [] : deriveEndpoint(id, endpoint, network, ANY_LINK);
  return scopeOf({
    devices: [...core.scope(network).devices, ...objects.flatMap(hostLink)],
    pods: podOf(document, id, endpoint),
    sysctls,
    entries: [...entries, ...objects.filter(isHostEntry)],
  });
}

/** Returns the union of the scopes. Shape: none of them covers the whole node. */
export function joinScopes(scopes: readonly Scope[]): Scope {
  const [only] = scopes;
  if (only !== undefined && scopes.length === 1) return only;
  return scopeOf({
    devices: [...new Set(scopes.flatMap(({ devices }) => devices))],
    pods: scopes.flatMap(({ pods }) => pods),
    sysctls: scopes.flatMap(({ sysctls }) => sysctls),
    entries: scopes.flatMap(({ entries }) => entries),
  });
}

function hostLink(object: NetObject): readonly string[] {
  return object.kind === 'link' && object.netns === HOST ? [object.name] : [];
}

function isHostEntry(object: NetObject): boolean {
  return object.netns === HOST && kindOf(object).isEntry === true;
}

function podOf(document: VnetDocument, id: string, endpoint: Endpoint): Scope['pods'] {
  if (endpoint.leaving !== undefined || endpoint.netns === undefined) return [];
  const { network: name, ifName } = parseEndpointId(id);
  const on = attachingNetworkOf(document, name);
  const entries = on?.attach.podEntries?.(id, endpoint, on.network);
  const place = { netns: endpoint.netns, ifName, ...(entries === undefined ? {} : { entries }) };
  return [isIpv4Only(endpoint) ? { ...place, family: 4 } : place];
}

/** Other IPv6 objects of a pod do not matter, and reading them would double the work. */
function isIpv4Only({ addresses, gateway = '', ipv6Gateway = '', routes = [] }: Endpoint): boolean {
  return !(
    isIpv6(gateway + ipv6Gateway) ||
    addresses.some(isIpv6) ||
    routes.some(({ to, via = '' }) => isIpv6(to + via))
  );
}

function isIpv6(text: string): boolean {
  return text.includes(':');
}
