/** What a network's part of the document says when it is first written: read from the uplink as it is. */
import type { BridgeNetwork, Pool, Route, UplinkAddress } from '../../../schemas/generated/vnet.ts';
import { familyOf, normalisePrefix } from '../../model/addresses/address.ts';
import type { Observation, Observer } from '../../model/ports/kernel.ts';
import { VNET_PROTOCOL } from '../../model/names.ts';
import { err, failure, ok, type Result } from '../../model/result.ts';
import { type AddressObject, HOST, type LinkObject, type RouteObject } from '../../model/state.ts';

/** What azure-vnet calls the bridge of the first uplink in every configuration that is shipped. */
const DEFAULT_BRIDGE = 'azure0';

/** What the CNI configuration and the pool's source say of a network that is not in the document yet. */
export type CaptureRequest = {
  readonly name: string;
  readonly bridge?: string;
  /** The uplink; absent: the interface that has an address in the pool's subnet. */
  readonly master?: string;
  readonly pool: Pool;
};

/** Captures a network: for whoever loads it when it is needed. */
export type CaptureNetwork = typeof captureNetwork;

/**
 * Returns the network as the document should say it: the uplink with all it carries, the bridge, the pool.
 * A bridge that already holds the uplink (the document was lost) is recognised: what it carries is the uplink's.
 * Errors: `not-found` when no interface fits; `refused` when the uplink belongs to something else.
 */
export function captureNetwork(kernel: Observer, request: CaptureRequest): Result<BridgeNetwork> {
  const links = kernel.observe({ whole: true, devices: [], pods: [], sysctls: [], entries: [] });
  if (!links.ok) return links;
  const hostLinks = linksOf(links.value);
  const devices = hostLinks
    .filter((link) => link.type !== 'veth' || link.master === '')
    .map(({ name }) => name);
  const observed = kernel.observe({ whole: true, devices, pods: [], sysctls: [], entries: [] });
  if (!observed.ok) return observed;
  const bridge = request.bridge ?? DEFAULT_BRIDGE;
  const uplink = findUplink(observed.value, request, bridge);
  if (uplink === undefined) return err(noUplink(request));
  if (uplink.master !== undefined && uplink.master !== '' && uplink.master !== bridge) {
    return err(
      failure('refused', `capture ${uplink.name}`, `${uplink.name} already belongs to ${uplink.master}`, {
        hint: `Name another "master" in the CNI configuration, or detach it: ip link set ${uplink.name} nomaster`,
      }),
    );
  }
  return ok(describeNetwork(observed.value, uplink, bridge, request.pool));
}

function noUplink({ master, pool }: CaptureRequest): ReturnType<typeof failure> {
  const message =
    master === undefined
      ? `no interface has an address of ${pool.subnet}`
      : `no interface ${master} with a MAC address`;
  return failure('not-found', 'find the uplink', message, {
    hint: 'Name the uplink as "master" in the CNI configuration, and configure its address (ip address).',
  });
}

function linksOf(observation: Observation): readonly LinkObject[] {
  return Array.from(observation.state.values()).flatMap((object) =>
    object.kind === 'link' && object.netns === HOST ? [object] : [],
  );
}

function findUplink(
  observation: Observation,
  request: CaptureRequest,
  bridge: string,
): LinkObject | undefined {
  const candidates = linksOf(observation).filter(({ type, mac }) => type !== 'bridge' && mac !== undefined);
  if (request.master !== undefined) return candidates.find(({ name }) => name === request.master);
  const subnet = normalisePrefix(request.pool.subnet);
  const holders = addressesOf(observation).filter(({ address }) => normalisePrefix(address) === subnet);
  const direct = candidates.find(({ name }) => holders.some(({ dev }) => dev === name));
  if (direct !== undefined) return direct;
  // Already in the bridge: of its ports, the uplink is the one that is no pod's veth.
  const isHeld = holders.some(({ dev }) => dev === bridge);
  const ports = candidates.filter(({ master }) => isHeld && master === bridge);
  return ports.find(({ alias }) => alias === undefined || alias === '') ?? undefined;
}

function addressesOf(observation: Observation): readonly AddressObject[] {
  return Array.from(observation.state.values()).flatMap((object) =>
    object.kind === 'address' && object.netns === HOST ? [object] : [],
  );
}

/** Returns the network as it stands: all that the uplink, or the bridge that holds it, carries. Pure. */
export function describeNetwork(
  observation: Observation,
  uplink: LinkObject,
  bridge: string,
  pool: Pool,
): BridgeNetwork {
  const carriers = [uplink.name, ...(uplink.master === bridge ? [bridge] : [])];
  const addresses = addressesOf(observation).filter(({ dev }) => carriers.includes(dev));
  const routes = Array.from(observation.state.values()).flatMap((object) =>
    object.kind === 'route' && object.netns === HOST && carriers.includes(object.dev) ? [object] : [],
  );
  return {
    mode: 'bridge',
    uplink: {
      name: uplink.name,
      mac: uplink.mac ?? '',
      ...(uplink.mtuBytes === undefined ? {} : { mtu: uplink.mtuBytes }),
      addresses: addresses.toSorted(byPrecedence).map(describeAddress),
      routes: routes
        .filter(({ protocol }) => protocol !== VNET_PROTOCOL)
        .toSorted(byReach)
        .map(describeRoute),
    },
    bridge: { name: bridge },
    pool,
  };
}

/** Primary addresses before the secondary ones of their prefix. */
function byPrecedence(left: AddressObject, right: AddressObject): number {
  return Number(left.secondary === true) - Number(right.secondary === true);
}

/** Routes to gateways before the routes that use them, so that they can be made in this order. */
function byReach(left: RouteObject, right: RouteObject): number {
  return Number(left.via !== undefined) - Number(right.via !== undefined);
}

function describeAddress({
  address,
  scope,
  broadcast,
  label,
  metric,
  noPrefixRoute,
}: AddressObject): UplinkAddress {
  return {
    address,
    ...(scope === undefined || scope === 0 ? {} : { scope }),
    ...(broadcast === undefined || familyOf(address) !== 4 ? {} : { broadcast }),
    ...(label === undefined ? {} : { label }),
    ...(metric === undefined || metric === 0 ? {} : { metric }),
    ...(noPrefixRoute === true ? { noPrefixRoute } : {}),
  };
}

function describeRoute(route: RouteObject): Route {
  const { to, via, source, table, metric, scope, protocol, onLink, mtuBytes } = route;
  return {
    to,
    ...(via === undefined ? {} : { via }),
    ...(source === undefined ? {} : { source }),
    ...(table === 254 ? {} : { table }),
    ...(metric === 0 ? {} : { metric }),
    ...(scope === undefined || scope === 0 ? {} : { scope }),
    ...(protocol === undefined ? {} : { protocol }),
    ...(onLink === true ? { onLink } : {}),
    ...(mtuBytes === undefined ? {} : { mtu: mtuBytes }),
  };
}
