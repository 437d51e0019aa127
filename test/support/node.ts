/** A node to plan for: a document with pods, and a simulated kernel it was made for. */
import type {
  BridgeNetwork,
  Endpoint,
  Ipv4Pool,
  Ipv6Pool,
  Network,
  VnetDocument,
} from '../../schemas/generated/vnet.ts';
import { createSimulatedKernel, type SimulatedKernel } from '../../reconciler/kernel/simulated/simulated.ts';
import { endpointId, hostVethName, podMac } from '../../reconciler/model/names.ts';
import type { NeighbourObject, NetObject } from '../../reconciler/model/state.ts';
import { hostRoute } from './objects.ts';
import { staticPool } from './pools.ts';

/** The boot ID of this node. */
export const BOOT = '0b6e7a0e-1111-4222-8333-444455556666';

/** DHCP's configuration of an Azure node's NIC. */
export const UPLINK_CONFIGURATION: readonly NetObject[] = [
  {
    kind: 'address',
    netns: '',
    dev: 'eth0',
    address: '10.240.0.35/16',
    scope: 0,
    broadcast: '10.240.255.255',
  },
  hostRoute('default', 'eth0', {
    metric: 100,
    via: '10.240.0.1',
    source: '10.240.0.35',
    scope: 0,
    protocol: 16,
  }),
  hostRoute('168.63.129.16/32', 'eth0', {
    metric: 100,
    via: '10.240.0.1',
    source: '10.240.0.35',
    scope: 0,
    protocol: 16,
  }),
];

/** The network of seed documents: bridge azure0 over eth0. */
export const NETWORK: BridgeNetwork & { readonly pools: { readonly ipv4: Ipv4Pool } } = {
  mode: 'bridge',
  uplink: {
    name: 'eth0',
    mac: '00:0d:3a:51:c4:90',
    mtu: 1500,
    addresses: [{ address: '10.240.0.35/16', broadcast: '10.240.255.255' }],
    routes: [
      { to: 'default', via: '10.240.0.1', source: '10.240.0.35', metric: 100, protocol: 16 },
      { to: '168.63.129.16/32', via: '10.240.0.1', source: '10.240.0.35', metric: 100, protocol: 16 },
    ],
  },
  bridge: { name: 'azure0' },
  pools: {
    ipv4: staticPool('10.240.0.36-10.240.0.65'),
  },
};

/** An IPv6 pool beside it. */
export const IPV6_POOL: Ipv6Pool = {
  source: 'static',
  subnet: 'fd00:240::/64',
  gateway: 'fd00:240::1',
  addresses: ['fd00:240::100-fd00:240::1ff'],
};

/** Returns the container id of the nth pod. */
export function containerOf(index: number): string {
  return `c${String(index).padStart(11, '0')}`;
}

/** Returns the namespace path of the nth pod. */
export function netnsOf(index: number): string {
  return `/run/netns/pod-${index}`;
}

/** Returns the endpoint id of the nth pod. */
export function idOf(index: number): string {
  return endpointId('azure', containerOf(index), 'eth0');
}

/** Returns the record of the nth pod; `more` is added to it. */
export function endpointOf(index: number, more: Partial<Endpoint> = {}): Endpoint {
  return {
    pod: `default/web-${index}`,
    netns: netnsOf(index),
    hostVeth: hostVethName('azure', containerOf(index), 'eth0'),
    mac: podMac('azure', containerOf(index), 'eth0'),
    addresses: [`10.240.0.${36 + index}/16`],
    gateway: '10.240.0.1',
    added: '2026-11-21T10:00:00.000Z',
    ...more,
  };
}

/** Returns the network if it has mode bridge. */
export function bridged(network: Network | undefined): BridgeNetwork | undefined {
  return network?.mode === 'bridge' ? network : undefined;
}

/** Returns a document with these pods, by number. */
export function documentOf(pods: readonly number[], network: Network = NETWORK): VnetDocument {
  return {
    apiVersion: 'vnet.azure/v2',
    kind: 'NodeNetwork',
    metadata: { node: 'node-1', generation: 7, bootId: BOOT },
    networks: { azure: network },
    endpoints: Object.fromEntries(pods.map((index) => [idOf(index), endpointOf(index)])),
  };
}

/** Returns a freshly booted node, with the namespaces of these pods. */
export function bootedKernel(pods: readonly number[]): SimulatedKernel {
  const kernel = createSimulatedKernel();
  kernel.addDevice(
    { kind: 'link', netns: '', name: 'eth0', type: 'device', mac: '00:0d:3a:51:c4:90' },
    UPLINK_CONFIGURATION,
  );
  for (const index of pods) kernel.addNamespace(netnsOf(index));
  return kernel;
}

/** Returns the node's neighbour entry for the pod. */
export function hostNeighbourOf(pod: number): NeighbourObject {
  const { mac = '' } = endpointOf(pod);
  return { kind: 'neighbour', netns: '', dev: 'azure0', address: `10.240.0.${36 + pod}`, mac, protocol: 118 };
}
