/** The initial documents of the recorded nodes, as administrators of that build would write them. */
import { HEAD_TEXT, POOL_TEXT, UPLINK_TEXT } from '../../support/document-text.ts';

/**
 * All hand-edited parts, with comments in unusual places. Generation 118: the tenth change writes a
 * checkpoint.
 */
export const BRIDGE = `# What this node is to have; ticket NET-4711.
apiVersion: vnet.azure/v2
kind: NodeNetwork
metadata:
  node: node-1
  # Written by CNI and by people.
  generation: 118
  bootId: 0b6e7a0e-1111-4222-8333-444455556666

policy:
  sysctls: report # tuned does these
  fdb: repair

networks:
  azure:
    mode: bridge
${UPLINK_TEXT}
    bridge:
      name: azure0
      mtu: 1500 # as the fabric has it
      hairpin: true
    arp:
      neighbours:
        - address: 10.240.0.1
          mac: 12:34:56:78:9a:bc # the fabric's own
    routes:
      - to: 10.9.0.0/16 # storage
        via: 10.240.0.1
${POOL_TEXT}          # - 10.240.1.0/24  not before January
        exclude: [10.240.0.40, 10.240.0.62-10.240.0.63]
        quarantineSeconds: 300
        dns:
          nameservers: [168.63.129.16]
          search: [cluster.local]
# CNI's part.
endpoints: {}
`;

/** The least that a node needs. */
export const PLAIN = `${HEAD_TEXT}${UPLINK_TEXT}    bridge:
      name: azure0
${POOL_TEXT}endpoints: {}
`;

/** PLAIN with reservations for pods with the names used by other tests. */
export const RESERVATIONS = PLAIN.replace(
  'endpoints: {}\n',
  `    reservations:
      # Its clients know it by address, its licence by MAC.
      - pod: default/web-0
        address: 10.240.0.60
        mac: 9e:47:ca:00:00:28
      - pod: default/web-1
        ifName: eth0
        address: 10.240.0.61
        retainSeconds: 86400
endpoints: {}
`,
);

/** A network of which vnet assigns only the addresses. */
export const ADDRESSES = `# Interfaces are made by the bridge plugin.
apiVersion: vnet.azure/v2
kind: NodeNetwork
metadata:
  node: node-1
  generation: 3
networks:
  storage:
    mode: addresses
    pools:
      ipv4:
        source: static
        subnet: 10.250.0.0/16
        gateway: 10.250.0.1
        addresses:
          - 10.250.0.36-10.250.0.65
    reservations:
      - pod: default/web-1
        address: 10.250.0.60
`;

/** A network without a bridge. */
export const TRANSPARENT = `apiVersion: vnet.azure/v2
kind: NodeNetwork
metadata:
  node: node-1
  generation: 5
  bootId: 0b6e7a0e-1111-4222-8333-444455556666
networks:
  azure:
    mode: transparent
    uplink: # read, never changed
      name: eth0
      mac: 00:0d:3a:51:c4:90
      mtu: 1500
    pools:
      ipv4:
        source: static
        subnet: 10.240.0.0/16
        gateway: 10.240.0.1
        addresses: [10.240.0.36-10.240.0.65]
endpoints: {}
`;

/** Pods behind a bridge without uplink. */
export const ROUTED = `apiVersion: vnet.azure/v2
kind: NodeNetwork
metadata:
  node: node-1
  generation: 9
  bootId: 0b6e7a0e-1111-4222-8333-444455556666
networks:
  kubenet:
    mode: routed
    bridge:
      name: cbr0
      mac: 0a:58:0a:f4:00:01
      mtu: 1500
    masquerade:
      enabled: true
      direct: [10.244.0.0/16, 168.63.129.16/32] # the cluster
    peers:
      - to: 10.244.1.0/24
    pools:
      ipv4:
        source: static
        subnet: 10.244.0.0/24
        gateway: 10.244.0.1
        addresses: [10.244.0.0/24]
endpoints: {}
`;
