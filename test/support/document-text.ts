/** Parts of documents as text, in the form in which administrators write them. */

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
