/** The fields of an endpoint that result from an allocation. Pure. */
import { hostPrefixOf, normalisePrefix } from '../../reconciler/model/addresses/address.ts';
import type { Allocation } from '../../reconciler/model/addresses/allocate.ts';
import { gatewayFields, poolsOf } from '../../reconciler/model/addresses/families.ts';
import { coreOf } from '../../reconciler/model/modes/cores.ts';
import type { EndpointKey } from '../../reconciler/model/names.ts';
import type { Failure } from '../../reconciler/model/result.ts';
import type { Endpoint, Network, PodRoute, VnetDocument } from '../../schemas/generated/vnet.ts';
import { omitUndefined } from '../../reconciler/model/objects.ts';
import { CNI_CODES, type CniError, cniError } from '../protocol/errors.ts';

/** The part of a claim that routes depend on. Shape: as in ClaimRequest. */
type LeaseRequest = {
  readonly isLease: boolean;
  readonly isSecondary: boolean;
  readonly routes: readonly PodRoute[];
  readonly isDefaultGateway?: boolean;
};

/** Addresses, gateways, routes and the rest of an endpoint that its IPAM decides. */
export type Lease = Pick<
  Endpoint,
  'addresses' | 'gateway' | 'ipv6Gateway' | 'mac' | 'ipam' | 'routes' | 'dns'
>;

/** The result of another IPAM plugin; the endpoint records it unchanged. */
export type ForeignLease = Pick<Endpoint, 'addresses' | 'gateway' | 'ipv6Gateway' | 'routes' | 'dns'> & {
  readonly ipam: string;
};

/**
 * Returns the fields for the allocation. The mode may have gateways of its own: then a pod's address has no prefix on the link.
 */
export function leaseOf(
  { addresses, gateways, mac }: Allocation,
  request: LeaseRequest,
  network: Network,
): Lease {
  const attach = request.isLease ? undefined : coreOf(network).attach;
  const own = gateways.map((gateway) => attach?.loneGateway?.(gateway));
  const given = gateways.map((gateway, index) => own[index] ?? gateway);
  const [first = '', ...more] = addresses.map((address, index) =>
    own[index] === undefined ? address : hostPrefixOf(address),
  );
  return {
    addresses: [first, ...more],
    ...gatewayFields(given),
    ...omitUndefined({ mac, routes: routesOf(given, request) }),
  };
}

/** Returns the routes to record; undefined for just the default route through the gateway. */
function routesOf(gateways: readonly string[], request: LeaseRequest): readonly PodRoute[] | undefined {
  const { routes, isDefaultGateway, isSecondary } = request;
  const wantsDefault = isDefaultGateway ?? !isSecondary;
  if (!wantsDefault || routes.some(({ to }) => to === 'default')) return routes;
  return routes.length === 0 ? undefined : [...gateways.map((via) => ({ to: 'default', via })), ...routes];
}

/** An allocation that failed for want of a free address. */
export type Exhausted = {
  readonly document: VnetDocument;
  readonly network: string;
  readonly now: Date;
  readonly own?: readonly string[];
  readonly error: Failure;
};

/**
 * Returns the error for ranges of host-local that are not the network's: flannel and kubenet change them when the node gets another
 * pod CIDR, and addresses of the old one lead elsewhere.
 */
export function otherRanges(
  network: Network,
  { ranges = [], key }: { readonly ranges?: readonly string[]; readonly key: EndpointKey },
): CniError | undefined {
  const subnets = poolsOf(network).map(({ pool }) => pool.subnet);
  if (ranges.every((range) => subnets.includes(normalisePrefix(range)))) return undefined;
  return cniError(
    CNI_CODES.invalidConfig,
    `the ranges of host-local are ${ranges.join(', ')}, but the pool of network ${key.network} is ${subnets.join(', ')}`,
    `If the node has another pod CIDR: drain it, delete networks.${key.network}, and start its pods again.`,
  );
}
