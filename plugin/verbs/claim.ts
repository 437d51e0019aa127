/** The transaction of an ADD: computes, from document and request, the Edit that adds the endpoint. Pure. */
import { allocateAddresses } from '../../reconciler/model/addresses/allocate.ts';
import { poolsOf } from '../../reconciler/model/addresses/families.ts';
import { withoutLength } from '../../reconciler/model/addresses/address.ts';
import { endpointOf } from '../../reconciler/model/endpoints.ts';
import {
  API_VERSION,
  type EndpointKey,
  endpointId,
  hostVethName,
  podMac,
  releaseKey,
} from '../../reconciler/model/names.ts';
import { attachingModes, coreOf } from '../../reconciler/model/modes/cores.ts';
import { isReleased, networkOf } from '../../reconciler/model/networks.ts';
import type { Held } from '../../reconciler/model/addresses/pool.ts';
import { unchanged } from '../../reconciler/document/edit.ts';
import type { Edit } from '../../reconciler/document/store/store.ts';
import type {
  Endpoint,
  Labels,
  Network,
  PodRoute,
  Pools,
  VnetDocument,
} from '../../schemas/generated/vnet.ts';
import { type Exhausted, type ForeignLease, type Lease, leaseOf, otherRanges } from './lease.ts';
import { CNI_CODES, type CniError, cniError, toCniError } from '../protocol/errors.ts';
import { hasOtherDefault } from './other-interfaces.ts';
import { omitUndefined, ownValue } from '../../reconciler/model/objects.ts';

/**
 * The part of a claim that the call determines.
 * Shape: `isLease`: an address only, without an interface of ours. `isTaken`: the pod already has an interface of
 * that name. `isSecondary`: it has a default route through another interface, so it gets none unless
 * `isDefaultGateway` or the configured `routes` say so. `own` are addresses that no pod may get.
 */
export type AttachRequest = {
  readonly key: EndpointKey;
  readonly isLease: boolean;
  readonly netns: string;
  readonly netnsInode?: number;
  readonly pod?: string;
  readonly labels?: Labels;
  readonly wanted?: readonly string[];
  readonly mac?: string;
  readonly foreign?: ForeignLease;
  readonly isTaken: boolean;
  readonly isSecondary: boolean;
  readonly own?: readonly string[];
  readonly routes: readonly PodRoute[];
  readonly isDefaultGateway?: boolean;
  readonly bandwidth?: Endpoint['bandwidth'];
  readonly ranges?: readonly string[];
};

/**
 * The claim of one ADD.
 * Shape: `network` (first ADD) and `refreshed` (for an exhausted pool) are written with the endpoint. `keepsAddress`:
 * replace the existing endpoint, with its address.
 */
export type ClaimRequest = AttachRequest & {
  readonly now: Date;
  readonly keepsAddress: boolean;
  readonly network?: Network;
  readonly refreshed?: Pools;
  readonly node: string;
  readonly bootId: string;
};

/**
 * The outcome. `granted`: the endpoint is in the document. `blocked`: the call must first remove an older endpoint of the key (and may
 * keep its address), or query the pool source for the network or for more addresses. `refused`: final.
 */
export type Claim =
  | { readonly kind: 'granted'; readonly isNew: boolean }
  | { readonly kind: 'blocked'; readonly by: 'older-endpoint'; readonly keepsAddress: boolean }
  | { readonly kind: 'blocked'; readonly by: 'no-network' }
  | {
      readonly kind: 'blocked';
      readonly by: 'exhausted-pool';
      readonly network: Network;
      readonly exhausted: Exhausted;
    }
  | { readonly kind: 'refused'; readonly error: CniError };

/** An Edit and its outcome; the Edit is empty unless a new endpoint is `granted`. */
export type Claimed = { readonly edit: Edit; readonly value: Claim };

/**
 * Returns the Edit and its outcome; `held` is the index of this very document, if available.
 * Law: applied again to its own result, the endpoint is not new and the Edit empty.
 */
export function claimEndpoint(
  document: VnetDocument | undefined,
  request: ClaimRequest,
  held?: Held,
): Claimed {
  const id = endpointId(request.key.network, request.key.containerId, request.key.ifName);
  const refusal = otherNode(document, request.node);
  if (refusal !== undefined) return refuse(refusal);
  const existing = endpointOf(document, id);
  if (document !== undefined && existing !== undefined && !request.keepsAddress) {
    const claim = claimExisting(document, { request, id }, existing);
    if (claim !== undefined) return claim;
  }
  if (request.isTaken) return refuse(interfaceTaken(request));
  const network = suppliedNetwork(document, request);
  if (network === undefined) return unchanged({ kind: 'blocked', by: 'no-network' });
  const unfit = request.isLease
    ? undefined
    : (whyNotAttachable(network, request.key.network) ?? otherRanges(network, request));
  if (unfit !== undefined) return refuse(unfit);
  const base = document ?? emptyDocument();
  const supplied = { ...base, networks: { ...base.networks, [request.key.network]: network } };
  return existing !== undefined && request.keepsAddress
    ? writeEndpoint(supplied, { request, id, endpoint: { ...existing, ...placeOf(request) } })
    : allocate(supplied, { request, id, network, held });
}

/** Returns the error for a document of another node: it is neither written nor applied. */
export function otherNode(document: VnetDocument | undefined, node: string): CniError | undefined {
  if (document === undefined || document.metadata.node === node) return undefined;
  const msg = `the document belongs to node ${document.metadata.node}, this node is ${node}`;
  const how = 'Nothing was changed. If the node was renamed, correct metadata.node in the document.';
  return cniError(CNI_CODES.documentInvalid, msg, how);
}

function claimExisting(
  document: VnetDocument,
  { request, id }: Place,
  existing: Endpoint,
): Claimed | undefined {
  if (existing.leaving !== undefined) return olderEndpoint(false);
  if (request.isLease !== (existing.hostVeth === undefined)) {
    const holder = existing.hostVeth === undefined ? 'azure-vnet-ipam for another main plugin' : 'azure-vnet';
    const how = 'Use one of the two plugins for a network, or DEL the attachment first.';
    return refuse(cniError(CNI_CODES.addressTaken, `endpoint ${id} is held by ${holder}`, how));
  }
  const here = existing.netns === request.netns && existing.netnsInode === request.netnsInode;
  if (here || (request.isLease && request.netnsInode === undefined)) {
    return unchanged({ kind: 'granted', isNew: false });
  }
  // The interface is another plugin's: record only its present namespace, whose end is evidence that it is
  // gone.
  if (request.isLease)
    return writeEndpoint(document, { request, id, endpoint: { ...existing, ...placeOf(request) } });
  return request.isTaken ? refuse(interfaceTaken(request)) : olderEndpoint(true);
}

function olderEndpoint(keepsAddress: boolean): Claimed {
  return unchanged({ kind: 'blocked', by: 'older-endpoint', keepsAddress });
}

function interfaceTaken({ key, netns }: ClaimRequest): CniError {
  const msg = `the pod already has a foreign interface ${key.ifName} (${netns})`;
  const how = 'Use another CNI_IFNAME, or remove the interface. Nothing was changed.';
  return cniError(CNI_CODES.kernelRefused, msg, how);
}

/** Returns why the network cannot attach pods; undefined if it can. */
export function whyNotAttachable(network: Network, name: string): CniError | undefined {
  if (coreOf(network).attach === undefined) {
    const modes = attachingModes().map(({ name: mode }) => `mode: ${mode}`);
    const how = `Use azure-vnet-ipam as "ipam" of the main plugin that creates the interfaces, or ${modes.join(' or ')}.`;
    const msg = `network ${name} has mode ${network.mode}: vnet assigns only addresses there`;
    return cniError(CNI_CODES.invalidConfig, msg, how);
  }
  if (!isReleased(network)) return undefined;
  return cniError(
    CNI_CODES.uplinkProblem,
    `network ${name} was released with \`vnet release\`: it has no bridge`,
    `Remove networks.${name}.uplink.released from the document to take over the uplink again.`,
  );
}

function suppliedNetwork(document: VnetDocument | undefined, request: ClaimRequest): Network | undefined {
  const known = networkOf(document, request.key.network) ?? request.network;
  if (known === undefined || request.refreshed === undefined) return known;
  // Only the source's own fields: the rest of the pool is the administrator's and may just have been edited.
  const pools = poolsOf({ pools: request.refreshed }).map(({ key, pool }) => {
    const { subnet, gateway, addresses } = pool;
    return [key, { source: 'azure', ...known.pools[key], subnet, gateway, addresses }] as const;
  });
  return { ...known, pools: { ...known.pools, ...Object.fromEntries(pools) } };
}

/** For the allocation only; the store writes the real head of a new document. */
function emptyDocument(): VnetDocument {
  return {
    apiVersion: API_VERSION,
    kind: 'NodeNetwork',
    metadata: { node: 'new', generation: 0 },
    networks: {},
  };
}

type Place = { readonly request: ClaimRequest; readonly id: string; readonly held?: Held | undefined };

function allocate(
  document: VnetDocument,
  { request: given, id, network, held }: Place & { network: Network },
): Claimed {
  const request = { ...given, isSecondary: given.isSecondary || hasOtherDefault(document, given, id) };
  if (request.foreign !== undefined) return build(document, { request, id, held, lease: request.foreign });
  const { key, now, pod, wanted, own } = request;
  const asked = { ...key, now, ...omitUndefined({ pod, wanted, own }) };
  const allocation = allocateAddresses(document, asked, held);
  if (allocation.ok)
    return build(document, { request, id, held, lease: leaseOf(allocation.value, request, network) });
  const { error } = allocation;
  if (error.code !== 'exhausted') return refuse(toCniError(error, 'address'));
  const exhausted = { document, network: key.network, now, error, ...omitUndefined({ own }) };
  return unchanged({ kind: 'blocked', by: 'exhausted-pool', network, exhausted });
}

function build(document: VnetDocument, { request, id, held, lease }: Place & { lease: Lease }): Claimed {
  const { key, pod, labels } = request;
  const added = request.now.toISOString();
  const head = omitUndefined({ pod, labels });
  if (request.isLease) {
    // The other main plugin chooses the MAC.
    const { mac: _mac, ...address } = lease;
    const leased = { ...head, ...placeOf(request), ...address, added };
    return writeEndpoint(document, { request, id, endpoint: leased });
  }
  const hostVeth = hostVethName(key.network, key.containerId, key.ifName);
  const mac = chooseMac(document, { request, id, held, fixed: lease.mac ?? request.mac });
  if (typeof mac !== 'string') return refuse(mac);
  const { bandwidth } = request;
  const limits = omitUndefined({ bandwidth });
  const endpoint = { ...head, ...placeOf(request), hostVeth, ...lease, mac, ...limits, added };
  return writeEndpoint(document, { request, id, endpoint });
}

function placeOf({ netns, netnsInode }: ClaimRequest): Pick<Endpoint, 'netns' | 'netnsInode'> {
  return netns === '' ? {} : { netns, ...omitUndefined({ netnsInode }) };
}

/** Returns an unused MAC: the fixed one, or the first free one derived from the key. */
function chooseMac(document: VnetDocument, place: Place & { fixed: string | undefined }): string | CniError {
  const wanted = place.fixed?.toLowerCase();
  const holder = wanted === undefined ? undefined : macHolder(document, place, wanted);
  if (holder !== undefined) {
    return cniError(CNI_CODES.addressTaken, `MAC ${wanted} is ${holder}`, 'Request another MAC.');
  }
  if (wanted !== undefined) return wanted;
  const { network, containerId, ifName } = place.request.key;
  for (let attempt = 0; ; attempt += 1) {
    const mac = podMac(network, containerId, ifName, attempt);
    if (macHolder(document, place, mac) === undefined) return mac;
  }
}

/** Returns the holder of the MAC if this pod cannot have it; `mac` in lower case. */
function macHolder(document: VnetDocument, { request, id, held }: Place, mac: string): string | undefined {
  const endpoints = held?.hasMac(mac) === false ? {} : (document.endpoints ?? {});
  // A scan instead of an index: a match is rare.
  for (const other of Object.keys(endpoints)) {
    if (other !== id && endpoints[other]?.mac?.toLowerCase() === mac) return `in use by endpoint ${other}`;
  }
  const network = networkOf(document, request.key.network);
  const uplink = network && coreOf(network).links(network).uplink;
  if (uplink?.mac.toLowerCase() === mac) return `the MAC of the uplink ${uplink.name}`;
  const reserved = network?.reservations?.find(({ pod, ifName = 'eth0', mac: kept }) => {
    const isOwn = pod === request.pod && ifName === request.key.ifName;
    return !isOwn && kept?.toLowerCase() === mac;
  });
  return reserved && `reserved for ${reserved.pod} ${reserved.ifName ?? 'eth0'}`;
}

function writeEndpoint(
  document: VnetDocument,
  { request, id, endpoint }: Place & { endpoint: Endpoint },
): Claimed {
  const { leaving: _leaving, missing: _missing, ...fresh } = endpoint;
  const { key, bootId } = request;
  const supplied = request.network !== undefined || request.refreshed !== undefined;
  const network = networkOf(document, key.network);
  const released = endpoint.addresses.map((address) => releaseKey(key.network, withoutLength(address)));
  const stale = released.filter((entry) => ownValue(document.released, entry) !== undefined);
  return {
    edit: {
      endpoints: new Map([[id, fresh]]),
      ...(stale.length === 0 ? {} : { released: new Map(stale.map((entry) => [entry, undefined])) }),
      ...(supplied ? { networks: new Map([[key.network, network]]) } : {}),
      ...(document.metadata.bootId === undefined ? { bootId } : {}),
    },
    value: { kind: 'granted', isNew: true },
  };
}

function refuse(error: CniError): Claimed {
  return unchanged({ kind: 'refused', error });
}
