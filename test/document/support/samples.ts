/** Values that the tests of the document share. */
import type { BridgeNetwork, Endpoint, Ipv4Pool } from '../../../schemas/generated/vnet.ts';
import { staticPool } from '../../support/pools.ts';

/** A network that breaks no rule. */
export const NETWORK: BridgeNetwork & { readonly pools: { readonly ipv4: Ipv4Pool } } = {
  mode: 'bridge',
  uplink: { name: 'eth0', mac: '00:0d:3a:51:c4:90', addresses: [{ address: '10.240.0.35/16' }] },
  bridge: { name: 'azure0' },
  pools: {
    ipv4: staticPool('10.240.0.36-10.240.40.255'),
  },
};

/** Returns the endpoint number `index` (from 0) of that network. */
export function endpointOf(index: number): Endpoint {
  const high = Math.floor((index + 36) / 256);
  const low = (index + 36) % 256;
  const hex = index.toString(16).padStart(4, '0');
  return {
    pod: `default/pod-${index}`,
    netns: `/var/run/netns/cni-${index}`,
    netnsInode: 4026532000 + index,
    hostVeth: `azv${hex}`,
    mac: `0a:00:00:00:${hex.slice(0, 2)}:${hex.slice(2)}`,
    addresses: [`10.240.${high}.${low}/16`],
    gateway: '10.240.0.1',
    added: '2026-11-21T11:13:58.986Z',
  };
}

/** Returns the key of that endpoint. */
export function idOf(index: number): string {
  return `azure/c${index}/eth0`;
}

/** A small document with comments in typical places, two endpoints and a released address. */
export const TEXT = `# a node
apiVersion: vnet.azure/v2
kind: NodeNetwork
metadata:
  node: node-1
  generation: 7 # counts
  bootId: 6f2b9a4e-1c53-4c1e-9a57-0d8e3f1b7c20
networks:
  azure: # the network
    mode: bridge
    uplink: {name: eth0, mac: "00:0d:3a:51:c4:90", addresses: [{address: 10.240.0.35/16}]}
    bridge: {name: azure0}
    pools:
      ipv4:
        source: static
        subnet: 10.240.0.0/16
        gateway: 10.240.0.1
        # these are ours
        addresses: [10.240.0.36-10.240.40.255]

# below is CNI's
endpoints:
  # the first
  azure/c0/eth0:
    pod: default/pod-0
    netns: /var/run/netns/cni-0
    netnsInode: 4026532000
    hostVeth: azv0000
    mac: 0a:00:00:00:00:00
    addresses: [10.240.0.36/16]
    gateway: 10.240.0.1
    added: 2026-11-21T11:13:58.986Z

  azure/c1/eth0: # the second
    # why this pod is here
    pod: default/pod-1
    addresses: [10.240.0.37/16] # its address
    added: 2026-11-21T11:13:58.986Z
  # after the second
released:
  azure/10.240.0.99: 2026-11-21T11:14:02.001Z
# the end
`;
