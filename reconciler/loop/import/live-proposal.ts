/** What a document of this node could be, whichever plugin made what is on it: bridges with an uplink, pods behind. Pure. */
import type { BridgeNetwork, Endpoint, VnetDocument } from '../../../schemas/generated/vnet.ts';
import { compressAddresses } from '../../model/addresses/address-list.ts';
import {
  familyOf,
  formatIpv4,
  normalisePrefix,
  parsePrefixIpv4,
  withoutLength,
} from '../../model/addresses/address.ts';
import type { FarEnd } from '../../model/ports/far-end.ts';
import type { Observation } from '../../model/ports/kernel.ts';
import { endpointId } from '../../model/names.ts';
import { HOST, type LinkObject } from '../../model/state.ts';
import { describeNetwork } from '../takeover/capture.ts';

/** What a container runtime remembers of an attachment. */
export type KnownAttachment = {
  readonly network: string;
  readonly containerId: string;
  readonly ifName: string;
  readonly netns: string;
  readonly pod?: string;
};

/** What is proposed from. Shape: `network` names the network where no runtime does. */
export type LiveSource = {
  readonly observation: Observation;
  readonly ends: readonly FarEnd[];
  readonly known: readonly KnownAttachment[];
  readonly network: string | undefined;
  readonly node: string;
  readonly bootId: string;
  readonly now: Date;
};

/** The proposal. Shape: `remarks` say what could not be known, or was left out. */
export type LiveProposal = { readonly document: VnetDocument; readonly remarks: readonly string[] };

/** Returns a document for every bridge that has an uplink and carries an IPv4 address; valid against the schema. */
export function proposeLive(source: LiveSource): LiveProposal {
  const links = hostLinks(source.observation);
  const remarks: string[] = [];
  const networks: [string, BridgeNetwork][] = [];
  const endpoints: [string, Endpoint][] = [];
  for (const bridge of links.filter(({ type }) => type === 'bridge')) {
    const ports = links.filter(({ master }) => master === bridge.name);
    const behind = source.ends.filter(({ hostVeth }) => ports.some(({ name }) => name === hostVeth));
    // What has no address is no pod: the other end of a cable, in a lab.
    const pods = behind.filter(({ addresses }) => addresses.some((address) => familyOf(address) === 4));
    const uplink = uplinkOf(ports, pods);
    const subnet = subnetOf(source.observation, bridge.name);
    if (uplink === undefined || subnet === undefined) {
      remarks.push(
        `${bridge.name}: skipped, ${uplink === undefined ? 'it has no uplink' : 'it has no IPv4 address'}`,
      );
      continue;
    }
    const name = nameOf(source, pods, networks.length);
    networks.push([name, networkOf(source, { bridge, uplink, subnet, pods })]);
    endpoints.push(...pods.map((end) => endpointOf(source, name, end, remarks)));
  }
  const { node, bootId } = source;
  return {
    document: {
      apiVersion: 'vnet.azure/v1',
      kind: 'NodeNetwork',
      metadata: { node, generation: 1, bootId },
      networks: Object.fromEntries(networks),
      endpoints: Object.fromEntries(endpoints),
    },
    remarks,
  };
}

function hostLinks({ state }: Observation): readonly LinkObject[] {
  return Array.from(state.values()).flatMap((object) =>
    object.kind === 'link' && object.netns === HOST ? [object] : [],
  );
}

/** Of a bridge's ports the one that leads to no pod; a NIC rather than a veth. */
function uplinkOf(ports: readonly LinkObject[], behind: readonly FarEnd[]): LinkObject | undefined {
  const pods = new Set(behind.map(({ hostVeth }) => hostVeth));
  const others = ports.filter(({ name, mac }) => !pods.has(name) && mac !== undefined);
  return others.find(({ type }) => type === 'device') ?? (others.length === 1 ? others[0] : undefined);
}

function subnetOf({ state }: Observation, dev: string): string | undefined {
  for (const object of state.values()) {
    if (object.kind !== 'address' || object.netns !== HOST || object.dev !== dev) continue;
    if (familyOf(object.address) === 4) return normalisePrefix(object.address);
  }
  return undefined;
}

function nameOf({ known, network }: LiveSource, behind: readonly FarEnd[], count: number): string {
  const told = behind.flatMap((end) => known.filter((one) => isOf(one, end)).map((one) => one.network));
  const [first = 'azure'] = told;
  const name = network ?? first;
  return count === 0 ? name : `${name}-${count + 1}`;
}

function isOf({ netns, ifName }: KnownAttachment, end: FarEnd): boolean {
  return ifName === end.ifName && netns.replace(/^\/var\/run\//, '/run/') === end.netns;
}

type Place = {
  readonly bridge: LinkObject;
  readonly uplink: LinkObject;
  readonly subnet: string;
  readonly pods: readonly FarEnd[];
};

function networkOf(source: LiveSource, { bridge, uplink, subnet, pods }: Place): BridgeNetwork {
  const held = pods.flatMap(({ addresses }) =>
    addresses.filter((one) => familyOf(one) === 4).map(withoutLength),
  );
  const gateway = pods.find((end) => end.gateway !== undefined && familyOf(end.gateway) === 4)?.gateway;
  const network = describeNetwork(source.observation, uplink, bridge.name, {
    source: 'static',
    subnet,
    gateway: gateway ?? firstOf(subnet),
    addresses: compressAddresses([...new Set(held)]),
  });
  const mac = bridge.mac === undefined || bridge.mac === uplink.mac ? {} : { mac: bridge.mac };
  const mtu =
    bridge.mtuBytes === undefined || bridge.mtuBytes === uplink.mtuBytes ? {} : { mtu: bridge.mtuBytes };
  return { ...network, bridge: { ...network.bridge, ...mac, ...mtu } };
}

function firstOf(subnet: string): string {
  return formatIpv4((parsePrefixIpv4(subnet)?.first ?? 0) + 1);
}

/** Without a runtime that remembers it, a container is named after its namespace: DEL would not find it. */
function endpointOf(source: LiveSource, network: string, end: FarEnd, remarks: string[]): [string, Endpoint] {
  const known = source.known.find((one) => isOf(one, end));
  const { netns, netnsInode, hostVeth, mac, gateway, addresses, ifName } = end;
  if (known === undefined) {
    remarks.push(`${hostVeth}: its container ID is unknown; named after ${netns}, correct it before use`);
  }
  const containerId = known?.containerId ?? netns.replaceAll(/[^A-Za-z0-9_.-]+/g, '-').replace(/^[-._]+/, '');
  const [first = '', ...more] = addresses;
  return [
    endpointId(network, containerId, ifName),
    {
      ...(known?.pod === undefined ? {} : { pod: known.pod }),
      netns,
      netnsInode,
      hostVeth,
      mac,
      addresses: [first, ...more],
      ...(gateway === undefined ? {} : { gateway }),
      added: source.now.toISOString(),
    },
  ];
}
