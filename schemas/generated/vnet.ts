/* Generated from schemas/vnet.schema.json by `npm run generate`. Do not edit. */

/**
 * repair: put back. report: leave it, and say so in status, events and drift. ignore: leave it and say nothing.
 */
export type PolicyAction = 'repair' | 'report' | 'ignore';
/**
 * One network, by its mode: how pods reach the virtual network.
 */
export type Network = BridgeNetwork | AddressesNetwork;
/**
 * A network interface name.
 */
export type IfName = string;
/**
 * A unicast MAC address: six hexadecimal pairs with colons, the first one even.
 */
export type Mac = string;
/**
 * An IPv4 or IPv6 address with prefix length.
 */
export type IpCidr = string;
/**
 * An IPv4 address.
 */
export type Ipv4 = string;
/**
 * A prefix, or default.
 */
export type Destination = string;
/**
 * An IPv4 or IPv6 address.
 */
export type Ip = string;
/**
 * An IPv4 address with prefix length.
 */
export type Ipv4Cidr = string;
/**
 * An IPv4 address, a range or a prefix.
 */
export type Range = string;
/**
 * A pod, as namespace/name.
 */
export type PodName = string;
/**
 * Addresses kept for a pod, whether it runs or not.
 */
export type Reservations = readonly Reservation[];
/**
 * A time in UTC.
 */
export type Time = string;

/**
 * The desired network state of one node: what people edit (networks) and, last, what CNI writes (endpoints, released).
 */
export interface VnetDocument {
  /**
   * The version of this schema.
   */
  readonly apiVersion: 'vnet.azure/v1';
  /**
   * What the document is.
   */
  readonly kind: 'NodeNetwork';
  /**
   * Which node, which generation, which boot.
   */
  readonly metadata: {
    /**
     * The name of the node this document belongs to; a document of another node changes nothing.
     */
    readonly node: string;
    /**
     * Counts the changes of this document; every write adds one.
     */
    readonly generation: number;
    /**
     * The boot in which the endpoints below were made (/proc/sys/kernel/random/boot_id).
     */
    readonly bootId?: string;
  };
  readonly policy?: Policy;
  /**
   * The CNI networks of this node, by the name of their CNI configuration.
   */
  readonly networks: {
    readonly [k: string]: Network;
  };
  /**
   * Written by CNI: one attachment each, by network/containerID/ifName.
   */
  readonly endpoints?: {
    readonly [k: string]: Endpoint;
  };
  /**
   * Written by CNI: when each free address was last given back, by network/address; oldest is used first, none before its quarantine ends.
   */
  readonly released?: {
    readonly [k: string]: Time;
  };
}
/**
 * What a round does when others change what vnet made, by class of object; absent: repair. What the document itself asks for is always made.
 */
export interface Policy {
  readonly links?: PolicyAction;
  readonly addresses?: PolicyAction;
  readonly routes?: PolicyAction;
  readonly neighbours?: PolicyAction;
  readonly fdb?: PolicyAction;
  readonly rules?: PolicyAction;
  readonly sysctls?: PolicyAction;
}
/**
 * A network of mode bridge: its uplink, bridge, ARP, routes, address pool and reservations.
 */
export interface BridgeNetwork {
  /**
   * How pods reach the virtual network: pods and uplink are ports of one bridge.
   */
  readonly mode: 'bridge';
  readonly uplink: Uplink;
  readonly bridge: Bridge;
  readonly arp?: Arp;
  /**
   * Further routes of the node through this network, marked as ours.
   */
  readonly routes?: readonly Route[];
  readonly pool: Pool;
  readonly reservations?: Reservations;
}
/**
 * The NIC that connects the node to the virtual network, and what it carried when the bridge took over: the bridge carries it now, and `vnet release` gives it back.
 */
export interface Uplink {
  readonly name: IfName;
  readonly mac: Mac;
  /**
   * The MTU of the NIC, in bytes.
   */
  readonly mtu?: number;
  /**
   * The addresses moved from the uplink to the bridge.
   */
  readonly addresses?: readonly UplinkAddress[];
  /**
   * The routes moved from the uplink to the bridge.
   */
  readonly routes?: readonly Route[];
  /**
   * true: `vnet release` gave the uplink back; the bridge is not made again, and ADD refuses, until an administrator takes this line away.
   */
  readonly released?: boolean;
}
/**
 * One address of the uplink.
 */
export interface UplinkAddress {
  readonly address: IpCidr;
  /**
   * The scope: 0 global, 253 link.
   */
  readonly scope?: number;
  readonly broadcast?: Ipv4;
  /**
   * The label, where it differs from the interface name (eth0:1).
   */
  readonly label?: string;
  /**
   * The metric of the prefix route that the kernel adds.
   */
  readonly metric?: number;
  /**
   * The kernel adds no prefix route.
   */
  readonly noPrefixRoute?: boolean;
}
/**
 * One unicast route through the bridge.
 */
export interface Route {
  readonly to: Destination;
  readonly via?: Ip;
  readonly source?: Ip;
  /**
   * The routing table; 254 is main.
   */
  readonly table?: number;
  /**
   * The metric (priority); 0 is none.
   */
  readonly metric?: number;
  /**
   * The scope: 0 global, 253 link.
   */
  readonly scope?: number;
  /**
   * Who made the route, as in /etc/iproute2/rt_protos; absent: vnet.
   */
  readonly protocol?: number;
  /**
   * The gateway is reachable though no prefix says so.
   */
  readonly onLink?: boolean;
  /**
   * The MTU of the route, in bytes.
   */
  readonly mtu?: number;
}
/**
 * The bridge that joins uplink and pods.
 */
export interface Bridge {
  readonly name: IfName;
  readonly mac?: Mac;
  /**
   * MTU of the bridge and its pods in bytes; absent: that of the uplink.
   */
  readonly mtu?: number;
  /**
   * A pod may reach itself through the bridge (its own service address).
   */
  readonly hairpin?: boolean;
  /**
   * A pod may send only from its own addresses, and its port follows a MAC that is changed in the pod.
   */
  readonly antiSpoofing?: boolean;
}
/**
 * Neighbours that are fixed rather than asked for.
 */
export interface Arp {
  /**
   * A permanent neighbour and fdb entry on the bridge for every pod.
   */
  readonly pods?: boolean;
  /**
   * Further permanent neighbours on the bridge.
   */
  readonly neighbours?: readonly Neighbour[];
}
/**
 * One permanent neighbour.
 */
export interface Neighbour {
  readonly address: Ip;
  readonly mac: Mac;
}
/**
 * Where the pods' addresses come from.
 */
export interface Pool {
  /**
   * static: the addresses listed here. azure: what the host endpoint says, kept here.
   */
  readonly source: 'static' | 'azure';
  readonly subnet: Ipv4Cidr;
  readonly gateway: Ipv4;
  /**
   * Single addresses, ranges (10.240.0.36-10.240.0.65) and prefixes (10.240.1.0/28: every address of it).
   */
  readonly addresses: readonly Range[];
  /**
   * Addresses, ranges and prefixes never given to a pod.
   */
  readonly exclude?: readonly Range[];
  /**
   * How long a released address rests before it is used again, unless nothing else is free.
   */
  readonly quarantineSeconds?: number;
  readonly dns?: Dns;
  /**
   * The host endpoint to ask instead of Azure's (source azure).
   */
  readonly url?: string;
}
/**
 * DNS settings of a pod.
 */
export interface Dns {
  /**
   * DNS servers.
   */
  readonly nameservers?: readonly Ip[];
  /**
   * The local domain.
   */
  readonly domain?: string;
  /**
   * Search domains.
   *
   * Items: A domain.
   */
  readonly search?: readonly string[];
  /**
   * Resolver options.
   *
   * Items: An option.
   */
  readonly options?: readonly string[];
}
/**
 * An address, and if given a MAC, that only this pod gets.
 */
export interface Reservation {
  readonly pod: PodName;
  readonly ifName?: IfName;
  readonly address: Ipv4;
  readonly mac?: Mac;
  /**
   * How long the address is kept after its pod is gone; then others may get it, and the pod gets it again while nobody has it. Absent: for ever.
   */
  readonly retainSeconds?: number;
}
/**
 * A network of mode addresses: its address pool and reservations; nothing in the kernel is vnet's.
 */
export interface AddressesNetwork {
  /**
   * How pods reach the virtual network: another main plugin makes their interfaces, azure-vnet-ipam only gives the addresses.
   */
  readonly mode: 'addresses';
  readonly pool: Pool;
  readonly reservations?: Reservations;
}
/**
 * One attachment of a container to a network. Without hostVeth it is an address that another main plugin uses.
 */
export interface Endpoint {
  readonly pod?: PodName;
  /**
   * The path of the pod's network namespace.
   */
  readonly netns?: string;
  /**
   * The inode of that namespace when it was attached.
   */
  readonly netnsInode?: number;
  readonly hostVeth?: IfName;
  readonly mac?: Mac;
  /**
   * The addresses of the pod.
   *
   * @minItems 1
   */
  readonly addresses: readonly [IpCidr, ...IpCidr[]];
  readonly gateway?: Ip;
  /**
   * The IPAM plugin that gave the addresses, where it is not our own.
   */
  readonly ipam?: string;
  /**
   * Routes in the pod, where they are not just the default by the gateway.
   */
  readonly routes?: readonly PodRoute[];
  readonly dns?: Dns;
  readonly added: Time;
  readonly missing?: Time;
  readonly leaving?: Time;
}
/**
 * One route of a pod.
 */
export interface PodRoute {
  readonly to: Destination;
  readonly via?: Ip;
  /**
   * The metric (priority); 0 is none.
   */
  readonly metric?: number;
}
