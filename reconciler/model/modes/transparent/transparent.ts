/**
 * Mode `transparent`, as in Azure CNI since 2020: the node routes to each pod over its veth; no bridge, and
 * the uplink stays unchanged. Pure.
 */
import type { Endpoint, TransparentNetwork } from '../../../../schemas/generated/vnet.ts';
import { parseAddress } from '../../addresses/address.ts';
import { isInSubnet, subnetsOf, subnetTexts } from '../../addresses/families.ts';
import type { NftFragment } from '../../nft-table.ts';
import { ok } from '../../result.ts';
import type { NetObject } from '../../state.ts';
import type { Observation } from '../../ports/kernel.ts';
import type { Mode, RecordedNetwork } from '../mode.ts';
import { findUplink, requireUplink } from '../parts/first-uplink.ts';
import {
  fabricClaims,
  fabricConflicts,
  fabricObjects,
  fabricRules,
  restoredFilter,
  sameNodeFact,
} from '../parts/fabric.ts';
import { forwardingObjects } from '../parts/routers.ts';
import {
  firstSourceRouting,
  otherWayOut,
  sourceRoutingClaims,
  sourceRoutingObjects,
} from './source-routing.ts';
import { firstMasquerade, masqueradeConflicts, masqueradeRules } from '../parts/masquerade.ts';
import { hostLinks } from '../parts/describe-uplink.ts';
import { GATEWAYS, transparentObjects, TRANSPARENT_SETS, transparentCore } from './core.ts';

/**
 * Returns the rules that drop a packet from a pod with a foreign source address before connection tracking; in IPv6 also one from
 * its link-local address, which all router advertisements have (CVE-2020-10749): the pod asks its node for nothing. Frames
 * with a VLAN ID are not delivered, since the host veth has no VLAN interface. A packet from a pod needs one lookup, and no other rule.
 * Source: nft(8), family inet; conntrack is at priority -200, raw at -300.
 */
function antiSpoofingRules({ uplink }: TransparentNetwork): NftFragment {
  return {
    family: 'inet',
    sets: TRANSPARENT_SETS,
    chains: {
      prerouting: {
        hook: 'type filter hook prerouting priority -310; policy accept;',
        rules: {
          own: 'iifname . ip saddr @routed_port_ips accept',
          own6: 'meta nfproto ipv6 iifname . @nh,64,128 @routed_port_ips6 accept',
          [`${uplink.name}-in`]: `iifname "${uplink.name}" accept`,
          others: 'iifname @routed_ports drop',
        },
      },
    },
  };
}

/** Returns true for an entry whose pool address belongs to no endpoint. */
function isLeftover(object: NetObject, network: TransparentNetwork): boolean {
  if (object.kind === 'nft-element') return object.set in TRANSPARENT_SETS;
  const text = object.kind === 'route' ? object.to : object.kind === 'neighbour' ? object.address : '';
  const address = parseAddress(text.replace(/\/(32|128)$/, ''));
  return address !== undefined && isInSubnet(address, network);
}

function absence(observation: Observation, { uplink }: Pick<RecordedNetwork, 'uplink'>): string | undefined {
  const isThere = hostLinks(observation).some(({ name, mac }) => name === uplink && mac !== undefined);
  return isThere ? undefined : `${uplink} does not exist`;
}

function describeRecorded(
  observation: Observation,
  { uplink: name, pools, antiSpoofing }: RecordedNetwork,
): TransparentNetwork {
  const { mac = '', mtuBytes } = hostLinks(observation).find((link) => link.name === name) ?? {};
  return {
    mode: 'transparent',
    uplink: { name, mac, ...(mtuBytes === undefined ? {} : { mtu: mtuBytes }) },
    ...(antiSpoofing === undefined ? {} : { antiSpoofing }),
    pools,
  };
}

/** azure-vnet records the subnet's gateway, and configures the pod with the link's. */
function withGateway({ gateway: _subnets, ...endpoint }: Endpoint): Endpoint {
  return { ...endpoint, gateway: GATEWAYS[4] };
}

/** The mode of routed networks. */
export const transparent: Mode<TransparentNetwork> = {
  ...transparentCore,
  use: 'no bridge: the node routes to each pod, and the uplink stays unchanged',
  network: (_name, network, seen) => [
    ...transparentObjects(network),
    ...forwardingObjects(network, seen),
    ...fabricObjects(network),
    ...sourceRoutingObjects(network),
  ],
  restores: restoredFilter,
  rules: (network, name) => [
    ...fabricRules(network, TRANSPARENT_SETS),
    antiSpoofingRules(network),
    ...masqueradeRules(name, network.masquerade, subnetTexts(network)),
  ],
  conflicts: (network) => [
    ...fabricConflicts(network),
    ...masqueradeConflicts(network.masquerade, subnetsOf(network)),
  ],
  values: (network) => ({
    addresses: [],
    routes: [],
    neighbours: [],
    claims: [...fabricClaims(network), ...sourceRoutingClaims(network)],
  }),
  isLeftover,
  masqueraded: (network, masquerade) => ({ ...network, masquerade }),
  untouched: {
    uplink: ({ uplink }) => uplink,
    withUplink: (network, { name, mac }) => ({ ...network, uplink: { ...network.uplink, name, mac } }),
    otherWayOut,
  },
  picture: ({ uplink, sameNode }) => ({
    uplink: { name: uplink.name, facts: [uplink.mac, ...sameNodeFact(sameNode)] },
  }),
  azure: {
    mode: 'transparent',
    nameOf: ({ sameNode }) => (sameNode === 'fabric' ? 'transparent-tunnel' : 'transparent'),
    isFiltered: ({ antiSpoofing }) => antiSpoofing !== false,
    absence,
    network: describeRecorded,
    endpoint: withGateway,
  },
  first: (observation, request) => {
    const candidates = hostLinks(observation).filter((link) => link.mac !== undefined);
    const uplink = requireUplink(findUplink(observation, request, candidates), request, observation);
    if (!uplink.ok) return uplink;
    const { name, mac = '', mtuBytes } = uplink.value;
    const own = { name, mac, ...(mtuBytes === undefined ? {} : { mtu: mtuBytes }) };
    return ok({
      mode: 'transparent',
      uplink: own,
      ...(request.sameNode === undefined ? {} : { sameNode: request.sameNode }),
      ...firstSourceRouting({ uplink: own, pools: request.pools }, observation.state),
      ...firstMasquerade(request.masquerade, subnetTexts(request)),
      pools: request.pools,
    });
  },
};
