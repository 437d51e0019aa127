/** Parts of documents as text, in the form in which administrators write them. */

/** The head of the document of node-1, up to the mode of its network. */
export const HEAD_TEXT = `apiVersion: vnet.azure/v2
kind: NodeNetwork
metadata:
  node: node-1
  generation: 7
  bootId: 0b6e7a0e-1111-4222-8333-444455556666
networks:
  azure:
    mode: bridge
`;

/** The uplink of the node of test/support/node.ts, in the section of a network. */
export const UPLINK_TEXT = `    uplink:
      name: eth0
      mac: 00:0d:3a:51:c4:90
      mtu: 1500
      addresses:
        - address: 10.240.0.35/16
          broadcast: 10.240.255.255
      routes:
        - { to: default, via: 10.240.0.1, source: 10.240.0.35, metric: 100, protocol: 16 }
        - { to: 168.63.129.16/32, via: 10.240.0.1, source: 10.240.0.35, metric: 100, protocol: 16 }
`;

/** Its IPv4 pool. */
export const POOL_TEXT = `    pools:
      ipv4:
        source: static
        subnet: 10.240.0.0/16
        gateway: 10.240.0.1
        addresses:
          - 10.240.0.36-10.240.0.65
`;
