/* Generated from schemas/ by `npm run generate`. Do not edit. */

/**
 * repair: remove the drift. report: show it in status, events and drift only. ignore: do neither.
 */
export type PolicyAction = 'repair' | 'report' | 'ignore';
/**
 * A prefix, such as 10.240.0.0/16 or fd00::/64.
 */
export type NetworkPrefix = string;
/**
 * One network, by its mode.
 */
export type Network = BridgeNetwork | TransparentNetwork | RoutedNetwork | AddressesNetwork;
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
 * Further attributes, verbatim: a name of ip(8) with its value (`initcwnd 32`), or the type of a netlink attribute with its bytes in hex (`8.17 04000000`).
 *
 * Items: One attribute.
 */
export type Attributes = readonly string[];
/**
 * The destination: a prefix, or default.
 */
export type Destination = string;
/**
 * An IPv4 or IPv6 address.
 */
export type Ip = string;
/**
 * Addresses on the node that pods reach through the node instead of the fabric, such as node-local DNS.
 */
export type RouteViaHost = readonly Ip[];
/**
 * The path of packets between pods of this node. fabric: through the NIC to the virtual network and back, so that network security groups apply to them.
 */
export type SameNode = 'direct' | 'fabric';
/**
 * static: the addresses listed here. azure: the addresses that Azure's host endpoint reports, stored here.
 */
export type PoolSource = 'static' | 'azure';
/**
 * An IPv4 address with prefix length.
 */
export type Ipv4Cidr = string;
/**
 * An IPv4 address, a range or a prefix.
 */
export type Ipv4Range = string;
/**
 * The quarantine of a released address; ends early only if no other address is free.
 */
export type QuarantineSeconds = number;
/**
 * The host endpoint, if not Azure's (source azure).
 */
export type HostEndpointUrl = string;
/**
 * An IPv6 address with prefix length.
 */
export type Ipv6Cidr = string;
/**
 * An IPv6 address, a range or a prefix.
 */
export type Ipv6Range = string;
/**
 * A pod, as namespace/name.
 */
export type PodName = string;
/**
 * Addresses (and MACs) kept for a pod, running or not.
 */
export type Reservations = readonly Reservation[];
/**
 * A UTC timestamp.
 */
export type Time = string;

/**
 * The desired network state of one node: first the part for people (policy, networks), then the part that CNI writes (endpoints, released).
 */
export interface VnetDocument {
  /**
   * The version of this format. A program that supports only older ones reads the document and changes nothing; an older document becomes this version with the next write.
   */
  readonly apiVersion: 'vnet.azure/v2';
  /**
   * The kind of document.
   */
  readonly kind: 'NodeNetwork';
  /**
   * Node, generation and boot of the document.
   */
  readonly metadata: {
    /**
     * The node of this document. On another node it changes nothing.
     */
    readonly node: string;
    /**
     * Incremented by every write.
     */
    readonly generation: number;
    /**
     * The boot in which the endpoints were created (/proc/sys/kernel/random/boot_id).
     */
    readonly bootId?: string;
    /**
     * The machine that wrote the document: machine-id and product_uuid. On this machine, the document stays valid when the node is renamed.
     */
    readonly machine?: string;
  };
  readonly policy?: Policy;
  /**
   * The networks of this node, by the name of their CNI configuration.
   */
  readonly networks: {
    readonly [k: string]: Network;
  };
  /**
   * Network policies of pods with the semantics of networking.k8s.io/v1, by namespace/name. In force with policy.enforce.
   */
  readonly networkPolicies?: {
    readonly [k: string]: NetworkPolicy;
  };
  /**
   * Namespaces of pods, for namespaceSelector. Each namespace also has the label kubernetes.io/metadata.name.
   */
  readonly namespaces?: {
    /**
     * A namespace of pods.
     */
    readonly [k: string]: {
      readonly labels?: Labels;
    };
  };
  /**
   * Written by CNI: one entry per attachment, by network/containerID/ifName.
   */
  readonly endpoints?: {
    readonly [k: string]: Endpoint;
  };
  /**
   * Written by CNI: the release time of each free address, by network/address. Released addresses are quarantined and reused oldest first.
   */
  readonly released?: {
    readonly [k: string]: Time;
  };
}
/**
 * The reaction to drift, by class of object; absent: repair. Pending changes are always applied. Also the enforcement of network policies.
 */
export interface Policy {
  readonly links?: PolicyAction;
  readonly addresses?: PolicyAction;
  readonly routes?: PolicyAction;
  readonly neighbours?: PolicyAction;
  readonly fdb?: PolicyAction;
  readonly rules?: PolicyAction;
  readonly sysctls?: PolicyAction;
  /**
   * Enforces network policies: those of this document and those of the cluster. Absent: false.
   */
  readonly enforce?: boolean;
  /**
   * Pods whose labels are unknown. deny: isolated until they are known. allow: treated as pods without labels. Absent: deny.
   */
  readonly unknownPods?: 'deny' | 'allow';
  /**
   * Further addresses and prefixes of this node: traffic between them and its pods is always allowed, as with the addresses on its interfaces.
   */
  readonly nodeCidrs?: readonly NetworkPrefix[];
}
/**
 * A network of mode bridge: its uplink, bridge, ARP, routes, address pools and reservations.
 */
export interface BridgeNetwork {
  /**
   * bridge: pods and uplink are ports of one bridge.
   */
  readonly mode: 'bridge';
  readonly uplink: Uplink;
  readonly bridge: Bridge;
  readonly arp?: Arp;
  readonly routeViaHost?: RouteViaHost;
  readonly sameNode?: SameNode;
  /**
   * Additional routes of the node through this network, marked as vnet's and repaired.
   */
  readonly routes?: readonly Route[];
  readonly pools: Pools;
  readonly probe?: Probe;
  readonly dns?: Dns;
  readonly reservations?: Reservations;
}
/**
 * The NIC that connects the node to the virtual network, with its addresses and routes from before the takeover. The bridge carries these now; `vnet release` restores them.
 */
export interface Uplink {
  readonly name: IfName;
  readonly mac: Mac;
  /**
   * The MTU of the NIC, in bytes.
   */
  readonly mtu?: number;
  readonly hardware?: Hardware;
  /**
   * The addresses moved from the uplink to the bridge.
   */
  readonly addresses?: readonly UplinkAddress[];
  /**
   * The routes moved from the uplink to the bridge.
   */
  readonly routes?: readonly Route[];
  /**
   * The nexthop objects moved from the uplink to the bridge.
   */
  readonly nextHops?: readonly UplinkNextHop[];
  /**
   * The permanent neighbours and proxy entries moved from the uplink to the bridge.
   */
  readonly neighbours?: readonly UplinkNeighbour[];
  /**
   * The sysctls of the uplink that differ from those of a new interface: the bridge gets them too. accept_ra is among them if a router has configured the uplink.
   */
  readonly settings?: readonly UplinkSetting[];
  /**
   * true: `vnet release` has restored the uplink. The bridge is not created, and ADD fails, until this line is removed.
   */
  readonly released?: boolean;
}
/**
 * Further identifiers of the NIC, by which it is found after it is renamed.
 */
export interface Hardware {
  /**
   * A unicast MAC address: six hexadecimal pairs with colons, the first one even.
   */
  readonly permanentMac?: string;
  /**
   * The location of the device, as bus/device.
   */
  readonly busPath?: string;
  /**
   * Alternative names.
   *
   * Items: An alternative name of the interface.
   */
  readonly altNames?: readonly string[];
}
/**
 * One address of the uplink, as before the takeover.
 */
export interface UplinkAddress {
  readonly address: IpCidr;
  /**
   * The peer of a point-to-point address.
   */
  readonly peer?: string;
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
   * The metric of the kernel's prefix route.
   */
  readonly metric?: number;
  /**
   * true: the kernel adds no prefix route.
   */
  readonly noPrefixRoute?: boolean;
  /**
   * false: the kernel's prefix route was deleted and is not restored.
   */
  readonly prefixRoute?: boolean;
  /**
   * true: an IPv6 address without duplicate address detection (nodad).
   */
  readonly noDad?: boolean;
  /**
   * true: the address keeps its lifetimes and expires with them. It is never added again.
   */
  readonly dynamic?: boolean;
  /**
   * true: the address moves between nodes (keepalived, kube-vip) and is not added again; absent: true for a /32 or /128 beside an address with a shorter prefix.
   */
  readonly floating?: boolean;
  readonly attributes?: Attributes;
}
/**
 * One route through the bridge.
 */
export interface Route {
  readonly to: Destination;
  /**
   * An IPv4 or IPv6 address with prefix length.
   */
  readonly from?: string;
  /**
   * The type of the route; absent: unicast.
   */
  readonly type?: 'local' | 'broadcast' | 'anycast' | 'multicast' | 'blackhole' | 'unreachable' | 'prohibit' | 'throw';
  /**
   * The type of service of the route; absent: any.
   */
  readonly tos?: number;
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
   * The origin of the route, as in /etc/iproute2/rt_protos (16 is dhcp); absent: vnet.
   */
  readonly protocol?: number;
  /**
   * true: the gateway is reachable without a connected prefix.
   */
  readonly onLink?: boolean;
  /**
   * The MTU of the route, in bytes.
   */
  readonly mtu?: number;
  /**
   * The nexthop object used by the route, instead of via.
   */
  readonly nextHopId?: number;
  /**
   * The next hops of a multipath route, instead of via.
   *
   * @minItems 1
   */
  readonly nextHops?: readonly [NextHop, ...NextHop[]];
  /**
   * true: the route keeps its lifetime and expires with it. It is never added again.
   */
  readonly dynamic?: boolean;
  readonly attributes?: Attributes;
}
/**
 * One next hop of a multipath route.
 */
export interface NextHop {
  readonly via?: Ip;
  /**
   * A network interface name.
   */
  readonly dev?: string;
  /**
   * The relative share of traffic.
   */
  readonly weight?: number;
  /**
   * true: the gateway is reachable without a connected prefix.
   */
  readonly onLink?: boolean;
  readonly attributes?: Attributes;
}
/**
 * One nexthop object (ip nexthop) of the uplink, or a group of them.
 */
export interface UplinkNextHop {
  /**
   * The ID.
   */
  readonly id: number;
  /**
   * The family (4 or 6) of one without a gateway.
   */
  readonly family?: 4 | 6;
  readonly via?: Ip;
  /**
   * The members of a group, instead of via: ID, or ID and weight.
   *
   * @minItems 1
   *
   * Items: A member of the group.
   */
  readonly group?: readonly [string, ...string[]];
  /**
   * Its origin, as in /etc/iproute2/rt_protos.
   */
  readonly protocol?: number;
  /**
   * The scope of routes that may use it.
   */
  readonly scope?: number;
  /**
   * true: the gateway is reachable without a connected prefix.
   */
  readonly onLink?: boolean;
  readonly attributes?: Attributes;
}
/**
 * One neighbour entry of the uplink that another program set (permanent, noarp, proxy, extern_learn, managed), as before the takeover.
 */
export interface UplinkNeighbour {
  readonly address: Ip;
  /**
   * The MAC, also of a group (Network Load Balancing); absent for a proxy entry, or if it is not known yet.
   */
  readonly mac?: string;
  /**
   * true: the node answers for the address.
   */
  readonly proxy?: boolean;
  /**
   * The state, if not permanent. stale: set by another program (extern_learn, managed), confirmed by the kernel.
   */
  readonly state?: 'noarp' | 'stale';
  /**
   * Its origin, as in /etc/iproute2/rt_protos.
   */
  readonly protocol?: number;
  /**
   * The flags of the entry (NTF_* of linux/neighbour.h).
   */
  readonly flags?: number;
  readonly attributes?: Attributes;
}
/**
 * A sysctl of an interface.
 */
export interface UplinkSetting {
  /**
   * The path below /proc/sys/net without the interface.
   */
  readonly name: string;
  /**
   * Its value.
   */
  readonly value: string;
}
/**
 * The bridge that connects uplink and pods.
 */
export interface Bridge {
  readonly name: IfName;
  /**
   * A unicast MAC address: six hexadecimal pairs with colons, the first one even.
   */
  readonly mac?: string;
  /**
   * The MTU of the bridge and its pods, in bytes; absent: the uplink's.
   */
  readonly mtu?: number;
  /**
   * Lets a pod reach itself through its service address.
   */
  readonly hairpin?: boolean;
  /**
   * Drops packets from a pod with a source address other than its own. The port follows a MAC changed in the pod.
   */
  readonly antiSpoofing?: boolean;
}
/**
 * Static neighbours on the bridge.
 */
export interface Arp {
  /**
   * Adds a permanent neighbour and fdb entry for every pod.
   */
  readonly pods?: boolean;
  /**
   * Additional permanent neighbours.
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
 * The sources of pod addresses, one for each family. A pod gets an address of each.
 */
export interface Pools {
  readonly ipv4?: Ipv4Pool;
  readonly ipv6?: Ipv6Pool;
}
/**
 * The source of the pods' IPv4 addresses.
 */
export interface Ipv4Pool {
  readonly source: PoolSource;
  readonly subnet: Ipv4Cidr;
  readonly gateway: Ipv4;
  /**
   * Single addresses, ranges (10.240.0.36-10.240.0.65) and prefixes (10.240.1.0/28: all its addresses except the node's).
   */
  readonly addresses: readonly Ipv4Range[];
  /**
   * Addresses, ranges and prefixes that are never assigned.
   */
  readonly exclude?: readonly Ipv4Range[];
  readonly quarantineSeconds?: QuarantineSeconds;
  readonly url?: HostEndpointUrl;
}
/**
 * The source of the pods' IPv6 addresses.
 */
export interface Ipv6Pool {
  readonly source: PoolSource;
  readonly subnet: Ipv6Cidr;
  /**
   * The gateway of the pods: an IPv6 address of the subnet, or a link-local one.
   */
  readonly gateway: string;
  /**
   * Single addresses, ranges (fd00:240::36-fd00:240::65) and prefixes (fd00:240::/120: all its addresses except the node's).
   */
  readonly addresses: readonly Ipv6Range[];
  /**
   * Addresses, ranges and prefixes that are never assigned.
   */
  readonly exclude?: readonly Ipv6Range[];
  readonly quarantineSeconds?: QuarantineSeconds;
  readonly url?: HostEndpointUrl;
}
/**
 * Asks the network (ARP, neighbour discovery) before a pod is given an address: one that another machine answers for is skipped. Useless on Azure, whose network answers for every address.
 */
export interface Probe {
  /**
   * The time that each ADD waits for an answer, in milliseconds.
   */
  readonly timeoutMs: number;
}
/**
 * DNS settings in the CNI result.
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
 * Addresses, and optionally a MAC, reserved for this pod.
 */
export interface Reservation {
  readonly pod: PodName;
  /**
   * A network interface name.
   */
  readonly ifName?: string;
  /**
   * The reserved addresses, at most one of each family.
   *
   * @minItems 1
   */
  readonly addresses: readonly [Ip, ...Ip[]];
  readonly mac?: Mac;
  /**
   * The lifetime of the reservation after its pod is gone; then the address is free for others, and this pod gets it back if it is free. Absent: unlimited.
   */
  readonly retainSeconds?: number;
}
/**
 * A network of mode transparent: its uplink, address pools and reservations. The node routes to each pod.
 */
export interface TransparentNetwork {
  /**
   * transparent: no bridge; the node routes to each pod, and the uplink stays unchanged.
   */
  readonly mode: 'transparent';
  readonly uplink: UntouchedUplink;
  /**
   * Drops packets from a pod with a source address other than its own.
   */
  readonly antiSpoofing?: boolean;
  readonly sameNode?: SameNode;
  readonly fabric?: Fabric;
  readonly sourceRouting?: SourceRouting;
  readonly masquerade?: Masquerade;
  readonly pools: Pools;
  readonly probe?: Probe;
  readonly dns?: Dns;
  readonly reservations?: Reservations;
}
/**
 * The NIC that connects the node to the virtual network. vnet reads it and never changes it.
 */
export interface UntouchedUplink {
  readonly name: IfName;
  readonly mac: Mac;
  /**
   * The MTU of the NIC and of the pods, in bytes.
   */
  readonly mtu?: number;
}
/**
 * Packet mark, routing table and rule priority for packets between pods of this node (sameNode: fabric), if other programs use the defaults.
 */
export interface Fabric {
  /**
   * The bit of the packet mark (fwmark) that marks these packets.
   */
  readonly mark?: number;
  /**
   * The routing table with their default route.
   */
  readonly table?: number;
  /**
   * The priority of the policy routing rule that looks it up.
   */
  readonly priority?: number;
}
/**
 * Packets of the network's pods leave by its uplink, although the node's default route leads to another NIC. The first ADD writes it where that is so.
 */
export interface SourceRouting {
  /**
   * The routing table with their default route, of one network only.
   */
  readonly table?: number;
  /**
   * The priority of the first of three policy routing rules; the others have the next two.
   */
  readonly priority?: number;
}
/**
 * Packets from pods get the address of the node unless their destination is in direct.
 */
export interface Masquerade {
  /**
   * false: pods keep their addresses towards every destination.
   */
  readonly enabled: boolean;
  /**
   * The destinations to which pods keep their own addresses (nonMasqueradeCIDRs of ip-masq-agent). They include the pod CIDRs of this node and its peers.
   */
  readonly direct: readonly IpCidr[];
  /**
   * Chooses source ports at random, so that connections that start at the same time rarely collide.
   */
  readonly randomFully?: boolean;
}
/**
 * A network of mode routed: a bridge without uplink for the pods of this node, masquerade, routes to other nodes, address pools and reservations.
 */
export interface RoutedNetwork {
  /**
   * routed: pods are ports of a bridge without uplink; the node routes between it and the uplink.
   */
  readonly mode: 'routed';
  readonly bridge: GatewayBridge;
  readonly masquerade?: Masquerade;
  /**
   * The pod CIDRs of other nodes. With via and dev, this node routes to them; without, the virtual network does (Azure's route table).
   */
  readonly peers?: readonly Peer[];
  readonly podCidrs?: PodCidrs;
  readonly pools: Pools;
  readonly probe?: Probe;
  readonly dns?: Dns;
  readonly reservations?: Reservations;
}
/**
 * The bridge that connects the pods. It has the gateway's address, and no uplink.
 */
export interface GatewayBridge {
  readonly name: IfName;
  /**
   * A unicast MAC address: six hexadecimal pairs with colons, the first one even.
   */
  readonly mac: string;
  /**
   * The MTU of the bridge and its pods, in bytes; absent: 1500.
   */
  readonly mtu?: number;
  /**
   * Lets a pod reach itself through its service address.
   */
  readonly hairpin?: boolean;
  /**
   * Drops packets from a pod with a source address other than its own. The port follows a MAC changed in the pod.
   */
  readonly antiSpoofing?: boolean;
}
/**
 * The pod CIDR of another node. With via and dev, this node routes to it; without, the virtual network does (Azure's route table).
 */
export interface Peer {
  /**
   * An IPv4 or IPv6 address with prefix length.
   */
  readonly to: string;
  /**
   * An IPv4 or IPv6 address.
   */
  readonly via?: string;
  /**
   * A network interface name.
   */
  readonly dev?: string;
}
/**
 * The agent of the cluster (vnet agent) keeps pools and peers equal to the podCIDRs of the Nodes of Kubernetes.
 */
export interface PodCidrs {
  /**
   * cluster: the Nodes of Kubernetes.
   */
  readonly from: 'cluster';
  /**
   * A network interface name.
   */
  readonly dev?: string;
}
/**
 * A network of mode addresses: its address pools and reservations, without kernel objects.
 */
export interface AddressesNetwork {
  /**
   * addresses: another main plugin creates the interfaces, vnet only assigns addresses.
   */
  readonly mode: 'addresses';
  readonly pools: Pools;
  readonly dns?: Dns;
  readonly reservations?: Reservations;
}
/**
 * The spec of a NetworkPolicy of networking.k8s.io/v1.
 */
export interface NetworkPolicy {
  readonly podSelector: LabelSelector;
  /**
   * The directions in which the policy isolates. Absent: Ingress, and Egress if the policy has egress rules.
   *
   * Items: Ingress or Egress.
   */
  readonly policyTypes?: ('Ingress' | 'Egress')[];
  /**
   * The traffic to the selected pods that the policy allows; none without rules.
   */
  readonly ingress?: readonly IngressRule[];
  /**
   * The traffic from the selected pods that the policy allows; none without rules.
   */
  readonly egress?: readonly EgressRule[];
}
/**
 * A label selector: all its requirements must be met; {}: everything. The podSelector of a policy selects the pods of its namespace that the policy isolates.
 */
export interface LabelSelector {
  readonly matchLabels?: Labels;
  /**
   * Requirements on labels.
   */
  readonly matchExpressions?: readonly LabelRequirement[];
}
/**
 * Labels, as in Kubernetes.
 */
export interface Labels {
  /**
   * The value of a label.
   */
  readonly [k: string]: string;
}
/**
 * A requirement on one label.
 */
export interface LabelRequirement {
  /**
   * The key of the label.
   */
  readonly key: string;
  /**
   * In, NotIn, Exists or DoesNotExist. NotIn also matches objects without the label.
   */
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
  /**
   * The values, for In and NotIn.
   *
   * Items: The value of a label.
   */
  readonly values?: readonly string[];
}
/**
 * Traffic that matches one of from and one of ports.
 */
export interface IngressRule {
  /**
   * The sources; absent or empty: all.
   */
  readonly from?: readonly PolicyPeer[];
  /**
   * The ports on the selected pods; absent or empty: all traffic.
   */
  readonly ports?: readonly PolicyPort[];
}
/**
 * Pods by selectors, or an IP block. A podSelector alone selects in the namespace of the policy.
 */
export interface PolicyPeer {
  readonly podSelector?: LabelSelector;
  readonly namespaceSelector?: LabelSelector;
  /**
   * A prefix without the prefixes in except.
   */
  readonly ipBlock?: {
    readonly cidr: NetworkPrefix;
    /**
     * Prefixes within cidr that do not count.
     */
    readonly except?: readonly NetworkPrefix[];
  };
}
/**
 * A port, a range of ports or a whole protocol.
 */
export interface PolicyPort {
  /**
   * TCP, UDP or SCTP. Absent: TCP.
   */
  readonly protocol?: 'TCP' | 'UDP' | 'SCTP';
  /**
   * A port number, or the name of a port of the pod that receives. Absent: all ports.
   */
  readonly port?: number | string;
  /**
   * The last port of a range that begins with port.
   */
  readonly endPort?: number;
}
/**
 * Traffic that matches one of to and one of ports.
 */
export interface EgressRule {
  /**
   * The destinations; absent or empty: all.
   */
  readonly to?: readonly PolicyPeer[];
  /**
   * The ports at the destinations; absent or empty: all traffic.
   */
  readonly ports?: readonly PolicyPort[];
}
/**
 * One attachment of a container to a network. Without hostVeth, a lease of another main plugin.
 */
export interface Endpoint {
  readonly pod?: PodName;
  readonly labels?: Labels;
  /**
   * The path of the pod's network namespace.
   */
  readonly netns?: string;
  /**
   * The inode of the network namespace at attachment.
   */
  readonly netnsInode?: number;
  readonly hostVeth?: IfName;
  readonly mac?: Mac;
  /**
   * The addresses of the pod, of one family or of both.
   *
   * @minItems 1
   */
  readonly addresses: readonly [IpCidr, ...IpCidr[]];
  readonly gateway?: Ip;
  /**
   * The IPv6 gateway of an endpoint whose gateway is IPv4.
   */
  readonly ipv6Gateway?: string;
  /**
   * The IPAM plugin that assigned the addresses, if not azure-vnet-ipam.
   */
  readonly ipam?: string;
  /**
   * Routes in the pod, if other than a default route via the gateway.
   */
  readonly routes?: readonly PodRoute[];
  readonly dns?: Dns;
  readonly bandwidth?: Bandwidth;
  /**
   * The time of attachment.
   */
  readonly added: string;
  /**
   * The time at which the network namespace was first seen dead.
   */
  readonly missing?: string;
  /**
   * The time at which a DEL began.
   */
  readonly leaving?: string;
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
/**
 * The limits of the pod's traffic, from the CNI capability bandwidth; absent directions are unlimited.
 */
export interface Bandwidth {
  readonly ingress?: RateLimit;
  readonly egress?: RateLimit1;
}
/**
 * The limit on traffic that the pod receives.
 */
export interface RateLimit {
  /**
   * The rate, in bits per second.
   */
  readonly rate: number;
  /**
   * The burst above the rate, in bits. The effective burst is at least one packet and at most 4.2 seconds of the rate.
   */
  readonly burst: number;
}
/**
 * The limit on traffic that the pod sends.
 */
export interface RateLimit1 {
  /**
   * The rate, in bits per second.
   */
  readonly rate: number;
  /**
   * The burst above the rate, in bits. The effective burst is at least one packet and at most 4.2 seconds of the rate.
   */
  readonly burst: number;
}
