/* Generated. Do not edit. */
"use strict";
export const validate = validate20;
export default validate20;
const schema31 = {"$schema":"https://json-schema.org/draft/2020-12/schema","$id":"https://vnet.azure/schemas/v2/vnet.schema.json","title":"VnetDocument","description":"The desired network state of one node: first the part for people (policy, networks), then the part that CNI writes (endpoints, released).","type":"object","additionalProperties":false,"required":["apiVersion","kind","metadata","networks"],"properties":{"apiVersion":{"type":"string","const":"vnet.azure/v2","description":"The version of this format. A program that supports only older ones reads the document and changes nothing; an older document becomes this version with the next write."},"kind":{"type":"string","const":"NodeNetwork","description":"The kind of document."},"metadata":{"type":"object","description":"Node, generation and boot of the document.","additionalProperties":false,"required":["node","generation"],"properties":{"node":{"type":"string","description":"The node of this document. On another node it changes nothing.","pattern":"^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$","maxLength":253},"generation":{"type":"integer","description":"Incremented by every write.","minimum":0,"maximum":9007199254740991},"bootId":{"type":"string","description":"The boot in which the endpoints were created (/proc/sys/kernel/random/boot_id).","pattern":"^[0-9a-f-]{36}$"},"machine":{"type":"string","description":"The machine that wrote the document: machine-id and product_uuid. On this machine, the document stays valid when the node is renamed.","pattern":"^[0-9a-f]{32}/[0-9a-f-]{36}$"}}},"policy":{"$ref":"#/$defs/policy"},"networks":{"type":"object","description":"The networks of this node, by the name of their CNI configuration.","propertyNames":{"description":"A network name: letters, digits, \"_\", \".\" and \"-\".","maxLength":128,"pattern":"^[A-Za-z0-9][A-Za-z0-9_.-]*$"},"additionalProperties":{"$ref":"#/$defs/network"}},"networkPolicies":{"type":"object","description":"Network policies of pods with the semantics of networking.k8s.io/v1, by namespace/name. In force with policy.enforce.","propertyNames":{"$ref":"#/$defs/podName"},"additionalProperties":{"$ref":"#/$defs/networkPolicy"}},"namespaces":{"type":"object","description":"Namespaces of pods, for namespaceSelector. Each namespace also has the label kubernetes.io/metadata.name.","propertyNames":{"description":"The name of a namespace.","pattern":"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$","maxLength":63},"additionalProperties":{"type":"object","description":"A namespace of pods.","additionalProperties":false,"required":[],"properties":{"labels":{"$ref":"#/$defs/labels"}}}},"endpoints":{"type":"object","description":"Written by CNI: one entry per attachment, by network/containerID/ifName.","propertyNames":{"$ref":"#/$defs/endpointId"},"additionalProperties":{"$ref":"#/$defs/endpoint"}},"released":{"type":"object","description":"Written by CNI: the release time of each free address, by network/address. Released addresses are quarantined and reused oldest first.","propertyNames":{"$ref":"#/$defs/leaseId"},"additionalProperties":{"$ref":"#/$defs/time"}}},"$defs":{"ipv4":{"type":"string","description":"An IPv4 address.","pattern":"^(?:(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])\\.){3}(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])$","examples":["10.240.0.1"]},"ipv4Cidr":{"type":"string","description":"An IPv4 address with prefix length.","pattern":"^(?:(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])\\.){3}(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])/(?:3[0-2]|[12]?[0-9])$","examples":["10.240.0.0/16"]},"ipv6":{"type":"string","description":"An IPv6 address.","pattern":"^[0-9A-Fa-f.]*:[0-9A-Fa-f.:]*$","examples":["fd00:240::1"]},"ipv6Cidr":{"type":"string","description":"An IPv6 address with prefix length.","pattern":"^[0-9A-Fa-f.]*:[0-9A-Fa-f.:]*/[0-9]{1,3}$","examples":["fd00:240::/64"]},"ipCidr":{"type":"string","description":"An IPv4 or IPv6 address with prefix length.","pattern":"^[0-9A-Fa-f.:]+/[0-9]{1,3}$","examples":["10.240.0.35/16"]},"ip":{"type":"string","description":"An IPv4 or IPv6 address.","pattern":"^[0-9A-Fa-f.:]*[.:][0-9A-Fa-f.:]*$","examples":["10.240.0.1"]},"mac":{"type":"string","description":"A unicast MAC address: six hexadecimal pairs with colons, the first one even.","pattern":"^[0-9A-Fa-f][02468ACEace](:[0-9A-Fa-f]{2}){5}$","examples":["00:0d:3a:51:c4:90"]},"lladdr":{"type":"string","description":"The MAC address of a neighbour, which may be a group: six hexadecimal pairs with colons.","pattern":"^[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}$","examples":["03:bf:0a:f0:00:09"]},"ifName":{"type":"string","description":"A network interface name.","pattern":"^(?!\\.{1,2}$)[^/:\\s]{1,15}$","examples":["eth0"]},"destination":{"type":"string","description":"The destination: a prefix, or default.","pattern":"^(default|[0-9A-Fa-f.:]+/[0-9]{1,3})$","examples":["10.9.0.0/16","default"]},"time":{"type":"string","description":"A UTC timestamp.","pattern":"^[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\\.[0-9]{1,3})?Z$","examples":["2026-11-21T11:13:58.986Z"]},"podName":{"type":"string","description":"A pod, as namespace/name.","pattern":"^[^/\\s]+/[^/\\s]+$","examples":["default/nginx-7cf567cc7-bgc82"]},"policy":{"type":"object","description":"The reaction to drift, by class of object; absent: repair. Pending changes are always applied. Also the enforcement of network policies.","additionalProperties":false,"required":[],"properties":{"links":{"$ref":"#/$defs/policyAction"},"addresses":{"$ref":"#/$defs/policyAction"},"routes":{"$ref":"#/$defs/policyAction"},"neighbours":{"$ref":"#/$defs/policyAction"},"fdb":{"$ref":"#/$defs/policyAction"},"rules":{"$ref":"#/$defs/policyAction"},"sysctls":{"$ref":"#/$defs/policyAction"},"enforce":{"type":"boolean","description":"Enforces network policies: those of this document and those of the cluster. Absent: false."},"unknownPods":{"type":"string","description":"Pods whose labels are unknown. deny: isolated until they are known. allow: treated as pods without labels. Absent: deny.","enum":["deny","allow"]},"nodeCidrs":{"type":"array","description":"Further addresses and prefixes of this node: traffic between them and its pods is always allowed, as with the addresses on its interfaces.","items":{"$ref":"#/$defs/networkPrefix"}}}},"policyAction":{"type":"string","description":"repair: remove the drift. report: show it in status, events and drift only. ignore: do neither.","enum":["repair","report","ignore"],"default":"repair"},"networkPrefix":{"type":"string","description":"A prefix, such as 10.240.0.0/16 or fd00::/64."},"labels":{"type":"object","description":"Labels, as in Kubernetes.","additionalProperties":{"type":"string","description":"The value of a label.","maxLength":63}},"networkPolicy":{"type":"object","description":"The spec of a NetworkPolicy of networking.k8s.io/v1.","additionalProperties":false,"required":["podSelector"],"properties":{"podSelector":{"$ref":"#/$defs/labelSelector"},"policyTypes":{"type":"array","description":"The directions in which the policy isolates. Absent: Ingress, and Egress if the policy has egress rules.","items":{"type":"string","enum":["Ingress","Egress"],"description":"Ingress or Egress."}},"ingress":{"type":"array","description":"The traffic to the selected pods that the policy allows; none without rules.","items":{"$ref":"#/$defs/ingressRule"}},"egress":{"type":"array","description":"The traffic from the selected pods that the policy allows; none without rules.","items":{"$ref":"#/$defs/egressRule"}}}},"ingressRule":{"type":"object","description":"Traffic that matches one of from and one of ports.","additionalProperties":false,"required":[],"properties":{"from":{"type":"array","description":"The sources; absent or empty: all.","items":{"$ref":"#/$defs/policyPeer"}},"ports":{"type":"array","description":"The ports on the selected pods; absent or empty: all traffic.","items":{"$ref":"#/$defs/policyPort"}}}},"egressRule":{"type":"object","description":"Traffic that matches one of to and one of ports.","additionalProperties":false,"required":[],"properties":{"to":{"type":"array","description":"The destinations; absent or empty: all.","items":{"$ref":"#/$defs/policyPeer"}},"ports":{"type":"array","description":"The ports at the destinations; absent or empty: all traffic.","items":{"$ref":"#/$defs/policyPort"}}}},"policyPeer":{"type":"object","description":"Pods by selectors, or an IP block. A podSelector alone selects in the namespace of the policy.","additionalProperties":false,"required":[],"properties":{"podSelector":{"$ref":"#/$defs/labelSelector"},"namespaceSelector":{"$ref":"#/$defs/labelSelector"},"ipBlock":{"type":"object","description":"A prefix without the prefixes in except.","additionalProperties":false,"required":["cidr"],"properties":{"cidr":{"$ref":"#/$defs/networkPrefix"},"except":{"type":"array","description":"Prefixes within cidr that do not count.","items":{"$ref":"#/$defs/networkPrefix"}}}}}},"policyPort":{"type":"object","description":"A port, a range of ports or a whole protocol.","additionalProperties":false,"required":[],"properties":{"protocol":{"type":"string","enum":["TCP","UDP","SCTP"],"description":"TCP, UDP or SCTP. Absent: TCP."},"port":{"description":"A port number, or the name of a port of the pod that receives. Absent: all ports.","anyOf":[{"type":"integer","minimum":1,"maximum":65535},{"type":"string","minLength":1,"maxLength":63}]},"endPort":{"type":"integer","minimum":1,"maximum":65535,"description":"The last port of a range that begins with port."}}},"labelSelector":{"type":"object","description":"A label selector: all its requirements must be met; {}: everything. The podSelector of a policy selects the pods of its namespace that the policy isolates.","additionalProperties":false,"required":[],"properties":{"matchLabels":{"$ref":"#/$defs/labels"},"matchExpressions":{"type":"array","description":"Requirements on labels.","items":{"$ref":"#/$defs/labelRequirement"}}}},"labelRequirement":{"type":"object","description":"A requirement on one label.","additionalProperties":false,"required":["key","operator"],"properties":{"key":{"type":"string","description":"The key of the label.","minLength":1},"operator":{"type":"string","enum":["In","NotIn","Exists","DoesNotExist"],"description":"In, NotIn, Exists or DoesNotExist. NotIn also matches objects without the label."},"values":{"type":"array","description":"The values, for In and NotIn.","items":{"type":"string","description":"The value of a label."}}}},"network":{"type":"object","description":"One network, by its mode.","discriminator":{"propertyName":"mode"},"oneOf":[{"$ref":"#/$defs/bridgeNetwork"},{"$ref":"#/$defs/transparentNetwork"},{"$ref":"#/$defs/routedNetwork"},{"$ref":"#/$defs/addressesNetwork"}]},"reservations":{"type":"array","description":"Addresses (and MACs) kept for a pod, running or not.","items":{"$ref":"#/$defs/reservation"}},"uplink":{"type":"object","description":"The NIC that connects the node to the virtual network, with its addresses and routes from before the takeover. The bridge carries these now; `vnet release` restores them.","additionalProperties":false,"required":["name","mac"],"properties":{"name":{"$ref":"#/$defs/ifName"},"mac":{"$ref":"#/$defs/mac"},"mtu":{"type":"integer","description":"The MTU of the NIC, in bytes.","minimum":576,"maximum":65535},"hardware":{"$ref":"#/$defs/hardware"},"addresses":{"type":"array","description":"The addresses moved from the uplink to the bridge.","items":{"$ref":"#/$defs/uplinkAddress"}},"routes":{"type":"array","description":"The routes moved from the uplink to the bridge.","items":{"$ref":"#/$defs/route"}},"nextHops":{"type":"array","description":"The nexthop objects moved from the uplink to the bridge.","items":{"$ref":"#/$defs/uplinkNextHop"}},"neighbours":{"type":"array","description":"The permanent neighbours and proxy entries moved from the uplink to the bridge.","items":{"$ref":"#/$defs/uplinkNeighbour"}},"settings":{"type":"array","description":"The sysctls of the uplink that differ from those of a new interface: the bridge gets them too. accept_ra is among them if a router has configured the uplink.","items":{"$ref":"#/$defs/uplinkSetting"}},"released":{"type":"boolean","description":"true: `vnet release` has restored the uplink. The bridge is not created, and ADD fails, until this line is removed.","default":false}}},"uplinkSetting":{"type":"object","description":"A sysctl of an interface.","additionalProperties":false,"required":["name","value"],"properties":{"name":{"type":"string","description":"The path below /proc/sys/net without the interface.","pattern":"^ipv[46]/(conf|neigh)/[a-z0-9_]+$","examples":["ipv4/conf/rp_filter"]},"value":{"type":"string","description":"Its value.","minLength":1,"maxLength":64,"examples":["2"]}}},"hardware":{"type":"object","description":"Further identifiers of the NIC, by which it is found after it is renamed.","additionalProperties":false,"required":[],"properties":{"permanentMac":{"$ref":"#/$defs/mac","description":"The permanent MAC, from the hardware."},"busPath":{"type":"string","description":"The location of the device, as bus/device.","minLength":1,"maxLength":255,"examples":["pci/0000:00:04.0"]},"altNames":{"type":"array","description":"Alternative names.","items":{"type":"string","description":"An alternative name of the interface.","minLength":1,"maxLength":127}}}},"uplinkAddress":{"type":"object","description":"One address of the uplink, as before the takeover.","additionalProperties":false,"required":["address"],"properties":{"address":{"$ref":"#/$defs/ipCidr"},"peer":{"$ref":"#/$defs/ip","description":"The peer of a point-to-point address."},"scope":{"type":"integer","description":"The scope: 0 global, 253 link.","minimum":0,"maximum":255,"default":0},"broadcast":{"$ref":"#/$defs/ipv4"},"label":{"type":"string","description":"The label, where it differs from the interface name (eth0:1).","maxLength":15},"metric":{"type":"integer","description":"The metric of the kernel's prefix route.","minimum":0,"maximum":4294967295},"noPrefixRoute":{"type":"boolean","description":"true: the kernel adds no prefix route.","default":false},"prefixRoute":{"type":"boolean","description":"false: the kernel's prefix route was deleted and is not restored.","default":true},"noDad":{"type":"boolean","description":"true: an IPv6 address without duplicate address detection (nodad).","default":false},"dynamic":{"type":"boolean","description":"true: the address keeps its lifetimes and expires with them. It is never added again.","default":false},"floating":{"type":"boolean","description":"true: the address moves between nodes (keepalived, kube-vip) and is not added again; absent: true for a /32 or /128 beside an address with a shorter prefix."},"attributes":{"$ref":"#/$defs/attributes"}}},"route":{"type":"object","description":"One route through the bridge.","additionalProperties":false,"required":["to"],"properties":{"to":{"$ref":"#/$defs/destination"},"from":{"$ref":"#/$defs/ipCidr","description":"The source prefix of the route (IPv6); absent: any."},"type":{"type":"string","description":"The type of the route; absent: unicast.","enum":["local","broadcast","anycast","multicast","blackhole","unreachable","prohibit","throw"]},"tos":{"type":"integer","description":"The type of service of the route; absent: any.","minimum":1,"maximum":255},"via":{"$ref":"#/$defs/ip"},"source":{"$ref":"#/$defs/ip"},"table":{"type":"integer","description":"The routing table; 254 is main.","minimum":1,"maximum":4294967295,"default":254},"metric":{"type":"integer","description":"The metric (priority); 0 is none.","minimum":0,"maximum":4294967295,"default":0},"scope":{"type":"integer","description":"The scope: 0 global, 253 link.","minimum":0,"maximum":255},"protocol":{"type":"integer","description":"The origin of the route, as in /etc/iproute2/rt_protos (16 is dhcp); absent: vnet.","minimum":0,"maximum":255},"onLink":{"type":"boolean","description":"true: the gateway is reachable without a connected prefix.","default":false},"mtu":{"type":"integer","description":"The MTU of the route, in bytes.","minimum":68,"maximum":65535},"nextHopId":{"type":"integer","description":"The nexthop object used by the route, instead of via.","minimum":1,"maximum":4294967295},"nextHops":{"type":"array","description":"The next hops of a multipath route, instead of via.","minItems":1,"items":{"$ref":"#/$defs/nextHop"}},"dynamic":{"type":"boolean","description":"true: the route keeps its lifetime and expires with it. It is never added again.","default":false},"attributes":{"$ref":"#/$defs/attributes"}}},"pools":{"type":"object","description":"The sources of pod addresses, one for each family. A pod gets an address of each.","additionalProperties":false,"minProperties":1,"required":[],"properties":{"ipv4":{"$ref":"#/$defs/ipv4Pool"},"ipv6":{"$ref":"#/$defs/ipv6Pool"}}},"probe":{"type":"object","description":"Asks the network (ARP, neighbour discovery) before a pod is given an address: one that another machine answers for is skipped. Useless on Azure, whose network answers for every address.","additionalProperties":false,"required":["timeoutMs"],"properties":{"timeoutMs":{"type":"integer","description":"The time that each ADD waits for an answer, in milliseconds.","minimum":10,"maximum":5000,"examples":[200]}}},"ipv4Pool":{"type":"object","description":"The source of the pods' IPv4 addresses.","additionalProperties":false,"required":["source","subnet","gateway","addresses"],"properties":{"source":{"$ref":"#/$defs/poolSource"},"subnet":{"$ref":"#/$defs/ipv4Cidr"},"gateway":{"$ref":"#/$defs/ipv4"},"addresses":{"type":"array","description":"Single addresses, ranges (10.240.0.36-10.240.0.65) and prefixes (10.240.1.0/28: all its addresses except the node's).","items":{"$ref":"#/$defs/ipv4Range"}},"exclude":{"type":"array","description":"Addresses, ranges and prefixes that are never assigned.","items":{"$ref":"#/$defs/ipv4Range"}},"quarantineSeconds":{"$ref":"#/$defs/quarantineSeconds"},"url":{"$ref":"#/$defs/hostEndpointUrl"}}},"ipv6Pool":{"type":"object","description":"The source of the pods' IPv6 addresses.","additionalProperties":false,"required":["source","subnet","gateway","addresses"],"properties":{"source":{"$ref":"#/$defs/poolSource"},"subnet":{"$ref":"#/$defs/ipv6Cidr"},"gateway":{"$ref":"#/$defs/ipv6","description":"The gateway of the pods: an IPv6 address of the subnet, or a link-local one."},"addresses":{"type":"array","description":"Single addresses, ranges (fd00:240::36-fd00:240::65) and prefixes (fd00:240::/120: all its addresses except the node's).","items":{"$ref":"#/$defs/ipv6Range"}},"exclude":{"type":"array","description":"Addresses, ranges and prefixes that are never assigned.","items":{"$ref":"#/$defs/ipv6Range"}},"quarantineSeconds":{"$ref":"#/$defs/quarantineSeconds"},"url":{"$ref":"#/$defs/hostEndpointUrl"}}},"poolSource":{"type":"string","enum":["static","azure"],"description":"static: the addresses listed here. azure: the addresses that Azure's host endpoint reports, stored here."},"quarantineSeconds":{"type":"integer","description":"The quarantine of a released address; ends early only if no other address is free.","minimum":0,"maximum":86400,"default":30},"hostEndpointUrl":{"type":"string","description":"The host endpoint, if not Azure's (source azure).","pattern":"^https?://","examples":["http://168.63.129.16/machine/plugins?comp=nmagent&type=getinterfaceinfov1"]},"reservation":{"type":"object","description":"Addresses, and optionally a MAC, reserved for this pod.","additionalProperties":false,"required":["pod","addresses"],"properties":{"pod":{"$ref":"#/$defs/podName"},"ifName":{"$ref":"#/$defs/ifName","description":"The interface of the pod; absent: eth0."},"addresses":{"type":"array","description":"The reserved addresses, at most one of each family.","items":{"$ref":"#/$defs/ip"},"minItems":1},"mac":{"$ref":"#/$defs/mac"},"retainSeconds":{"type":"integer","description":"The lifetime of the reservation after its pod is gone; then the address is free for others, and this pod gets it back if it is free. Absent: unlimited.","minimum":0,"maximum":31536000}}},"endpoint":{"type":"object","description":"One attachment of a container to a network. Without hostVeth, a lease of another main plugin.","additionalProperties":false,"required":["addresses","added"],"properties":{"pod":{"$ref":"#/$defs/podName"},"labels":{"$ref":"#/$defs/labels"},"netns":{"type":"string","description":"The path of the pod's network namespace."},"netnsInode":{"type":"integer","description":"The inode of the network namespace at attachment.","minimum":1,"maximum":9007199254740991},"hostVeth":{"$ref":"#/$defs/ifName"},"mac":{"$ref":"#/$defs/mac"},"addresses":{"type":"array","description":"The addresses of the pod, of one family or of both.","items":{"$ref":"#/$defs/ipCidr"},"minItems":1},"gateway":{"$ref":"#/$defs/ip"},"ipv6Gateway":{"$ref":"#/$defs/ipv6","description":"The IPv6 gateway of an endpoint whose gateway is IPv4."},"ipam":{"type":"string","description":"The IPAM plugin that assigned the addresses, if not azure-vnet-ipam.","minLength":1},"routes":{"type":"array","description":"Routes in the pod, if other than a default route via the gateway.","items":{"$ref":"#/$defs/podRoute"}},"dns":{"$ref":"#/$defs/dns"},"bandwidth":{"$ref":"#/$defs/bandwidth"},"added":{"$ref":"#/$defs/time","description":"The time of attachment."},"missing":{"$ref":"#/$defs/time","description":"The time at which the network namespace was first seen dead."},"leaving":{"$ref":"#/$defs/time","description":"The time at which a DEL began."}}},"bandwidth":{"type":"object","description":"The limits of the pod's traffic, from the CNI capability bandwidth; absent directions are unlimited.","additionalProperties":false,"required":[],"properties":{"ingress":{"$ref":"#/$defs/rateLimit","description":"The limit on traffic that the pod receives."},"egress":{"$ref":"#/$defs/rateLimit","description":"The limit on traffic that the pod sends."}}},"rateLimit":{"type":"object","description":"A token bucket.","additionalProperties":false,"required":["rate","burst"],"properties":{"rate":{"type":"integer","description":"The rate, in bits per second.","minimum":1,"maximum":9007199254740991},"burst":{"type":"integer","description":"The burst above the rate, in bits. The effective burst is at least one packet and at most 4.2 seconds of the rate.","minimum":1,"maximum":9007199254740991}}},"endpointId":{"type":"string","description":"The id of an endpoint: network/containerID/ifName.","pattern":"^(?=.{5,512}$)[A-Za-z0-9][A-Za-z0-9_.-]*/[A-Za-z0-9][A-Za-z0-9_.-]*/[^/:\\s]{1,15}$","examples":["azure/1bd38ad8/eth0"]},"leaseId":{"type":"string","description":"An address of a network: network/address.","pattern":"^(?=.{3,256}$)[A-Za-z0-9][A-Za-z0-9_.-]*/(?:(?:(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])\\.){3}(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])|[0-9a-f.]*:[0-9a-f.:]*)$","examples":["azure/10.240.0.36","azure/fd00:240::36"]},"dns":{"type":"object","description":"DNS settings in the CNI result.","additionalProperties":false,"required":[],"properties":{"nameservers":{"type":"array","description":"DNS servers.","items":{"$ref":"#/$defs/ip"}},"domain":{"type":"string","description":"The local domain."},"search":{"type":"array","description":"Search domains.","items":{"type":"string","description":"A domain."}},"options":{"type":"array","description":"Resolver options.","items":{"type":"string","description":"An option."}}}},"podRoute":{"type":"object","description":"One route of a pod.","additionalProperties":false,"required":["to"],"properties":{"to":{"$ref":"#/$defs/destination"},"via":{"$ref":"#/$defs/ip"},"metric":{"type":"integer","description":"The metric (priority); 0 is none.","minimum":0,"maximum":4294967295,"default":0}}},"ipv4Range":{"type":"string","description":"An IPv4 address, a range or a prefix.","pattern":"^[0-9.]+(-[0-9.]+|/[0-9]{1,2})?$","examples":["10.240.0.36","10.240.0.36-10.240.0.65","10.240.1.0/28"]},"ipv6Range":{"type":"string","description":"An IPv6 address, a range or a prefix.","pattern":"^[0-9A-Fa-f.]*:[0-9A-Fa-f.:]*(-[0-9A-Fa-f.]*:[0-9A-Fa-f.:]*|/[0-9]{1,3})?$","examples":["fd00:240::36","fd00:240::36-fd00:240::65","fd00:240::/120"]},"attributes":{"type":"array","description":"Further attributes, verbatim: a name of ip(8) with its value (`initcwnd 32`), or the type of a netlink attribute with its bytes in hex (`8.17 04000000`).","items":{"type":"string","description":"One attribute.","pattern":"^[a-z0-9._-]+( [^\\s]+)+$","maxLength":4096}},"nextHop":{"type":"object","description":"One next hop of a multipath route.","additionalProperties":false,"required":[],"properties":{"via":{"$ref":"#/$defs/ip"},"dev":{"$ref":"#/$defs/ifName","description":"The interface, if not the one with the uplink's addresses."},"weight":{"type":"integer","description":"The relative share of traffic.","minimum":1,"maximum":256,"default":1},"onLink":{"type":"boolean","description":"true: the gateway is reachable without a connected prefix.","default":false},"attributes":{"$ref":"#/$defs/attributes"}}},"uplinkNextHop":{"type":"object","description":"One nexthop object (ip nexthop) of the uplink, or a group of them.","additionalProperties":false,"required":["id"],"properties":{"id":{"type":"integer","description":"The ID.","minimum":1,"maximum":4294967295},"family":{"type":"integer","description":"The family (4 or 6) of one without a gateway.","enum":[4,6]},"via":{"$ref":"#/$defs/ip"},"group":{"type":"array","description":"The members of a group, instead of via: ID, or ID and weight.","minItems":1,"items":{"type":"string","description":"A member of the group.","pattern":"^[0-9]+(,[0-9]+)?$"}},"protocol":{"type":"integer","description":"Its origin, as in /etc/iproute2/rt_protos.","minimum":0,"maximum":255},"scope":{"type":"integer","description":"The scope of routes that may use it.","minimum":0,"maximum":255},"onLink":{"type":"boolean","description":"true: the gateway is reachable without a connected prefix.","default":false},"attributes":{"$ref":"#/$defs/attributes"}}},"uplinkNeighbour":{"type":"object","description":"One neighbour entry of the uplink that another program set (permanent, noarp, proxy, extern_learn, managed), as before the takeover.","additionalProperties":false,"required":["address"],"properties":{"address":{"$ref":"#/$defs/ip"},"mac":{"$ref":"#/$defs/lladdr","description":"The MAC, also of a group (Network Load Balancing); absent for a proxy entry, or if it is not known yet."},"proxy":{"type":"boolean","description":"true: the node answers for the address.","default":false},"state":{"type":"string","description":"The state, if not permanent. stale: set by another program (extern_learn, managed), confirmed by the kernel.","enum":["noarp","stale"]},"protocol":{"type":"integer","description":"Its origin, as in /etc/iproute2/rt_protos.","minimum":1,"maximum":255},"flags":{"type":"integer","description":"The flags of the entry (NTF_* of linux/neighbour.h).","minimum":1,"maximum":255},"attributes":{"$ref":"#/$defs/attributes"}}},"bridgeNetwork":{"type":"object","description":"A network of mode bridge: its uplink, bridge, ARP, routes, address pools and reservations.","additionalProperties":false,"required":["mode","uplink","bridge","pools"],"properties":{"mode":{"type":"string","const":"bridge","description":"bridge: pods and uplink are ports of one bridge."},"uplink":{"$ref":"#/$defs/uplink"},"bridge":{"$ref":"#/$defs/bridge"},"arp":{"$ref":"#/$defs/arp"},"routeViaHost":{"$ref":"#/$defs/routeViaHost"},"sameNode":{"$ref":"#/$defs/sameNode"},"routes":{"type":"array","description":"Additional routes of the node through this network, marked as vnet's and repaired.","items":{"$ref":"#/$defs/route"}},"pools":{"$ref":"#/$defs/pools"},"probe":{"$ref":"#/$defs/probe"},"dns":{"$ref":"#/$defs/dns"},"reservations":{"$ref":"#/$defs/reservations"}}},"bridge":{"type":"object","description":"The bridge that connects uplink and pods.","additionalProperties":false,"required":["name"],"properties":{"name":{"$ref":"#/$defs/ifName"},"mac":{"$ref":"#/$defs/mac","description":"The MAC of the bridge, pinned; absent: the uplink's."},"mtu":{"type":"integer","description":"The MTU of the bridge and its pods, in bytes; absent: the uplink's.","minimum":576,"maximum":65535},"hairpin":{"type":"boolean","description":"Lets a pod reach itself through its service address.","default":true},"antiSpoofing":{"type":"boolean","description":"Drops packets from a pod with a source address other than its own. The port follows a MAC changed in the pod.","default":true}}},"routeViaHost":{"type":"array","description":"Addresses on the node that pods reach through the node instead of the fabric, such as node-local DNS.","items":{"$ref":"#/$defs/ip"}},"arp":{"type":"object","description":"Static neighbours on the bridge.","additionalProperties":false,"required":[],"properties":{"pods":{"type":"boolean","description":"Adds a permanent neighbour and fdb entry for every pod.","default":true},"neighbours":{"type":"array","description":"Additional permanent neighbours.","items":{"$ref":"#/$defs/neighbour"}}}},"neighbour":{"type":"object","description":"One permanent neighbour.","additionalProperties":false,"required":["address","mac"],"properties":{"address":{"$ref":"#/$defs/ip"},"mac":{"$ref":"#/$defs/mac"}}},"transparentNetwork":{"type":"object","description":"A network of mode transparent: its uplink, address pools and reservations. The node routes to each pod.","additionalProperties":false,"required":["mode","uplink","pools"],"properties":{"mode":{"type":"string","const":"transparent","description":"transparent: no bridge; the node routes to each pod, and the uplink stays unchanged."},"uplink":{"$ref":"#/$defs/untouchedUplink"},"antiSpoofing":{"type":"boolean","description":"Drops packets from a pod with a source address other than its own.","default":true},"sameNode":{"$ref":"#/$defs/sameNode"},"fabric":{"$ref":"#/$defs/fabric"},"sourceRouting":{"$ref":"#/$defs/sourceRouting"},"masquerade":{"$ref":"#/$defs/masquerade"},"pools":{"$ref":"#/$defs/pools"},"probe":{"$ref":"#/$defs/probe"},"dns":{"$ref":"#/$defs/dns"},"reservations":{"$ref":"#/$defs/reservations"}}},"sameNode":{"type":"string","enum":["direct","fabric"],"description":"The path of packets between pods of this node. fabric: through the NIC to the virtual network and back, so that network security groups apply to them.","default":"direct"},"fabric":{"type":"object","description":"Packet mark, routing table and rule priority for packets between pods of this node (sameNode: fabric), if other programs use the defaults.","additionalProperties":false,"properties":{"mark":{"type":"integer","description":"The bit of the packet mark (fwmark) that marks these packets.","minimum":1,"maximum":2147483648,"default":1048576},"table":{"type":"integer","description":"The routing table with their default route.","minimum":1,"maximum":4294967295,"default":118},"priority":{"type":"integer","description":"The priority of the policy routing rule that looks it up.","minimum":1,"maximum":32765,"default":1180}}},"sourceRouting":{"type":"object","description":"Packets of the network's pods leave by its uplink, although the node's default route leads to another NIC. The first ADD writes it where that is so.","additionalProperties":false,"properties":{"table":{"type":"integer","description":"The routing table with their default route, of one network only.","minimum":1,"maximum":4294967295,"default":119},"priority":{"type":"integer","description":"The priority of the first of three policy routing rules; the others have the next two.","minimum":1,"maximum":32763,"default":1190}}},"untouchedUplink":{"type":"object","description":"The NIC that connects the node to the virtual network. vnet reads it and never changes it.","additionalProperties":false,"required":["name","mac"],"properties":{"name":{"$ref":"#/$defs/ifName"},"mac":{"$ref":"#/$defs/mac"},"mtu":{"type":"integer","description":"The MTU of the NIC and of the pods, in bytes.","minimum":576,"maximum":65535}}},"routedNetwork":{"type":"object","description":"A network of mode routed: a bridge without uplink for the pods of this node, masquerade, routes to other nodes, address pools and reservations.","additionalProperties":false,"required":["mode","bridge","pools"],"properties":{"mode":{"type":"string","const":"routed","description":"routed: pods are ports of a bridge without uplink; the node routes between it and the uplink."},"bridge":{"$ref":"#/$defs/gatewayBridge"},"masquerade":{"$ref":"#/$defs/masquerade"},"peers":{"type":"array","description":"The pod CIDRs of other nodes. With via and dev, this node routes to them; without, the virtual network does (Azure's route table).","items":{"$ref":"#/$defs/peer"}},"podCidrs":{"$ref":"#/$defs/podCidrs"},"pools":{"$ref":"#/$defs/pools"},"probe":{"$ref":"#/$defs/probe"},"dns":{"$ref":"#/$defs/dns"},"reservations":{"$ref":"#/$defs/reservations"}}},"podCidrs":{"type":"object","description":"The agent of the cluster (vnet agent) keeps pools and peers equal to the podCIDRs of the Nodes of Kubernetes.","additionalProperties":false,"required":["from"],"properties":{"from":{"type":"string","const":"cluster","description":"cluster: the Nodes of Kubernetes."},"dev":{"$ref":"#/$defs/ifName","description":"This node routes to the others by their InternalIP over this interface; absent: the virtual network does (Azure's route table)."}}},"gatewayBridge":{"type":"object","description":"The bridge that connects the pods. It has the gateway's address, and no uplink.","additionalProperties":false,"required":["name","mac"],"properties":{"name":{"$ref":"#/$defs/ifName"},"mac":{"$ref":"#/$defs/mac","description":"The MAC of the bridge, pinned: pods have it in their ARP caches as that of the gateway."},"mtu":{"type":"integer","description":"The MTU of the bridge and its pods, in bytes; absent: 1500.","minimum":576,"maximum":65535},"hairpin":{"type":"boolean","description":"Lets a pod reach itself through its service address.","default":true},"antiSpoofing":{"type":"boolean","description":"Drops packets from a pod with a source address other than its own. The port follows a MAC changed in the pod.","default":true}}},"peer":{"type":"object","description":"The pod CIDR of another node. With via and dev, this node routes to it; without, the virtual network does (Azure's route table).","additionalProperties":false,"required":["to"],"properties":{"to":{"$ref":"#/$defs/ipCidr","description":"The pod CIDR of the other node."},"via":{"$ref":"#/$defs/ip","description":"The address of the other node, on the link of dev."},"dev":{"$ref":"#/$defs/ifName","description":"The interface of this node towards that node."}}},"masquerade":{"type":"object","description":"Packets from pods get the address of the node unless their destination is in direct.","additionalProperties":false,"required":["enabled","direct"],"properties":{"enabled":{"type":"boolean","description":"false: pods keep their addresses towards every destination."},"direct":{"type":"array","description":"The destinations to which pods keep their own addresses (nonMasqueradeCIDRs of ip-masq-agent). They include the pod CIDRs of this node and its peers.","items":{"$ref":"#/$defs/ipCidr"}},"randomFully":{"type":"boolean","description":"Chooses source ports at random, so that connections that start at the same time rarely collide.","default":true}}},"addressesNetwork":{"type":"object","description":"A network of mode addresses: its address pools and reservations, without kernel objects.","additionalProperties":false,"required":["mode","pools"],"properties":{"mode":{"type":"string","const":"addresses","description":"addresses: another main plugin creates the interfaces, vnet only assigns addresses."},"pools":{"$ref":"#/$defs/pools"},"dns":{"$ref":"#/$defs/dns"},"reservations":{"$ref":"#/$defs/reservations"}}}}};
const schema103 = {"type":"string","description":"A pod, as namespace/name.","pattern":"^[^/\\s]+/[^/\\s]+$","examples":["default/nginx-7cf567cc7-bgc82"]};
const schema132 = {"type":"object","description":"Labels, as in Kubernetes.","additionalProperties":{"type":"string","description":"The value of a label.","maxLength":63}};
const schema142 = {"type":"string","description":"The id of an endpoint: network/containerID/ifName.","pattern":"^(?=.{5,512}$)[A-Za-z0-9][A-Za-z0-9_.-]*/[A-Za-z0-9][A-Za-z0-9_.-]*/[^/:\\s]{1,15}$","examples":["azure/1bd38ad8/eth0"]};
const schema160 = {"type":"string","description":"An address of a network: network/address.","pattern":"^(?=.{3,256}$)[A-Za-z0-9][A-Za-z0-9_.-]*/(?:(?:(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])\\.){3}(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])|[0-9a-f.]*:[0-9a-f.:]*)$","examples":["azure/10.240.0.36","azure/fd00:240::36"]};
const schema157 = {"type":"string","description":"A UTC timestamp.","pattern":"^[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\\.[0-9]{1,3})?Z$","examples":["2026-11-21T11:13:58.986Z"]};
const func1 = Object.prototype.hasOwnProperty;
const pattern4 = new RegExp("^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$", "u");
const pattern5 = new RegExp("^[0-9a-f-]{36}$", "u");
const pattern6 = new RegExp("^[0-9a-f]{32}/[0-9a-f-]{36}$", "u");
const pattern7 = new RegExp("^[A-Za-z0-9][A-Za-z0-9_.-]*$", "u");
const pattern46 = new RegExp("^[^/\\s]+/[^/\\s]+$", "u");
const pattern60 = new RegExp("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", "u");
const pattern61 = new RegExp("^(?=.{5,512}$)[A-Za-z0-9][A-Za-z0-9_.-]*/[A-Za-z0-9][A-Za-z0-9_.-]*/[^/:\\s]{1,15}$", "u");
const pattern73 = new RegExp("^(?=.{3,256}$)[A-Za-z0-9][A-Za-z0-9_.-]*/(?:(?:(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])\\.){3}(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])|[0-9a-f.]*:[0-9a-f.:]*)$", "u");
const pattern70 = new RegExp("^[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\\.[0-9]{1,3})?Z$", "u");
const schema32 = {"type":"object","description":"The reaction to drift, by class of object; absent: repair. Pending changes are always applied. Also the enforcement of network policies.","additionalProperties":false,"required":[],"properties":{"links":{"$ref":"#/$defs/policyAction"},"addresses":{"$ref":"#/$defs/policyAction"},"routes":{"$ref":"#/$defs/policyAction"},"neighbours":{"$ref":"#/$defs/policyAction"},"fdb":{"$ref":"#/$defs/policyAction"},"rules":{"$ref":"#/$defs/policyAction"},"sysctls":{"$ref":"#/$defs/policyAction"},"enforce":{"type":"boolean","description":"Enforces network policies: those of this document and those of the cluster. Absent: false."},"unknownPods":{"type":"string","description":"Pods whose labels are unknown. deny: isolated until they are known. allow: treated as pods without labels. Absent: deny.","enum":["deny","allow"]},"nodeCidrs":{"type":"array","description":"Further addresses and prefixes of this node: traffic between them and its pods is always allowed, as with the addresses on its interfaces.","items":{"$ref":"#/$defs/networkPrefix"}}}};
const schema33 = {"type":"string","description":"repair: remove the drift. report: show it in status, events and drift only. ignore: do neither.","enum":["repair","report","ignore"],"default":"repair"};
const schema40 = {"type":"string","description":"A prefix, such as 10.240.0.0/16 or fd00::/64."};

function validate21(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
let vErrors = null;
let errors = 0;
const evaluated0 = validate21.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(data && typeof data == "object" && !Array.isArray(data)){
for(const key0 in data){
if(!(func1.call(schema32.properties, key0))){
const err0 = {instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0},message:"must NOT have additional properties",schema:false,parentSchema:schema32,data};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
}
if(data.links !== undefined){
let data0 = data.links;
if(typeof data0 !== "string"){
const err1 = {instancePath:instancePath+"/links",schemaPath:"#/$defs/policyAction/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema33.type,parentSchema:schema33,data:data0};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
if(!(((data0 === "repair") || (data0 === "report")) || (data0 === "ignore"))){
const err2 = {instancePath:instancePath+"/links",schemaPath:"#/$defs/policyAction/enum",keyword:"enum",params:{allowedValues: schema33.enum},message:"must be equal to one of the allowed values",schema:schema33.enum,parentSchema:schema33,data:data0};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
if(data.addresses !== undefined){
let data1 = data.addresses;
if(typeof data1 !== "string"){
const err3 = {instancePath:instancePath+"/addresses",schemaPath:"#/$defs/policyAction/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema33.type,parentSchema:schema33,data:data1};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
if(!(((data1 === "repair") || (data1 === "report")) || (data1 === "ignore"))){
const err4 = {instancePath:instancePath+"/addresses",schemaPath:"#/$defs/policyAction/enum",keyword:"enum",params:{allowedValues: schema33.enum},message:"must be equal to one of the allowed values",schema:schema33.enum,parentSchema:schema33,data:data1};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
if(data.routes !== undefined){
let data2 = data.routes;
if(typeof data2 !== "string"){
const err5 = {instancePath:instancePath+"/routes",schemaPath:"#/$defs/policyAction/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema33.type,parentSchema:schema33,data:data2};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
if(!(((data2 === "repair") || (data2 === "report")) || (data2 === "ignore"))){
const err6 = {instancePath:instancePath+"/routes",schemaPath:"#/$defs/policyAction/enum",keyword:"enum",params:{allowedValues: schema33.enum},message:"must be equal to one of the allowed values",schema:schema33.enum,parentSchema:schema33,data:data2};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
}
if(data.neighbours !== undefined){
let data3 = data.neighbours;
if(typeof data3 !== "string"){
const err7 = {instancePath:instancePath+"/neighbours",schemaPath:"#/$defs/policyAction/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema33.type,parentSchema:schema33,data:data3};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
if(!(((data3 === "repair") || (data3 === "report")) || (data3 === "ignore"))){
const err8 = {instancePath:instancePath+"/neighbours",schemaPath:"#/$defs/policyAction/enum",keyword:"enum",params:{allowedValues: schema33.enum},message:"must be equal to one of the allowed values",schema:schema33.enum,parentSchema:schema33,data:data3};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
}
if(data.fdb !== undefined){
let data4 = data.fdb;
if(typeof data4 !== "string"){
const err9 = {instancePath:instancePath+"/fdb",schemaPath:"#/$defs/policyAction/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema33.type,parentSchema:schema33,data:data4};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
}
if(!(((data4 === "repair") || (data4 === "report")) || (data4 === "ignore"))){
const err10 = {instancePath:instancePath+"/fdb",schemaPath:"#/$defs/policyAction/enum",keyword:"enum",params:{allowedValues: schema33.enum},message:"must be equal to one of the allowed values",schema:schema33.enum,parentSchema:schema33,data:data4};
if(vErrors === null){
vErrors = [err10];
}
else {
vErrors.push(err10);
}
errors++;
}
}
if(data.rules !== undefined){
let data5 = data.rules;
if(typeof data5 !== "string"){
const err11 = {instancePath:instancePath+"/rules",schemaPath:"#/$defs/policyAction/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema33.type,parentSchema:schema33,data:data5};
if(vErrors === null){
vErrors = [err11];
}
else {
vErrors.push(err11);
}
errors++;
}
if(!(((data5 === "repair") || (data5 === "report")) || (data5 === "ignore"))){
const err12 = {instancePath:instancePath+"/rules",schemaPath:"#/$defs/policyAction/enum",keyword:"enum",params:{allowedValues: schema33.enum},message:"must be equal to one of the allowed values",schema:schema33.enum,parentSchema:schema33,data:data5};
if(vErrors === null){
vErrors = [err12];
}
else {
vErrors.push(err12);
}
errors++;
}
}
if(data.sysctls !== undefined){
let data6 = data.sysctls;
if(typeof data6 !== "string"){
const err13 = {instancePath:instancePath+"/sysctls",schemaPath:"#/$defs/policyAction/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema33.type,parentSchema:schema33,data:data6};
if(vErrors === null){
vErrors = [err13];
}
else {
vErrors.push(err13);
}
errors++;
}
if(!(((data6 === "repair") || (data6 === "report")) || (data6 === "ignore"))){
const err14 = {instancePath:instancePath+"/sysctls",schemaPath:"#/$defs/policyAction/enum",keyword:"enum",params:{allowedValues: schema33.enum},message:"must be equal to one of the allowed values",schema:schema33.enum,parentSchema:schema33,data:data6};
if(vErrors === null){
vErrors = [err14];
}
else {
vErrors.push(err14);
}
errors++;
}
}
if(data.enforce !== undefined){
let data7 = data.enforce;
if(typeof data7 !== "boolean"){
const err15 = {instancePath:instancePath+"/enforce",schemaPath:"#/properties/enforce/type",keyword:"type",params:{type: "boolean"},message:"must be boolean",schema:schema32.properties.enforce.type,parentSchema:schema32.properties.enforce,data:data7};
if(vErrors === null){
vErrors = [err15];
}
else {
vErrors.push(err15);
}
errors++;
}
}
if(data.unknownPods !== undefined){
let data8 = data.unknownPods;
if(typeof data8 !== "string"){
const err16 = {instancePath:instancePath+"/unknownPods",schemaPath:"#/properties/unknownPods/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema32.properties.unknownPods.type,parentSchema:schema32.properties.unknownPods,data:data8};
if(vErrors === null){
vErrors = [err16];
}
else {
vErrors.push(err16);
}
errors++;
}
if(!((data8 === "deny") || (data8 === "allow"))){
const err17 = {instancePath:instancePath+"/unknownPods",schemaPath:"#/properties/unknownPods/enum",keyword:"enum",params:{allowedValues: schema32.properties.unknownPods.enum},message:"must be equal to one of the allowed values",schema:schema32.properties.unknownPods.enum,parentSchema:schema32.properties.unknownPods,data:data8};
if(vErrors === null){
vErrors = [err17];
}
else {
vErrors.push(err17);
}
errors++;
}
}
if(data.nodeCidrs !== undefined){
let data9 = data.nodeCidrs;
if(Array.isArray(data9)){
const len0 = data9.length;
for(let i0=0; i0<len0; i0++){
let data10 = data9[i0];
if(typeof data10 !== "string"){
const err18 = {instancePath:instancePath+"/nodeCidrs/" + i0,schemaPath:"#/$defs/networkPrefix/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema40.type,parentSchema:schema40,data:data10};
if(vErrors === null){
vErrors = [err18];
}
else {
vErrors.push(err18);
}
errors++;
}
}
}
else {
const err19 = {instancePath:instancePath+"/nodeCidrs",schemaPath:"#/properties/nodeCidrs/type",keyword:"type",params:{type: "array"},message:"must be array",schema:schema32.properties.nodeCidrs.type,parentSchema:schema32.properties.nodeCidrs,data:data9};
if(vErrors === null){
vErrors = [err19];
}
else {
vErrors.push(err19);
}
errors++;
}
}
}
else {
const err20 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema32.type,parentSchema:schema32,data};
if(vErrors === null){
vErrors = [err20];
}
else {
vErrors.push(err20);
}
errors++;
}
validate21.errors = vErrors;
return errors === 0;
}
validate21.evaluated = {"props":true,"dynamicProps":false,"dynamicItems":false};

const schema41 = {"type":"object","description":"One network, by its mode.","discriminator":{"propertyName":"mode"},"oneOf":[{"$ref":"#/$defs/bridgeNetwork"},{"$ref":"#/$defs/transparentNetwork"},{"$ref":"#/$defs/routedNetwork"},{"$ref":"#/$defs/addressesNetwork"}]};
const schema42 = {"type":"object","description":"A network of mode bridge: its uplink, bridge, ARP, routes, address pools and reservations.","additionalProperties":false,"required":["mode","uplink","bridge","pools"],"properties":{"mode":{"type":"string","const":"bridge","description":"bridge: pods and uplink are ports of one bridge."},"uplink":{"$ref":"#/$defs/uplink"},"bridge":{"$ref":"#/$defs/bridge"},"arp":{"$ref":"#/$defs/arp"},"routeViaHost":{"$ref":"#/$defs/routeViaHost"},"sameNode":{"$ref":"#/$defs/sameNode"},"routes":{"type":"array","description":"Additional routes of the node through this network, marked as vnet's and repaired.","items":{"$ref":"#/$defs/route"}},"pools":{"$ref":"#/$defs/pools"},"probe":{"$ref":"#/$defs/probe"},"dns":{"$ref":"#/$defs/dns"},"reservations":{"$ref":"#/$defs/reservations"}}};
const schema80 = {"type":"string","enum":["direct","fabric"],"description":"The path of packets between pods of this node. fabric: through the NIC to the virtual network and back, so that network security groups apply to them.","default":"direct"};
const schema98 = {"type":"object","description":"Asks the network (ARP, neighbour discovery) before a pod is given an address: one that another machine answers for is skipped. Useless on Azure, whose network answers for every address.","additionalProperties":false,"required":["timeoutMs"],"properties":{"timeoutMs":{"type":"integer","description":"The time that each ADD waits for an answer, in milliseconds.","minimum":10,"maximum":5000,"examples":[200]}}};
const schema43 = {"type":"object","description":"The NIC that connects the node to the virtual network, with its addresses and routes from before the takeover. The bridge carries these now; `vnet release` restores them.","additionalProperties":false,"required":["name","mac"],"properties":{"name":{"$ref":"#/$defs/ifName"},"mac":{"$ref":"#/$defs/mac"},"mtu":{"type":"integer","description":"The MTU of the NIC, in bytes.","minimum":576,"maximum":65535},"hardware":{"$ref":"#/$defs/hardware"},"addresses":{"type":"array","description":"The addresses moved from the uplink to the bridge.","items":{"$ref":"#/$defs/uplinkAddress"}},"routes":{"type":"array","description":"The routes moved from the uplink to the bridge.","items":{"$ref":"#/$defs/route"}},"nextHops":{"type":"array","description":"The nexthop objects moved from the uplink to the bridge.","items":{"$ref":"#/$defs/uplinkNextHop"}},"neighbours":{"type":"array","description":"The permanent neighbours and proxy entries moved from the uplink to the bridge.","items":{"$ref":"#/$defs/uplinkNeighbour"}},"settings":{"type":"array","description":"The sysctls of the uplink that differ from those of a new interface: the bridge gets them too. accept_ra is among them if a router has configured the uplink.","items":{"$ref":"#/$defs/uplinkSetting"}},"released":{"type":"boolean","description":"true: `vnet release` has restored the uplink. The bridge is not created, and ADD fails, until this line is removed.","default":false}}};
const schema44 = {"type":"string","description":"A network interface name.","pattern":"^(?!\\.{1,2}$)[^/:\\s]{1,15}$","examples":["eth0"]};
const schema45 = {"type":"string","description":"A unicast MAC address: six hexadecimal pairs with colons, the first one even.","pattern":"^[0-9A-Fa-f][02468ACEace](:[0-9A-Fa-f]{2}){5}$","examples":["00:0d:3a:51:c4:90"]};
const schema70 = {"type":"object","description":"A sysctl of an interface.","additionalProperties":false,"required":["name","value"],"properties":{"name":{"type":"string","description":"The path below /proc/sys/net without the interface.","pattern":"^ipv[46]/(conf|neigh)/[a-z0-9_]+$","examples":["ipv4/conf/rp_filter"]},"value":{"type":"string","description":"Its value.","minLength":1,"maxLength":64,"examples":["2"]}}};
const pattern8 = new RegExp("^(?!\\.{1,2}$)[^/:\\s]{1,15}$", "u");
const pattern9 = new RegExp("^[0-9A-Fa-f][02468ACEace](:[0-9A-Fa-f]{2}){5}$", "u");
const pattern29 = new RegExp("^ipv[46]/(conf|neigh)/[a-z0-9_]+$", "u");
const schema46 = {"type":"object","description":"Further identifiers of the NIC, by which it is found after it is renamed.","additionalProperties":false,"required":[],"properties":{"permanentMac":{"$ref":"#/$defs/mac","description":"The permanent MAC, from the hardware."},"busPath":{"type":"string","description":"The location of the device, as bus/device.","minLength":1,"maxLength":255,"examples":["pci/0000:00:04.0"]},"altNames":{"type":"array","description":"Alternative names.","items":{"type":"string","description":"An alternative name of the interface.","minLength":1,"maxLength":127}}}};

function validate26(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
let vErrors = null;
let errors = 0;
const evaluated0 = validate26.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(data && typeof data == "object" && !Array.isArray(data)){
for(const key0 in data){
if(!(((key0 === "permanentMac") || (key0 === "busPath")) || (key0 === "altNames"))){
const err0 = {instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0},message:"must NOT have additional properties",schema:false,parentSchema:schema46,data};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
}
if(data.permanentMac !== undefined){
let data0 = data.permanentMac;
if(typeof data0 === "string"){
if(!pattern9.test(data0)){
const err1 = {instancePath:instancePath+"/permanentMac",schemaPath:"#/$defs/mac/pattern",keyword:"pattern",params:{pattern: "^[0-9A-Fa-f][02468ACEace](:[0-9A-Fa-f]{2}){5}$"},message:"must match pattern \""+"^[0-9A-Fa-f][02468ACEace](:[0-9A-Fa-f]{2}){5}$"+"\"",schema:"^[0-9A-Fa-f][02468ACEace](:[0-9A-Fa-f]{2}){5}$",parentSchema:schema45,data:data0};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
}
else {
const err2 = {instancePath:instancePath+"/permanentMac",schemaPath:"#/$defs/mac/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema45.type,parentSchema:schema45,data:data0};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
if(data.busPath !== undefined){
let data1 = data.busPath;
if(typeof data1 === "string"){
if(data1.length > 255){
const err3 = {instancePath:instancePath+"/busPath",schemaPath:"#/properties/busPath/maxLength",keyword:"maxLength",params:{limit: 255},message:"must NOT have more than 255 characters",schema:255,parentSchema:schema46.properties.busPath,data:data1};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
if(data1.length < 1){
const err4 = {instancePath:instancePath+"/busPath",schemaPath:"#/properties/busPath/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters",schema:1,parentSchema:schema46.properties.busPath,data:data1};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
else {
const err5 = {instancePath:instancePath+"/busPath",schemaPath:"#/properties/busPath/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema46.properties.busPath.type,parentSchema:schema46.properties.busPath,data:data1};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
}
if(data.altNames !== undefined){
let data2 = data.altNames;
if(Array.isArray(data2)){
const len0 = data2.length;
for(let i0=0; i0<len0; i0++){
let data3 = data2[i0];
if(typeof data3 === "string"){
if(data3.length > 127){
const err6 = {instancePath:instancePath+"/altNames/" + i0,schemaPath:"#/properties/altNames/items/maxLength",keyword:"maxLength",params:{limit: 127},message:"must NOT have more than 127 characters",schema:127,parentSchema:schema46.properties.altNames.items,data:data3};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
if(data3.length < 1){
const err7 = {instancePath:instancePath+"/altNames/" + i0,schemaPath:"#/properties/altNames/items/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters",schema:1,parentSchema:schema46.properties.altNames.items,data:data3};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
}
else {
const err8 = {instancePath:instancePath+"/altNames/" + i0,schemaPath:"#/properties/altNames/items/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema46.properties.altNames.items.type,parentSchema:schema46.properties.altNames.items,data:data3};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
}
}
else {
const err9 = {instancePath:instancePath+"/altNames",schemaPath:"#/properties/altNames/type",keyword:"type",params:{type: "array"},message:"must be array",schema:schema46.properties.altNames.type,parentSchema:schema46.properties.altNames,data:data2};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
}
}
}
else {
const err10 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema46.type,parentSchema:schema46,data};
if(vErrors === null){
vErrors = [err10];
}
else {
vErrors.push(err10);
}
errors++;
}
validate26.errors = vErrors;
return errors === 0;
}
validate26.evaluated = {"props":true,"dynamicProps":false,"dynamicItems":false};

const schema48 = {"type":"object","description":"One address of the uplink, as before the takeover.","additionalProperties":false,"required":["address"],"properties":{"address":{"$ref":"#/$defs/ipCidr"},"peer":{"$ref":"#/$defs/ip","description":"The peer of a point-to-point address."},"scope":{"type":"integer","description":"The scope: 0 global, 253 link.","minimum":0,"maximum":255,"default":0},"broadcast":{"$ref":"#/$defs/ipv4"},"label":{"type":"string","description":"The label, where it differs from the interface name (eth0:1).","maxLength":15},"metric":{"type":"integer","description":"The metric of the kernel's prefix route.","minimum":0,"maximum":4294967295},"noPrefixRoute":{"type":"boolean","description":"true: the kernel adds no prefix route.","default":false},"prefixRoute":{"type":"boolean","description":"false: the kernel's prefix route was deleted and is not restored.","default":true},"noDad":{"type":"boolean","description":"true: an IPv6 address without duplicate address detection (nodad).","default":false},"dynamic":{"type":"boolean","description":"true: the address keeps its lifetimes and expires with them. It is never added again.","default":false},"floating":{"type":"boolean","description":"true: the address moves between nodes (keepalived, kube-vip) and is not added again; absent: true for a /32 or /128 beside an address with a shorter prefix."},"attributes":{"$ref":"#/$defs/attributes"}}};
const schema49 = {"type":"string","description":"An IPv4 or IPv6 address with prefix length.","pattern":"^[0-9A-Fa-f.:]+/[0-9]{1,3}$","examples":["10.240.0.35/16"]};
const schema50 = {"type":"string","description":"An IPv4 or IPv6 address.","pattern":"^[0-9A-Fa-f.:]*[.:][0-9A-Fa-f.:]*$","examples":["10.240.0.1"]};
const schema51 = {"type":"string","description":"An IPv4 address.","pattern":"^(?:(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])\\.){3}(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])$","examples":["10.240.0.1"]};
const schema52 = {"type":"array","description":"Further attributes, verbatim: a name of ip(8) with its value (`initcwnd 32`), or the type of a netlink attribute with its bytes in hex (`8.17 04000000`).","items":{"type":"string","description":"One attribute.","pattern":"^[a-z0-9._-]+( [^\\s]+)+$","maxLength":4096}};
const pattern11 = new RegExp("^[0-9A-Fa-f.:]+/[0-9]{1,3}$", "u");
const pattern12 = new RegExp("^[0-9A-Fa-f.:]*[.:][0-9A-Fa-f.:]*$", "u");
const pattern13 = new RegExp("^(?:(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])\\.){3}(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])$", "u");
const pattern14 = new RegExp("^[a-z0-9._-]+( [^\\s]+)+$", "u");

function validate28(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
let vErrors = null;
let errors = 0;
const evaluated0 = validate28.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.address === undefined){
const err0 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "address"},message:"must have required property '"+"address"+"'",schema:schema48.required,parentSchema:schema48,data};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
for(const key0 in data){
if(!(func1.call(schema48.properties, key0))){
const err1 = {instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0},message:"must NOT have additional properties",schema:false,parentSchema:schema48,data};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
}
if(data.address !== undefined){
let data0 = data.address;
if(typeof data0 === "string"){
if(!pattern11.test(data0)){
const err2 = {instancePath:instancePath+"/address",schemaPath:"#/$defs/ipCidr/pattern",keyword:"pattern",params:{pattern: "^[0-9A-Fa-f.:]+/[0-9]{1,3}$"},message:"must match pattern \""+"^[0-9A-Fa-f.:]+/[0-9]{1,3}$"+"\"",schema:"^[0-9A-Fa-f.:]+/[0-9]{1,3}$",parentSchema:schema49,data:data0};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
else {
const err3 = {instancePath:instancePath+"/address",schemaPath:"#/$defs/ipCidr/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema49.type,parentSchema:schema49,data:data0};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
}
if(data.peer !== undefined){
let data1 = data.peer;
if(typeof data1 === "string"){
if(!pattern12.test(data1)){
const err4 = {instancePath:instancePath+"/peer",schemaPath:"#/$defs/ip/pattern",keyword:"pattern",params:{pattern: "^[0-9A-Fa-f.:]*[.:][0-9A-Fa-f.:]*$"},message:"must match pattern \""+"^[0-9A-Fa-f.:]*[.:][0-9A-Fa-f.:]*$"+"\"",schema:"^[0-9A-Fa-f.:]*[.:][0-9A-Fa-f.:]*$",parentSchema:schema50,data:data1};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
else {
const err5 = {instancePath:instancePath+"/peer",schemaPath:"#/$defs/ip/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema50.type,parentSchema:schema50,data:data1};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
}
if(data.scope !== undefined){
let data2 = data.scope;
if(!(((typeof data2 == "number") && (!(data2 % 1) && !isNaN(data2))) && (isFinite(data2)))){
const err6 = {instancePath:instancePath+"/scope",schemaPath:"#/properties/scope/type",keyword:"type",params:{type: "integer"},message:"must be integer",schema:schema48.properties.scope.type,parentSchema:schema48.properties.scope,data:data2};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
if((typeof data2 == "number") && (isFinite(data2))){
if(data2 > 255 || isNaN(data2)){
const err7 = {instancePath:instancePath+"/scope",schemaPath:"#/properties/scope/maximum",keyword:"maximum",params:{comparison: "<=", limit: 255},message:"must be <= 255",schema:255,parentSchema:schema48.properties.scope,data:data2};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
if(data2 < 0 || isNaN(data2)){
const err8 = {instancePath:instancePath+"/scope",schemaPath:"#/properties/scope/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0},message:"must be >= 0",schema:0,parentSchema:schema48.properties.scope,data:data2};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
}
}
if(data.broadcast !== undefined){
let data3 = data.broadcast;
if(typeof data3 === "string"){
if(!pattern13.test(data3)){
const err9 = {instancePath:instancePath+"/broadcast",schemaPath:"#/$defs/ipv4/pattern",keyword:"pattern",params:{pattern: "^(?:(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])\\.){3}(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])$"},message:"must match pattern \""+"^(?:(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])\\.){3}(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])$"+"\"",schema:"^(?:(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])\\.){3}(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])$",parentSchema:schema51,data:data3};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
}
}
else {
const err10 = {instancePath:instancePath+"/broadcast",schemaPath:"#/$defs/ipv4/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema51.type,parentSchema:schema51,data:data3};
if(vErrors === null){
vErrors = [err10];
}
else {
vErrors.push(err10);
}
errors++;
}
}
if(data.label !== undefined){
let data4 = data.label;
if(typeof data4 === "string"){
if(data4.length > 15){
const err11 = {instancePath:instancePath+"/label",schemaPath:"#/properties/label/maxLength",keyword:"maxLength",params:{limit: 15},message:"must NOT have more than 15 characters",schema:15,parentSchema:schema48.properties.label,data:data4};
if(vErrors === null){
vErrors = [err11];
}
else {
vErrors.push(err11);
}
errors++;
}
}
else {
const err12 = {instancePath:instancePath+"/label",schemaPath:"#/properties/label/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema48.properties.label.type,parentSchema:schema48.properties.label,data:data4};
if(vErrors === null){
vErrors = [err12];
}
else {
vErrors.push(err12);
}
errors++;
}
}
if(data.metric !== undefined){
let data5 = data.metric;
if(!(((typeof data5 == "number") && (!(data5 % 1) && !isNaN(data5))) && (isFinite(data5)))){
const err13 = {instancePath:instancePath+"/metric",schemaPath:"#/properties/metric/type",keyword:"type",params:{type: "integer"},message:"must be integer",schema:schema48.properties.metric.type,parentSchema:schema48.properties.metric,data:data5};
if(vErrors === null){
vErrors = [err13];
}
else {
vErrors.push(err13);
}
errors++;
}
if((typeof data5 == "number") && (isFinite(data5))){
if(data5 > 4294967295 || isNaN(data5)){
const err14 = {instancePath:instancePath+"/metric",schemaPath:"#/properties/metric/maximum",keyword:"maximum",params:{comparison: "<=", limit: 4294967295},message:"must be <= 4294967295",schema:4294967295,parentSchema:schema48.properties.metric,data:data5};
if(vErrors === null){
vErrors = [err14];
}
else {
vErrors.push(err14);
}
errors++;
}
if(data5 < 0 || isNaN(data5)){
const err15 = {instancePath:instancePath+"/metric",schemaPath:"#/properties/metric/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0},message:"must be >= 0",schema:0,parentSchema:schema48.properties.metric,data:data5};
if(vErrors === null){
vErrors = [err15];
}
else {
vErrors.push(err15);
}
errors++;
}
}
}
if(data.noPrefixRoute !== undefined){
let data6 = data.noPrefixRoute;
if(typeof data6 !== "boolean"){
const err16 = {instancePath:instancePath+"/noPrefixRoute",schemaPath:"#/properties/noPrefixRoute/type",keyword:"type",params:{type: "boolean"},message:"must be boolean",schema:schema48.properties.noPrefixRoute.type,parentSchema:schema48.properties.noPrefixRoute,data:data6};
if(vErrors === null){
vErrors = [err16];
}
else {
vErrors.push(err16);
}
errors++;
}
}
if(data.prefixRoute !== undefined){
let data7 = data.prefixRoute;
if(typeof data7 !== "boolean"){
const err17 = {instancePath:instancePath+"/prefixRoute",schemaPath:"#/properties/prefixRoute/type",keyword:"type",params:{type: "boolean"},message:"must be boolean",schema:schema48.properties.prefixRoute.type,parentSchema:schema48.properties.prefixRoute,data:data7};
if(vErrors === null){
vErrors = [err17];
}
else {
vErrors.push(err17);
}
errors++;
}
}
if(data.noDad !== undefined){
let data8 = data.noDad;
if(typeof data8 !== "boolean"){
const err18 = {instancePath:instancePath+"/noDad",schemaPath:"#/properties/noDad/type",keyword:"type",params:{type: "boolean"},message:"must be boolean",schema:schema48.properties.noDad.type,parentSchema:schema48.properties.noDad,data:data8};
if(vErrors === null){
vErrors = [err18];
}
else {
vErrors.push(err18);
}
errors++;
}
}
if(data.dynamic !== undefined){
let data9 = data.dynamic;
if(typeof data9 !== "boolean"){
const err19 = {instancePath:instancePath+"/dynamic",schemaPath:"#/properties/dynamic/type",keyword:"type",params:{type: "boolean"},message:"must be boolean",schema:schema48.properties.dynamic.type,parentSchema:schema48.properties.dynamic,data:data9};
if(vErrors === null){
vErrors = [err19];
}
else {
vErrors.push(err19);
}
errors++;
}
}
if(data.floating !== undefined){
let data10 = data.floating;
if(typeof data10 !== "boolean"){
const err20 = {instancePath:instancePath+"/floating",schemaPath:"#/properties/floating/type",keyword:"type",params:{type: "boolean"},message:"must be boolean",schema:schema48.properties.floating.type,parentSchema:schema48.properties.floating,data:data10};
if(vErrors === null){
vErrors = [err20];
}
else {
vErrors.push(err20);
}
errors++;
}
}
if(data.attributes !== undefined){
let data11 = data.attributes;
if(Array.isArray(data11)){
const len0 = data11.length;
for(let i0=0; i0<len0; i0++){
let data12 = data11[i0];
if(typeof data12 === "string"){
if(data12.length > 4096){
const err21 = {instancePath:instancePath+"/attributes/" + i0,schemaPath:"#/$defs/attributes/items/maxLength",keyword:"maxLength",params:{limit: 4096},message:"must NOT have more than 4096 characters",schema:4096,parentSchema:schema52.items,data:data12};
if(vErrors === null){
vErrors = [err21];
}
else {
vErrors.push(err21);
}
errors++;
}
if(!pattern14.test(data12)){
const err22 = {instancePath:instancePath+"/attributes/" + i0,schemaPath:"#/$defs/attributes/items/pattern",keyword:"pattern",params:{pattern: "^[a-z0-9._-]+( [^\\s]+)+$"},message:"must match pattern \""+"^[a-z0-9._-]+( [^\\s]+)+$"+"\"",schema:"^[a-z0-9._-]+( [^\\s]+)+$",parentSchema:schema52.items,data:data12};
if(vErrors === null){
vErrors = [err22];
}
else {
vErrors.push(err22);
}
errors++;
}
}
else {
const err23 = {instancePath:instancePath+"/attributes/" + i0,schemaPath:"#/$defs/attributes/items/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema52.items.type,parentSchema:schema52.items,data:data12};
if(vErrors === null){
vErrors = [err23];
}
else {
vErrors.push(err23);
}
errors++;
}
}
}
else {
const err24 = {instancePath:instancePath+"/attributes",schemaPath:"#/$defs/attributes/type",keyword:"type",params:{type: "array"},message:"must be array",schema:schema52.type,parentSchema:schema52,data:data11};
if(vErrors === null){
vErrors = [err24];
}
else {
vErrors.push(err24);
}
errors++;
}
}
}
else {
const err25 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema48.type,parentSchema:schema48,data};
if(vErrors === null){
vErrors = [err25];
}
else {
vErrors.push(err25);
}
errors++;
}
validate28.errors = vErrors;
return errors === 0;
}
validate28.evaluated = {"props":true,"dynamicProps":false,"dynamicItems":false};

const schema53 = {"type":"object","description":"One route through the bridge.","additionalProperties":false,"required":["to"],"properties":{"to":{"$ref":"#/$defs/destination"},"from":{"$ref":"#/$defs/ipCidr","description":"The source prefix of the route (IPv6); absent: any."},"type":{"type":"string","description":"The type of the route; absent: unicast.","enum":["local","broadcast","anycast","multicast","blackhole","unreachable","prohibit","throw"]},"tos":{"type":"integer","description":"The type of service of the route; absent: any.","minimum":1,"maximum":255},"via":{"$ref":"#/$defs/ip"},"source":{"$ref":"#/$defs/ip"},"table":{"type":"integer","description":"The routing table; 254 is main.","minimum":1,"maximum":4294967295,"default":254},"metric":{"type":"integer","description":"The metric (priority); 0 is none.","minimum":0,"maximum":4294967295,"default":0},"scope":{"type":"integer","description":"The scope: 0 global, 253 link.","minimum":0,"maximum":255},"protocol":{"type":"integer","description":"The origin of the route, as in /etc/iproute2/rt_protos (16 is dhcp); absent: vnet.","minimum":0,"maximum":255},"onLink":{"type":"boolean","description":"true: the gateway is reachable without a connected prefix.","default":false},"mtu":{"type":"integer","description":"The MTU of the route, in bytes.","minimum":68,"maximum":65535},"nextHopId":{"type":"integer","description":"The nexthop object used by the route, instead of via.","minimum":1,"maximum":4294967295},"nextHops":{"type":"array","description":"The next hops of a multipath route, instead of via.","minItems":1,"items":{"$ref":"#/$defs/nextHop"}},"dynamic":{"type":"boolean","description":"true: the route keeps its lifetime and expires with it. It is never added again.","default":false},"attributes":{"$ref":"#/$defs/attributes"}}};
const schema54 = {"type":"string","description":"The destination: a prefix, or default.","pattern":"^(default|[0-9A-Fa-f.:]+/[0-9]{1,3})$","examples":["10.9.0.0/16","default"]};
const pattern15 = new RegExp("^(default|[0-9A-Fa-f.:]+/[0-9]{1,3})$", "u");
const schema58 = {"type":"object","description":"One next hop of a multipath route.","additionalProperties":false,"required":[],"properties":{"via":{"$ref":"#/$defs/ip"},"dev":{"$ref":"#/$defs/ifName","description":"The interface, if not the one with the uplink's addresses."},"weight":{"type":"integer","description":"The relative share of traffic.","minimum":1,"maximum":256,"default":1},"onLink":{"type":"boolean","description":"true: the gateway is reachable without a connected prefix.","default":false},"attributes":{"$ref":"#/$defs/attributes"}}};

function validate31(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
let vErrors = null;
let errors = 0;
const evaluated0 = validate31.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(data && typeof data == "object" && !Array.isArray(data)){
for(const key0 in data){
if(!(((((key0 === "via") || (key0 === "dev")) || (key0 === "weight")) || (key0 === "onLink")) || (key0 === "attributes"))){
const err0 = {instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0},message:"must NOT have additional properties",schema:false,parentSchema:schema58,data};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
}
if(data.via !== undefined){
let data0 = data.via;
if(typeof data0 === "string"){
if(!pattern12.test(data0)){
const err1 = {instancePath:instancePath+"/via",schemaPath:"#/$defs/ip/pattern",keyword:"pattern",params:{pattern: "^[0-9A-Fa-f.:]*[.:][0-9A-Fa-f.:]*$"},message:"must match pattern \""+"^[0-9A-Fa-f.:]*[.:][0-9A-Fa-f.:]*$"+"\"",schema:"^[0-9A-Fa-f.:]*[.:][0-9A-Fa-f.:]*$",parentSchema:schema50,data:data0};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
}
else {
const err2 = {instancePath:instancePath+"/via",schemaPath:"#/$defs/ip/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema50.type,parentSchema:schema50,data:data0};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
if(data.dev !== undefined){
let data1 = data.dev;
if(typeof data1 === "string"){
if(!pattern8.test(data1)){
const err3 = {instancePath:instancePath+"/dev",schemaPath:"#/$defs/ifName/pattern",keyword:"pattern",params:{pattern: "^(?!\\.{1,2}$)[^/:\\s]{1,15}$"},message:"must match pattern \""+"^(?!\\.{1,2}$)[^/:\\s]{1,15}$"+"\"",schema:"^(?!\\.{1,2}$)[^/:\\s]{1,15}$",parentSchema:schema44,data:data1};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
}
else {
const err4 = {instancePath:instancePath+"/dev",schemaPath:"#/$defs/ifName/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema44.type,parentSchema:schema44,data:data1};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
if(data.weight !== undefined){
let data2 = data.weight;
if(!(((typeof data2 == "number") && (!(data2 % 1) && !isNaN(data2))) && (isFinite(data2)))){
const err5 = {instancePath:instancePath+"/weight",schemaPath:"#/properties/weight/type",keyword:"type",params:{type: "integer"},message:"must be integer",schema:schema58.properties.weight.type,parentSchema:schema58.properties.weight,data:data2};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
if((typeof data2 == "number") && (isFinite(data2))){
if(data2 > 256 || isNaN(data2)){
const err6 = {instancePath:instancePath+"/weight",schemaPath:"#/properties/weight/maximum",keyword:"maximum",params:{comparison: "<=", limit: 256},message:"must be <= 256",schema:256,parentSchema:schema58.properties.weight,data:data2};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
if(data2 < 1 || isNaN(data2)){
const err7 = {instancePath:instancePath+"/weight",schemaPath:"#/properties/weight/minimum",keyword:"minimum",params:{comparison: ">=", limit: 1},message:"must be >= 1",schema:1,parentSchema:schema58.properties.weight,data:data2};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
}
}
if(data.onLink !== undefined){
let data3 = data.onLink;
if(typeof data3 !== "boolean"){
const err8 = {instancePath:instancePath+"/onLink",schemaPath:"#/properties/onLink/type",keyword:"type",params:{type: "boolean"},message:"must be boolean",schema:schema58.properties.onLink.type,parentSchema:schema58.properties.onLink,data:data3};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
}
if(data.attributes !== undefined){
let data4 = data.attributes;
if(Array.isArray(data4)){
const len0 = data4.length;
for(let i0=0; i0<len0; i0++){
let data5 = data4[i0];
if(typeof data5 === "string"){
if(data5.length > 4096){
const err9 = {instancePath:instancePath+"/attributes/" + i0,schemaPath:"#/$defs/attributes/items/maxLength",keyword:"maxLength",params:{limit: 4096},message:"must NOT have more than 4096 characters",schema:4096,parentSchema:schema52.items,data:data5};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
}
if(!pattern14.test(data5)){
const err10 = {instancePath:instancePath+"/attributes/" + i0,schemaPath:"#/$defs/attributes/items/pattern",keyword:"pattern",params:{pattern: "^[a-z0-9._-]+( [^\\s]+)+$"},message:"must match pattern \""+"^[a-z0-9._-]+( [^\\s]+)+$"+"\"",schema:"^[a-z0-9._-]+( [^\\s]+)+$",parentSchema:schema52.items,data:data5};
if(vErrors === null){
vErrors = [err10];
}
else {
vErrors.push(err10);
}
errors++;
}
}
else {
const err11 = {instancePath:instancePath+"/attributes/" + i0,schemaPath:"#/$defs/attributes/items/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema52.items.type,parentSchema:schema52.items,data:data5};
if(vErrors === null){
vErrors = [err11];
}
else {
vErrors.push(err11);
}
errors++;
}
}
}
else {
const err12 = {instancePath:instancePath+"/attributes",schemaPath:"#/$defs/attributes/type",keyword:"type",params:{type: "array"},message:"must be array",schema:schema52.type,parentSchema:schema52,data:data4};
if(vErrors === null){
vErrors = [err12];
}
else {
vErrors.push(err12);
}
errors++;
}
}
}
else {
const err13 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema58.type,parentSchema:schema58,data};
if(vErrors === null){
vErrors = [err13];
}
else {
vErrors.push(err13);
}
errors++;
}
validate31.errors = vErrors;
return errors === 0;
}
validate31.evaluated = {"props":true,"dynamicProps":false,"dynamicItems":false};


function validate30(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
let vErrors = null;
let errors = 0;
const evaluated0 = validate30.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.to === undefined){
const err0 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "to"},message:"must have required property '"+"to"+"'",schema:schema53.required,parentSchema:schema53,data};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
for(const key0 in data){
if(!(func1.call(schema53.properties, key0))){
const err1 = {instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0},message:"must NOT have additional properties",schema:false,parentSchema:schema53,data};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
}
if(data.to !== undefined){
let data0 = data.to;
if(typeof data0 === "string"){
if(!pattern15.test(data0)){
const err2 = {instancePath:instancePath+"/to",schemaPath:"#/$defs/destination/pattern",keyword:"pattern",params:{pattern: "^(default|[0-9A-Fa-f.:]+/[0-9]{1,3})$"},message:"must match pattern \""+"^(default|[0-9A-Fa-f.:]+/[0-9]{1,3})$"+"\"",schema:"^(default|[0-9A-Fa-f.:]+/[0-9]{1,3})$",parentSchema:schema54,data:data0};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
else {
const err3 = {instancePath:instancePath+"/to",schemaPath:"#/$defs/destination/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema54.type,parentSchema:schema54,data:data0};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
}
if(data.from !== undefined){
let data1 = data.from;
if(typeof data1 === "string"){
if(!pattern11.test(data1)){
const err4 = {instancePath:instancePath+"/from",schemaPath:"#/$defs/ipCidr/pattern",keyword:"pattern",params:{pattern: "^[0-9A-Fa-f.:]+/[0-9]{1,3}$"},message:"must match pattern \""+"^[0-9A-Fa-f.:]+/[0-9]{1,3}$"+"\"",schema:"^[0-9A-Fa-f.:]+/[0-9]{1,3}$",parentSchema:schema49,data:data1};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
else {
const err5 = {instancePath:instancePath+"/from",schemaPath:"#/$defs/ipCidr/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema49.type,parentSchema:schema49,data:data1};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
}
if(data.type !== undefined){
let data2 = data.type;
if(typeof data2 !== "string"){
const err6 = {instancePath:instancePath+"/type",schemaPath:"#/properties/type/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema53.properties.type.type,parentSchema:schema53.properties.type,data:data2};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
if(!((((((((data2 === "local") || (data2 === "broadcast")) || (data2 === "anycast")) || (data2 === "multicast")) || (data2 === "blackhole")) || (data2 === "unreachable")) || (data2 === "prohibit")) || (data2 === "throw"))){
const err7 = {instancePath:instancePath+"/type",schemaPath:"#/properties/type/enum",keyword:"enum",params:{allowedValues: schema53.properties.type.enum},message:"must be equal to one of the allowed values",schema:schema53.properties.type.enum,parentSchema:schema53.properties.type,data:data2};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
}
if(data.tos !== undefined){
let data3 = data.tos;
if(!(((typeof data3 == "number") && (!(data3 % 1) && !isNaN(data3))) && (isFinite(data3)))){
const err8 = {instancePath:instancePath+"/tos",schemaPath:"#/properties/tos/type",keyword:"type",params:{type: "integer"},message:"must be integer",schema:schema53.properties.tos.type,parentSchema:schema53.properties.tos,data:data3};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
if((typeof data3 == "number") && (isFinite(data3))){
if(data3 > 255 || isNaN(data3)){
const err9 = {instancePath:instancePath+"/tos",schemaPath:"#/properties/tos/maximum",keyword:"maximum",params:{comparison: "<=", limit: 255},message:"must be <= 255",schema:255,parentSchema:schema53.properties.tos,data:data3};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
}
if(data3 < 1 || isNaN(data3)){
const err10 = {instancePath:instancePath+"/tos",schemaPath:"#/properties/tos/minimum",keyword:"minimum",params:{comparison: ">=", limit: 1},message:"must be >= 1",schema:1,parentSchema:schema53.properties.tos,data:data3};
if(vErrors === null){
vErrors = [err10];
}
else {
vErrors.push(err10);
}
errors++;
}
}
}
if(data.via !== undefined){
let data4 = data.via;
if(typeof data4 === "string"){
if(!pattern12.test(data4)){
const err11 = {instancePath:instancePath+"/via",schemaPath:"#/$defs/ip/pattern",keyword:"pattern",params:{pattern: "^[0-9A-Fa-f.:]*[.:][0-9A-Fa-f.:]*$"},message:"must match pattern \""+"^[0-9A-Fa-f.:]*[.:][0-9A-Fa-f.:]*$"+"\"",schema:"^[0-9A-Fa-f.:]*[.:][0-9A-Fa-f.:]*$",parentSchema:schema50,data:data4};
if(vErrors === null){
vErrors = [err11];
}
else {
vErrors.push(err11);
}
errors++;
}
}
else {
const err12 = {instancePath:instancePath+"/via",schemaPath:"#/$defs/ip/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema50.type,parentSchema:schema50,data:data4};
if(vErrors === null){
vErrors = [err12];
}
else {
vErrors.push(err12);
}
errors++;
}
}
if(data.source !== undefined){
let data5 = data.source;
if(typeof data5 === "string"){
if(!pattern12.test(data5)){
const err13 = {instancePath:instancePath+"/source",schemaPath:"#/$defs/ip/pattern",keyword:"pattern",params:{pattern: "^[0-9A-Fa-f.:]*[.:][0-9A-Fa-f.:]*$"},message:"must match pattern \""+"^[0-9A-Fa-f.:]*[.:][0-9A-Fa-f.:]*$"+"\"",schema:"^[0-9A-Fa-f.:]*[.:][0-9A-Fa-f.:]*$",parentSchema:schema50,data:data5};
if(vErrors === null){
vErrors = [err13];
}
else {
vErrors.push(err13);
}
errors++;
}
}
else {
const err14 = {instancePath:instancePath+"/source",schemaPath:"#/$defs/ip/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema50.type,parentSchema:schema50,data:data5};
if(vErrors === null){
vErrors = [err14];
}
else {
vErrors.push(err14);
}
errors++;
}
}
if(data.table !== undefined){
let data6 = data.table;
if(!(((typeof data6 == "number") && (!(data6 % 1) && !isNaN(data6))) && (isFinite(data6)))){
const err15 = {instancePath:instancePath+"/table",schemaPath:"#/properties/table/type",keyword:"type",params:{type: "integer"},message:"must be integer",schema:schema53.properties.table.type,parentSchema:schema53.properties.table,data:data6};
if(vErrors === null){
vErrors = [err15];
}
else {
vErrors.push(err15);
}
errors++;
}
if((typeof data6 == "number") && (isFinite(data6))){
if(data6 > 4294967295 || isNaN(data6)){
const err16 = {instancePath:instancePath+"/table",schemaPath:"#/properties/table/maximum",keyword:"maximum",params:{comparison: "<=", limit: 4294967295},message:"must be <= 4294967295",schema:4294967295,parentSchema:schema53.properties.table,data:data6};
if(vErrors === null){
vErrors = [err16];
}
else {
vErrors.push(err16);
}
errors++;
}
if(data6 < 1 || isNaN(data6)){
const err17 = {instancePath:instancePath+"/table",schemaPath:"#/properties/table/minimum",keyword:"minimum",params:{comparison: ">=", limit: 1},message:"must be >= 1",schema:1,parentSchema:schema53.properties.table,data:data6};
if(vErrors === null){
vErrors = [err17];
}
else {
vErrors.push(err17);
}
errors++;
}
}
}
if(data.metric !== undefined){
let data7 = data.metric;
if(!(((typeof data7 == "number") && (!(data7 % 1) && !isNaN(data7))) && (isFinite(data7)))){
const err18 = {instancePath:instancePath+"/metric",schemaPath:"#/properties/metric/type",keyword:"type",params:{type: "integer"},message:"must be integer",schema:schema53.properties.metric.type,parentSchema:schema53.properties.metric,data:data7};
if(vErrors === null){
vErrors = [err18];
}
else {
vErrors.push(err18);
}
errors++;
}
if((typeof data7 == "number") && (isFinite(data7))){
if(data7 > 4294967295 || isNaN(data7)){
const err19 = {instancePath:instancePath+"/metric",schemaPath:"#/properties/metric/maximum",keyword:"maximum",params:{comparison: "<=", limit: 4294967295},message:"must be <= 4294967295",schema:4294967295,parentSchema:schema53.properties.metric,data:data7};
if(vErrors === null){
vErrors = [err19];
}
else {
vErrors.push(err19);
}
errors++;
}
if(data7 < 0 || isNaN(data7)){
const err20 = {instancePath:instancePath+"/metric",schemaPath:"#/properties/metric/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0},message:"must be >= 0",schema:0,parentSchema:schema53.properties.metric,data:data7};
if(vErrors === null){
vErrors = [err20];
}
else {
vErrors.push(err20);
}
errors++;
}
}
}
if(data.scope !== undefined){
let data8 = data.scope;
if(!(((typeof data8 == "number") && (!(data8 % 1) && !isNaN(data8))) && (isFinite(data8)))){
const err21 = {instancePath:instancePath+"/scope",schemaPath:"#/properties/scope/type",keyword:"type",params:{type: "integer"},message:"must be integer",schema:schema53.properties.scope.type,parentSchema:schema53.properties.scope,data:data8};
if(vErrors === null){
vErrors = [err21];
}
else {
vErrors.push(err21);
}
errors++;
}
if((typeof data8 == "number") && (isFinite(data8))){
if(data8 > 255 || isNaN(data8)){
const err22 = {instancePath:instancePath+"/scope",schemaPath:"#/properties/scope/maximum",keyword:"maximum",params:{comparison: "<=", limit: 255},message:"must be <= 255",schema:255,parentSchema:schema53.properties.scope,data:data8};
if(vErrors === null){
vErrors = [err22];
}
else {
vErrors.push(err22);
}
errors++;
}
if(data8 < 0 || isNaN(data8)){
const err23 = {instancePath:instancePath+"/scope",schemaPath:"#/properties/scope/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0},message:"must be >= 0",schema:0,parentSchema:schema53.properties.scope,data:data8};
if(vErrors === null){
vErrors = [err23];
}
else {
vErrors.push(err23);
}
errors++;
}
}
}
if(data.protocol !== undefined){
let data9 = data.protocol;
if(!(((typeof data9 == "number") && (!(data9 % 1) && !isNaN(data9))) && (isFinite(data9)))){
const err24 = {instancePath:instancePath+"/protocol",schemaPath:"#/properties/protocol/type",keyword:"type",params:{type: "integer"},message:"must be integer",schema:schema53.properties.protocol.type,parentSchema:schema53.properties.protocol,data:data9};
if(vErrors === null){
vErrors = [err24];
}
else {
vErrors.push(err24);
}
errors++;
}
if((typeof data9 == "number") && (isFinite(data9))){
if(data9 > 255 || isNaN(data9)){
const err25 = {instancePath:instancePath+"/protocol",schemaPath:"#/properties/protocol/maximum",keyword:"maximum",params:{comparison: "<=", limit: 255},message:"must be <= 255",schema:255,parentSchema:schema53.properties.protocol,data:data9};
if(vErrors === null){
vErrors = [err25];
}
else {
vErrors.push(err25);
}
errors++;
}
if(data9 < 0 || isNaN(data9)){
const err26 = {instancePath:instancePath+"/protocol",schemaPath:"#/properties/protocol/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0},message:"must be >= 0",schema:0,parentSchema:schema53.properties.protocol,data:data9};
if(vErrors === null){
vErrors = [err26];
}
else {
vErrors.push(err26);
}
errors++;
}
}
}
if(data.onLink !== undefined){
let data10 = data.onLink;
if(typeof data10 !== "boolean"){
const err27 = {instancePath:instancePath+"/onLink",schemaPath:"#/properties/onLink/type",keyword:"type",params:{type: "boolean"},message:"must be boolean",schema:schema53.properties.onLink.type,parentSchema:schema53.properties.onLink,data:data10};
if(vErrors === null){
vErrors = [err27];
}
else {
vErrors.push(err27);
}
errors++;
}
}
if(data.mtu !== undefined){
let data11 = data.mtu;
if(!(((typeof data11 == "number") && (!(data11 % 1) && !isNaN(data11))) && (isFinite(data11)))){
const err28 = {instancePath:instancePath+"/mtu",schemaPath:"#/properties/mtu/type",keyword:"type",params:{type: "integer"},message:"must be integer",schema:schema53.properties.mtu.type,parentSchema:schema53.properties.mtu,data:data11};
if(vErrors === null){
vErrors = [err28];
}
else {
vErrors.push(err28);
}
errors++;
}
if((typeof data11 == "number") && (isFinite(data11))){
if(data11 > 65535 || isNaN(data11)){
const err29 = {instancePath:instancePath+"/mtu",schemaPath:"#/properties/mtu/maximum",keyword:"maximum",params:{comparison: "<=", limit: 65535},message:"must be <= 65535",schema:65535,parentSchema:schema53.properties.mtu,data:data11};
if(vErrors === null){
vErrors = [err29];
}
else {
vErrors.push(err29);
}
errors++;
}
if(data11 < 68 || isNaN(data11)){
const err30 = {instancePath:instancePath+"/mtu",schemaPath:"#/properties/mtu/minimum",keyword:"minimum",params:{comparison: ">=", limit: 68},message:"must be >= 68",schema:68,parentSchema:schema53.properties.mtu,data:data11};
if(vErrors === null){
vErrors = [err30];
}
else {
vErrors.push(err30);
}
errors++;
}
}
}
if(data.nextHopId !== undefined){
let data12 = data.nextHopId;
if(!(((typeof data12 == "number") && (!(data12 % 1) && !isNaN(data12))) && (isFinite(data12)))){
const err31 = {instancePath:instancePath+"/nextHopId",schemaPath:"#/properties/nextHopId/type",keyword:"type",params:{type: "integer"},message:"must be integer",schema:schema53.properties.nextHopId.type,parentSchema:schema53.properties.nextHopId,data:data12};
if(vErrors === null){
vErrors = [err31];
}
else {
vErrors.push(err31);
}
errors++;
}
if((typeof data12 == "number") && (isFinite(data12))){
if(data12 > 4294967295 || isNaN(data12)){
const err32 = {instancePath:instancePath+"/nextHopId",schemaPath:"#/properties/nextHopId/maximum",keyword:"maximum",params:{comparison: "<=", limit: 4294967295},message:"must be <= 4294967295",schema:4294967295,parentSchema:schema53.properties.nextHopId,data:data12};
if(vErrors === null){
vErrors = [err32];
}
else {
vErrors.push(err32);
}
errors++;
}
if(data12 < 1 || isNaN(data12)){
const err33 = {instancePath:instancePath+"/nextHopId",schemaPath:"#/properties/nextHopId/minimum",keyword:"minimum",params:{comparison: ">=", limit: 1},message:"must be >= 1",schema:1,parentSchema:schema53.properties.nextHopId,data:data12};
if(vErrors === null){
vErrors = [err33];
}
else {
vErrors.push(err33);
}
errors++;
}
}
}
if(data.nextHops !== undefined){
let data13 = data.nextHops;
if(Array.isArray(data13)){
if(data13.length < 1){
const err34 = {instancePath:instancePath+"/nextHops",schemaPath:"#/properties/nextHops/minItems",keyword:"minItems",params:{limit: 1},message:"must NOT have fewer than 1 items",schema:1,parentSchema:schema53.properties.nextHops,data:data13};
if(vErrors === null){
vErrors = [err34];
}
else {
vErrors.push(err34);
}
errors++;
}
const len0 = data13.length;
for(let i0=0; i0<len0; i0++){
if(!(validate31(data13[i0], {instancePath:instancePath+"/nextHops/" + i0,parentData:data13,parentDataProperty:i0,rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate31.errors : vErrors.concat(validate31.errors);
errors = vErrors.length;
}
}
}
else {
const err35 = {instancePath:instancePath+"/nextHops",schemaPath:"#/properties/nextHops/type",keyword:"type",params:{type: "array"},message:"must be array",schema:schema53.properties.nextHops.type,parentSchema:schema53.properties.nextHops,data:data13};
if(vErrors === null){
vErrors = [err35];
}
else {
vErrors.push(err35);
}
errors++;
}
}
if(data.dynamic !== undefined){
let data15 = data.dynamic;
if(typeof data15 !== "boolean"){
const err36 = {instancePath:instancePath+"/dynamic",schemaPath:"#/properties/dynamic/type",keyword:"type",params:{type: "boolean"},message:"must be boolean",schema:schema53.properties.dynamic.type,parentSchema:schema53.properties.dynamic,data:data15};
if(vErrors === null){
vErrors = [err36];
}
else {
vErrors.push(err36);
}
errors++;
}
}
if(data.attributes !== undefined){
let data16 = data.attributes;
if(Array.isArray(data16)){
const len1 = data16.length;
for(let i1=0; i1<len1; i1++){
let data17 = data16[i1];
if(typeof data17 === "string"){
if(data17.length > 4096){
const err37 = {instancePath:instancePath+"/attributes/" + i1,schemaPath:"#/$defs/attributes/items/maxLength",keyword:"maxLength",params:{limit: 4096},message:"must NOT have more than 4096 characters",schema:4096,parentSchema:schema52.items,data:data17};
if(vErrors === null){
vErrors = [err37];
}
else {
vErrors.push(err37);
}
errors++;
}
if(!pattern14.test(data17)){
const err38 = {instancePath:instancePath+"/attributes/" + i1,schemaPath:"#/$defs/attributes/items/pattern",keyword:"pattern",params:{pattern: "^[a-z0-9._-]+( [^\\s]+)+$"},message:"must match pattern \""+"^[a-z0-9._-]+( [^\\s]+)+$"+"\"",schema:"^[a-z0-9._-]+( [^\\s]+)+$",parentSchema:schema52.items,data:data17};
if(vErrors === null){
vErrors = [err38];
}
else {
vErrors.push(err38);
}
errors++;
}
}
else {
const err39 = {instancePath:instancePath+"/attributes/" + i1,schemaPath:"#/$defs/attributes/items/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema52.items.type,parentSchema:schema52.items,data:data17};
if(vErrors === null){
vErrors = [err39];
}
else {
vErrors.push(err39);
}
errors++;
}
}
}
else {
const err40 = {instancePath:instancePath+"/attributes",schemaPath:"#/$defs/attributes/type",keyword:"type",params:{type: "array"},message:"must be array",schema:schema52.type,parentSchema:schema52,data:data16};
if(vErrors === null){
vErrors = [err40];
}
else {
vErrors.push(err40);
}
errors++;
}
}
}
else {
const err41 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema53.type,parentSchema:schema53,data};
if(vErrors === null){
vErrors = [err41];
}
else {
vErrors.push(err41);
}
errors++;
}
validate30.errors = vErrors;
return errors === 0;
}
validate30.evaluated = {"props":true,"dynamicProps":false,"dynamicItems":false};

const schema63 = {"type":"object","description":"One nexthop object (ip nexthop) of the uplink, or a group of them.","additionalProperties":false,"required":["id"],"properties":{"id":{"type":"integer","description":"The ID.","minimum":1,"maximum":4294967295},"family":{"type":"integer","description":"The family (4 or 6) of one without a gateway.","enum":[4,6]},"via":{"$ref":"#/$defs/ip"},"group":{"type":"array","description":"The members of a group, instead of via: ID, or ID and weight.","minItems":1,"items":{"type":"string","description":"A member of the group.","pattern":"^[0-9]+(,[0-9]+)?$"}},"protocol":{"type":"integer","description":"Its origin, as in /etc/iproute2/rt_protos.","minimum":0,"maximum":255},"scope":{"type":"integer","description":"The scope of routes that may use it.","minimum":0,"maximum":255},"onLink":{"type":"boolean","description":"true: the gateway is reachable without a connected prefix.","default":false},"attributes":{"$ref":"#/$defs/attributes"}}};
const pattern24 = new RegExp("^[0-9]+(,[0-9]+)?$", "u");

function validate34(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
let vErrors = null;
let errors = 0;
const evaluated0 = validate34.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.id === undefined){
const err0 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "id"},message:"must have required property '"+"id"+"'",schema:schema63.required,parentSchema:schema63,data};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
for(const key0 in data){
if(!((((((((key0 === "id") || (key0 === "family")) || (key0 === "via")) || (key0 === "group")) || (key0 === "protocol")) || (key0 === "scope")) || (key0 === "onLink")) || (key0 === "attributes"))){
const err1 = {instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0},message:"must NOT have additional properties",schema:false,parentSchema:schema63,data};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
}
if(data.id !== undefined){
let data0 = data.id;
if(!(((typeof data0 == "number") && (!(data0 % 1) && !isNaN(data0))) && (isFinite(data0)))){
const err2 = {instancePath:instancePath+"/id",schemaPath:"#/properties/id/type",keyword:"type",params:{type: "integer"},message:"must be integer",schema:schema63.properties.id.type,parentSchema:schema63.properties.id,data:data0};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
if((typeof data0 == "number") && (isFinite(data0))){
if(data0 > 4294967295 || isNaN(data0)){
const err3 = {instancePath:instancePath+"/id",schemaPath:"#/properties/id/maximum",keyword:"maximum",params:{comparison: "<=", limit: 4294967295},message:"must be <= 4294967295",schema:4294967295,parentSchema:schema63.properties.id,data:data0};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
if(data0 < 1 || isNaN(data0)){
const err4 = {instancePath:instancePath+"/id",schemaPath:"#/properties/id/minimum",keyword:"minimum",params:{comparison: ">=", limit: 1},message:"must be >= 1",schema:1,parentSchema:schema63.properties.id,data:data0};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
}
if(data.family !== undefined){
let data1 = data.family;
if(!(((typeof data1 == "number") && (!(data1 % 1) && !isNaN(data1))) && (isFinite(data1)))){
const err5 = {instancePath:instancePath+"/family",schemaPath:"#/properties/family/type",keyword:"type",params:{type: "integer"},message:"must be integer",schema:schema63.properties.family.type,parentSchema:schema63.properties.family,data:data1};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
if(!((data1 === 4) || (data1 === 6))){
const err6 = {instancePath:instancePath+"/family",schemaPath:"#/properties/family/enum",keyword:"enum",params:{allowedValues: schema63.properties.family.enum},message:"must be equal to one of the allowed values",schema:schema63.properties.family.enum,parentSchema:schema63.properties.family,data:data1};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
}
if(data.via !== undefined){
let data2 = data.via;
if(typeof data2 === "string"){
if(!pattern12.test(data2)){
const err7 = {instancePath:instancePath+"/via",schemaPath:"#/$defs/ip/pattern",keyword:"pattern",params:{pattern: "^[0-9A-Fa-f.:]*[.:][0-9A-Fa-f.:]*$"},message:"must match pattern \""+"^[0-9A-Fa-f.:]*[.:][0-9A-Fa-f.:]*$"+"\"",schema:"^[0-9A-Fa-f.:]*[.:][0-9A-Fa-f.:]*$",parentSchema:schema50,data:data2};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
}
else {
const err8 = {instancePath:instancePath+"/via",schemaPath:"#/$defs/ip/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema50.type,parentSchema:schema50,data:data2};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
}
if(data.group !== undefined){
let data3 = data.group;
if(Array.isArray(data3)){
if(data3.length < 1){
const err9 = {instancePath:instancePath+"/group",schemaPath:"#/properties/group/minItems",keyword:"minItems",params:{limit: 1},message:"must NOT have fewer than 1 items",schema:1,parentSchema:schema63.properties.group,data:data3};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
}
const len0 = data3.length;
for(let i0=0; i0<len0; i0++){
let data4 = data3[i0];
if(typeof data4 === "string"){
if(!pattern24.test(data4)){
const err10 = {instancePath:instancePath+"/group/" + i0,schemaPath:"#/properties/group/items/pattern",keyword:"pattern",params:{pattern: "^[0-9]+(,[0-9]+)?$"},message:"must match pattern \""+"^[0-9]+(,[0-9]+)?$"+"\"",schema:"^[0-9]+(,[0-9]+)?$",parentSchema:schema63.properties.group.items,data:data4};
if(vErrors === null){
vErrors = [err10];
}
else {
vErrors.push(err10);
}
errors++;
}
}
else {
const err11 = {instancePath:instancePath+"/group/" + i0,schemaPath:"#/properties/group/items/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema63.properties.group.items.type,parentSchema:schema63.properties.group.items,data:data4};
if(vErrors === null){
vErrors = [err11];
}
else {
vErrors.push(err11);
}
errors++;
}
}
}
else {
const err12 = {instancePath:instancePath+"/group",schemaPath:"#/properties/group/type",keyword:"type",params:{type: "array"},message:"must be array",schema:schema63.properties.group.type,parentSchema:schema63.properties.group,data:data3};
if(vErrors === null){
vErrors = [err12];
}
else {
vErrors.push(err12);
}
errors++;
}
}
if(data.protocol !== undefined){
let data5 = data.protocol;
if(!(((typeof data5 == "number") && (!(data5 % 1) && !isNaN(data5))) && (isFinite(data5)))){
const err13 = {instancePath:instancePath+"/protocol",schemaPath:"#/properties/protocol/type",keyword:"type",params:{type: "integer"},message:"must be integer",schema:schema63.properties.protocol.type,parentSchema:schema63.properties.protocol,data:data5};
if(vErrors === null){
vErrors = [err13];
}
else {
vErrors.push(err13);
}
errors++;
}
if((typeof data5 == "number") && (isFinite(data5))){
if(data5 > 255 || isNaN(data5)){
const err14 = {instancePath:instancePath+"/protocol",schemaPath:"#/properties/protocol/maximum",keyword:"maximum",params:{comparison: "<=", limit: 255},message:"must be <= 255",schema:255,parentSchema:schema63.properties.protocol,data:data5};
if(vErrors === null){
vErrors = [err14];
}
else {
vErrors.push(err14);
}
errors++;
}
if(data5 < 0 || isNaN(data5)){
const err15 = {instancePath:instancePath+"/protocol",schemaPath:"#/properties/protocol/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0},message:"must be >= 0",schema:0,parentSchema:schema63.properties.protocol,data:data5};
if(vErrors === null){
vErrors = [err15];
}
else {
vErrors.push(err15);
}
errors++;
}
}
}
if(data.scope !== undefined){
let data6 = data.scope;
if(!(((typeof data6 == "number") && (!(data6 % 1) && !isNaN(data6))) && (isFinite(data6)))){
const err16 = {instancePath:instancePath+"/scope",schemaPath:"#/properties/scope/type",keyword:"type",params:{type: "integer"},message:"must be integer",schema:schema63.properties.scope.type,parentSchema:schema63.properties.scope,data:data6};
if(vErrors === null){
vErrors = [err16];
}
else {
vErrors.push(err16);
}
errors++;
}
if((typeof data6 == "number") && (isFinite(data6))){
if(data6 > 255 || isNaN(data6)){
const err17 = {instancePath:instancePath+"/scope",schemaPath:"#/properties/scope/maximum",keyword:"maximum",params:{comparison: "<=", limit: 255},message:"must be <= 255",schema:255,parentSchema:schema63.properties.scope,data:data6};
if(vErrors === null){
vErrors = [err17];
}
else {
vErrors.push(err17);
}
errors++;
}
if(data6 < 0 || isNaN(data6)){
const err18 = {instancePath:instancePath+"/scope",schemaPath:"#/properties/scope/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0},message:"must be >= 0",schema:0,parentSchema:schema63.properties.scope,data:data6};
if(vErrors === null){
vErrors = [err18];
}
else {
vErrors.push(err18);
}
errors++;
}
}
}
if(data.onLink !== undefined){
let data7 = data.onLink;
if(typeof data7 !== "boolean"){
const err19 = {instancePath:instancePath+"/onLink",schemaPath:"#/properties/onLink/type",keyword:"type",params:{type: "boolean"},message:"must be boolean",schema:schema63.properties.onLink.type,parentSchema:schema63.properties.onLink,data:data7};
if(vErrors === null){
vErrors = [err19];
}
else {
vErrors.push(err19);
}
errors++;
}
}
if(data.attributes !== undefined){
let data8 = data.attributes;
if(Array.isArray(data8)){
const len1 = data8.length;
for(let i1=0; i1<len1; i1++){
let data9 = data8[i1];
if(typeof data9 === "string"){
if(data9.length > 4096){
const err20 = {instancePath:instancePath+"/attributes/" + i1,schemaPath:"#/$defs/attributes/items/maxLength",keyword:"maxLength",params:{limit: 4096},message:"must NOT have more than 4096 characters",schema:4096,parentSchema:schema52.items,data:data9};
if(vErrors === null){
vErrors = [err20];
}
else {
vErrors.push(err20);
}
errors++;
}
if(!pattern14.test(data9)){
const err21 = {instancePath:instancePath+"/attributes/" + i1,schemaPath:"#/$defs/attributes/items/pattern",keyword:"pattern",params:{pattern: "^[a-z0-9._-]+( [^\\s]+)+$"},message:"must match pattern \""+"^[a-z0-9._-]+( [^\\s]+)+$"+"\"",schema:"^[a-z0-9._-]+( [^\\s]+)+$",parentSchema:schema52.items,data:data9};
if(vErrors === null){
vErrors = [err21];
}
else {
vErrors.push(err21);
}
errors++;
}
}
else {
const err22 = {instancePath:instancePath+"/attributes/" + i1,schemaPath:"#/$defs/attributes/items/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema52.items.type,parentSchema:schema52.items,data:data9};
if(vErrors === null){
vErrors = [err22];
}
else {
vErrors.push(err22);
}
errors++;
}
}
}
else {
const err23 = {instancePath:instancePath+"/attributes",schemaPath:"#/$defs/attributes/type",keyword:"type",params:{type: "array"},message:"must be array",schema:schema52.type,parentSchema:schema52,data:data8};
if(vErrors === null){
vErrors = [err23];
}
else {
vErrors.push(err23);
}
errors++;
}
}
}
else {
const err24 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema63.type,parentSchema:schema63,data};
if(vErrors === null){
vErrors = [err24];
}
else {
vErrors.push(err24);
}
errors++;
}
validate34.errors = vErrors;
return errors === 0;
}
validate34.evaluated = {"props":true,"dynamicProps":false,"dynamicItems":false};

const schema66 = {"type":"object","description":"One neighbour entry of the uplink that another program set (permanent, noarp, proxy, extern_learn, managed), as before the takeover.","additionalProperties":false,"required":["address"],"properties":{"address":{"$ref":"#/$defs/ip"},"mac":{"$ref":"#/$defs/lladdr","description":"The MAC, also of a group (Network Load Balancing); absent for a proxy entry, or if it is not known yet."},"proxy":{"type":"boolean","description":"true: the node answers for the address.","default":false},"state":{"type":"string","description":"The state, if not permanent. stale: set by another program (extern_learn, managed), confirmed by the kernel.","enum":["noarp","stale"]},"protocol":{"type":"integer","description":"Its origin, as in /etc/iproute2/rt_protos.","minimum":1,"maximum":255},"flags":{"type":"integer","description":"The flags of the entry (NTF_* of linux/neighbour.h).","minimum":1,"maximum":255},"attributes":{"$ref":"#/$defs/attributes"}}};
const schema68 = {"type":"string","description":"The MAC address of a neighbour, which may be a group: six hexadecimal pairs with colons.","pattern":"^[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}$","examples":["03:bf:0a:f0:00:09"]};
const pattern27 = new RegExp("^[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}$", "u");

function validate36(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
let vErrors = null;
let errors = 0;
const evaluated0 = validate36.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.address === undefined){
const err0 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "address"},message:"must have required property '"+"address"+"'",schema:schema66.required,parentSchema:schema66,data};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
for(const key0 in data){
if(!(((((((key0 === "address") || (key0 === "mac")) || (key0 === "proxy")) || (key0 === "state")) || (key0 === "protocol")) || (key0 === "flags")) || (key0 === "attributes"))){
const err1 = {instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0},message:"must NOT have additional properties",schema:false,parentSchema:schema66,data};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
}
if(data.address !== undefined){
let data0 = data.address;
if(typeof data0 === "string"){
if(!pattern12.test(data0)){
const err2 = {instancePath:instancePath+"/address",schemaPath:"#/$defs/ip/pattern",keyword:"pattern",params:{pattern: "^[0-9A-Fa-f.:]*[.:][0-9A-Fa-f.:]*$"},message:"must match pattern \""+"^[0-9A-Fa-f.:]*[.:][0-9A-Fa-f.:]*$"+"\"",schema:"^[0-9A-Fa-f.:]*[.:][0-9A-Fa-f.:]*$",parentSchema:schema50,data:data0};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
else {
const err3 = {instancePath:instancePath+"/address",schemaPath:"#/$defs/ip/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema50.type,parentSchema:schema50,data:data0};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
}
if(data.mac !== undefined){
let data1 = data.mac;
if(typeof data1 === "string"){
if(!pattern27.test(data1)){
const err4 = {instancePath:instancePath+"/mac",schemaPath:"#/$defs/lladdr/pattern",keyword:"pattern",params:{pattern: "^[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}$"},message:"must match pattern \""+"^[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}$"+"\"",schema:"^[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}$",parentSchema:schema68,data:data1};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
else {
const err5 = {instancePath:instancePath+"/mac",schemaPath:"#/$defs/lladdr/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema68.type,parentSchema:schema68,data:data1};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
}
if(data.proxy !== undefined){
let data2 = data.proxy;
if(typeof data2 !== "boolean"){
const err6 = {instancePath:instancePath+"/proxy",schemaPath:"#/properties/proxy/type",keyword:"type",params:{type: "boolean"},message:"must be boolean",schema:schema66.properties.proxy.type,parentSchema:schema66.properties.proxy,data:data2};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
}
if(data.state !== undefined){
let data3 = data.state;
if(typeof data3 !== "string"){
const err7 = {instancePath:instancePath+"/state",schemaPath:"#/properties/state/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema66.properties.state.type,parentSchema:schema66.properties.state,data:data3};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
if(!((data3 === "noarp") || (data3 === "stale"))){
const err8 = {instancePath:instancePath+"/state",schemaPath:"#/properties/state/enum",keyword:"enum",params:{allowedValues: schema66.properties.state.enum},message:"must be equal to one of the allowed values",schema:schema66.properties.state.enum,parentSchema:schema66.properties.state,data:data3};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
}
if(data.protocol !== undefined){
let data4 = data.protocol;
if(!(((typeof data4 == "number") && (!(data4 % 1) && !isNaN(data4))) && (isFinite(data4)))){
const err9 = {instancePath:instancePath+"/protocol",schemaPath:"#/properties/protocol/type",keyword:"type",params:{type: "integer"},message:"must be integer",schema:schema66.properties.protocol.type,parentSchema:schema66.properties.protocol,data:data4};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
}
if((typeof data4 == "number") && (isFinite(data4))){
if(data4 > 255 || isNaN(data4)){
const err10 = {instancePath:instancePath+"/protocol",schemaPath:"#/properties/protocol/maximum",keyword:"maximum",params:{comparison: "<=", limit: 255},message:"must be <= 255",schema:255,parentSchema:schema66.properties.protocol,data:data4};
if(vErrors === null){
vErrors = [err10];
}
else {
vErrors.push(err10);
}
errors++;
}
if(data4 < 1 || isNaN(data4)){
const err11 = {instancePath:instancePath+"/protocol",schemaPath:"#/properties/protocol/minimum",keyword:"minimum",params:{comparison: ">=", limit: 1},message:"must be >= 1",schema:1,parentSchema:schema66.properties.protocol,data:data4};
if(vErrors === null){
vErrors = [err11];
}
else {
vErrors.push(err11);
}
errors++;
}
}
}
if(data.flags !== undefined){
let data5 = data.flags;
if(!(((typeof data5 == "number") && (!(data5 % 1) && !isNaN(data5))) && (isFinite(data5)))){
const err12 = {instancePath:instancePath+"/flags",schemaPath:"#/properties/flags/type",keyword:"type",params:{type: "integer"},message:"must be integer",schema:schema66.properties.flags.type,parentSchema:schema66.properties.flags,data:data5};
if(vErrors === null){
vErrors = [err12];
}
else {
vErrors.push(err12);
}
errors++;
}
if((typeof data5 == "number") && (isFinite(data5))){
if(data5 > 255 || isNaN(data5)){
const err13 = {instancePath:instancePath+"/flags",schemaPath:"#/properties/flags/maximum",keyword:"maximum",params:{comparison: "<=", limit: 255},message:"must be <= 255",schema:255,parentSchema:schema66.properties.flags,data:data5};
if(vErrors === null){
vErrors = [err13];
}
else {
vErrors.push(err13);
}
errors++;
}
if(data5 < 1 || isNaN(data5)){
const err14 = {instancePath:instancePath+"/flags",schemaPath:"#/properties/flags/minimum",keyword:"minimum",params:{comparison: ">=", limit: 1},message:"must be >= 1",schema:1,parentSchema:schema66.properties.flags,data:data5};
if(vErrors === null){
vErrors = [err14];
}
else {
vErrors.push(err14);
}
errors++;
}
}
}
if(data.attributes !== undefined){
let data6 = data.attributes;
if(Array.isArray(data6)){
const len0 = data6.length;
for(let i0=0; i0<len0; i0++){
let data7 = data6[i0];
if(typeof data7 === "string"){
if(data7.length > 4096){
const err15 = {instancePath:instancePath+"/attributes/" + i0,schemaPath:"#/$defs/attributes/items/maxLength",keyword:"maxLength",params:{limit: 4096},message:"must NOT have more than 4096 characters",schema:4096,parentSchema:schema52.items,data:data7};
if(vErrors === null){
vErrors = [err15];
}
else {
vErrors.push(err15);
}
errors++;
}
if(!pattern14.test(data7)){
const err16 = {instancePath:instancePath+"/attributes/" + i0,schemaPath:"#/$defs/attributes/items/pattern",keyword:"pattern",params:{pattern: "^[a-z0-9._-]+( [^\\s]+)+$"},message:"must match pattern \""+"^[a-z0-9._-]+( [^\\s]+)+$"+"\"",schema:"^[a-z0-9._-]+( [^\\s]+)+$",parentSchema:schema52.items,data:data7};
if(vErrors === null){
vErrors = [err16];
}
else {
vErrors.push(err16);
}
errors++;
}
}
else {
const err17 = {instancePath:instancePath+"/attributes/" + i0,schemaPath:"#/$defs/attributes/items/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema52.items.type,parentSchema:schema52.items,data:data7};
if(vErrors === null){
vErrors = [err17];
}
else {
vErrors.push(err17);
}
errors++;
}
}
}
else {
const err18 = {instancePath:instancePath+"/attributes",schemaPath:"#/$defs/attributes/type",keyword:"type",params:{type: "array"},message:"must be array",schema:schema52.type,parentSchema:schema52,data:data6};
if(vErrors === null){
vErrors = [err18];
}
else {
vErrors.push(err18);
}
errors++;
}
}
}
else {
const err19 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema66.type,parentSchema:schema66,data};
if(vErrors === null){
vErrors = [err19];
}
else {
vErrors.push(err19);
}
errors++;
}
validate36.errors = vErrors;
return errors === 0;
}
validate36.evaluated = {"props":true,"dynamicProps":false,"dynamicItems":false};


function validate25(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
let vErrors = null;
let errors = 0;
const evaluated0 = validate25.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.name === undefined){
const err0 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "name"},message:"must have required property '"+"name"+"'",schema:schema43.required,parentSchema:schema43,data};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if(data.mac === undefined){
const err1 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "mac"},message:"must have required property '"+"mac"+"'",schema:schema43.required,parentSchema:schema43,data};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
for(const key0 in data){
if(!(func1.call(schema43.properties, key0))){
const err2 = {instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0},message:"must NOT have additional properties",schema:false,parentSchema:schema43,data};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
if(data.name !== undefined){
let data0 = data.name;
if(typeof data0 === "string"){
if(!pattern8.test(data0)){
const err3 = {instancePath:instancePath+"/name",schemaPath:"#/$defs/ifName/pattern",keyword:"pattern",params:{pattern: "^(?!\\.{1,2}$)[^/:\\s]{1,15}$"},message:"must match pattern \""+"^(?!\\.{1,2}$)[^/:\\s]{1,15}$"+"\"",schema:"^(?!\\.{1,2}$)[^/:\\s]{1,15}$",parentSchema:schema44,data:data0};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
}
else {
const err4 = {instancePath:instancePath+"/name",schemaPath:"#/$defs/ifName/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema44.type,parentSchema:schema44,data:data0};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
if(data.mac !== undefined){
let data1 = data.mac;
if(typeof data1 === "string"){
if(!pattern9.test(data1)){
const err5 = {instancePath:instancePath+"/mac",schemaPath:"#/$defs/mac/pattern",keyword:"pattern",params:{pattern: "^[0-9A-Fa-f][02468ACEace](:[0-9A-Fa-f]{2}){5}$"},message:"must match pattern \""+"^[0-9A-Fa-f][02468ACEace](:[0-9A-Fa-f]{2}){5}$"+"\"",schema:"^[0-9A-Fa-f][02468ACEace](:[0-9A-Fa-f]{2}){5}$",parentSchema:schema45,data:data1};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
}
else {
const err6 = {instancePath:instancePath+"/mac",schemaPath:"#/$defs/mac/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema45.type,parentSchema:schema45,data:data1};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
}
if(data.mtu !== undefined){
let data2 = data.mtu;
if(!(((typeof data2 == "number") && (!(data2 % 1) && !isNaN(data2))) && (isFinite(data2)))){
const err7 = {instancePath:instancePath+"/mtu",schemaPath:"#/properties/mtu/type",keyword:"type",params:{type: "integer"},message:"must be integer",schema:schema43.properties.mtu.type,parentSchema:schema43.properties.mtu,data:data2};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
if((typeof data2 == "number") && (isFinite(data2))){
if(data2 > 65535 || isNaN(data2)){
const err8 = {instancePath:instancePath+"/mtu",schemaPath:"#/properties/mtu/maximum",keyword:"maximum",params:{comparison: "<=", limit: 65535},message:"must be <= 65535",schema:65535,parentSchema:schema43.properties.mtu,data:data2};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
if(data2 < 576 || isNaN(data2)){
const err9 = {instancePath:instancePath+"/mtu",schemaPath:"#/properties/mtu/minimum",keyword:"minimum",params:{comparison: ">=", limit: 576},message:"must be >= 576",schema:576,parentSchema:schema43.properties.mtu,data:data2};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
}
}
}
if(data.hardware !== undefined){
if(!(validate26(data.hardware, {instancePath:instancePath+"/hardware",parentData:data,parentDataProperty:"hardware",rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate26.errors : vErrors.concat(validate26.errors);
errors = vErrors.length;
}
}
if(data.addresses !== undefined){
let data4 = data.addresses;
if(Array.isArray(data4)){
const len0 = data4.length;
for(let i0=0; i0<len0; i0++){
if(!(validate28(data4[i0], {instancePath:instancePath+"/addresses/" + i0,parentData:data4,parentDataProperty:i0,rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate28.errors : vErrors.concat(validate28.errors);
errors = vErrors.length;
}
}
}
else {
const err10 = {instancePath:instancePath+"/addresses",schemaPath:"#/properties/addresses/type",keyword:"type",params:{type: "array"},message:"must be array",schema:schema43.properties.addresses.type,parentSchema:schema43.properties.addresses,data:data4};
if(vErrors === null){
vErrors = [err10];
}
else {
vErrors.push(err10);
}
errors++;
}
}
if(data.routes !== undefined){
let data6 = data.routes;
if(Array.isArray(data6)){
const len1 = data6.length;
for(let i1=0; i1<len1; i1++){
if(!(validate30(data6[i1], {instancePath:instancePath+"/routes/" + i1,parentData:data6,parentDataProperty:i1,rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate30.errors : vErrors.concat(validate30.errors);
errors = vErrors.length;
}
}
}
else {
const err11 = {instancePath:instancePath+"/routes",schemaPath:"#/properties/routes/type",keyword:"type",params:{type: "array"},message:"must be array",schema:schema43.properties.routes.type,parentSchema:schema43.properties.routes,data:data6};
if(vErrors === null){
vErrors = [err11];
}
else {
vErrors.push(err11);
}
errors++;
}
}
if(data.nextHops !== undefined){
let data8 = data.nextHops;
if(Array.isArray(data8)){
const len2 = data8.length;
for(let i2=0; i2<len2; i2++){
if(!(validate34(data8[i2], {instancePath:instancePath+"/nextHops/" + i2,parentData:data8,parentDataProperty:i2,rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate34.errors : vErrors.concat(validate34.errors);
errors = vErrors.length;
}
}
}
else {
const err12 = {instancePath:instancePath+"/nextHops",schemaPath:"#/properties/nextHops/type",keyword:"type",params:{type: "array"},message:"must be array",schema:schema43.properties.nextHops.type,parentSchema:schema43.properties.nextHops,data:data8};
if(vErrors === null){
vErrors = [err12];
}
else {
vErrors.push(err12);
}
errors++;
}
}
if(data.neighbours !== undefined){
let data10 = data.neighbours;
if(Array.isArray(data10)){
const len3 = data10.length;
for(let i3=0; i3<len3; i3++){
if(!(validate36(data10[i3], {instancePath:instancePath+"/neighbours/" + i3,parentData:data10,parentDataProperty:i3,rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate36.errors : vErrors.concat(validate36.errors);
errors = vErrors.length;
}
}
}
else {
const err13 = {instancePath:instancePath+"/neighbours",schemaPath:"#/properties/neighbours/type",keyword:"type",params:{type: "array"},message:"must be array",schema:schema43.properties.neighbours.type,parentSchema:schema43.properties.neighbours,data:data10};
if(vErrors === null){
vErrors = [err13];
}
else {
vErrors.push(err13);
}
errors++;
}
}
if(data.settings !== undefined){
let data12 = data.settings;
if(Array.isArray(data12)){
const len4 = data12.length;
for(let i4=0; i4<len4; i4++){
let data13 = data12[i4];
if(data13 && typeof data13 == "object" && !Array.isArray(data13)){
if(data13.name === undefined){
const err14 = {instancePath:instancePath+"/settings/" + i4,schemaPath:"#/$defs/uplinkSetting/required",keyword:"required",params:{missingProperty: "name"},message:"must have required property '"+"name"+"'",schema:schema70.required,parentSchema:schema70,data:data13};
if(vErrors === null){
vErrors = [err14];
}
else {
vErrors.push(err14);
}
errors++;
}
if(data13.value === undefined){
const err15 = {instancePath:instancePath+"/settings/" + i4,schemaPath:"#/$defs/uplinkSetting/required",keyword:"required",params:{missingProperty: "value"},message:"must have required property '"+"value"+"'",schema:schema70.required,parentSchema:schema70,data:data13};
if(vErrors === null){
vErrors = [err15];
}
else {
vErrors.push(err15);
}
errors++;
}
for(const key1 in data13){
if(!((key1 === "name") || (key1 === "value"))){
const err16 = {instancePath:instancePath+"/settings/" + i4,schemaPath:"#/$defs/uplinkSetting/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key1},message:"must NOT have additional properties",schema:false,parentSchema:schema70,data:data13};
if(vErrors === null){
vErrors = [err16];
}
else {
vErrors.push(err16);
}
errors++;
}
}
if(data13.name !== undefined){
let data14 = data13.name;
if(typeof data14 === "string"){
if(!pattern29.test(data14)){
const err17 = {instancePath:instancePath+"/settings/" + i4+"/name",schemaPath:"#/$defs/uplinkSetting/properties/name/pattern",keyword:"pattern",params:{pattern: "^ipv[46]/(conf|neigh)/[a-z0-9_]+$"},message:"must match pattern \""+"^ipv[46]/(conf|neigh)/[a-z0-9_]+$"+"\"",schema:"^ipv[46]/(conf|neigh)/[a-z0-9_]+$",parentSchema:schema70.properties.name,data:data14};
if(vErrors === null){
vErrors = [err17];
}
else {
vErrors.push(err17);
}
errors++;
}
}
else {
const err18 = {instancePath:instancePath+"/settings/" + i4+"/name",schemaPath:"#/$defs/uplinkSetting/properties/name/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema70.properties.name.type,parentSchema:schema70.properties.name,data:data14};
if(vErrors === null){
vErrors = [err18];
}
else {
vErrors.push(err18);
}
errors++;
}
}
if(data13.value !== undefined){
let data15 = data13.value;
if(typeof data15 === "string"){
if(data15.length > 64){
const err19 = {instancePath:instancePath+"/settings/" + i4+"/value",schemaPath:"#/$defs/uplinkSetting/properties/value/maxLength",keyword:"maxLength",params:{limit: 64},message:"must NOT have more than 64 characters",schema:64,parentSchema:schema70.properties.value,data:data15};
if(vErrors === null){
vErrors = [err19];
}
else {
vErrors.push(err19);
}
errors++;
}
if(data15.length < 1){
const err20 = {instancePath:instancePath+"/settings/" + i4+"/value",schemaPath:"#/$defs/uplinkSetting/properties/value/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters",schema:1,parentSchema:schema70.properties.value,data:data15};
if(vErrors === null){
vErrors = [err20];
}
else {
vErrors.push(err20);
}
errors++;
}
}
else {
const err21 = {instancePath:instancePath+"/settings/" + i4+"/value",schemaPath:"#/$defs/uplinkSetting/properties/value/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema70.properties.value.type,parentSchema:schema70.properties.value,data:data15};
if(vErrors === null){
vErrors = [err21];
}
else {
vErrors.push(err21);
}
errors++;
}
}
}
else {
const err22 = {instancePath:instancePath+"/settings/" + i4,schemaPath:"#/$defs/uplinkSetting/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema70.type,parentSchema:schema70,data:data13};
if(vErrors === null){
vErrors = [err22];
}
else {
vErrors.push(err22);
}
errors++;
}
}
}
else {
const err23 = {instancePath:instancePath+"/settings",schemaPath:"#/properties/settings/type",keyword:"type",params:{type: "array"},message:"must be array",schema:schema43.properties.settings.type,parentSchema:schema43.properties.settings,data:data12};
if(vErrors === null){
vErrors = [err23];
}
else {
vErrors.push(err23);
}
errors++;
}
}
if(data.released !== undefined){
let data16 = data.released;
if(typeof data16 !== "boolean"){
const err24 = {instancePath:instancePath+"/released",schemaPath:"#/properties/released/type",keyword:"type",params:{type: "boolean"},message:"must be boolean",schema:schema43.properties.released.type,parentSchema:schema43.properties.released,data:data16};
if(vErrors === null){
vErrors = [err24];
}
else {
vErrors.push(err24);
}
errors++;
}
}
}
else {
const err25 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema43.type,parentSchema:schema43,data};
if(vErrors === null){
vErrors = [err25];
}
else {
vErrors.push(err25);
}
errors++;
}
validate25.errors = vErrors;
return errors === 0;
}
validate25.evaluated = {"props":true,"dynamicProps":false,"dynamicItems":false};

const schema71 = {"type":"object","description":"The bridge that connects uplink and pods.","additionalProperties":false,"required":["name"],"properties":{"name":{"$ref":"#/$defs/ifName"},"mac":{"$ref":"#/$defs/mac","description":"The MAC of the bridge, pinned; absent: the uplink's."},"mtu":{"type":"integer","description":"The MTU of the bridge and its pods, in bytes; absent: the uplink's.","minimum":576,"maximum":65535},"hairpin":{"type":"boolean","description":"Lets a pod reach itself through its service address.","default":true},"antiSpoofing":{"type":"boolean","description":"Drops packets from a pod with a source address other than its own. The port follows a MAC changed in the pod.","default":true}}};

function validate39(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
let vErrors = null;
let errors = 0;
const evaluated0 = validate39.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.name === undefined){
const err0 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "name"},message:"must have required property '"+"name"+"'",schema:schema71.required,parentSchema:schema71,data};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
for(const key0 in data){
if(!(((((key0 === "name") || (key0 === "mac")) || (key0 === "mtu")) || (key0 === "hairpin")) || (key0 === "antiSpoofing"))){
const err1 = {instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0},message:"must NOT have additional properties",schema:false,parentSchema:schema71,data};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
}
if(data.name !== undefined){
let data0 = data.name;
if(typeof data0 === "string"){
if(!pattern8.test(data0)){
const err2 = {instancePath:instancePath+"/name",schemaPath:"#/$defs/ifName/pattern",keyword:"pattern",params:{pattern: "^(?!\\.{1,2}$)[^/:\\s]{1,15}$"},message:"must match pattern \""+"^(?!\\.{1,2}$)[^/:\\s]{1,15}$"+"\"",schema:"^(?!\\.{1,2}$)[^/:\\s]{1,15}$",parentSchema:schema44,data:data0};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
else {
const err3 = {instancePath:instancePath+"/name",schemaPath:"#/$defs/ifName/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema44.type,parentSchema:schema44,data:data0};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
}
if(data.mac !== undefined){
let data1 = data.mac;
if(typeof data1 === "string"){
if(!pattern9.test(data1)){
const err4 = {instancePath:instancePath+"/mac",schemaPath:"#/$defs/mac/pattern",keyword:"pattern",params:{pattern: "^[0-9A-Fa-f][02468ACEace](:[0-9A-Fa-f]{2}){5}$"},message:"must match pattern \""+"^[0-9A-Fa-f][02468ACEace](:[0-9A-Fa-f]{2}){5}$"+"\"",schema:"^[0-9A-Fa-f][02468ACEace](:[0-9A-Fa-f]{2}){5}$",parentSchema:schema45,data:data1};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
else {
const err5 = {instancePath:instancePath+"/mac",schemaPath:"#/$defs/mac/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema45.type,parentSchema:schema45,data:data1};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
}
if(data.mtu !== undefined){
let data2 = data.mtu;
if(!(((typeof data2 == "number") && (!(data2 % 1) && !isNaN(data2))) && (isFinite(data2)))){
const err6 = {instancePath:instancePath+"/mtu",schemaPath:"#/properties/mtu/type",keyword:"type",params:{type: "integer"},message:"must be integer",schema:schema71.properties.mtu.type,parentSchema:schema71.properties.mtu,data:data2};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
if((typeof data2 == "number") && (isFinite(data2))){
if(data2 > 65535 || isNaN(data2)){
const err7 = {instancePath:instancePath+"/mtu",schemaPath:"#/properties/mtu/maximum",keyword:"maximum",params:{comparison: "<=", limit: 65535},message:"must be <= 65535",schema:65535,parentSchema:schema71.properties.mtu,data:data2};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
if(data2 < 576 || isNaN(data2)){
const err8 = {instancePath:instancePath+"/mtu",schemaPath:"#/properties/mtu/minimum",keyword:"minimum",params:{comparison: ">=", limit: 576},message:"must be >= 576",schema:576,parentSchema:schema71.properties.mtu,data:data2};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
}
}
if(data.hairpin !== undefined){
let data3 = data.hairpin;
if(typeof data3 !== "boolean"){
const err9 = {instancePath:instancePath+"/hairpin",schemaPath:"#/properties/hairpin/type",keyword:"type",params:{type: "boolean"},message:"must be boolean",schema:schema71.properties.hairpin.type,parentSchema:schema71.properties.hairpin,data:data3};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
}
}
if(data.antiSpoofing !== undefined){
let data4 = data.antiSpoofing;
if(typeof data4 !== "boolean"){
const err10 = {instancePath:instancePath+"/antiSpoofing",schemaPath:"#/properties/antiSpoofing/type",keyword:"type",params:{type: "boolean"},message:"must be boolean",schema:schema71.properties.antiSpoofing.type,parentSchema:schema71.properties.antiSpoofing,data:data4};
if(vErrors === null){
vErrors = [err10];
}
else {
vErrors.push(err10);
}
errors++;
}
}
}
else {
const err11 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema71.type,parentSchema:schema71,data};
if(vErrors === null){
vErrors = [err11];
}
else {
vErrors.push(err11);
}
errors++;
}
validate39.errors = vErrors;
return errors === 0;
}
validate39.evaluated = {"props":true,"dynamicProps":false,"dynamicItems":false};

const schema74 = {"type":"object","description":"Static neighbours on the bridge.","additionalProperties":false,"required":[],"properties":{"pods":{"type":"boolean","description":"Adds a permanent neighbour and fdb entry for every pod.","default":true},"neighbours":{"type":"array","description":"Additional permanent neighbours.","items":{"$ref":"#/$defs/neighbour"}}}};
const schema75 = {"type":"object","description":"One permanent neighbour.","additionalProperties":false,"required":["address","mac"],"properties":{"address":{"$ref":"#/$defs/ip"},"mac":{"$ref":"#/$defs/mac"}}};

function validate42(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
let vErrors = null;
let errors = 0;
const evaluated0 = validate42.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.address === undefined){
const err0 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "address"},message:"must have required property '"+"address"+"'",schema:schema75.required,parentSchema:schema75,data};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if(data.mac === undefined){
const err1 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "mac"},message:"must have required property '"+"mac"+"'",schema:schema75.required,parentSchema:schema75,data};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
for(const key0 in data){
if(!((key0 === "address") || (key0 === "mac"))){
const err2 = {instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0},message:"must NOT have additional properties",schema:false,parentSchema:schema75,data};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
if(data.address !== undefined){
let data0 = data.address;
if(typeof data0 === "string"){
if(!pattern12.test(data0)){
const err3 = {instancePath:instancePath+"/address",schemaPath:"#/$defs/ip/pattern",keyword:"pattern",params:{pattern: "^[0-9A-Fa-f.:]*[.:][0-9A-Fa-f.:]*$"},message:"must match pattern \""+"^[0-9A-Fa-f.:]*[.:][0-9A-Fa-f.:]*$"+"\"",schema:"^[0-9A-Fa-f.:]*[.:][0-9A-Fa-f.:]*$",parentSchema:schema50,data:data0};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
}
else {
const err4 = {instancePath:instancePath+"/address",schemaPath:"#/$defs/ip/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema50.type,parentSchema:schema50,data:data0};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
if(data.mac !== undefined){
let data1 = data.mac;
if(typeof data1 === "string"){
if(!pattern9.test(data1)){
const err5 = {instancePath:instancePath+"/mac",schemaPath:"#/$defs/mac/pattern",keyword:"pattern",params:{pattern: "^[0-9A-Fa-f][02468ACEace](:[0-9A-Fa-f]{2}){5}$"},message:"must match pattern \""+"^[0-9A-Fa-f][02468ACEace](:[0-9A-Fa-f]{2}){5}$"+"\"",schema:"^[0-9A-Fa-f][02468ACEace](:[0-9A-Fa-f]{2}){5}$",parentSchema:schema45,data:data1};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
}
else {
const err6 = {instancePath:instancePath+"/mac",schemaPath:"#/$defs/mac/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema45.type,parentSchema:schema45,data:data1};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
}
}
else {
const err7 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema75.type,parentSchema:schema75,data};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
validate42.errors = vErrors;
return errors === 0;
}
validate42.evaluated = {"props":true,"dynamicProps":false,"dynamicItems":false};


function validate41(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
let vErrors = null;
let errors = 0;
const evaluated0 = validate41.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(data && typeof data == "object" && !Array.isArray(data)){
for(const key0 in data){
if(!((key0 === "pods") || (key0 === "neighbours"))){
const err0 = {instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0},message:"must NOT have additional properties",schema:false,parentSchema:schema74,data};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
}
if(data.pods !== undefined){
let data0 = data.pods;
if(typeof data0 !== "boolean"){
const err1 = {instancePath:instancePath+"/pods",schemaPath:"#/properties/pods/type",keyword:"type",params:{type: "boolean"},message:"must be boolean",schema:schema74.properties.pods.type,parentSchema:schema74.properties.pods,data:data0};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
}
if(data.neighbours !== undefined){
let data1 = data.neighbours;
if(Array.isArray(data1)){
const len0 = data1.length;
for(let i0=0; i0<len0; i0++){
if(!(validate42(data1[i0], {instancePath:instancePath+"/neighbours/" + i0,parentData:data1,parentDataProperty:i0,rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate42.errors : vErrors.concat(validate42.errors);
errors = vErrors.length;
}
}
}
else {
const err2 = {instancePath:instancePath+"/neighbours",schemaPath:"#/properties/neighbours/type",keyword:"type",params:{type: "array"},message:"must be array",schema:schema74.properties.neighbours.type,parentSchema:schema74.properties.neighbours,data:data1};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
}
else {
const err3 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema74.type,parentSchema:schema74,data};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
validate41.errors = vErrors;
return errors === 0;
}
validate41.evaluated = {"props":true,"dynamicProps":false,"dynamicItems":false};

const schema78 = {"type":"array","description":"Addresses on the node that pods reach through the node instead of the fabric, such as node-local DNS.","items":{"$ref":"#/$defs/ip"}};

function validate45(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
let vErrors = null;
let errors = 0;
const evaluated0 = validate45.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(Array.isArray(data)){
const len0 = data.length;
for(let i0=0; i0<len0; i0++){
let data0 = data[i0];
if(typeof data0 === "string"){
if(!pattern12.test(data0)){
const err0 = {instancePath:instancePath+"/" + i0,schemaPath:"#/$defs/ip/pattern",keyword:"pattern",params:{pattern: "^[0-9A-Fa-f.:]*[.:][0-9A-Fa-f.:]*$"},message:"must match pattern \""+"^[0-9A-Fa-f.:]*[.:][0-9A-Fa-f.:]*$"+"\"",schema:"^[0-9A-Fa-f.:]*[.:][0-9A-Fa-f.:]*$",parentSchema:schema50,data:data0};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
}
else {
const err1 = {instancePath:instancePath+"/" + i0,schemaPath:"#/$defs/ip/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema50.type,parentSchema:schema50,data:data0};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
}
}
else {
const err2 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "array"},message:"must be array",schema:schema78.type,parentSchema:schema78,data};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
validate45.errors = vErrors;
return errors === 0;
}
validate45.evaluated = {"items":true,"dynamicProps":false,"dynamicItems":false};

const schema81 = {"type":"object","description":"The sources of pod addresses, one for each family. A pod gets an address of each.","additionalProperties":false,"minProperties":1,"required":[],"properties":{"ipv4":{"$ref":"#/$defs/ipv4Pool"},"ipv6":{"$ref":"#/$defs/ipv6Pool"}}};
const schema82 = {"type":"object","description":"The source of the pods' IPv4 addresses.","additionalProperties":false,"required":["source","subnet","gateway","addresses"],"properties":{"source":{"$ref":"#/$defs/poolSource"},"subnet":{"$ref":"#/$defs/ipv4Cidr"},"gateway":{"$ref":"#/$defs/ipv4"},"addresses":{"type":"array","description":"Single addresses, ranges (10.240.0.36-10.240.0.65) and prefixes (10.240.1.0/28: all its addresses except the node's).","items":{"$ref":"#/$defs/ipv4Range"}},"exclude":{"type":"array","description":"Addresses, ranges and prefixes that are never assigned.","items":{"$ref":"#/$defs/ipv4Range"}},"quarantineSeconds":{"$ref":"#/$defs/quarantineSeconds"},"url":{"$ref":"#/$defs/hostEndpointUrl"}}};
const schema83 = {"type":"string","enum":["static","azure"],"description":"static: the addresses listed here. azure: the addresses that Azure's host endpoint reports, stored here."};
const schema84 = {"type":"string","description":"An IPv4 address with prefix length.","pattern":"^(?:(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])\\.){3}(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])/(?:3[0-2]|[12]?[0-9])$","examples":["10.240.0.0/16"]};
const schema86 = {"type":"string","description":"An IPv4 address, a range or a prefix.","pattern":"^[0-9.]+(-[0-9.]+|/[0-9]{1,2})?$","examples":["10.240.0.36","10.240.0.36-10.240.0.65","10.240.1.0/28"]};
const schema88 = {"type":"integer","description":"The quarantine of a released address; ends early only if no other address is free.","minimum":0,"maximum":86400,"default":30};
const schema89 = {"type":"string","description":"The host endpoint, if not Azure's (source azure).","pattern":"^https?://","examples":["http://168.63.129.16/machine/plugins?comp=nmagent&type=getinterfaceinfov1"]};
const pattern35 = new RegExp("^(?:(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])\\.){3}(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])/(?:3[0-2]|[12]?[0-9])$", "u");
const pattern37 = new RegExp("^[0-9.]+(-[0-9.]+|/[0-9]{1,2})?$", "u");
const pattern39 = new RegExp("^https?://", "u");

function validate49(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
let vErrors = null;
let errors = 0;
const evaluated0 = validate49.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.source === undefined){
const err0 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "source"},message:"must have required property '"+"source"+"'",schema:schema82.required,parentSchema:schema82,data};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if(data.subnet === undefined){
const err1 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "subnet"},message:"must have required property '"+"subnet"+"'",schema:schema82.required,parentSchema:schema82,data};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
if(data.gateway === undefined){
const err2 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "gateway"},message:"must have required property '"+"gateway"+"'",schema:schema82.required,parentSchema:schema82,data};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
if(data.addresses === undefined){
const err3 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "addresses"},message:"must have required property '"+"addresses"+"'",schema:schema82.required,parentSchema:schema82,data};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
for(const key0 in data){
if(!(((((((key0 === "source") || (key0 === "subnet")) || (key0 === "gateway")) || (key0 === "addresses")) || (key0 === "exclude")) || (key0 === "quarantineSeconds")) || (key0 === "url"))){
const err4 = {instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0},message:"must NOT have additional properties",schema:false,parentSchema:schema82,data};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
if(data.source !== undefined){
let data0 = data.source;
if(typeof data0 !== "string"){
const err5 = {instancePath:instancePath+"/source",schemaPath:"#/$defs/poolSource/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema83.type,parentSchema:schema83,data:data0};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
if(!((data0 === "static") || (data0 === "azure"))){
const err6 = {instancePath:instancePath+"/source",schemaPath:"#/$defs/poolSource/enum",keyword:"enum",params:{allowedValues: schema83.enum},message:"must be equal to one of the allowed values",schema:schema83.enum,parentSchema:schema83,data:data0};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
}
if(data.subnet !== undefined){
let data1 = data.subnet;
if(typeof data1 === "string"){
if(!pattern35.test(data1)){
const err7 = {instancePath:instancePath+"/subnet",schemaPath:"#/$defs/ipv4Cidr/pattern",keyword:"pattern",params:{pattern: "^(?:(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])\\.){3}(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])/(?:3[0-2]|[12]?[0-9])$"},message:"must match pattern \""+"^(?:(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])\\.){3}(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])/(?:3[0-2]|[12]?[0-9])$"+"\"",schema:"^(?:(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])\\.){3}(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])/(?:3[0-2]|[12]?[0-9])$",parentSchema:schema84,data:data1};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
}
else {
const err8 = {instancePath:instancePath+"/subnet",schemaPath:"#/$defs/ipv4Cidr/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema84.type,parentSchema:schema84,data:data1};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
}
if(data.gateway !== undefined){
let data2 = data.gateway;
if(typeof data2 === "string"){
if(!pattern13.test(data2)){
const err9 = {instancePath:instancePath+"/gateway",schemaPath:"#/$defs/ipv4/pattern",keyword:"pattern",params:{pattern: "^(?:(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])\\.){3}(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])$"},message:"must match pattern \""+"^(?:(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])\\.){3}(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])$"+"\"",schema:"^(?:(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])\\.){3}(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])$",parentSchema:schema51,data:data2};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
}
}
else {
const err10 = {instancePath:instancePath+"/gateway",schemaPath:"#/$defs/ipv4/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema51.type,parentSchema:schema51,data:data2};
if(vErrors === null){
vErrors = [err10];
}
else {
vErrors.push(err10);
}
errors++;
}
}
if(data.addresses !== undefined){
let data3 = data.addresses;
if(Array.isArray(data3)){
const len0 = data3.length;
for(let i0=0; i0<len0; i0++){
let data4 = data3[i0];
if(typeof data4 === "string"){
if(!pattern37.test(data4)){
const err11 = {instancePath:instancePath+"/addresses/" + i0,schemaPath:"#/$defs/ipv4Range/pattern",keyword:"pattern",params:{pattern: "^[0-9.]+(-[0-9.]+|/[0-9]{1,2})?$"},message:"must match pattern \""+"^[0-9.]+(-[0-9.]+|/[0-9]{1,2})?$"+"\"",schema:"^[0-9.]+(-[0-9.]+|/[0-9]{1,2})?$",parentSchema:schema86,data:data4};
if(vErrors === null){
vErrors = [err11];
}
else {
vErrors.push(err11);
}
errors++;
}
}
else {
const err12 = {instancePath:instancePath+"/addresses/" + i0,schemaPath:"#/$defs/ipv4Range/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema86.type,parentSchema:schema86,data:data4};
if(vErrors === null){
vErrors = [err12];
}
else {
vErrors.push(err12);
}
errors++;
}
}
}
else {
const err13 = {instancePath:instancePath+"/addresses",schemaPath:"#/properties/addresses/type",keyword:"type",params:{type: "array"},message:"must be array",schema:schema82.properties.addresses.type,parentSchema:schema82.properties.addresses,data:data3};
if(vErrors === null){
vErrors = [err13];
}
else {
vErrors.push(err13);
}
errors++;
}
}
if(data.exclude !== undefined){
let data5 = data.exclude;
if(Array.isArray(data5)){
const len1 = data5.length;
for(let i1=0; i1<len1; i1++){
let data6 = data5[i1];
if(typeof data6 === "string"){
if(!pattern37.test(data6)){
const err14 = {instancePath:instancePath+"/exclude/" + i1,schemaPath:"#/$defs/ipv4Range/pattern",keyword:"pattern",params:{pattern: "^[0-9.]+(-[0-9.]+|/[0-9]{1,2})?$"},message:"must match pattern \""+"^[0-9.]+(-[0-9.]+|/[0-9]{1,2})?$"+"\"",schema:"^[0-9.]+(-[0-9.]+|/[0-9]{1,2})?$",parentSchema:schema86,data:data6};
if(vErrors === null){
vErrors = [err14];
}
else {
vErrors.push(err14);
}
errors++;
}
}
else {
const err15 = {instancePath:instancePath+"/exclude/" + i1,schemaPath:"#/$defs/ipv4Range/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema86.type,parentSchema:schema86,data:data6};
if(vErrors === null){
vErrors = [err15];
}
else {
vErrors.push(err15);
}
errors++;
}
}
}
else {
const err16 = {instancePath:instancePath+"/exclude",schemaPath:"#/properties/exclude/type",keyword:"type",params:{type: "array"},message:"must be array",schema:schema82.properties.exclude.type,parentSchema:schema82.properties.exclude,data:data5};
if(vErrors === null){
vErrors = [err16];
}
else {
vErrors.push(err16);
}
errors++;
}
}
if(data.quarantineSeconds !== undefined){
let data7 = data.quarantineSeconds;
if(!(((typeof data7 == "number") && (!(data7 % 1) && !isNaN(data7))) && (isFinite(data7)))){
const err17 = {instancePath:instancePath+"/quarantineSeconds",schemaPath:"#/$defs/quarantineSeconds/type",keyword:"type",params:{type: "integer"},message:"must be integer",schema:schema88.type,parentSchema:schema88,data:data7};
if(vErrors === null){
vErrors = [err17];
}
else {
vErrors.push(err17);
}
errors++;
}
if((typeof data7 == "number") && (isFinite(data7))){
if(data7 > 86400 || isNaN(data7)){
const err18 = {instancePath:instancePath+"/quarantineSeconds",schemaPath:"#/$defs/quarantineSeconds/maximum",keyword:"maximum",params:{comparison: "<=", limit: 86400},message:"must be <= 86400",schema:86400,parentSchema:schema88,data:data7};
if(vErrors === null){
vErrors = [err18];
}
else {
vErrors.push(err18);
}
errors++;
}
if(data7 < 0 || isNaN(data7)){
const err19 = {instancePath:instancePath+"/quarantineSeconds",schemaPath:"#/$defs/quarantineSeconds/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0},message:"must be >= 0",schema:0,parentSchema:schema88,data:data7};
if(vErrors === null){
vErrors = [err19];
}
else {
vErrors.push(err19);
}
errors++;
}
}
}
if(data.url !== undefined){
let data8 = data.url;
if(typeof data8 === "string"){
if(!pattern39.test(data8)){
const err20 = {instancePath:instancePath+"/url",schemaPath:"#/$defs/hostEndpointUrl/pattern",keyword:"pattern",params:{pattern: "^https?://"},message:"must match pattern \""+"^https?://"+"\"",schema:"^https?://",parentSchema:schema89,data:data8};
if(vErrors === null){
vErrors = [err20];
}
else {
vErrors.push(err20);
}
errors++;
}
}
else {
const err21 = {instancePath:instancePath+"/url",schemaPath:"#/$defs/hostEndpointUrl/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema89.type,parentSchema:schema89,data:data8};
if(vErrors === null){
vErrors = [err21];
}
else {
vErrors.push(err21);
}
errors++;
}
}
}
else {
const err22 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema82.type,parentSchema:schema82,data};
if(vErrors === null){
vErrors = [err22];
}
else {
vErrors.push(err22);
}
errors++;
}
validate49.errors = vErrors;
return errors === 0;
}
validate49.evaluated = {"props":true,"dynamicProps":false,"dynamicItems":false};

const schema90 = {"type":"object","description":"The source of the pods' IPv6 addresses.","additionalProperties":false,"required":["source","subnet","gateway","addresses"],"properties":{"source":{"$ref":"#/$defs/poolSource"},"subnet":{"$ref":"#/$defs/ipv6Cidr"},"gateway":{"$ref":"#/$defs/ipv6","description":"The gateway of the pods: an IPv6 address of the subnet, or a link-local one."},"addresses":{"type":"array","description":"Single addresses, ranges (fd00:240::36-fd00:240::65) and prefixes (fd00:240::/120: all its addresses except the node's).","items":{"$ref":"#/$defs/ipv6Range"}},"exclude":{"type":"array","description":"Addresses, ranges and prefixes that are never assigned.","items":{"$ref":"#/$defs/ipv6Range"}},"quarantineSeconds":{"$ref":"#/$defs/quarantineSeconds"},"url":{"$ref":"#/$defs/hostEndpointUrl"}}};
const schema92 = {"type":"string","description":"An IPv6 address with prefix length.","pattern":"^[0-9A-Fa-f.]*:[0-9A-Fa-f.:]*/[0-9]{1,3}$","examples":["fd00:240::/64"]};
const schema93 = {"type":"string","description":"An IPv6 address.","pattern":"^[0-9A-Fa-f.]*:[0-9A-Fa-f.:]*$","examples":["fd00:240::1"]};
const schema94 = {"type":"string","description":"An IPv6 address, a range or a prefix.","pattern":"^[0-9A-Fa-f.]*:[0-9A-Fa-f.:]*(-[0-9A-Fa-f.]*:[0-9A-Fa-f.:]*|/[0-9]{1,3})?$","examples":["fd00:240::36","fd00:240::36-fd00:240::65","fd00:240::/120"]};
const pattern40 = new RegExp("^[0-9A-Fa-f.]*:[0-9A-Fa-f.:]*/[0-9]{1,3}$", "u");
const pattern41 = new RegExp("^[0-9A-Fa-f.]*:[0-9A-Fa-f.:]*$", "u");
const pattern42 = new RegExp("^[0-9A-Fa-f.]*:[0-9A-Fa-f.:]*(-[0-9A-Fa-f.]*:[0-9A-Fa-f.:]*|/[0-9]{1,3})?$", "u");

function validate51(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
let vErrors = null;
let errors = 0;
const evaluated0 = validate51.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.source === undefined){
const err0 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "source"},message:"must have required property '"+"source"+"'",schema:schema90.required,parentSchema:schema90,data};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if(data.subnet === undefined){
const err1 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "subnet"},message:"must have required property '"+"subnet"+"'",schema:schema90.required,parentSchema:schema90,data};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
if(data.gateway === undefined){
const err2 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "gateway"},message:"must have required property '"+"gateway"+"'",schema:schema90.required,parentSchema:schema90,data};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
if(data.addresses === undefined){
const err3 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "addresses"},message:"must have required property '"+"addresses"+"'",schema:schema90.required,parentSchema:schema90,data};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
for(const key0 in data){
if(!(((((((key0 === "source") || (key0 === "subnet")) || (key0 === "gateway")) || (key0 === "addresses")) || (key0 === "exclude")) || (key0 === "quarantineSeconds")) || (key0 === "url"))){
const err4 = {instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0},message:"must NOT have additional properties",schema:false,parentSchema:schema90,data};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
if(data.source !== undefined){
let data0 = data.source;
if(typeof data0 !== "string"){
const err5 = {instancePath:instancePath+"/source",schemaPath:"#/$defs/poolSource/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema83.type,parentSchema:schema83,data:data0};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
if(!((data0 === "static") || (data0 === "azure"))){
const err6 = {instancePath:instancePath+"/source",schemaPath:"#/$defs/poolSource/enum",keyword:"enum",params:{allowedValues: schema83.enum},message:"must be equal to one of the allowed values",schema:schema83.enum,parentSchema:schema83,data:data0};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
}
if(data.subnet !== undefined){
let data1 = data.subnet;
if(typeof data1 === "string"){
if(!pattern40.test(data1)){
const err7 = {instancePath:instancePath+"/subnet",schemaPath:"#/$defs/ipv6Cidr/pattern",keyword:"pattern",params:{pattern: "^[0-9A-Fa-f.]*:[0-9A-Fa-f.:]*/[0-9]{1,3}$"},message:"must match pattern \""+"^[0-9A-Fa-f.]*:[0-9A-Fa-f.:]*/[0-9]{1,3}$"+"\"",schema:"^[0-9A-Fa-f.]*:[0-9A-Fa-f.:]*/[0-9]{1,3}$",parentSchema:schema92,data:data1};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
}
else {
const err8 = {instancePath:instancePath+"/subnet",schemaPath:"#/$defs/ipv6Cidr/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema92.type,parentSchema:schema92,data:data1};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
}
if(data.gateway !== undefined){
let data2 = data.gateway;
if(typeof data2 === "string"){
if(!pattern41.test(data2)){
const err9 = {instancePath:instancePath+"/gateway",schemaPath:"#/$defs/ipv6/pattern",keyword:"pattern",params:{pattern: "^[0-9A-Fa-f.]*:[0-9A-Fa-f.:]*$"},message:"must match pattern \""+"^[0-9A-Fa-f.]*:[0-9A-Fa-f.:]*$"+"\"",schema:"^[0-9A-Fa-f.]*:[0-9A-Fa-f.:]*$",parentSchema:schema93,data:data2};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
}
}
else {
const err10 = {instancePath:instancePath+"/gateway",schemaPath:"#/$defs/ipv6/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema93.type,parentSchema:schema93,data:data2};
if(vErrors === null){
vErrors = [err10];
}
else {
vErrors.push(err10);
}
errors++;
}
}
if(data.addresses !== undefined){
let data3 = data.addresses;
if(Array.isArray(data3)){
const len0 = data3.length;
for(let i0=0; i0<len0; i0++){
let data4 = data3[i0];
if(typeof data4 === "string"){
if(!pattern42.test(data4)){
const err11 = {instancePath:instancePath+"/addresses/" + i0,schemaPath:"#/$defs/ipv6Range/pattern",keyword:"pattern",params:{pattern: "^[0-9A-Fa-f.]*:[0-9A-Fa-f.:]*(-[0-9A-Fa-f.]*:[0-9A-Fa-f.:]*|/[0-9]{1,3})?$"},message:"must match pattern \""+"^[0-9A-Fa-f.]*:[0-9A-Fa-f.:]*(-[0-9A-Fa-f.]*:[0-9A-Fa-f.:]*|/[0-9]{1,3})?$"+"\"",schema:"^[0-9A-Fa-f.]*:[0-9A-Fa-f.:]*(-[0-9A-Fa-f.]*:[0-9A-Fa-f.:]*|/[0-9]{1,3})?$",parentSchema:schema94,data:data4};
if(vErrors === null){
vErrors = [err11];
}
else {
vErrors.push(err11);
}
errors++;
}
}
else {
const err12 = {instancePath:instancePath+"/addresses/" + i0,schemaPath:"#/$defs/ipv6Range/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema94.type,parentSchema:schema94,data:data4};
if(vErrors === null){
vErrors = [err12];
}
else {
vErrors.push(err12);
}
errors++;
}
}
}
else {
const err13 = {instancePath:instancePath+"/addresses",schemaPath:"#/properties/addresses/type",keyword:"type",params:{type: "array"},message:"must be array",schema:schema90.properties.addresses.type,parentSchema:schema90.properties.addresses,data:data3};
if(vErrors === null){
vErrors = [err13];
}
else {
vErrors.push(err13);
}
errors++;
}
}
if(data.exclude !== undefined){
let data5 = data.exclude;
if(Array.isArray(data5)){
const len1 = data5.length;
for(let i1=0; i1<len1; i1++){
let data6 = data5[i1];
if(typeof data6 === "string"){
if(!pattern42.test(data6)){
const err14 = {instancePath:instancePath+"/exclude/" + i1,schemaPath:"#/$defs/ipv6Range/pattern",keyword:"pattern",params:{pattern: "^[0-9A-Fa-f.]*:[0-9A-Fa-f.:]*(-[0-9A-Fa-f.]*:[0-9A-Fa-f.:]*|/[0-9]{1,3})?$"},message:"must match pattern \""+"^[0-9A-Fa-f.]*:[0-9A-Fa-f.:]*(-[0-9A-Fa-f.]*:[0-9A-Fa-f.:]*|/[0-9]{1,3})?$"+"\"",schema:"^[0-9A-Fa-f.]*:[0-9A-Fa-f.:]*(-[0-9A-Fa-f.]*:[0-9A-Fa-f.:]*|/[0-9]{1,3})?$",parentSchema:schema94,data:data6};
if(vErrors === null){
vErrors = [err14];
}
else {
vErrors.push(err14);
}
errors++;
}
}
else {
const err15 = {instancePath:instancePath+"/exclude/" + i1,schemaPath:"#/$defs/ipv6Range/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema94.type,parentSchema:schema94,data:data6};
if(vErrors === null){
vErrors = [err15];
}
else {
vErrors.push(err15);
}
errors++;
}
}
}
else {
const err16 = {instancePath:instancePath+"/exclude",schemaPath:"#/properties/exclude/type",keyword:"type",params:{type: "array"},message:"must be array",schema:schema90.properties.exclude.type,parentSchema:schema90.properties.exclude,data:data5};
if(vErrors === null){
vErrors = [err16];
}
else {
vErrors.push(err16);
}
errors++;
}
}
if(data.quarantineSeconds !== undefined){
let data7 = data.quarantineSeconds;
if(!(((typeof data7 == "number") && (!(data7 % 1) && !isNaN(data7))) && (isFinite(data7)))){
const err17 = {instancePath:instancePath+"/quarantineSeconds",schemaPath:"#/$defs/quarantineSeconds/type",keyword:"type",params:{type: "integer"},message:"must be integer",schema:schema88.type,parentSchema:schema88,data:data7};
if(vErrors === null){
vErrors = [err17];
}
else {
vErrors.push(err17);
}
errors++;
}
if((typeof data7 == "number") && (isFinite(data7))){
if(data7 > 86400 || isNaN(data7)){
const err18 = {instancePath:instancePath+"/quarantineSeconds",schemaPath:"#/$defs/quarantineSeconds/maximum",keyword:"maximum",params:{comparison: "<=", limit: 86400},message:"must be <= 86400",schema:86400,parentSchema:schema88,data:data7};
if(vErrors === null){
vErrors = [err18];
}
else {
vErrors.push(err18);
}
errors++;
}
if(data7 < 0 || isNaN(data7)){
const err19 = {instancePath:instancePath+"/quarantineSeconds",schemaPath:"#/$defs/quarantineSeconds/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0},message:"must be >= 0",schema:0,parentSchema:schema88,data:data7};
if(vErrors === null){
vErrors = [err19];
}
else {
vErrors.push(err19);
}
errors++;
}
}
}
if(data.url !== undefined){
let data8 = data.url;
if(typeof data8 === "string"){
if(!pattern39.test(data8)){
const err20 = {instancePath:instancePath+"/url",schemaPath:"#/$defs/hostEndpointUrl/pattern",keyword:"pattern",params:{pattern: "^https?://"},message:"must match pattern \""+"^https?://"+"\"",schema:"^https?://",parentSchema:schema89,data:data8};
if(vErrors === null){
vErrors = [err20];
}
else {
vErrors.push(err20);
}
errors++;
}
}
else {
const err21 = {instancePath:instancePath+"/url",schemaPath:"#/$defs/hostEndpointUrl/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema89.type,parentSchema:schema89,data:data8};
if(vErrors === null){
vErrors = [err21];
}
else {
vErrors.push(err21);
}
errors++;
}
}
}
else {
const err22 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema90.type,parentSchema:schema90,data};
if(vErrors === null){
vErrors = [err22];
}
else {
vErrors.push(err22);
}
errors++;
}
validate51.errors = vErrors;
return errors === 0;
}
validate51.evaluated = {"props":true,"dynamicProps":false,"dynamicItems":false};


function validate48(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
let vErrors = null;
let errors = 0;
const evaluated0 = validate48.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(data && typeof data == "object" && !Array.isArray(data)){
if(Object.keys(data).length < 1){
const err0 = {instancePath,schemaPath:"#/minProperties",keyword:"minProperties",params:{limit: 1},message:"must NOT have fewer than 1 properties",schema:1,parentSchema:schema81,data};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
for(const key0 in data){
if(!((key0 === "ipv4") || (key0 === "ipv6"))){
const err1 = {instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0},message:"must NOT have additional properties",schema:false,parentSchema:schema81,data};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
}
if(data.ipv4 !== undefined){
if(!(validate49(data.ipv4, {instancePath:instancePath+"/ipv4",parentData:data,parentDataProperty:"ipv4",rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate49.errors : vErrors.concat(validate49.errors);
errors = vErrors.length;
}
}
if(data.ipv6 !== undefined){
if(!(validate51(data.ipv6, {instancePath:instancePath+"/ipv6",parentData:data,parentDataProperty:"ipv6",rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate51.errors : vErrors.concat(validate51.errors);
errors = vErrors.length;
}
}
}
else {
const err2 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema81.type,parentSchema:schema81,data};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
validate48.errors = vErrors;
return errors === 0;
}
validate48.evaluated = {"props":true,"dynamicProps":false,"dynamicItems":false};

const schema99 = {"type":"object","description":"DNS settings in the CNI result.","additionalProperties":false,"required":[],"properties":{"nameservers":{"type":"array","description":"DNS servers.","items":{"$ref":"#/$defs/ip"}},"domain":{"type":"string","description":"The local domain."},"search":{"type":"array","description":"Search domains.","items":{"type":"string","description":"A domain."}},"options":{"type":"array","description":"Resolver options.","items":{"type":"string","description":"An option."}}}};

function validate54(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
let vErrors = null;
let errors = 0;
const evaluated0 = validate54.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(data && typeof data == "object" && !Array.isArray(data)){
for(const key0 in data){
if(!((((key0 === "nameservers") || (key0 === "domain")) || (key0 === "search")) || (key0 === "options"))){
const err0 = {instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0},message:"must NOT have additional properties",schema:false,parentSchema:schema99,data};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
}
if(data.nameservers !== undefined){
let data0 = data.nameservers;
if(Array.isArray(data0)){
const len0 = data0.length;
for(let i0=0; i0<len0; i0++){
let data1 = data0[i0];
if(typeof data1 === "string"){
if(!pattern12.test(data1)){
const err1 = {instancePath:instancePath+"/nameservers/" + i0,schemaPath:"#/$defs/ip/pattern",keyword:"pattern",params:{pattern: "^[0-9A-Fa-f.:]*[.:][0-9A-Fa-f.:]*$"},message:"must match pattern \""+"^[0-9A-Fa-f.:]*[.:][0-9A-Fa-f.:]*$"+"\"",schema:"^[0-9A-Fa-f.:]*[.:][0-9A-Fa-f.:]*$",parentSchema:schema50,data:data1};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
}
else {
const err2 = {instancePath:instancePath+"/nameservers/" + i0,schemaPath:"#/$defs/ip/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema50.type,parentSchema:schema50,data:data1};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
}
else {
const err3 = {instancePath:instancePath+"/nameservers",schemaPath:"#/properties/nameservers/type",keyword:"type",params:{type: "array"},message:"must be array",schema:schema99.properties.nameservers.type,parentSchema:schema99.properties.nameservers,data:data0};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
}
if(data.domain !== undefined){
let data2 = data.domain;
if(typeof data2 !== "string"){
const err4 = {instancePath:instancePath+"/domain",schemaPath:"#/properties/domain/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema99.properties.domain.type,parentSchema:schema99.properties.domain,data:data2};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
if(data.search !== undefined){
let data3 = data.search;
if(Array.isArray(data3)){
const len1 = data3.length;
for(let i1=0; i1<len1; i1++){
let data4 = data3[i1];
if(typeof data4 !== "string"){
const err5 = {instancePath:instancePath+"/search/" + i1,schemaPath:"#/properties/search/items/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema99.properties.search.items.type,parentSchema:schema99.properties.search.items,data:data4};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
}
}
else {
const err6 = {instancePath:instancePath+"/search",schemaPath:"#/properties/search/type",keyword:"type",params:{type: "array"},message:"must be array",schema:schema99.properties.search.type,parentSchema:schema99.properties.search,data:data3};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
}
if(data.options !== undefined){
let data5 = data.options;
if(Array.isArray(data5)){
const len2 = data5.length;
for(let i2=0; i2<len2; i2++){
let data6 = data5[i2];
if(typeof data6 !== "string"){
const err7 = {instancePath:instancePath+"/options/" + i2,schemaPath:"#/properties/options/items/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema99.properties.options.items.type,parentSchema:schema99.properties.options.items,data:data6};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
}
}
else {
const err8 = {instancePath:instancePath+"/options",schemaPath:"#/properties/options/type",keyword:"type",params:{type: "array"},message:"must be array",schema:schema99.properties.options.type,parentSchema:schema99.properties.options,data:data5};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
}
}
else {
const err9 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema99.type,parentSchema:schema99,data};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
}
validate54.errors = vErrors;
return errors === 0;
}
validate54.evaluated = {"props":true,"dynamicProps":false,"dynamicItems":false};

const schema101 = {"type":"array","description":"Addresses (and MACs) kept for a pod, running or not.","items":{"$ref":"#/$defs/reservation"}};
const schema102 = {"type":"object","description":"Addresses, and optionally a MAC, reserved for this pod.","additionalProperties":false,"required":["pod","addresses"],"properties":{"pod":{"$ref":"#/$defs/podName"},"ifName":{"$ref":"#/$defs/ifName","description":"The interface of the pod; absent: eth0."},"addresses":{"type":"array","description":"The reserved addresses, at most one of each family.","items":{"$ref":"#/$defs/ip"},"minItems":1},"mac":{"$ref":"#/$defs/mac"},"retainSeconds":{"type":"integer","description":"The lifetime of the reservation after its pod is gone; then the address is free for others, and this pod gets it back if it is free. Absent: unlimited.","minimum":0,"maximum":31536000}}};

function validate57(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
let vErrors = null;
let errors = 0;
const evaluated0 = validate57.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.pod === undefined){
const err0 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "pod"},message:"must have required property '"+"pod"+"'",schema:schema102.required,parentSchema:schema102,data};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if(data.addresses === undefined){
const err1 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "addresses"},message:"must have required property '"+"addresses"+"'",schema:schema102.required,parentSchema:schema102,data};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
for(const key0 in data){
if(!(((((key0 === "pod") || (key0 === "ifName")) || (key0 === "addresses")) || (key0 === "mac")) || (key0 === "retainSeconds"))){
const err2 = {instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0},message:"must NOT have additional properties",schema:false,parentSchema:schema102,data};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
if(data.pod !== undefined){
let data0 = data.pod;
if(typeof data0 === "string"){
if(!pattern46.test(data0)){
const err3 = {instancePath:instancePath+"/pod",schemaPath:"#/$defs/podName/pattern",keyword:"pattern",params:{pattern: "^[^/\\s]+/[^/\\s]+$"},message:"must match pattern \""+"^[^/\\s]+/[^/\\s]+$"+"\"",schema:"^[^/\\s]+/[^/\\s]+$",parentSchema:schema103,data:data0};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
}
else {
const err4 = {instancePath:instancePath+"/pod",schemaPath:"#/$defs/podName/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema103.type,parentSchema:schema103,data:data0};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
if(data.ifName !== undefined){
let data1 = data.ifName;
if(typeof data1 === "string"){
if(!pattern8.test(data1)){
const err5 = {instancePath:instancePath+"/ifName",schemaPath:"#/$defs/ifName/pattern",keyword:"pattern",params:{pattern: "^(?!\\.{1,2}$)[^/:\\s]{1,15}$"},message:"must match pattern \""+"^(?!\\.{1,2}$)[^/:\\s]{1,15}$"+"\"",schema:"^(?!\\.{1,2}$)[^/:\\s]{1,15}$",parentSchema:schema44,data:data1};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
}
else {
const err6 = {instancePath:instancePath+"/ifName",schemaPath:"#/$defs/ifName/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema44.type,parentSchema:schema44,data:data1};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
}
if(data.addresses !== undefined){
let data2 = data.addresses;
if(Array.isArray(data2)){
if(data2.length < 1){
const err7 = {instancePath:instancePath+"/addresses",schemaPath:"#/properties/addresses/minItems",keyword:"minItems",params:{limit: 1},message:"must NOT have fewer than 1 items",schema:1,parentSchema:schema102.properties.addresses,data:data2};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
const len0 = data2.length;
for(let i0=0; i0<len0; i0++){
let data3 = data2[i0];
if(typeof data3 === "string"){
if(!pattern12.test(data3)){
const err8 = {instancePath:instancePath+"/addresses/" + i0,schemaPath:"#/$defs/ip/pattern",keyword:"pattern",params:{pattern: "^[0-9A-Fa-f.:]*[.:][0-9A-Fa-f.:]*$"},message:"must match pattern \""+"^[0-9A-Fa-f.:]*[.:][0-9A-Fa-f.:]*$"+"\"",schema:"^[0-9A-Fa-f.:]*[.:][0-9A-Fa-f.:]*$",parentSchema:schema50,data:data3};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
}
else {
const err9 = {instancePath:instancePath+"/addresses/" + i0,schemaPath:"#/$defs/ip/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema50.type,parentSchema:schema50,data:data3};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
}
}
}
else {
const err10 = {instancePath:instancePath+"/addresses",schemaPath:"#/properties/addresses/type",keyword:"type",params:{type: "array"},message:"must be array",schema:schema102.properties.addresses.type,parentSchema:schema102.properties.addresses,data:data2};
if(vErrors === null){
vErrors = [err10];
}
else {
vErrors.push(err10);
}
errors++;
}
}
if(data.mac !== undefined){
let data4 = data.mac;
if(typeof data4 === "string"){
if(!pattern9.test(data4)){
const err11 = {instancePath:instancePath+"/mac",schemaPath:"#/$defs/mac/pattern",keyword:"pattern",params:{pattern: "^[0-9A-Fa-f][02468ACEace](:[0-9A-Fa-f]{2}){5}$"},message:"must match pattern \""+"^[0-9A-Fa-f][02468ACEace](:[0-9A-Fa-f]{2}){5}$"+"\"",schema:"^[0-9A-Fa-f][02468ACEace](:[0-9A-Fa-f]{2}){5}$",parentSchema:schema45,data:data4};
if(vErrors === null){
vErrors = [err11];
}
else {
vErrors.push(err11);
}
errors++;
}
}
else {
const err12 = {instancePath:instancePath+"/mac",schemaPath:"#/$defs/mac/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema45.type,parentSchema:schema45,data:data4};
if(vErrors === null){
vErrors = [err12];
}
else {
vErrors.push(err12);
}
errors++;
}
}
if(data.retainSeconds !== undefined){
let data5 = data.retainSeconds;
if(!(((typeof data5 == "number") && (!(data5 % 1) && !isNaN(data5))) && (isFinite(data5)))){
const err13 = {instancePath:instancePath+"/retainSeconds",schemaPath:"#/properties/retainSeconds/type",keyword:"type",params:{type: "integer"},message:"must be integer",schema:schema102.properties.retainSeconds.type,parentSchema:schema102.properties.retainSeconds,data:data5};
if(vErrors === null){
vErrors = [err13];
}
else {
vErrors.push(err13);
}
errors++;
}
if((typeof data5 == "number") && (isFinite(data5))){
if(data5 > 31536000 || isNaN(data5)){
const err14 = {instancePath:instancePath+"/retainSeconds",schemaPath:"#/properties/retainSeconds/maximum",keyword:"maximum",params:{comparison: "<=", limit: 31536000},message:"must be <= 31536000",schema:31536000,parentSchema:schema102.properties.retainSeconds,data:data5};
if(vErrors === null){
vErrors = [err14];
}
else {
vErrors.push(err14);
}
errors++;
}
if(data5 < 0 || isNaN(data5)){
const err15 = {instancePath:instancePath+"/retainSeconds",schemaPath:"#/properties/retainSeconds/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0},message:"must be >= 0",schema:0,parentSchema:schema102.properties.retainSeconds,data:data5};
if(vErrors === null){
vErrors = [err15];
}
else {
vErrors.push(err15);
}
errors++;
}
}
}
}
else {
const err16 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema102.type,parentSchema:schema102,data};
if(vErrors === null){
vErrors = [err16];
}
else {
vErrors.push(err16);
}
errors++;
}
validate57.errors = vErrors;
return errors === 0;
}
validate57.evaluated = {"props":true,"dynamicProps":false,"dynamicItems":false};


function validate56(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
let vErrors = null;
let errors = 0;
const evaluated0 = validate56.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(Array.isArray(data)){
const len0 = data.length;
for(let i0=0; i0<len0; i0++){
if(!(validate57(data[i0], {instancePath:instancePath+"/" + i0,parentData:data,parentDataProperty:i0,rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate57.errors : vErrors.concat(validate57.errors);
errors = vErrors.length;
}
}
}
else {
const err0 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "array"},message:"must be array",schema:schema101.type,parentSchema:schema101,data};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
validate56.errors = vErrors;
return errors === 0;
}
validate56.evaluated = {"items":true,"dynamicProps":false,"dynamicItems":false};


function validate24(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
let vErrors = null;
let errors = 0;
const evaluated0 = validate24.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.mode === undefined){
const err0 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "mode"},message:"must have required property '"+"mode"+"'",schema:schema42.required,parentSchema:schema42,data};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if(data.uplink === undefined){
const err1 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "uplink"},message:"must have required property '"+"uplink"+"'",schema:schema42.required,parentSchema:schema42,data};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
if(data.bridge === undefined){
const err2 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "bridge"},message:"must have required property '"+"bridge"+"'",schema:schema42.required,parentSchema:schema42,data};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
if(data.pools === undefined){
const err3 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "pools"},message:"must have required property '"+"pools"+"'",schema:schema42.required,parentSchema:schema42,data};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
for(const key0 in data){
if(!(func1.call(schema42.properties, key0))){
const err4 = {instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0},message:"must NOT have additional properties",schema:false,parentSchema:schema42,data};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
if(data.mode !== undefined){
let data0 = data.mode;
if(typeof data0 !== "string"){
const err5 = {instancePath:instancePath+"/mode",schemaPath:"#/properties/mode/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema42.properties.mode.type,parentSchema:schema42.properties.mode,data:data0};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
if("bridge" !== data0){
const err6 = {instancePath:instancePath+"/mode",schemaPath:"#/properties/mode/const",keyword:"const",params:{allowedValue: "bridge"},message:"must be equal to constant",schema:"bridge",parentSchema:schema42.properties.mode,data:data0};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
}
if(data.uplink !== undefined){
if(!(validate25(data.uplink, {instancePath:instancePath+"/uplink",parentData:data,parentDataProperty:"uplink",rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate25.errors : vErrors.concat(validate25.errors);
errors = vErrors.length;
}
}
if(data.bridge !== undefined){
if(!(validate39(data.bridge, {instancePath:instancePath+"/bridge",parentData:data,parentDataProperty:"bridge",rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate39.errors : vErrors.concat(validate39.errors);
errors = vErrors.length;
}
}
if(data.arp !== undefined){
if(!(validate41(data.arp, {instancePath:instancePath+"/arp",parentData:data,parentDataProperty:"arp",rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate41.errors : vErrors.concat(validate41.errors);
errors = vErrors.length;
}
}
if(data.routeViaHost !== undefined){
if(!(validate45(data.routeViaHost, {instancePath:instancePath+"/routeViaHost",parentData:data,parentDataProperty:"routeViaHost",rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate45.errors : vErrors.concat(validate45.errors);
errors = vErrors.length;
}
}
if(data.sameNode !== undefined){
let data5 = data.sameNode;
if(typeof data5 !== "string"){
const err7 = {instancePath:instancePath+"/sameNode",schemaPath:"#/$defs/sameNode/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema80.type,parentSchema:schema80,data:data5};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
if(!((data5 === "direct") || (data5 === "fabric"))){
const err8 = {instancePath:instancePath+"/sameNode",schemaPath:"#/$defs/sameNode/enum",keyword:"enum",params:{allowedValues: schema80.enum},message:"must be equal to one of the allowed values",schema:schema80.enum,parentSchema:schema80,data:data5};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
}
if(data.routes !== undefined){
let data6 = data.routes;
if(Array.isArray(data6)){
const len0 = data6.length;
for(let i0=0; i0<len0; i0++){
if(!(validate30(data6[i0], {instancePath:instancePath+"/routes/" + i0,parentData:data6,parentDataProperty:i0,rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate30.errors : vErrors.concat(validate30.errors);
errors = vErrors.length;
}
}
}
else {
const err9 = {instancePath:instancePath+"/routes",schemaPath:"#/properties/routes/type",keyword:"type",params:{type: "array"},message:"must be array",schema:schema42.properties.routes.type,parentSchema:schema42.properties.routes,data:data6};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
}
}
if(data.pools !== undefined){
if(!(validate48(data.pools, {instancePath:instancePath+"/pools",parentData:data,parentDataProperty:"pools",rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate48.errors : vErrors.concat(validate48.errors);
errors = vErrors.length;
}
}
if(data.probe !== undefined){
let data9 = data.probe;
if(data9 && typeof data9 == "object" && !Array.isArray(data9)){
if(data9.timeoutMs === undefined){
const err10 = {instancePath:instancePath+"/probe",schemaPath:"#/$defs/probe/required",keyword:"required",params:{missingProperty: "timeoutMs"},message:"must have required property '"+"timeoutMs"+"'",schema:schema98.required,parentSchema:schema98,data:data9};
if(vErrors === null){
vErrors = [err10];
}
else {
vErrors.push(err10);
}
errors++;
}
for(const key1 in data9){
if(!(key1 === "timeoutMs")){
const err11 = {instancePath:instancePath+"/probe",schemaPath:"#/$defs/probe/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key1},message:"must NOT have additional properties",schema:false,parentSchema:schema98,data:data9};
if(vErrors === null){
vErrors = [err11];
}
else {
vErrors.push(err11);
}
errors++;
}
}
if(data9.timeoutMs !== undefined){
let data10 = data9.timeoutMs;
if(!(((typeof data10 == "number") && (!(data10 % 1) && !isNaN(data10))) && (isFinite(data10)))){
const err12 = {instancePath:instancePath+"/probe/timeoutMs",schemaPath:"#/$defs/probe/properties/timeoutMs/type",keyword:"type",params:{type: "integer"},message:"must be integer",schema:schema98.properties.timeoutMs.type,parentSchema:schema98.properties.timeoutMs,data:data10};
if(vErrors === null){
vErrors = [err12];
}
else {
vErrors.push(err12);
}
errors++;
}
if((typeof data10 == "number") && (isFinite(data10))){
if(data10 > 5000 || isNaN(data10)){
const err13 = {instancePath:instancePath+"/probe/timeoutMs",schemaPath:"#/$defs/probe/properties/timeoutMs/maximum",keyword:"maximum",params:{comparison: "<=", limit: 5000},message:"must be <= 5000",schema:5000,parentSchema:schema98.properties.timeoutMs,data:data10};
if(vErrors === null){
vErrors = [err13];
}
else {
vErrors.push(err13);
}
errors++;
}
if(data10 < 10 || isNaN(data10)){
const err14 = {instancePath:instancePath+"/probe/timeoutMs",schemaPath:"#/$defs/probe/properties/timeoutMs/minimum",keyword:"minimum",params:{comparison: ">=", limit: 10},message:"must be >= 10",schema:10,parentSchema:schema98.properties.timeoutMs,data:data10};
if(vErrors === null){
vErrors = [err14];
}
else {
vErrors.push(err14);
}
errors++;
}
}
}
}
else {
const err15 = {instancePath:instancePath+"/probe",schemaPath:"#/$defs/probe/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema98.type,parentSchema:schema98,data:data9};
if(vErrors === null){
vErrors = [err15];
}
else {
vErrors.push(err15);
}
errors++;
}
}
if(data.dns !== undefined){
if(!(validate54(data.dns, {instancePath:instancePath+"/dns",parentData:data,parentDataProperty:"dns",rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate54.errors : vErrors.concat(validate54.errors);
errors = vErrors.length;
}
}
if(data.reservations !== undefined){
if(!(validate56(data.reservations, {instancePath:instancePath+"/reservations",parentData:data,parentDataProperty:"reservations",rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate56.errors : vErrors.concat(validate56.errors);
errors = vErrors.length;
}
}
}
else {
const err16 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema42.type,parentSchema:schema42,data};
if(vErrors === null){
vErrors = [err16];
}
else {
vErrors.push(err16);
}
errors++;
}
validate24.errors = vErrors;
return errors === 0;
}
validate24.evaluated = {"props":true,"dynamicProps":false,"dynamicItems":false};

const schema107 = {"type":"object","description":"A network of mode transparent: its uplink, address pools and reservations. The node routes to each pod.","additionalProperties":false,"required":["mode","uplink","pools"],"properties":{"mode":{"type":"string","const":"transparent","description":"transparent: no bridge; the node routes to each pod, and the uplink stays unchanged."},"uplink":{"$ref":"#/$defs/untouchedUplink"},"antiSpoofing":{"type":"boolean","description":"Drops packets from a pod with a source address other than its own.","default":true},"sameNode":{"$ref":"#/$defs/sameNode"},"fabric":{"$ref":"#/$defs/fabric"},"sourceRouting":{"$ref":"#/$defs/sourceRouting"},"masquerade":{"$ref":"#/$defs/masquerade"},"pools":{"$ref":"#/$defs/pools"},"probe":{"$ref":"#/$defs/probe"},"dns":{"$ref":"#/$defs/dns"},"reservations":{"$ref":"#/$defs/reservations"}}};
const schema112 = {"type":"object","description":"Packet mark, routing table and rule priority for packets between pods of this node (sameNode: fabric), if other programs use the defaults.","additionalProperties":false,"properties":{"mark":{"type":"integer","description":"The bit of the packet mark (fwmark) that marks these packets.","minimum":1,"maximum":2147483648,"default":1048576},"table":{"type":"integer","description":"The routing table with their default route.","minimum":1,"maximum":4294967295,"default":118},"priority":{"type":"integer","description":"The priority of the policy routing rule that looks it up.","minimum":1,"maximum":32765,"default":1180}}};
const schema113 = {"type":"object","description":"Packets of the network's pods leave by its uplink, although the node's default route leads to another NIC. The first ADD writes it where that is so.","additionalProperties":false,"properties":{"table":{"type":"integer","description":"The routing table with their default route, of one network only.","minimum":1,"maximum":4294967295,"default":119},"priority":{"type":"integer","description":"The priority of the first of three policy routing rules; the others have the next two.","minimum":1,"maximum":32763,"default":1190}}};
const schema108 = {"type":"object","description":"The NIC that connects the node to the virtual network. vnet reads it and never changes it.","additionalProperties":false,"required":["name","mac"],"properties":{"name":{"$ref":"#/$defs/ifName"},"mac":{"$ref":"#/$defs/mac"},"mtu":{"type":"integer","description":"The MTU of the NIC and of the pods, in bytes.","minimum":576,"maximum":65535}}};

function validate61(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
let vErrors = null;
let errors = 0;
const evaluated0 = validate61.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.name === undefined){
const err0 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "name"},message:"must have required property '"+"name"+"'",schema:schema108.required,parentSchema:schema108,data};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if(data.mac === undefined){
const err1 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "mac"},message:"must have required property '"+"mac"+"'",schema:schema108.required,parentSchema:schema108,data};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
for(const key0 in data){
if(!(((key0 === "name") || (key0 === "mac")) || (key0 === "mtu"))){
const err2 = {instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0},message:"must NOT have additional properties",schema:false,parentSchema:schema108,data};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
if(data.name !== undefined){
let data0 = data.name;
if(typeof data0 === "string"){
if(!pattern8.test(data0)){
const err3 = {instancePath:instancePath+"/name",schemaPath:"#/$defs/ifName/pattern",keyword:"pattern",params:{pattern: "^(?!\\.{1,2}$)[^/:\\s]{1,15}$"},message:"must match pattern \""+"^(?!\\.{1,2}$)[^/:\\s]{1,15}$"+"\"",schema:"^(?!\\.{1,2}$)[^/:\\s]{1,15}$",parentSchema:schema44,data:data0};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
}
else {
const err4 = {instancePath:instancePath+"/name",schemaPath:"#/$defs/ifName/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema44.type,parentSchema:schema44,data:data0};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
if(data.mac !== undefined){
let data1 = data.mac;
if(typeof data1 === "string"){
if(!pattern9.test(data1)){
const err5 = {instancePath:instancePath+"/mac",schemaPath:"#/$defs/mac/pattern",keyword:"pattern",params:{pattern: "^[0-9A-Fa-f][02468ACEace](:[0-9A-Fa-f]{2}){5}$"},message:"must match pattern \""+"^[0-9A-Fa-f][02468ACEace](:[0-9A-Fa-f]{2}){5}$"+"\"",schema:"^[0-9A-Fa-f][02468ACEace](:[0-9A-Fa-f]{2}){5}$",parentSchema:schema45,data:data1};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
}
else {
const err6 = {instancePath:instancePath+"/mac",schemaPath:"#/$defs/mac/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema45.type,parentSchema:schema45,data:data1};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
}
if(data.mtu !== undefined){
let data2 = data.mtu;
if(!(((typeof data2 == "number") && (!(data2 % 1) && !isNaN(data2))) && (isFinite(data2)))){
const err7 = {instancePath:instancePath+"/mtu",schemaPath:"#/properties/mtu/type",keyword:"type",params:{type: "integer"},message:"must be integer",schema:schema108.properties.mtu.type,parentSchema:schema108.properties.mtu,data:data2};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
if((typeof data2 == "number") && (isFinite(data2))){
if(data2 > 65535 || isNaN(data2)){
const err8 = {instancePath:instancePath+"/mtu",schemaPath:"#/properties/mtu/maximum",keyword:"maximum",params:{comparison: "<=", limit: 65535},message:"must be <= 65535",schema:65535,parentSchema:schema108.properties.mtu,data:data2};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
if(data2 < 576 || isNaN(data2)){
const err9 = {instancePath:instancePath+"/mtu",schemaPath:"#/properties/mtu/minimum",keyword:"minimum",params:{comparison: ">=", limit: 576},message:"must be >= 576",schema:576,parentSchema:schema108.properties.mtu,data:data2};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
}
}
}
}
else {
const err10 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema108.type,parentSchema:schema108,data};
if(vErrors === null){
vErrors = [err10];
}
else {
vErrors.push(err10);
}
errors++;
}
validate61.errors = vErrors;
return errors === 0;
}
validate61.evaluated = {"props":true,"dynamicProps":false,"dynamicItems":false};

const schema114 = {"type":"object","description":"Packets from pods get the address of the node unless their destination is in direct.","additionalProperties":false,"required":["enabled","direct"],"properties":{"enabled":{"type":"boolean","description":"false: pods keep their addresses towards every destination."},"direct":{"type":"array","description":"The destinations to which pods keep their own addresses (nonMasqueradeCIDRs of ip-masq-agent). They include the pod CIDRs of this node and its peers.","items":{"$ref":"#/$defs/ipCidr"}},"randomFully":{"type":"boolean","description":"Chooses source ports at random, so that connections that start at the same time rarely collide.","default":true}}};

function validate63(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
let vErrors = null;
let errors = 0;
const evaluated0 = validate63.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.enabled === undefined){
const err0 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "enabled"},message:"must have required property '"+"enabled"+"'",schema:schema114.required,parentSchema:schema114,data};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if(data.direct === undefined){
const err1 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "direct"},message:"must have required property '"+"direct"+"'",schema:schema114.required,parentSchema:schema114,data};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
for(const key0 in data){
if(!(((key0 === "enabled") || (key0 === "direct")) || (key0 === "randomFully"))){
const err2 = {instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0},message:"must NOT have additional properties",schema:false,parentSchema:schema114,data};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
if(data.enabled !== undefined){
let data0 = data.enabled;
if(typeof data0 !== "boolean"){
const err3 = {instancePath:instancePath+"/enabled",schemaPath:"#/properties/enabled/type",keyword:"type",params:{type: "boolean"},message:"must be boolean",schema:schema114.properties.enabled.type,parentSchema:schema114.properties.enabled,data:data0};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
}
if(data.direct !== undefined){
let data1 = data.direct;
if(Array.isArray(data1)){
const len0 = data1.length;
for(let i0=0; i0<len0; i0++){
let data2 = data1[i0];
if(typeof data2 === "string"){
if(!pattern11.test(data2)){
const err4 = {instancePath:instancePath+"/direct/" + i0,schemaPath:"#/$defs/ipCidr/pattern",keyword:"pattern",params:{pattern: "^[0-9A-Fa-f.:]+/[0-9]{1,3}$"},message:"must match pattern \""+"^[0-9A-Fa-f.:]+/[0-9]{1,3}$"+"\"",schema:"^[0-9A-Fa-f.:]+/[0-9]{1,3}$",parentSchema:schema49,data:data2};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
else {
const err5 = {instancePath:instancePath+"/direct/" + i0,schemaPath:"#/$defs/ipCidr/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema49.type,parentSchema:schema49,data:data2};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
}
}
else {
const err6 = {instancePath:instancePath+"/direct",schemaPath:"#/properties/direct/type",keyword:"type",params:{type: "array"},message:"must be array",schema:schema114.properties.direct.type,parentSchema:schema114.properties.direct,data:data1};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
}
if(data.randomFully !== undefined){
let data3 = data.randomFully;
if(typeof data3 !== "boolean"){
const err7 = {instancePath:instancePath+"/randomFully",schemaPath:"#/properties/randomFully/type",keyword:"type",params:{type: "boolean"},message:"must be boolean",schema:schema114.properties.randomFully.type,parentSchema:schema114.properties.randomFully,data:data3};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
}
}
else {
const err8 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema114.type,parentSchema:schema114,data};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
validate63.errors = vErrors;
return errors === 0;
}
validate63.evaluated = {"props":true,"dynamicProps":false,"dynamicItems":false};


function validate60(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
let vErrors = null;
let errors = 0;
const evaluated0 = validate60.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.mode === undefined){
const err0 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "mode"},message:"must have required property '"+"mode"+"'",schema:schema107.required,parentSchema:schema107,data};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if(data.uplink === undefined){
const err1 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "uplink"},message:"must have required property '"+"uplink"+"'",schema:schema107.required,parentSchema:schema107,data};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
if(data.pools === undefined){
const err2 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "pools"},message:"must have required property '"+"pools"+"'",schema:schema107.required,parentSchema:schema107,data};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
for(const key0 in data){
if(!(func1.call(schema107.properties, key0))){
const err3 = {instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0},message:"must NOT have additional properties",schema:false,parentSchema:schema107,data};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
}
if(data.mode !== undefined){
let data0 = data.mode;
if(typeof data0 !== "string"){
const err4 = {instancePath:instancePath+"/mode",schemaPath:"#/properties/mode/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema107.properties.mode.type,parentSchema:schema107.properties.mode,data:data0};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
if("transparent" !== data0){
const err5 = {instancePath:instancePath+"/mode",schemaPath:"#/properties/mode/const",keyword:"const",params:{allowedValue: "transparent"},message:"must be equal to constant",schema:"transparent",parentSchema:schema107.properties.mode,data:data0};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
}
if(data.uplink !== undefined){
if(!(validate61(data.uplink, {instancePath:instancePath+"/uplink",parentData:data,parentDataProperty:"uplink",rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate61.errors : vErrors.concat(validate61.errors);
errors = vErrors.length;
}
}
if(data.antiSpoofing !== undefined){
let data2 = data.antiSpoofing;
if(typeof data2 !== "boolean"){
const err6 = {instancePath:instancePath+"/antiSpoofing",schemaPath:"#/properties/antiSpoofing/type",keyword:"type",params:{type: "boolean"},message:"must be boolean",schema:schema107.properties.antiSpoofing.type,parentSchema:schema107.properties.antiSpoofing,data:data2};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
}
if(data.sameNode !== undefined){
let data3 = data.sameNode;
if(typeof data3 !== "string"){
const err7 = {instancePath:instancePath+"/sameNode",schemaPath:"#/$defs/sameNode/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema80.type,parentSchema:schema80,data:data3};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
if(!((data3 === "direct") || (data3 === "fabric"))){
const err8 = {instancePath:instancePath+"/sameNode",schemaPath:"#/$defs/sameNode/enum",keyword:"enum",params:{allowedValues: schema80.enum},message:"must be equal to one of the allowed values",schema:schema80.enum,parentSchema:schema80,data:data3};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
}
if(data.fabric !== undefined){
let data4 = data.fabric;
if(data4 && typeof data4 == "object" && !Array.isArray(data4)){
for(const key1 in data4){
if(!(((key1 === "mark") || (key1 === "table")) || (key1 === "priority"))){
const err9 = {instancePath:instancePath+"/fabric",schemaPath:"#/$defs/fabric/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key1},message:"must NOT have additional properties",schema:false,parentSchema:schema112,data:data4};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
}
}
if(data4.mark !== undefined){
let data5 = data4.mark;
if(!(((typeof data5 == "number") && (!(data5 % 1) && !isNaN(data5))) && (isFinite(data5)))){
const err10 = {instancePath:instancePath+"/fabric/mark",schemaPath:"#/$defs/fabric/properties/mark/type",keyword:"type",params:{type: "integer"},message:"must be integer",schema:schema112.properties.mark.type,parentSchema:schema112.properties.mark,data:data5};
if(vErrors === null){
vErrors = [err10];
}
else {
vErrors.push(err10);
}
errors++;
}
if((typeof data5 == "number") && (isFinite(data5))){
if(data5 > 2147483648 || isNaN(data5)){
const err11 = {instancePath:instancePath+"/fabric/mark",schemaPath:"#/$defs/fabric/properties/mark/maximum",keyword:"maximum",params:{comparison: "<=", limit: 2147483648},message:"must be <= 2147483648",schema:2147483648,parentSchema:schema112.properties.mark,data:data5};
if(vErrors === null){
vErrors = [err11];
}
else {
vErrors.push(err11);
}
errors++;
}
if(data5 < 1 || isNaN(data5)){
const err12 = {instancePath:instancePath+"/fabric/mark",schemaPath:"#/$defs/fabric/properties/mark/minimum",keyword:"minimum",params:{comparison: ">=", limit: 1},message:"must be >= 1",schema:1,parentSchema:schema112.properties.mark,data:data5};
if(vErrors === null){
vErrors = [err12];
}
else {
vErrors.push(err12);
}
errors++;
}
}
}
if(data4.table !== undefined){
let data6 = data4.table;
if(!(((typeof data6 == "number") && (!(data6 % 1) && !isNaN(data6))) && (isFinite(data6)))){
const err13 = {instancePath:instancePath+"/fabric/table",schemaPath:"#/$defs/fabric/properties/table/type",keyword:"type",params:{type: "integer"},message:"must be integer",schema:schema112.properties.table.type,parentSchema:schema112.properties.table,data:data6};
if(vErrors === null){
vErrors = [err13];
}
else {
vErrors.push(err13);
}
errors++;
}
if((typeof data6 == "number") && (isFinite(data6))){
if(data6 > 4294967295 || isNaN(data6)){
const err14 = {instancePath:instancePath+"/fabric/table",schemaPath:"#/$defs/fabric/properties/table/maximum",keyword:"maximum",params:{comparison: "<=", limit: 4294967295},message:"must be <= 4294967295",schema:4294967295,parentSchema:schema112.properties.table,data:data6};
if(vErrors === null){
vErrors = [err14];
}
else {
vErrors.push(err14);
}
errors++;
}
if(data6 < 1 || isNaN(data6)){
const err15 = {instancePath:instancePath+"/fabric/table",schemaPath:"#/$defs/fabric/properties/table/minimum",keyword:"minimum",params:{comparison: ">=", limit: 1},message:"must be >= 1",schema:1,parentSchema:schema112.properties.table,data:data6};
if(vErrors === null){
vErrors = [err15];
}
else {
vErrors.push(err15);
}
errors++;
}
}
}
if(data4.priority !== undefined){
let data7 = data4.priority;
if(!(((typeof data7 == "number") && (!(data7 % 1) && !isNaN(data7))) && (isFinite(data7)))){
const err16 = {instancePath:instancePath+"/fabric/priority",schemaPath:"#/$defs/fabric/properties/priority/type",keyword:"type",params:{type: "integer"},message:"must be integer",schema:schema112.properties.priority.type,parentSchema:schema112.properties.priority,data:data7};
if(vErrors === null){
vErrors = [err16];
}
else {
vErrors.push(err16);
}
errors++;
}
if((typeof data7 == "number") && (isFinite(data7))){
if(data7 > 32765 || isNaN(data7)){
const err17 = {instancePath:instancePath+"/fabric/priority",schemaPath:"#/$defs/fabric/properties/priority/maximum",keyword:"maximum",params:{comparison: "<=", limit: 32765},message:"must be <= 32765",schema:32765,parentSchema:schema112.properties.priority,data:data7};
if(vErrors === null){
vErrors = [err17];
}
else {
vErrors.push(err17);
}
errors++;
}
if(data7 < 1 || isNaN(data7)){
const err18 = {instancePath:instancePath+"/fabric/priority",schemaPath:"#/$defs/fabric/properties/priority/minimum",keyword:"minimum",params:{comparison: ">=", limit: 1},message:"must be >= 1",schema:1,parentSchema:schema112.properties.priority,data:data7};
if(vErrors === null){
vErrors = [err18];
}
else {
vErrors.push(err18);
}
errors++;
}
}
}
}
else {
const err19 = {instancePath:instancePath+"/fabric",schemaPath:"#/$defs/fabric/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema112.type,parentSchema:schema112,data:data4};
if(vErrors === null){
vErrors = [err19];
}
else {
vErrors.push(err19);
}
errors++;
}
}
if(data.sourceRouting !== undefined){
let data8 = data.sourceRouting;
if(data8 && typeof data8 == "object" && !Array.isArray(data8)){
for(const key2 in data8){
if(!((key2 === "table") || (key2 === "priority"))){
const err20 = {instancePath:instancePath+"/sourceRouting",schemaPath:"#/$defs/sourceRouting/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key2},message:"must NOT have additional properties",schema:false,parentSchema:schema113,data:data8};
if(vErrors === null){
vErrors = [err20];
}
else {
vErrors.push(err20);
}
errors++;
}
}
if(data8.table !== undefined){
let data9 = data8.table;
if(!(((typeof data9 == "number") && (!(data9 % 1) && !isNaN(data9))) && (isFinite(data9)))){
const err21 = {instancePath:instancePath+"/sourceRouting/table",schemaPath:"#/$defs/sourceRouting/properties/table/type",keyword:"type",params:{type: "integer"},message:"must be integer",schema:schema113.properties.table.type,parentSchema:schema113.properties.table,data:data9};
if(vErrors === null){
vErrors = [err21];
}
else {
vErrors.push(err21);
}
errors++;
}
if((typeof data9 == "number") && (isFinite(data9))){
if(data9 > 4294967295 || isNaN(data9)){
const err22 = {instancePath:instancePath+"/sourceRouting/table",schemaPath:"#/$defs/sourceRouting/properties/table/maximum",keyword:"maximum",params:{comparison: "<=", limit: 4294967295},message:"must be <= 4294967295",schema:4294967295,parentSchema:schema113.properties.table,data:data9};
if(vErrors === null){
vErrors = [err22];
}
else {
vErrors.push(err22);
}
errors++;
}
if(data9 < 1 || isNaN(data9)){
const err23 = {instancePath:instancePath+"/sourceRouting/table",schemaPath:"#/$defs/sourceRouting/properties/table/minimum",keyword:"minimum",params:{comparison: ">=", limit: 1},message:"must be >= 1",schema:1,parentSchema:schema113.properties.table,data:data9};
if(vErrors === null){
vErrors = [err23];
}
else {
vErrors.push(err23);
}
errors++;
}
}
}
if(data8.priority !== undefined){
let data10 = data8.priority;
if(!(((typeof data10 == "number") && (!(data10 % 1) && !isNaN(data10))) && (isFinite(data10)))){
const err24 = {instancePath:instancePath+"/sourceRouting/priority",schemaPath:"#/$defs/sourceRouting/properties/priority/type",keyword:"type",params:{type: "integer"},message:"must be integer",schema:schema113.properties.priority.type,parentSchema:schema113.properties.priority,data:data10};
if(vErrors === null){
vErrors = [err24];
}
else {
vErrors.push(err24);
}
errors++;
}
if((typeof data10 == "number") && (isFinite(data10))){
if(data10 > 32763 || isNaN(data10)){
const err25 = {instancePath:instancePath+"/sourceRouting/priority",schemaPath:"#/$defs/sourceRouting/properties/priority/maximum",keyword:"maximum",params:{comparison: "<=", limit: 32763},message:"must be <= 32763",schema:32763,parentSchema:schema113.properties.priority,data:data10};
if(vErrors === null){
vErrors = [err25];
}
else {
vErrors.push(err25);
}
errors++;
}
if(data10 < 1 || isNaN(data10)){
const err26 = {instancePath:instancePath+"/sourceRouting/priority",schemaPath:"#/$defs/sourceRouting/properties/priority/minimum",keyword:"minimum",params:{comparison: ">=", limit: 1},message:"must be >= 1",schema:1,parentSchema:schema113.properties.priority,data:data10};
if(vErrors === null){
vErrors = [err26];
}
else {
vErrors.push(err26);
}
errors++;
}
}
}
}
else {
const err27 = {instancePath:instancePath+"/sourceRouting",schemaPath:"#/$defs/sourceRouting/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema113.type,parentSchema:schema113,data:data8};
if(vErrors === null){
vErrors = [err27];
}
else {
vErrors.push(err27);
}
errors++;
}
}
if(data.masquerade !== undefined){
if(!(validate63(data.masquerade, {instancePath:instancePath+"/masquerade",parentData:data,parentDataProperty:"masquerade",rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate63.errors : vErrors.concat(validate63.errors);
errors = vErrors.length;
}
}
if(data.pools !== undefined){
if(!(validate48(data.pools, {instancePath:instancePath+"/pools",parentData:data,parentDataProperty:"pools",rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate48.errors : vErrors.concat(validate48.errors);
errors = vErrors.length;
}
}
if(data.probe !== undefined){
let data13 = data.probe;
if(data13 && typeof data13 == "object" && !Array.isArray(data13)){
if(data13.timeoutMs === undefined){
const err28 = {instancePath:instancePath+"/probe",schemaPath:"#/$defs/probe/required",keyword:"required",params:{missingProperty: "timeoutMs"},message:"must have required property '"+"timeoutMs"+"'",schema:schema98.required,parentSchema:schema98,data:data13};
if(vErrors === null){
vErrors = [err28];
}
else {
vErrors.push(err28);
}
errors++;
}
for(const key3 in data13){
if(!(key3 === "timeoutMs")){
const err29 = {instancePath:instancePath+"/probe",schemaPath:"#/$defs/probe/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key3},message:"must NOT have additional properties",schema:false,parentSchema:schema98,data:data13};
if(vErrors === null){
vErrors = [err29];
}
else {
vErrors.push(err29);
}
errors++;
}
}
if(data13.timeoutMs !== undefined){
let data14 = data13.timeoutMs;
if(!(((typeof data14 == "number") && (!(data14 % 1) && !isNaN(data14))) && (isFinite(data14)))){
const err30 = {instancePath:instancePath+"/probe/timeoutMs",schemaPath:"#/$defs/probe/properties/timeoutMs/type",keyword:"type",params:{type: "integer"},message:"must be integer",schema:schema98.properties.timeoutMs.type,parentSchema:schema98.properties.timeoutMs,data:data14};
if(vErrors === null){
vErrors = [err30];
}
else {
vErrors.push(err30);
}
errors++;
}
if((typeof data14 == "number") && (isFinite(data14))){
if(data14 > 5000 || isNaN(data14)){
const err31 = {instancePath:instancePath+"/probe/timeoutMs",schemaPath:"#/$defs/probe/properties/timeoutMs/maximum",keyword:"maximum",params:{comparison: "<=", limit: 5000},message:"must be <= 5000",schema:5000,parentSchema:schema98.properties.timeoutMs,data:data14};
if(vErrors === null){
vErrors = [err31];
}
else {
vErrors.push(err31);
}
errors++;
}
if(data14 < 10 || isNaN(data14)){
const err32 = {instancePath:instancePath+"/probe/timeoutMs",schemaPath:"#/$defs/probe/properties/timeoutMs/minimum",keyword:"minimum",params:{comparison: ">=", limit: 10},message:"must be >= 10",schema:10,parentSchema:schema98.properties.timeoutMs,data:data14};
if(vErrors === null){
vErrors = [err32];
}
else {
vErrors.push(err32);
}
errors++;
}
}
}
}
else {
const err33 = {instancePath:instancePath+"/probe",schemaPath:"#/$defs/probe/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema98.type,parentSchema:schema98,data:data13};
if(vErrors === null){
vErrors = [err33];
}
else {
vErrors.push(err33);
}
errors++;
}
}
if(data.dns !== undefined){
if(!(validate54(data.dns, {instancePath:instancePath+"/dns",parentData:data,parentDataProperty:"dns",rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate54.errors : vErrors.concat(validate54.errors);
errors = vErrors.length;
}
}
if(data.reservations !== undefined){
if(!(validate56(data.reservations, {instancePath:instancePath+"/reservations",parentData:data,parentDataProperty:"reservations",rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate56.errors : vErrors.concat(validate56.errors);
errors = vErrors.length;
}
}
}
else {
const err34 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema107.type,parentSchema:schema107,data};
if(vErrors === null){
vErrors = [err34];
}
else {
vErrors.push(err34);
}
errors++;
}
validate60.errors = vErrors;
return errors === 0;
}
validate60.evaluated = {"props":true,"dynamicProps":false,"dynamicItems":false};

const schema117 = {"type":"object","description":"A network of mode routed: a bridge without uplink for the pods of this node, masquerade, routes to other nodes, address pools and reservations.","additionalProperties":false,"required":["mode","bridge","pools"],"properties":{"mode":{"type":"string","const":"routed","description":"routed: pods are ports of a bridge without uplink; the node routes between it and the uplink."},"bridge":{"$ref":"#/$defs/gatewayBridge"},"masquerade":{"$ref":"#/$defs/masquerade"},"peers":{"type":"array","description":"The pod CIDRs of other nodes. With via and dev, this node routes to them; without, the virtual network does (Azure's route table).","items":{"$ref":"#/$defs/peer"}},"podCidrs":{"$ref":"#/$defs/podCidrs"},"pools":{"$ref":"#/$defs/pools"},"probe":{"$ref":"#/$defs/probe"},"dns":{"$ref":"#/$defs/dns"},"reservations":{"$ref":"#/$defs/reservations"}}};
const schema118 = {"type":"object","description":"The bridge that connects the pods. It has the gateway's address, and no uplink.","additionalProperties":false,"required":["name","mac"],"properties":{"name":{"$ref":"#/$defs/ifName"},"mac":{"$ref":"#/$defs/mac","description":"The MAC of the bridge, pinned: pods have it in their ARP caches as that of the gateway."},"mtu":{"type":"integer","description":"The MTU of the bridge and its pods, in bytes; absent: 1500.","minimum":576,"maximum":65535},"hairpin":{"type":"boolean","description":"Lets a pod reach itself through its service address.","default":true},"antiSpoofing":{"type":"boolean","description":"Drops packets from a pod with a source address other than its own. The port follows a MAC changed in the pod.","default":true}}};

function validate69(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
let vErrors = null;
let errors = 0;
const evaluated0 = validate69.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.name === undefined){
const err0 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "name"},message:"must have required property '"+"name"+"'",schema:schema118.required,parentSchema:schema118,data};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if(data.mac === undefined){
const err1 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "mac"},message:"must have required property '"+"mac"+"'",schema:schema118.required,parentSchema:schema118,data};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
for(const key0 in data){
if(!(((((key0 === "name") || (key0 === "mac")) || (key0 === "mtu")) || (key0 === "hairpin")) || (key0 === "antiSpoofing"))){
const err2 = {instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0},message:"must NOT have additional properties",schema:false,parentSchema:schema118,data};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
if(data.name !== undefined){
let data0 = data.name;
if(typeof data0 === "string"){
if(!pattern8.test(data0)){
const err3 = {instancePath:instancePath+"/name",schemaPath:"#/$defs/ifName/pattern",keyword:"pattern",params:{pattern: "^(?!\\.{1,2}$)[^/:\\s]{1,15}$"},message:"must match pattern \""+"^(?!\\.{1,2}$)[^/:\\s]{1,15}$"+"\"",schema:"^(?!\\.{1,2}$)[^/:\\s]{1,15}$",parentSchema:schema44,data:data0};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
}
else {
const err4 = {instancePath:instancePath+"/name",schemaPath:"#/$defs/ifName/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema44.type,parentSchema:schema44,data:data0};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
if(data.mac !== undefined){
let data1 = data.mac;
if(typeof data1 === "string"){
if(!pattern9.test(data1)){
const err5 = {instancePath:instancePath+"/mac",schemaPath:"#/$defs/mac/pattern",keyword:"pattern",params:{pattern: "^[0-9A-Fa-f][02468ACEace](:[0-9A-Fa-f]{2}){5}$"},message:"must match pattern \""+"^[0-9A-Fa-f][02468ACEace](:[0-9A-Fa-f]{2}){5}$"+"\"",schema:"^[0-9A-Fa-f][02468ACEace](:[0-9A-Fa-f]{2}){5}$",parentSchema:schema45,data:data1};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
}
else {
const err6 = {instancePath:instancePath+"/mac",schemaPath:"#/$defs/mac/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema45.type,parentSchema:schema45,data:data1};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
}
if(data.mtu !== undefined){
let data2 = data.mtu;
if(!(((typeof data2 == "number") && (!(data2 % 1) && !isNaN(data2))) && (isFinite(data2)))){
const err7 = {instancePath:instancePath+"/mtu",schemaPath:"#/properties/mtu/type",keyword:"type",params:{type: "integer"},message:"must be integer",schema:schema118.properties.mtu.type,parentSchema:schema118.properties.mtu,data:data2};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
if((typeof data2 == "number") && (isFinite(data2))){
if(data2 > 65535 || isNaN(data2)){
const err8 = {instancePath:instancePath+"/mtu",schemaPath:"#/properties/mtu/maximum",keyword:"maximum",params:{comparison: "<=", limit: 65535},message:"must be <= 65535",schema:65535,parentSchema:schema118.properties.mtu,data:data2};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
if(data2 < 576 || isNaN(data2)){
const err9 = {instancePath:instancePath+"/mtu",schemaPath:"#/properties/mtu/minimum",keyword:"minimum",params:{comparison: ">=", limit: 576},message:"must be >= 576",schema:576,parentSchema:schema118.properties.mtu,data:data2};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
}
}
}
if(data.hairpin !== undefined){
let data3 = data.hairpin;
if(typeof data3 !== "boolean"){
const err10 = {instancePath:instancePath+"/hairpin",schemaPath:"#/properties/hairpin/type",keyword:"type",params:{type: "boolean"},message:"must be boolean",schema:schema118.properties.hairpin.type,parentSchema:schema118.properties.hairpin,data:data3};
if(vErrors === null){
vErrors = [err10];
}
else {
vErrors.push(err10);
}
errors++;
}
}
if(data.antiSpoofing !== undefined){
let data4 = data.antiSpoofing;
if(typeof data4 !== "boolean"){
const err11 = {instancePath:instancePath+"/antiSpoofing",schemaPath:"#/properties/antiSpoofing/type",keyword:"type",params:{type: "boolean"},message:"must be boolean",schema:schema118.properties.antiSpoofing.type,parentSchema:schema118.properties.antiSpoofing,data:data4};
if(vErrors === null){
vErrors = [err11];
}
else {
vErrors.push(err11);
}
errors++;
}
}
}
else {
const err12 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema118.type,parentSchema:schema118,data};
if(vErrors === null){
vErrors = [err12];
}
else {
vErrors.push(err12);
}
errors++;
}
validate69.errors = vErrors;
return errors === 0;
}
validate69.evaluated = {"props":true,"dynamicProps":false,"dynamicItems":false};

const schema121 = {"type":"object","description":"The pod CIDR of another node. With via and dev, this node routes to it; without, the virtual network does (Azure's route table).","additionalProperties":false,"required":["to"],"properties":{"to":{"$ref":"#/$defs/ipCidr","description":"The pod CIDR of the other node."},"via":{"$ref":"#/$defs/ip","description":"The address of the other node, on the link of dev."},"dev":{"$ref":"#/$defs/ifName","description":"The interface of this node towards that node."}}};

function validate72(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
let vErrors = null;
let errors = 0;
const evaluated0 = validate72.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.to === undefined){
const err0 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "to"},message:"must have required property '"+"to"+"'",schema:schema121.required,parentSchema:schema121,data};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
for(const key0 in data){
if(!(((key0 === "to") || (key0 === "via")) || (key0 === "dev"))){
const err1 = {instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0},message:"must NOT have additional properties",schema:false,parentSchema:schema121,data};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
}
if(data.to !== undefined){
let data0 = data.to;
if(typeof data0 === "string"){
if(!pattern11.test(data0)){
const err2 = {instancePath:instancePath+"/to",schemaPath:"#/$defs/ipCidr/pattern",keyword:"pattern",params:{pattern: "^[0-9A-Fa-f.:]+/[0-9]{1,3}$"},message:"must match pattern \""+"^[0-9A-Fa-f.:]+/[0-9]{1,3}$"+"\"",schema:"^[0-9A-Fa-f.:]+/[0-9]{1,3}$",parentSchema:schema49,data:data0};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
else {
const err3 = {instancePath:instancePath+"/to",schemaPath:"#/$defs/ipCidr/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema49.type,parentSchema:schema49,data:data0};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
}
if(data.via !== undefined){
let data1 = data.via;
if(typeof data1 === "string"){
if(!pattern12.test(data1)){
const err4 = {instancePath:instancePath+"/via",schemaPath:"#/$defs/ip/pattern",keyword:"pattern",params:{pattern: "^[0-9A-Fa-f.:]*[.:][0-9A-Fa-f.:]*$"},message:"must match pattern \""+"^[0-9A-Fa-f.:]*[.:][0-9A-Fa-f.:]*$"+"\"",schema:"^[0-9A-Fa-f.:]*[.:][0-9A-Fa-f.:]*$",parentSchema:schema50,data:data1};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
else {
const err5 = {instancePath:instancePath+"/via",schemaPath:"#/$defs/ip/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema50.type,parentSchema:schema50,data:data1};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
}
if(data.dev !== undefined){
let data2 = data.dev;
if(typeof data2 === "string"){
if(!pattern8.test(data2)){
const err6 = {instancePath:instancePath+"/dev",schemaPath:"#/$defs/ifName/pattern",keyword:"pattern",params:{pattern: "^(?!\\.{1,2}$)[^/:\\s]{1,15}$"},message:"must match pattern \""+"^(?!\\.{1,2}$)[^/:\\s]{1,15}$"+"\"",schema:"^(?!\\.{1,2}$)[^/:\\s]{1,15}$",parentSchema:schema44,data:data2};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
}
else {
const err7 = {instancePath:instancePath+"/dev",schemaPath:"#/$defs/ifName/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema44.type,parentSchema:schema44,data:data2};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
}
}
else {
const err8 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema121.type,parentSchema:schema121,data};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
validate72.errors = vErrors;
return errors === 0;
}
validate72.evaluated = {"props":true,"dynamicProps":false,"dynamicItems":false};

const schema125 = {"type":"object","description":"The agent of the cluster (vnet agent) keeps pools and peers equal to the podCIDRs of the Nodes of Kubernetes.","additionalProperties":false,"required":["from"],"properties":{"from":{"type":"string","const":"cluster","description":"cluster: the Nodes of Kubernetes."},"dev":{"$ref":"#/$defs/ifName","description":"This node routes to the others by their InternalIP over this interface; absent: the virtual network does (Azure's route table)."}}};

function validate74(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
let vErrors = null;
let errors = 0;
const evaluated0 = validate74.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.from === undefined){
const err0 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "from"},message:"must have required property '"+"from"+"'",schema:schema125.required,parentSchema:schema125,data};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
for(const key0 in data){
if(!((key0 === "from") || (key0 === "dev"))){
const err1 = {instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0},message:"must NOT have additional properties",schema:false,parentSchema:schema125,data};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
}
if(data.from !== undefined){
let data0 = data.from;
if(typeof data0 !== "string"){
const err2 = {instancePath:instancePath+"/from",schemaPath:"#/properties/from/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema125.properties.from.type,parentSchema:schema125.properties.from,data:data0};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
if("cluster" !== data0){
const err3 = {instancePath:instancePath+"/from",schemaPath:"#/properties/from/const",keyword:"const",params:{allowedValue: "cluster"},message:"must be equal to constant",schema:"cluster",parentSchema:schema125.properties.from,data:data0};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
}
if(data.dev !== undefined){
let data1 = data.dev;
if(typeof data1 === "string"){
if(!pattern8.test(data1)){
const err4 = {instancePath:instancePath+"/dev",schemaPath:"#/$defs/ifName/pattern",keyword:"pattern",params:{pattern: "^(?!\\.{1,2}$)[^/:\\s]{1,15}$"},message:"must match pattern \""+"^(?!\\.{1,2}$)[^/:\\s]{1,15}$"+"\"",schema:"^(?!\\.{1,2}$)[^/:\\s]{1,15}$",parentSchema:schema44,data:data1};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
else {
const err5 = {instancePath:instancePath+"/dev",schemaPath:"#/$defs/ifName/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema44.type,parentSchema:schema44,data:data1};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
}
}
else {
const err6 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema125.type,parentSchema:schema125,data};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
validate74.errors = vErrors;
return errors === 0;
}
validate74.evaluated = {"props":true,"dynamicProps":false,"dynamicItems":false};


function validate68(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
let vErrors = null;
let errors = 0;
const evaluated0 = validate68.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.mode === undefined){
const err0 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "mode"},message:"must have required property '"+"mode"+"'",schema:schema117.required,parentSchema:schema117,data};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if(data.bridge === undefined){
const err1 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "bridge"},message:"must have required property '"+"bridge"+"'",schema:schema117.required,parentSchema:schema117,data};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
if(data.pools === undefined){
const err2 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "pools"},message:"must have required property '"+"pools"+"'",schema:schema117.required,parentSchema:schema117,data};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
for(const key0 in data){
if(!(func1.call(schema117.properties, key0))){
const err3 = {instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0},message:"must NOT have additional properties",schema:false,parentSchema:schema117,data};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
}
if(data.mode !== undefined){
let data0 = data.mode;
if(typeof data0 !== "string"){
const err4 = {instancePath:instancePath+"/mode",schemaPath:"#/properties/mode/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema117.properties.mode.type,parentSchema:schema117.properties.mode,data:data0};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
if("routed" !== data0){
const err5 = {instancePath:instancePath+"/mode",schemaPath:"#/properties/mode/const",keyword:"const",params:{allowedValue: "routed"},message:"must be equal to constant",schema:"routed",parentSchema:schema117.properties.mode,data:data0};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
}
if(data.bridge !== undefined){
if(!(validate69(data.bridge, {instancePath:instancePath+"/bridge",parentData:data,parentDataProperty:"bridge",rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate69.errors : vErrors.concat(validate69.errors);
errors = vErrors.length;
}
}
if(data.masquerade !== undefined){
if(!(validate63(data.masquerade, {instancePath:instancePath+"/masquerade",parentData:data,parentDataProperty:"masquerade",rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate63.errors : vErrors.concat(validate63.errors);
errors = vErrors.length;
}
}
if(data.peers !== undefined){
let data3 = data.peers;
if(Array.isArray(data3)){
const len0 = data3.length;
for(let i0=0; i0<len0; i0++){
if(!(validate72(data3[i0], {instancePath:instancePath+"/peers/" + i0,parentData:data3,parentDataProperty:i0,rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate72.errors : vErrors.concat(validate72.errors);
errors = vErrors.length;
}
}
}
else {
const err6 = {instancePath:instancePath+"/peers",schemaPath:"#/properties/peers/type",keyword:"type",params:{type: "array"},message:"must be array",schema:schema117.properties.peers.type,parentSchema:schema117.properties.peers,data:data3};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
}
if(data.podCidrs !== undefined){
if(!(validate74(data.podCidrs, {instancePath:instancePath+"/podCidrs",parentData:data,parentDataProperty:"podCidrs",rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate74.errors : vErrors.concat(validate74.errors);
errors = vErrors.length;
}
}
if(data.pools !== undefined){
if(!(validate48(data.pools, {instancePath:instancePath+"/pools",parentData:data,parentDataProperty:"pools",rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate48.errors : vErrors.concat(validate48.errors);
errors = vErrors.length;
}
}
if(data.probe !== undefined){
let data7 = data.probe;
if(data7 && typeof data7 == "object" && !Array.isArray(data7)){
if(data7.timeoutMs === undefined){
const err7 = {instancePath:instancePath+"/probe",schemaPath:"#/$defs/probe/required",keyword:"required",params:{missingProperty: "timeoutMs"},message:"must have required property '"+"timeoutMs"+"'",schema:schema98.required,parentSchema:schema98,data:data7};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
for(const key1 in data7){
if(!(key1 === "timeoutMs")){
const err8 = {instancePath:instancePath+"/probe",schemaPath:"#/$defs/probe/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key1},message:"must NOT have additional properties",schema:false,parentSchema:schema98,data:data7};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
}
if(data7.timeoutMs !== undefined){
let data8 = data7.timeoutMs;
if(!(((typeof data8 == "number") && (!(data8 % 1) && !isNaN(data8))) && (isFinite(data8)))){
const err9 = {instancePath:instancePath+"/probe/timeoutMs",schemaPath:"#/$defs/probe/properties/timeoutMs/type",keyword:"type",params:{type: "integer"},message:"must be integer",schema:schema98.properties.timeoutMs.type,parentSchema:schema98.properties.timeoutMs,data:data8};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
}
if((typeof data8 == "number") && (isFinite(data8))){
if(data8 > 5000 || isNaN(data8)){
const err10 = {instancePath:instancePath+"/probe/timeoutMs",schemaPath:"#/$defs/probe/properties/timeoutMs/maximum",keyword:"maximum",params:{comparison: "<=", limit: 5000},message:"must be <= 5000",schema:5000,parentSchema:schema98.properties.timeoutMs,data:data8};
if(vErrors === null){
vErrors = [err10];
}
else {
vErrors.push(err10);
}
errors++;
}
if(data8 < 10 || isNaN(data8)){
const err11 = {instancePath:instancePath+"/probe/timeoutMs",schemaPath:"#/$defs/probe/properties/timeoutMs/minimum",keyword:"minimum",params:{comparison: ">=", limit: 10},message:"must be >= 10",schema:10,parentSchema:schema98.properties.timeoutMs,data:data8};
if(vErrors === null){
vErrors = [err11];
}
else {
vErrors.push(err11);
}
errors++;
}
}
}
}
else {
const err12 = {instancePath:instancePath+"/probe",schemaPath:"#/$defs/probe/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema98.type,parentSchema:schema98,data:data7};
if(vErrors === null){
vErrors = [err12];
}
else {
vErrors.push(err12);
}
errors++;
}
}
if(data.dns !== undefined){
if(!(validate54(data.dns, {instancePath:instancePath+"/dns",parentData:data,parentDataProperty:"dns",rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate54.errors : vErrors.concat(validate54.errors);
errors = vErrors.length;
}
}
if(data.reservations !== undefined){
if(!(validate56(data.reservations, {instancePath:instancePath+"/reservations",parentData:data,parentDataProperty:"reservations",rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate56.errors : vErrors.concat(validate56.errors);
errors = vErrors.length;
}
}
}
else {
const err13 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema117.type,parentSchema:schema117,data};
if(vErrors === null){
vErrors = [err13];
}
else {
vErrors.push(err13);
}
errors++;
}
validate68.errors = vErrors;
return errors === 0;
}
validate68.evaluated = {"props":true,"dynamicProps":false,"dynamicItems":false};

const schema128 = {"type":"object","description":"A network of mode addresses: its address pools and reservations, without kernel objects.","additionalProperties":false,"required":["mode","pools"],"properties":{"mode":{"type":"string","const":"addresses","description":"addresses: another main plugin creates the interfaces, vnet only assigns addresses."},"pools":{"$ref":"#/$defs/pools"},"dns":{"$ref":"#/$defs/dns"},"reservations":{"$ref":"#/$defs/reservations"}}};

function validate79(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
let vErrors = null;
let errors = 0;
const evaluated0 = validate79.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.mode === undefined){
const err0 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "mode"},message:"must have required property '"+"mode"+"'",schema:schema128.required,parentSchema:schema128,data};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if(data.pools === undefined){
const err1 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "pools"},message:"must have required property '"+"pools"+"'",schema:schema128.required,parentSchema:schema128,data};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
for(const key0 in data){
if(!((((key0 === "mode") || (key0 === "pools")) || (key0 === "dns")) || (key0 === "reservations"))){
const err2 = {instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0},message:"must NOT have additional properties",schema:false,parentSchema:schema128,data};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
if(data.mode !== undefined){
let data0 = data.mode;
if(typeof data0 !== "string"){
const err3 = {instancePath:instancePath+"/mode",schemaPath:"#/properties/mode/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema128.properties.mode.type,parentSchema:schema128.properties.mode,data:data0};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
if("addresses" !== data0){
const err4 = {instancePath:instancePath+"/mode",schemaPath:"#/properties/mode/const",keyword:"const",params:{allowedValue: "addresses"},message:"must be equal to constant",schema:"addresses",parentSchema:schema128.properties.mode,data:data0};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
if(data.pools !== undefined){
if(!(validate48(data.pools, {instancePath:instancePath+"/pools",parentData:data,parentDataProperty:"pools",rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate48.errors : vErrors.concat(validate48.errors);
errors = vErrors.length;
}
}
if(data.dns !== undefined){
if(!(validate54(data.dns, {instancePath:instancePath+"/dns",parentData:data,parentDataProperty:"dns",rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate54.errors : vErrors.concat(validate54.errors);
errors = vErrors.length;
}
}
if(data.reservations !== undefined){
if(!(validate56(data.reservations, {instancePath:instancePath+"/reservations",parentData:data,parentDataProperty:"reservations",rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate56.errors : vErrors.concat(validate56.errors);
errors = vErrors.length;
}
}
}
else {
const err5 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema128.type,parentSchema:schema128,data};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
validate79.errors = vErrors;
return errors === 0;
}
validate79.evaluated = {"props":true,"dynamicProps":false,"dynamicItems":false};


function validate23(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
let vErrors = null;
let errors = 0;
const evaluated0 = validate23.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(data && typeof data == "object" && !Array.isArray(data)){
const tag0 = data.mode;
if(typeof tag0 == "string"){
if(tag0 === "bridge"){
if(!(validate24(data, {instancePath,parentData,parentDataProperty,rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate24.errors : vErrors.concat(validate24.errors);
errors = vErrors.length;
}
var props0 = true;
}
else if(tag0 === "transparent"){
if(!(validate60(data, {instancePath,parentData,parentDataProperty,rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate60.errors : vErrors.concat(validate60.errors);
errors = vErrors.length;
}
if(props0 !== true){
props0 = true;
}
}
else if(tag0 === "routed"){
if(!(validate68(data, {instancePath,parentData,parentDataProperty,rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate68.errors : vErrors.concat(validate68.errors);
errors = vErrors.length;
}
if(props0 !== true){
props0 = true;
}
}
else if(tag0 === "addresses"){
if(!(validate79(data, {instancePath,parentData,parentDataProperty,rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate79.errors : vErrors.concat(validate79.errors);
errors = vErrors.length;
}
if(props0 !== true){
props0 = true;
}
}
else {
const err0 = {instancePath,schemaPath:"#/discriminator",keyword:"discriminator",params:{error: "mapping", tag: "mode", tagValue: tag0},message:"value of tag \"mode\" must be in oneOf",schema:schema41.discriminator,parentSchema:schema41,data};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
}
else {
const err1 = {instancePath,schemaPath:"#/discriminator",keyword:"discriminator",params:{error: "tag", tag: "mode", tagValue: tag0},message:"tag \"mode\" must be string",schema:schema41.discriminator,parentSchema:schema41,data};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
}
else {
const err2 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema41.type,parentSchema:schema41,data};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
validate23.errors = vErrors;
evaluated0.props = props0;
return errors === 0;
}
validate23.evaluated = {"dynamicProps":true,"dynamicItems":false};

const schema130 = {"type":"object","description":"The spec of a NetworkPolicy of networking.k8s.io/v1.","additionalProperties":false,"required":["podSelector"],"properties":{"podSelector":{"$ref":"#/$defs/labelSelector"},"policyTypes":{"type":"array","description":"The directions in which the policy isolates. Absent: Ingress, and Egress if the policy has egress rules.","items":{"type":"string","enum":["Ingress","Egress"],"description":"Ingress or Egress."}},"ingress":{"type":"array","description":"The traffic to the selected pods that the policy allows; none without rules.","items":{"$ref":"#/$defs/ingressRule"}},"egress":{"type":"array","description":"The traffic from the selected pods that the policy allows; none without rules.","items":{"$ref":"#/$defs/egressRule"}}}};
const schema131 = {"type":"object","description":"A label selector: all its requirements must be met; {}: everything. The podSelector of a policy selects the pods of its namespace that the policy isolates.","additionalProperties":false,"required":[],"properties":{"matchLabels":{"$ref":"#/$defs/labels"},"matchExpressions":{"type":"array","description":"Requirements on labels.","items":{"$ref":"#/$defs/labelRequirement"}}}};
const schema133 = {"type":"object","description":"A requirement on one label.","additionalProperties":false,"required":["key","operator"],"properties":{"key":{"type":"string","description":"The key of the label.","minLength":1},"operator":{"type":"string","enum":["In","NotIn","Exists","DoesNotExist"],"description":"In, NotIn, Exists or DoesNotExist. NotIn also matches objects without the label."},"values":{"type":"array","description":"The values, for In and NotIn.","items":{"type":"string","description":"The value of a label."}}}};

function validate89(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
let vErrors = null;
let errors = 0;
const evaluated0 = validate89.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(data && typeof data == "object" && !Array.isArray(data)){
for(const key0 in data){
if(!((key0 === "matchLabels") || (key0 === "matchExpressions"))){
const err0 = {instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0},message:"must NOT have additional properties",schema:false,parentSchema:schema131,data};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
}
if(data.matchLabels !== undefined){
let data0 = data.matchLabels;
if(data0 && typeof data0 == "object" && !Array.isArray(data0)){
for(const key1 in data0){
let data1 = data0[key1];
if(typeof data1 === "string"){
if(data1.length > 63){
const err1 = {instancePath:instancePath+"/matchLabels/" + key1.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/$defs/labels/additionalProperties/maxLength",keyword:"maxLength",params:{limit: 63},message:"must NOT have more than 63 characters",schema:63,parentSchema:schema132.additionalProperties,data:data1};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
}
else {
const err2 = {instancePath:instancePath+"/matchLabels/" + key1.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/$defs/labels/additionalProperties/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema132.additionalProperties.type,parentSchema:schema132.additionalProperties,data:data1};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
}
else {
const err3 = {instancePath:instancePath+"/matchLabels",schemaPath:"#/$defs/labels/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema132.type,parentSchema:schema132,data:data0};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
}
if(data.matchExpressions !== undefined){
let data2 = data.matchExpressions;
if(Array.isArray(data2)){
const len0 = data2.length;
for(let i0=0; i0<len0; i0++){
let data3 = data2[i0];
if(data3 && typeof data3 == "object" && !Array.isArray(data3)){
if(data3.key === undefined){
const err4 = {instancePath:instancePath+"/matchExpressions/" + i0,schemaPath:"#/$defs/labelRequirement/required",keyword:"required",params:{missingProperty: "key"},message:"must have required property '"+"key"+"'",schema:schema133.required,parentSchema:schema133,data:data3};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
if(data3.operator === undefined){
const err5 = {instancePath:instancePath+"/matchExpressions/" + i0,schemaPath:"#/$defs/labelRequirement/required",keyword:"required",params:{missingProperty: "operator"},message:"must have required property '"+"operator"+"'",schema:schema133.required,parentSchema:schema133,data:data3};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
for(const key2 in data3){
if(!(((key2 === "key") || (key2 === "operator")) || (key2 === "values"))){
const err6 = {instancePath:instancePath+"/matchExpressions/" + i0,schemaPath:"#/$defs/labelRequirement/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key2},message:"must NOT have additional properties",schema:false,parentSchema:schema133,data:data3};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
}
if(data3.key !== undefined){
let data4 = data3.key;
if(typeof data4 === "string"){
if(data4.length < 1){
const err7 = {instancePath:instancePath+"/matchExpressions/" + i0+"/key",schemaPath:"#/$defs/labelRequirement/properties/key/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters",schema:1,parentSchema:schema133.properties.key,data:data4};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
}
else {
const err8 = {instancePath:instancePath+"/matchExpressions/" + i0+"/key",schemaPath:"#/$defs/labelRequirement/properties/key/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema133.properties.key.type,parentSchema:schema133.properties.key,data:data4};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
}
if(data3.operator !== undefined){
let data5 = data3.operator;
if(typeof data5 !== "string"){
const err9 = {instancePath:instancePath+"/matchExpressions/" + i0+"/operator",schemaPath:"#/$defs/labelRequirement/properties/operator/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema133.properties.operator.type,parentSchema:schema133.properties.operator,data:data5};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
}
if(!((((data5 === "In") || (data5 === "NotIn")) || (data5 === "Exists")) || (data5 === "DoesNotExist"))){
const err10 = {instancePath:instancePath+"/matchExpressions/" + i0+"/operator",schemaPath:"#/$defs/labelRequirement/properties/operator/enum",keyword:"enum",params:{allowedValues: schema133.properties.operator.enum},message:"must be equal to one of the allowed values",schema:schema133.properties.operator.enum,parentSchema:schema133.properties.operator,data:data5};
if(vErrors === null){
vErrors = [err10];
}
else {
vErrors.push(err10);
}
errors++;
}
}
if(data3.values !== undefined){
let data6 = data3.values;
if(Array.isArray(data6)){
const len1 = data6.length;
for(let i1=0; i1<len1; i1++){
let data7 = data6[i1];
if(typeof data7 !== "string"){
const err11 = {instancePath:instancePath+"/matchExpressions/" + i0+"/values/" + i1,schemaPath:"#/$defs/labelRequirement/properties/values/items/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema133.properties.values.items.type,parentSchema:schema133.properties.values.items,data:data7};
if(vErrors === null){
vErrors = [err11];
}
else {
vErrors.push(err11);
}
errors++;
}
}
}
else {
const err12 = {instancePath:instancePath+"/matchExpressions/" + i0+"/values",schemaPath:"#/$defs/labelRequirement/properties/values/type",keyword:"type",params:{type: "array"},message:"must be array",schema:schema133.properties.values.type,parentSchema:schema133.properties.values,data:data6};
if(vErrors === null){
vErrors = [err12];
}
else {
vErrors.push(err12);
}
errors++;
}
}
}
else {
const err13 = {instancePath:instancePath+"/matchExpressions/" + i0,schemaPath:"#/$defs/labelRequirement/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema133.type,parentSchema:schema133,data:data3};
if(vErrors === null){
vErrors = [err13];
}
else {
vErrors.push(err13);
}
errors++;
}
}
}
else {
const err14 = {instancePath:instancePath+"/matchExpressions",schemaPath:"#/properties/matchExpressions/type",keyword:"type",params:{type: "array"},message:"must be array",schema:schema131.properties.matchExpressions.type,parentSchema:schema131.properties.matchExpressions,data:data2};
if(vErrors === null){
vErrors = [err14];
}
else {
vErrors.push(err14);
}
errors++;
}
}
}
else {
const err15 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema131.type,parentSchema:schema131,data};
if(vErrors === null){
vErrors = [err15];
}
else {
vErrors.push(err15);
}
errors++;
}
validate89.errors = vErrors;
return errors === 0;
}
validate89.evaluated = {"props":true,"dynamicProps":false,"dynamicItems":false};

const schema134 = {"type":"object","description":"Traffic that matches one of from and one of ports.","additionalProperties":false,"required":[],"properties":{"from":{"type":"array","description":"The sources; absent or empty: all.","items":{"$ref":"#/$defs/policyPeer"}},"ports":{"type":"array","description":"The ports on the selected pods; absent or empty: all traffic.","items":{"$ref":"#/$defs/policyPort"}}}};
const schema138 = {"type":"object","description":"A port, a range of ports or a whole protocol.","additionalProperties":false,"required":[],"properties":{"protocol":{"type":"string","enum":["TCP","UDP","SCTP"],"description":"TCP, UDP or SCTP. Absent: TCP."},"port":{"description":"A port number, or the name of a port of the pod that receives. Absent: all ports.","anyOf":[{"type":"integer","minimum":1,"maximum":65535},{"type":"string","minLength":1,"maxLength":63}]},"endPort":{"type":"integer","minimum":1,"maximum":65535,"description":"The last port of a range that begins with port."}}};
const schema135 = {"type":"object","description":"Pods by selectors, or an IP block. A podSelector alone selects in the namespace of the policy.","additionalProperties":false,"required":[],"properties":{"podSelector":{"$ref":"#/$defs/labelSelector"},"namespaceSelector":{"$ref":"#/$defs/labelSelector"},"ipBlock":{"type":"object","description":"A prefix without the prefixes in except.","additionalProperties":false,"required":["cidr"],"properties":{"cidr":{"$ref":"#/$defs/networkPrefix"},"except":{"type":"array","description":"Prefixes within cidr that do not count.","items":{"$ref":"#/$defs/networkPrefix"}}}}}};

function validate92(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
let vErrors = null;
let errors = 0;
const evaluated0 = validate92.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(data && typeof data == "object" && !Array.isArray(data)){
for(const key0 in data){
if(!(((key0 === "podSelector") || (key0 === "namespaceSelector")) || (key0 === "ipBlock"))){
const err0 = {instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0},message:"must NOT have additional properties",schema:false,parentSchema:schema135,data};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
}
if(data.podSelector !== undefined){
if(!(validate89(data.podSelector, {instancePath:instancePath+"/podSelector",parentData:data,parentDataProperty:"podSelector",rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate89.errors : vErrors.concat(validate89.errors);
errors = vErrors.length;
}
}
if(data.namespaceSelector !== undefined){
if(!(validate89(data.namespaceSelector, {instancePath:instancePath+"/namespaceSelector",parentData:data,parentDataProperty:"namespaceSelector",rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate89.errors : vErrors.concat(validate89.errors);
errors = vErrors.length;
}
}
if(data.ipBlock !== undefined){
let data2 = data.ipBlock;
if(data2 && typeof data2 == "object" && !Array.isArray(data2)){
if(data2.cidr === undefined){
const err1 = {instancePath:instancePath+"/ipBlock",schemaPath:"#/properties/ipBlock/required",keyword:"required",params:{missingProperty: "cidr"},message:"must have required property '"+"cidr"+"'",schema:schema135.properties.ipBlock.required,parentSchema:schema135.properties.ipBlock,data:data2};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
for(const key1 in data2){
if(!((key1 === "cidr") || (key1 === "except"))){
const err2 = {instancePath:instancePath+"/ipBlock",schemaPath:"#/properties/ipBlock/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key1},message:"must NOT have additional properties",schema:false,parentSchema:schema135.properties.ipBlock,data:data2};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
if(data2.cidr !== undefined){
let data3 = data2.cidr;
if(typeof data3 !== "string"){
const err3 = {instancePath:instancePath+"/ipBlock/cidr",schemaPath:"#/$defs/networkPrefix/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema40.type,parentSchema:schema40,data:data3};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
}
if(data2.except !== undefined){
let data4 = data2.except;
if(Array.isArray(data4)){
const len0 = data4.length;
for(let i0=0; i0<len0; i0++){
let data5 = data4[i0];
if(typeof data5 !== "string"){
const err4 = {instancePath:instancePath+"/ipBlock/except/" + i0,schemaPath:"#/$defs/networkPrefix/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema40.type,parentSchema:schema40,data:data5};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
}
else {
const err5 = {instancePath:instancePath+"/ipBlock/except",schemaPath:"#/properties/ipBlock/properties/except/type",keyword:"type",params:{type: "array"},message:"must be array",schema:schema135.properties.ipBlock.properties.except.type,parentSchema:schema135.properties.ipBlock.properties.except,data:data4};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
}
}
else {
const err6 = {instancePath:instancePath+"/ipBlock",schemaPath:"#/properties/ipBlock/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema135.properties.ipBlock.type,parentSchema:schema135.properties.ipBlock,data:data2};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
}
}
else {
const err7 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema135.type,parentSchema:schema135,data};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
validate92.errors = vErrors;
return errors === 0;
}
validate92.evaluated = {"props":true,"dynamicProps":false,"dynamicItems":false};


function validate91(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
let vErrors = null;
let errors = 0;
const evaluated0 = validate91.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(data && typeof data == "object" && !Array.isArray(data)){
for(const key0 in data){
if(!((key0 === "from") || (key0 === "ports"))){
const err0 = {instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0},message:"must NOT have additional properties",schema:false,parentSchema:schema134,data};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
}
if(data.from !== undefined){
let data0 = data.from;
if(Array.isArray(data0)){
const len0 = data0.length;
for(let i0=0; i0<len0; i0++){
if(!(validate92(data0[i0], {instancePath:instancePath+"/from/" + i0,parentData:data0,parentDataProperty:i0,rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate92.errors : vErrors.concat(validate92.errors);
errors = vErrors.length;
}
}
}
else {
const err1 = {instancePath:instancePath+"/from",schemaPath:"#/properties/from/type",keyword:"type",params:{type: "array"},message:"must be array",schema:schema134.properties.from.type,parentSchema:schema134.properties.from,data:data0};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
}
if(data.ports !== undefined){
let data2 = data.ports;
if(Array.isArray(data2)){
const len1 = data2.length;
for(let i1=0; i1<len1; i1++){
let data3 = data2[i1];
if(data3 && typeof data3 == "object" && !Array.isArray(data3)){
for(const key1 in data3){
if(!(((key1 === "protocol") || (key1 === "port")) || (key1 === "endPort"))){
const err2 = {instancePath:instancePath+"/ports/" + i1,schemaPath:"#/$defs/policyPort/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key1},message:"must NOT have additional properties",schema:false,parentSchema:schema138,data:data3};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
if(data3.protocol !== undefined){
let data4 = data3.protocol;
if(typeof data4 !== "string"){
const err3 = {instancePath:instancePath+"/ports/" + i1+"/protocol",schemaPath:"#/$defs/policyPort/properties/protocol/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema138.properties.protocol.type,parentSchema:schema138.properties.protocol,data:data4};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
if(!(((data4 === "TCP") || (data4 === "UDP")) || (data4 === "SCTP"))){
const err4 = {instancePath:instancePath+"/ports/" + i1+"/protocol",schemaPath:"#/$defs/policyPort/properties/protocol/enum",keyword:"enum",params:{allowedValues: schema138.properties.protocol.enum},message:"must be equal to one of the allowed values",schema:schema138.properties.protocol.enum,parentSchema:schema138.properties.protocol,data:data4};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
if(data3.port !== undefined){
let data5 = data3.port;
const _errs14 = errors;
let valid7 = false;
const _errs15 = errors;
if(!(((typeof data5 == "number") && (!(data5 % 1) && !isNaN(data5))) && (isFinite(data5)))){
const err5 = {instancePath:instancePath+"/ports/" + i1+"/port",schemaPath:"#/$defs/policyPort/properties/port/anyOf/0/type",keyword:"type",params:{type: "integer"},message:"must be integer",schema:schema138.properties.port.anyOf[0].type,parentSchema:schema138.properties.port.anyOf[0],data:data5};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
if((typeof data5 == "number") && (isFinite(data5))){
if(data5 > 65535 || isNaN(data5)){
const err6 = {instancePath:instancePath+"/ports/" + i1+"/port",schemaPath:"#/$defs/policyPort/properties/port/anyOf/0/maximum",keyword:"maximum",params:{comparison: "<=", limit: 65535},message:"must be <= 65535",schema:65535,parentSchema:schema138.properties.port.anyOf[0],data:data5};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
if(data5 < 1 || isNaN(data5)){
const err7 = {instancePath:instancePath+"/ports/" + i1+"/port",schemaPath:"#/$defs/policyPort/properties/port/anyOf/0/minimum",keyword:"minimum",params:{comparison: ">=", limit: 1},message:"must be >= 1",schema:1,parentSchema:schema138.properties.port.anyOf[0],data:data5};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
}
var _valid0 = _errs15 === errors;
valid7 = valid7 || _valid0;
const _errs17 = errors;
if(typeof data5 === "string"){
if(data5.length > 63){
const err8 = {instancePath:instancePath+"/ports/" + i1+"/port",schemaPath:"#/$defs/policyPort/properties/port/anyOf/1/maxLength",keyword:"maxLength",params:{limit: 63},message:"must NOT have more than 63 characters",schema:63,parentSchema:schema138.properties.port.anyOf[1],data:data5};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
if(data5.length < 1){
const err9 = {instancePath:instancePath+"/ports/" + i1+"/port",schemaPath:"#/$defs/policyPort/properties/port/anyOf/1/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters",schema:1,parentSchema:schema138.properties.port.anyOf[1],data:data5};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
}
}
else {
const err10 = {instancePath:instancePath+"/ports/" + i1+"/port",schemaPath:"#/$defs/policyPort/properties/port/anyOf/1/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema138.properties.port.anyOf[1].type,parentSchema:schema138.properties.port.anyOf[1],data:data5};
if(vErrors === null){
vErrors = [err10];
}
else {
vErrors.push(err10);
}
errors++;
}
var _valid0 = _errs17 === errors;
valid7 = valid7 || _valid0;
if(!valid7){
const err11 = {instancePath:instancePath+"/ports/" + i1+"/port",schemaPath:"#/$defs/policyPort/properties/port/anyOf",keyword:"anyOf",params:{},message:"must match a schema in anyOf",schema:schema138.properties.port.anyOf,parentSchema:schema138.properties.port,data:data5};
if(vErrors === null){
vErrors = [err11];
}
else {
vErrors.push(err11);
}
errors++;
}
else {
errors = _errs14;
if(vErrors !== null){
if(_errs14){
vErrors.length = _errs14;
}
else {
vErrors = null;
}
}
}
}
if(data3.endPort !== undefined){
let data6 = data3.endPort;
if(!(((typeof data6 == "number") && (!(data6 % 1) && !isNaN(data6))) && (isFinite(data6)))){
const err12 = {instancePath:instancePath+"/ports/" + i1+"/endPort",schemaPath:"#/$defs/policyPort/properties/endPort/type",keyword:"type",params:{type: "integer"},message:"must be integer",schema:schema138.properties.endPort.type,parentSchema:schema138.properties.endPort,data:data6};
if(vErrors === null){
vErrors = [err12];
}
else {
vErrors.push(err12);
}
errors++;
}
if((typeof data6 == "number") && (isFinite(data6))){
if(data6 > 65535 || isNaN(data6)){
const err13 = {instancePath:instancePath+"/ports/" + i1+"/endPort",schemaPath:"#/$defs/policyPort/properties/endPort/maximum",keyword:"maximum",params:{comparison: "<=", limit: 65535},message:"must be <= 65535",schema:65535,parentSchema:schema138.properties.endPort,data:data6};
if(vErrors === null){
vErrors = [err13];
}
else {
vErrors.push(err13);
}
errors++;
}
if(data6 < 1 || isNaN(data6)){
const err14 = {instancePath:instancePath+"/ports/" + i1+"/endPort",schemaPath:"#/$defs/policyPort/properties/endPort/minimum",keyword:"minimum",params:{comparison: ">=", limit: 1},message:"must be >= 1",schema:1,parentSchema:schema138.properties.endPort,data:data6};
if(vErrors === null){
vErrors = [err14];
}
else {
vErrors.push(err14);
}
errors++;
}
}
}
}
else {
const err15 = {instancePath:instancePath+"/ports/" + i1,schemaPath:"#/$defs/policyPort/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema138.type,parentSchema:schema138,data:data3};
if(vErrors === null){
vErrors = [err15];
}
else {
vErrors.push(err15);
}
errors++;
}
}
}
else {
const err16 = {instancePath:instancePath+"/ports",schemaPath:"#/properties/ports/type",keyword:"type",params:{type: "array"},message:"must be array",schema:schema134.properties.ports.type,parentSchema:schema134.properties.ports,data:data2};
if(vErrors === null){
vErrors = [err16];
}
else {
vErrors.push(err16);
}
errors++;
}
}
}
else {
const err17 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema134.type,parentSchema:schema134,data};
if(vErrors === null){
vErrors = [err17];
}
else {
vErrors.push(err17);
}
errors++;
}
validate91.errors = vErrors;
return errors === 0;
}
validate91.evaluated = {"props":true,"dynamicProps":false,"dynamicItems":false};

const schema139 = {"type":"object","description":"Traffic that matches one of to and one of ports.","additionalProperties":false,"required":[],"properties":{"to":{"type":"array","description":"The destinations; absent or empty: all.","items":{"$ref":"#/$defs/policyPeer"}},"ports":{"type":"array","description":"The ports at the destinations; absent or empty: all traffic.","items":{"$ref":"#/$defs/policyPort"}}}};

function validate97(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
let vErrors = null;
let errors = 0;
const evaluated0 = validate97.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(data && typeof data == "object" && !Array.isArray(data)){
for(const key0 in data){
if(!((key0 === "to") || (key0 === "ports"))){
const err0 = {instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0},message:"must NOT have additional properties",schema:false,parentSchema:schema139,data};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
}
if(data.to !== undefined){
let data0 = data.to;
if(Array.isArray(data0)){
const len0 = data0.length;
for(let i0=0; i0<len0; i0++){
if(!(validate92(data0[i0], {instancePath:instancePath+"/to/" + i0,parentData:data0,parentDataProperty:i0,rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate92.errors : vErrors.concat(validate92.errors);
errors = vErrors.length;
}
}
}
else {
const err1 = {instancePath:instancePath+"/to",schemaPath:"#/properties/to/type",keyword:"type",params:{type: "array"},message:"must be array",schema:schema139.properties.to.type,parentSchema:schema139.properties.to,data:data0};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
}
if(data.ports !== undefined){
let data2 = data.ports;
if(Array.isArray(data2)){
const len1 = data2.length;
for(let i1=0; i1<len1; i1++){
let data3 = data2[i1];
if(data3 && typeof data3 == "object" && !Array.isArray(data3)){
for(const key1 in data3){
if(!(((key1 === "protocol") || (key1 === "port")) || (key1 === "endPort"))){
const err2 = {instancePath:instancePath+"/ports/" + i1,schemaPath:"#/$defs/policyPort/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key1},message:"must NOT have additional properties",schema:false,parentSchema:schema138,data:data3};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
if(data3.protocol !== undefined){
let data4 = data3.protocol;
if(typeof data4 !== "string"){
const err3 = {instancePath:instancePath+"/ports/" + i1+"/protocol",schemaPath:"#/$defs/policyPort/properties/protocol/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema138.properties.protocol.type,parentSchema:schema138.properties.protocol,data:data4};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
if(!(((data4 === "TCP") || (data4 === "UDP")) || (data4 === "SCTP"))){
const err4 = {instancePath:instancePath+"/ports/" + i1+"/protocol",schemaPath:"#/$defs/policyPort/properties/protocol/enum",keyword:"enum",params:{allowedValues: schema138.properties.protocol.enum},message:"must be equal to one of the allowed values",schema:schema138.properties.protocol.enum,parentSchema:schema138.properties.protocol,data:data4};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
if(data3.port !== undefined){
let data5 = data3.port;
const _errs14 = errors;
let valid7 = false;
const _errs15 = errors;
if(!(((typeof data5 == "number") && (!(data5 % 1) && !isNaN(data5))) && (isFinite(data5)))){
const err5 = {instancePath:instancePath+"/ports/" + i1+"/port",schemaPath:"#/$defs/policyPort/properties/port/anyOf/0/type",keyword:"type",params:{type: "integer"},message:"must be integer",schema:schema138.properties.port.anyOf[0].type,parentSchema:schema138.properties.port.anyOf[0],data:data5};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
if((typeof data5 == "number") && (isFinite(data5))){
if(data5 > 65535 || isNaN(data5)){
const err6 = {instancePath:instancePath+"/ports/" + i1+"/port",schemaPath:"#/$defs/policyPort/properties/port/anyOf/0/maximum",keyword:"maximum",params:{comparison: "<=", limit: 65535},message:"must be <= 65535",schema:65535,parentSchema:schema138.properties.port.anyOf[0],data:data5};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
if(data5 < 1 || isNaN(data5)){
const err7 = {instancePath:instancePath+"/ports/" + i1+"/port",schemaPath:"#/$defs/policyPort/properties/port/anyOf/0/minimum",keyword:"minimum",params:{comparison: ">=", limit: 1},message:"must be >= 1",schema:1,parentSchema:schema138.properties.port.anyOf[0],data:data5};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
}
var _valid0 = _errs15 === errors;
valid7 = valid7 || _valid0;
const _errs17 = errors;
if(typeof data5 === "string"){
if(data5.length > 63){
const err8 = {instancePath:instancePath+"/ports/" + i1+"/port",schemaPath:"#/$defs/policyPort/properties/port/anyOf/1/maxLength",keyword:"maxLength",params:{limit: 63},message:"must NOT have more than 63 characters",schema:63,parentSchema:schema138.properties.port.anyOf[1],data:data5};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
if(data5.length < 1){
const err9 = {instancePath:instancePath+"/ports/" + i1+"/port",schemaPath:"#/$defs/policyPort/properties/port/anyOf/1/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters",schema:1,parentSchema:schema138.properties.port.anyOf[1],data:data5};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
}
}
else {
const err10 = {instancePath:instancePath+"/ports/" + i1+"/port",schemaPath:"#/$defs/policyPort/properties/port/anyOf/1/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema138.properties.port.anyOf[1].type,parentSchema:schema138.properties.port.anyOf[1],data:data5};
if(vErrors === null){
vErrors = [err10];
}
else {
vErrors.push(err10);
}
errors++;
}
var _valid0 = _errs17 === errors;
valid7 = valid7 || _valid0;
if(!valid7){
const err11 = {instancePath:instancePath+"/ports/" + i1+"/port",schemaPath:"#/$defs/policyPort/properties/port/anyOf",keyword:"anyOf",params:{},message:"must match a schema in anyOf",schema:schema138.properties.port.anyOf,parentSchema:schema138.properties.port,data:data5};
if(vErrors === null){
vErrors = [err11];
}
else {
vErrors.push(err11);
}
errors++;
}
else {
errors = _errs14;
if(vErrors !== null){
if(_errs14){
vErrors.length = _errs14;
}
else {
vErrors = null;
}
}
}
}
if(data3.endPort !== undefined){
let data6 = data3.endPort;
if(!(((typeof data6 == "number") && (!(data6 % 1) && !isNaN(data6))) && (isFinite(data6)))){
const err12 = {instancePath:instancePath+"/ports/" + i1+"/endPort",schemaPath:"#/$defs/policyPort/properties/endPort/type",keyword:"type",params:{type: "integer"},message:"must be integer",schema:schema138.properties.endPort.type,parentSchema:schema138.properties.endPort,data:data6};
if(vErrors === null){
vErrors = [err12];
}
else {
vErrors.push(err12);
}
errors++;
}
if((typeof data6 == "number") && (isFinite(data6))){
if(data6 > 65535 || isNaN(data6)){
const err13 = {instancePath:instancePath+"/ports/" + i1+"/endPort",schemaPath:"#/$defs/policyPort/properties/endPort/maximum",keyword:"maximum",params:{comparison: "<=", limit: 65535},message:"must be <= 65535",schema:65535,parentSchema:schema138.properties.endPort,data:data6};
if(vErrors === null){
vErrors = [err13];
}
else {
vErrors.push(err13);
}
errors++;
}
if(data6 < 1 || isNaN(data6)){
const err14 = {instancePath:instancePath+"/ports/" + i1+"/endPort",schemaPath:"#/$defs/policyPort/properties/endPort/minimum",keyword:"minimum",params:{comparison: ">=", limit: 1},message:"must be >= 1",schema:1,parentSchema:schema138.properties.endPort,data:data6};
if(vErrors === null){
vErrors = [err14];
}
else {
vErrors.push(err14);
}
errors++;
}
}
}
}
else {
const err15 = {instancePath:instancePath+"/ports/" + i1,schemaPath:"#/$defs/policyPort/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema138.type,parentSchema:schema138,data:data3};
if(vErrors === null){
vErrors = [err15];
}
else {
vErrors.push(err15);
}
errors++;
}
}
}
else {
const err16 = {instancePath:instancePath+"/ports",schemaPath:"#/properties/ports/type",keyword:"type",params:{type: "array"},message:"must be array",schema:schema139.properties.ports.type,parentSchema:schema139.properties.ports,data:data2};
if(vErrors === null){
vErrors = [err16];
}
else {
vErrors.push(err16);
}
errors++;
}
}
}
else {
const err17 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema139.type,parentSchema:schema139,data};
if(vErrors === null){
vErrors = [err17];
}
else {
vErrors.push(err17);
}
errors++;
}
validate97.errors = vErrors;
return errors === 0;
}
validate97.evaluated = {"props":true,"dynamicProps":false,"dynamicItems":false};


function validate88(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
let vErrors = null;
let errors = 0;
const evaluated0 = validate88.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.podSelector === undefined){
const err0 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "podSelector"},message:"must have required property '"+"podSelector"+"'",schema:schema130.required,parentSchema:schema130,data};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
for(const key0 in data){
if(!((((key0 === "podSelector") || (key0 === "policyTypes")) || (key0 === "ingress")) || (key0 === "egress"))){
const err1 = {instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0},message:"must NOT have additional properties",schema:false,parentSchema:schema130,data};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
}
if(data.podSelector !== undefined){
if(!(validate89(data.podSelector, {instancePath:instancePath+"/podSelector",parentData:data,parentDataProperty:"podSelector",rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate89.errors : vErrors.concat(validate89.errors);
errors = vErrors.length;
}
}
if(data.policyTypes !== undefined){
let data1 = data.policyTypes;
if(Array.isArray(data1)){
const len0 = data1.length;
for(let i0=0; i0<len0; i0++){
let data2 = data1[i0];
if(typeof data2 !== "string"){
const err2 = {instancePath:instancePath+"/policyTypes/" + i0,schemaPath:"#/properties/policyTypes/items/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema130.properties.policyTypes.items.type,parentSchema:schema130.properties.policyTypes.items,data:data2};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
if(!((data2 === "Ingress") || (data2 === "Egress"))){
const err3 = {instancePath:instancePath+"/policyTypes/" + i0,schemaPath:"#/properties/policyTypes/items/enum",keyword:"enum",params:{allowedValues: schema130.properties.policyTypes.items.enum},message:"must be equal to one of the allowed values",schema:schema130.properties.policyTypes.items.enum,parentSchema:schema130.properties.policyTypes.items,data:data2};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
}
}
else {
const err4 = {instancePath:instancePath+"/policyTypes",schemaPath:"#/properties/policyTypes/type",keyword:"type",params:{type: "array"},message:"must be array",schema:schema130.properties.policyTypes.type,parentSchema:schema130.properties.policyTypes,data:data1};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
if(data.ingress !== undefined){
let data3 = data.ingress;
if(Array.isArray(data3)){
const len1 = data3.length;
for(let i1=0; i1<len1; i1++){
if(!(validate91(data3[i1], {instancePath:instancePath+"/ingress/" + i1,parentData:data3,parentDataProperty:i1,rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate91.errors : vErrors.concat(validate91.errors);
errors = vErrors.length;
}
}
}
else {
const err5 = {instancePath:instancePath+"/ingress",schemaPath:"#/properties/ingress/type",keyword:"type",params:{type: "array"},message:"must be array",schema:schema130.properties.ingress.type,parentSchema:schema130.properties.ingress,data:data3};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
}
if(data.egress !== undefined){
let data5 = data.egress;
if(Array.isArray(data5)){
const len2 = data5.length;
for(let i2=0; i2<len2; i2++){
if(!(validate97(data5[i2], {instancePath:instancePath+"/egress/" + i2,parentData:data5,parentDataProperty:i2,rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate97.errors : vErrors.concat(validate97.errors);
errors = vErrors.length;
}
}
}
else {
const err6 = {instancePath:instancePath+"/egress",schemaPath:"#/properties/egress/type",keyword:"type",params:{type: "array"},message:"must be array",schema:schema130.properties.egress.type,parentSchema:schema130.properties.egress,data:data5};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
}
}
else {
const err7 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema130.type,parentSchema:schema130,data};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
validate88.errors = vErrors;
return errors === 0;
}
validate88.evaluated = {"props":true,"dynamicProps":false,"dynamicItems":false};

const schema143 = {"type":"object","description":"One attachment of a container to a network. Without hostVeth, a lease of another main plugin.","additionalProperties":false,"required":["addresses","added"],"properties":{"pod":{"$ref":"#/$defs/podName"},"labels":{"$ref":"#/$defs/labels"},"netns":{"type":"string","description":"The path of the pod's network namespace."},"netnsInode":{"type":"integer","description":"The inode of the network namespace at attachment.","minimum":1,"maximum":9007199254740991},"hostVeth":{"$ref":"#/$defs/ifName"},"mac":{"$ref":"#/$defs/mac"},"addresses":{"type":"array","description":"The addresses of the pod, of one family or of both.","items":{"$ref":"#/$defs/ipCidr"},"minItems":1},"gateway":{"$ref":"#/$defs/ip"},"ipv6Gateway":{"$ref":"#/$defs/ipv6","description":"The IPv6 gateway of an endpoint whose gateway is IPv4."},"ipam":{"type":"string","description":"The IPAM plugin that assigned the addresses, if not azure-vnet-ipam.","minLength":1},"routes":{"type":"array","description":"Routes in the pod, if other than a default route via the gateway.","items":{"$ref":"#/$defs/podRoute"}},"dns":{"$ref":"#/$defs/dns"},"bandwidth":{"$ref":"#/$defs/bandwidth"},"added":{"$ref":"#/$defs/time","description":"The time of attachment."},"missing":{"$ref":"#/$defs/time","description":"The time at which the network namespace was first seen dead."},"leaving":{"$ref":"#/$defs/time","description":"The time at which a DEL began."}}};
const schema151 = {"type":"object","description":"One route of a pod.","additionalProperties":false,"required":["to"],"properties":{"to":{"$ref":"#/$defs/destination"},"via":{"$ref":"#/$defs/ip"},"metric":{"type":"integer","description":"The metric (priority); 0 is none.","minimum":0,"maximum":4294967295,"default":0}}};

function validate102(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
let vErrors = null;
let errors = 0;
const evaluated0 = validate102.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.to === undefined){
const err0 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "to"},message:"must have required property '"+"to"+"'",schema:schema151.required,parentSchema:schema151,data};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
for(const key0 in data){
if(!(((key0 === "to") || (key0 === "via")) || (key0 === "metric"))){
const err1 = {instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0},message:"must NOT have additional properties",schema:false,parentSchema:schema151,data};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
}
if(data.to !== undefined){
let data0 = data.to;
if(typeof data0 === "string"){
if(!pattern15.test(data0)){
const err2 = {instancePath:instancePath+"/to",schemaPath:"#/$defs/destination/pattern",keyword:"pattern",params:{pattern: "^(default|[0-9A-Fa-f.:]+/[0-9]{1,3})$"},message:"must match pattern \""+"^(default|[0-9A-Fa-f.:]+/[0-9]{1,3})$"+"\"",schema:"^(default|[0-9A-Fa-f.:]+/[0-9]{1,3})$",parentSchema:schema54,data:data0};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
else {
const err3 = {instancePath:instancePath+"/to",schemaPath:"#/$defs/destination/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema54.type,parentSchema:schema54,data:data0};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
}
if(data.via !== undefined){
let data1 = data.via;
if(typeof data1 === "string"){
if(!pattern12.test(data1)){
const err4 = {instancePath:instancePath+"/via",schemaPath:"#/$defs/ip/pattern",keyword:"pattern",params:{pattern: "^[0-9A-Fa-f.:]*[.:][0-9A-Fa-f.:]*$"},message:"must match pattern \""+"^[0-9A-Fa-f.:]*[.:][0-9A-Fa-f.:]*$"+"\"",schema:"^[0-9A-Fa-f.:]*[.:][0-9A-Fa-f.:]*$",parentSchema:schema50,data:data1};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
else {
const err5 = {instancePath:instancePath+"/via",schemaPath:"#/$defs/ip/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema50.type,parentSchema:schema50,data:data1};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
}
if(data.metric !== undefined){
let data2 = data.metric;
if(!(((typeof data2 == "number") && (!(data2 % 1) && !isNaN(data2))) && (isFinite(data2)))){
const err6 = {instancePath:instancePath+"/metric",schemaPath:"#/properties/metric/type",keyword:"type",params:{type: "integer"},message:"must be integer",schema:schema151.properties.metric.type,parentSchema:schema151.properties.metric,data:data2};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
if((typeof data2 == "number") && (isFinite(data2))){
if(data2 > 4294967295 || isNaN(data2)){
const err7 = {instancePath:instancePath+"/metric",schemaPath:"#/properties/metric/maximum",keyword:"maximum",params:{comparison: "<=", limit: 4294967295},message:"must be <= 4294967295",schema:4294967295,parentSchema:schema151.properties.metric,data:data2};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
if(data2 < 0 || isNaN(data2)){
const err8 = {instancePath:instancePath+"/metric",schemaPath:"#/properties/metric/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0},message:"must be >= 0",schema:0,parentSchema:schema151.properties.metric,data:data2};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
}
}
}
else {
const err9 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema151.type,parentSchema:schema151,data};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
}
validate102.errors = vErrors;
return errors === 0;
}
validate102.evaluated = {"props":true,"dynamicProps":false,"dynamicItems":false};

const schema154 = {"type":"object","description":"The limits of the pod's traffic, from the CNI capability bandwidth; absent directions are unlimited.","additionalProperties":false,"required":[],"properties":{"ingress":{"$ref":"#/$defs/rateLimit","description":"The limit on traffic that the pod receives."},"egress":{"$ref":"#/$defs/rateLimit","description":"The limit on traffic that the pod sends."}}};
const schema155 = {"type":"object","description":"A token bucket.","additionalProperties":false,"required":["rate","burst"],"properties":{"rate":{"type":"integer","description":"The rate, in bits per second.","minimum":1,"maximum":9007199254740991},"burst":{"type":"integer","description":"The burst above the rate, in bits. The effective burst is at least one packet and at most 4.2 seconds of the rate.","minimum":1,"maximum":9007199254740991}}};

function validate105(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
let vErrors = null;
let errors = 0;
const evaluated0 = validate105.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(data && typeof data == "object" && !Array.isArray(data)){
for(const key0 in data){
if(!((key0 === "ingress") || (key0 === "egress"))){
const err0 = {instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0},message:"must NOT have additional properties",schema:false,parentSchema:schema154,data};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
}
if(data.ingress !== undefined){
let data0 = data.ingress;
if(data0 && typeof data0 == "object" && !Array.isArray(data0)){
if(data0.rate === undefined){
const err1 = {instancePath:instancePath+"/ingress",schemaPath:"#/$defs/rateLimit/required",keyword:"required",params:{missingProperty: "rate"},message:"must have required property '"+"rate"+"'",schema:schema155.required,parentSchema:schema155,data:data0};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
if(data0.burst === undefined){
const err2 = {instancePath:instancePath+"/ingress",schemaPath:"#/$defs/rateLimit/required",keyword:"required",params:{missingProperty: "burst"},message:"must have required property '"+"burst"+"'",schema:schema155.required,parentSchema:schema155,data:data0};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
for(const key1 in data0){
if(!((key1 === "rate") || (key1 === "burst"))){
const err3 = {instancePath:instancePath+"/ingress",schemaPath:"#/$defs/rateLimit/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key1},message:"must NOT have additional properties",schema:false,parentSchema:schema155,data:data0};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
}
if(data0.rate !== undefined){
let data1 = data0.rate;
if(!(((typeof data1 == "number") && (!(data1 % 1) && !isNaN(data1))) && (isFinite(data1)))){
const err4 = {instancePath:instancePath+"/ingress/rate",schemaPath:"#/$defs/rateLimit/properties/rate/type",keyword:"type",params:{type: "integer"},message:"must be integer",schema:schema155.properties.rate.type,parentSchema:schema155.properties.rate,data:data1};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
if((typeof data1 == "number") && (isFinite(data1))){
if(data1 > 9007199254740991 || isNaN(data1)){
const err5 = {instancePath:instancePath+"/ingress/rate",schemaPath:"#/$defs/rateLimit/properties/rate/maximum",keyword:"maximum",params:{comparison: "<=", limit: 9007199254740991},message:"must be <= 9007199254740991",schema:9007199254740991,parentSchema:schema155.properties.rate,data:data1};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
if(data1 < 1 || isNaN(data1)){
const err6 = {instancePath:instancePath+"/ingress/rate",schemaPath:"#/$defs/rateLimit/properties/rate/minimum",keyword:"minimum",params:{comparison: ">=", limit: 1},message:"must be >= 1",schema:1,parentSchema:schema155.properties.rate,data:data1};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
}
}
if(data0.burst !== undefined){
let data2 = data0.burst;
if(!(((typeof data2 == "number") && (!(data2 % 1) && !isNaN(data2))) && (isFinite(data2)))){
const err7 = {instancePath:instancePath+"/ingress/burst",schemaPath:"#/$defs/rateLimit/properties/burst/type",keyword:"type",params:{type: "integer"},message:"must be integer",schema:schema155.properties.burst.type,parentSchema:schema155.properties.burst,data:data2};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
if((typeof data2 == "number") && (isFinite(data2))){
if(data2 > 9007199254740991 || isNaN(data2)){
const err8 = {instancePath:instancePath+"/ingress/burst",schemaPath:"#/$defs/rateLimit/properties/burst/maximum",keyword:"maximum",params:{comparison: "<=", limit: 9007199254740991},message:"must be <= 9007199254740991",schema:9007199254740991,parentSchema:schema155.properties.burst,data:data2};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
if(data2 < 1 || isNaN(data2)){
const err9 = {instancePath:instancePath+"/ingress/burst",schemaPath:"#/$defs/rateLimit/properties/burst/minimum",keyword:"minimum",params:{comparison: ">=", limit: 1},message:"must be >= 1",schema:1,parentSchema:schema155.properties.burst,data:data2};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
}
}
}
}
else {
const err10 = {instancePath:instancePath+"/ingress",schemaPath:"#/$defs/rateLimit/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema155.type,parentSchema:schema155,data:data0};
if(vErrors === null){
vErrors = [err10];
}
else {
vErrors.push(err10);
}
errors++;
}
}
if(data.egress !== undefined){
let data3 = data.egress;
if(data3 && typeof data3 == "object" && !Array.isArray(data3)){
if(data3.rate === undefined){
const err11 = {instancePath:instancePath+"/egress",schemaPath:"#/$defs/rateLimit/required",keyword:"required",params:{missingProperty: "rate"},message:"must have required property '"+"rate"+"'",schema:schema155.required,parentSchema:schema155,data:data3};
if(vErrors === null){
vErrors = [err11];
}
else {
vErrors.push(err11);
}
errors++;
}
if(data3.burst === undefined){
const err12 = {instancePath:instancePath+"/egress",schemaPath:"#/$defs/rateLimit/required",keyword:"required",params:{missingProperty: "burst"},message:"must have required property '"+"burst"+"'",schema:schema155.required,parentSchema:schema155,data:data3};
if(vErrors === null){
vErrors = [err12];
}
else {
vErrors.push(err12);
}
errors++;
}
for(const key2 in data3){
if(!((key2 === "rate") || (key2 === "burst"))){
const err13 = {instancePath:instancePath+"/egress",schemaPath:"#/$defs/rateLimit/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key2},message:"must NOT have additional properties",schema:false,parentSchema:schema155,data:data3};
if(vErrors === null){
vErrors = [err13];
}
else {
vErrors.push(err13);
}
errors++;
}
}
if(data3.rate !== undefined){
let data4 = data3.rate;
if(!(((typeof data4 == "number") && (!(data4 % 1) && !isNaN(data4))) && (isFinite(data4)))){
const err14 = {instancePath:instancePath+"/egress/rate",schemaPath:"#/$defs/rateLimit/properties/rate/type",keyword:"type",params:{type: "integer"},message:"must be integer",schema:schema155.properties.rate.type,parentSchema:schema155.properties.rate,data:data4};
if(vErrors === null){
vErrors = [err14];
}
else {
vErrors.push(err14);
}
errors++;
}
if((typeof data4 == "number") && (isFinite(data4))){
if(data4 > 9007199254740991 || isNaN(data4)){
const err15 = {instancePath:instancePath+"/egress/rate",schemaPath:"#/$defs/rateLimit/properties/rate/maximum",keyword:"maximum",params:{comparison: "<=", limit: 9007199254740991},message:"must be <= 9007199254740991",schema:9007199254740991,parentSchema:schema155.properties.rate,data:data4};
if(vErrors === null){
vErrors = [err15];
}
else {
vErrors.push(err15);
}
errors++;
}
if(data4 < 1 || isNaN(data4)){
const err16 = {instancePath:instancePath+"/egress/rate",schemaPath:"#/$defs/rateLimit/properties/rate/minimum",keyword:"minimum",params:{comparison: ">=", limit: 1},message:"must be >= 1",schema:1,parentSchema:schema155.properties.rate,data:data4};
if(vErrors === null){
vErrors = [err16];
}
else {
vErrors.push(err16);
}
errors++;
}
}
}
if(data3.burst !== undefined){
let data5 = data3.burst;
if(!(((typeof data5 == "number") && (!(data5 % 1) && !isNaN(data5))) && (isFinite(data5)))){
const err17 = {instancePath:instancePath+"/egress/burst",schemaPath:"#/$defs/rateLimit/properties/burst/type",keyword:"type",params:{type: "integer"},message:"must be integer",schema:schema155.properties.burst.type,parentSchema:schema155.properties.burst,data:data5};
if(vErrors === null){
vErrors = [err17];
}
else {
vErrors.push(err17);
}
errors++;
}
if((typeof data5 == "number") && (isFinite(data5))){
if(data5 > 9007199254740991 || isNaN(data5)){
const err18 = {instancePath:instancePath+"/egress/burst",schemaPath:"#/$defs/rateLimit/properties/burst/maximum",keyword:"maximum",params:{comparison: "<=", limit: 9007199254740991},message:"must be <= 9007199254740991",schema:9007199254740991,parentSchema:schema155.properties.burst,data:data5};
if(vErrors === null){
vErrors = [err18];
}
else {
vErrors.push(err18);
}
errors++;
}
if(data5 < 1 || isNaN(data5)){
const err19 = {instancePath:instancePath+"/egress/burst",schemaPath:"#/$defs/rateLimit/properties/burst/minimum",keyword:"minimum",params:{comparison: ">=", limit: 1},message:"must be >= 1",schema:1,parentSchema:schema155.properties.burst,data:data5};
if(vErrors === null){
vErrors = [err19];
}
else {
vErrors.push(err19);
}
errors++;
}
}
}
}
else {
const err20 = {instancePath:instancePath+"/egress",schemaPath:"#/$defs/rateLimit/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema155.type,parentSchema:schema155,data:data3};
if(vErrors === null){
vErrors = [err20];
}
else {
vErrors.push(err20);
}
errors++;
}
}
}
else {
const err21 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema154.type,parentSchema:schema154,data};
if(vErrors === null){
vErrors = [err21];
}
else {
vErrors.push(err21);
}
errors++;
}
validate105.errors = vErrors;
return errors === 0;
}
validate105.evaluated = {"props":true,"dynamicProps":false,"dynamicItems":false};


function validate101(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
let vErrors = null;
let errors = 0;
const evaluated0 = validate101.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.addresses === undefined){
const err0 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "addresses"},message:"must have required property '"+"addresses"+"'",schema:schema143.required,parentSchema:schema143,data};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if(data.added === undefined){
const err1 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "added"},message:"must have required property '"+"added"+"'",schema:schema143.required,parentSchema:schema143,data};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
for(const key0 in data){
if(!(func1.call(schema143.properties, key0))){
const err2 = {instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0},message:"must NOT have additional properties",schema:false,parentSchema:schema143,data};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
if(data.pod !== undefined){
let data0 = data.pod;
if(typeof data0 === "string"){
if(!pattern46.test(data0)){
const err3 = {instancePath:instancePath+"/pod",schemaPath:"#/$defs/podName/pattern",keyword:"pattern",params:{pattern: "^[^/\\s]+/[^/\\s]+$"},message:"must match pattern \""+"^[^/\\s]+/[^/\\s]+$"+"\"",schema:"^[^/\\s]+/[^/\\s]+$",parentSchema:schema103,data:data0};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
}
else {
const err4 = {instancePath:instancePath+"/pod",schemaPath:"#/$defs/podName/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema103.type,parentSchema:schema103,data:data0};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
if(data.labels !== undefined){
let data1 = data.labels;
if(data1 && typeof data1 == "object" && !Array.isArray(data1)){
for(const key1 in data1){
let data2 = data1[key1];
if(typeof data2 === "string"){
if(data2.length > 63){
const err5 = {instancePath:instancePath+"/labels/" + key1.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/$defs/labels/additionalProperties/maxLength",keyword:"maxLength",params:{limit: 63},message:"must NOT have more than 63 characters",schema:63,parentSchema:schema132.additionalProperties,data:data2};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
}
else {
const err6 = {instancePath:instancePath+"/labels/" + key1.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/$defs/labels/additionalProperties/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema132.additionalProperties.type,parentSchema:schema132.additionalProperties,data:data2};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
}
}
else {
const err7 = {instancePath:instancePath+"/labels",schemaPath:"#/$defs/labels/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema132.type,parentSchema:schema132,data:data1};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
}
if(data.netns !== undefined){
let data3 = data.netns;
if(typeof data3 !== "string"){
const err8 = {instancePath:instancePath+"/netns",schemaPath:"#/properties/netns/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema143.properties.netns.type,parentSchema:schema143.properties.netns,data:data3};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
}
if(data.netnsInode !== undefined){
let data4 = data.netnsInode;
if(!(((typeof data4 == "number") && (!(data4 % 1) && !isNaN(data4))) && (isFinite(data4)))){
const err9 = {instancePath:instancePath+"/netnsInode",schemaPath:"#/properties/netnsInode/type",keyword:"type",params:{type: "integer"},message:"must be integer",schema:schema143.properties.netnsInode.type,parentSchema:schema143.properties.netnsInode,data:data4};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
}
if((typeof data4 == "number") && (isFinite(data4))){
if(data4 > 9007199254740991 || isNaN(data4)){
const err10 = {instancePath:instancePath+"/netnsInode",schemaPath:"#/properties/netnsInode/maximum",keyword:"maximum",params:{comparison: "<=", limit: 9007199254740991},message:"must be <= 9007199254740991",schema:9007199254740991,parentSchema:schema143.properties.netnsInode,data:data4};
if(vErrors === null){
vErrors = [err10];
}
else {
vErrors.push(err10);
}
errors++;
}
if(data4 < 1 || isNaN(data4)){
const err11 = {instancePath:instancePath+"/netnsInode",schemaPath:"#/properties/netnsInode/minimum",keyword:"minimum",params:{comparison: ">=", limit: 1},message:"must be >= 1",schema:1,parentSchema:schema143.properties.netnsInode,data:data4};
if(vErrors === null){
vErrors = [err11];
}
else {
vErrors.push(err11);
}
errors++;
}
}
}
if(data.hostVeth !== undefined){
let data5 = data.hostVeth;
if(typeof data5 === "string"){
if(!pattern8.test(data5)){
const err12 = {instancePath:instancePath+"/hostVeth",schemaPath:"#/$defs/ifName/pattern",keyword:"pattern",params:{pattern: "^(?!\\.{1,2}$)[^/:\\s]{1,15}$"},message:"must match pattern \""+"^(?!\\.{1,2}$)[^/:\\s]{1,15}$"+"\"",schema:"^(?!\\.{1,2}$)[^/:\\s]{1,15}$",parentSchema:schema44,data:data5};
if(vErrors === null){
vErrors = [err12];
}
else {
vErrors.push(err12);
}
errors++;
}
}
else {
const err13 = {instancePath:instancePath+"/hostVeth",schemaPath:"#/$defs/ifName/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema44.type,parentSchema:schema44,data:data5};
if(vErrors === null){
vErrors = [err13];
}
else {
vErrors.push(err13);
}
errors++;
}
}
if(data.mac !== undefined){
let data6 = data.mac;
if(typeof data6 === "string"){
if(!pattern9.test(data6)){
const err14 = {instancePath:instancePath+"/mac",schemaPath:"#/$defs/mac/pattern",keyword:"pattern",params:{pattern: "^[0-9A-Fa-f][02468ACEace](:[0-9A-Fa-f]{2}){5}$"},message:"must match pattern \""+"^[0-9A-Fa-f][02468ACEace](:[0-9A-Fa-f]{2}){5}$"+"\"",schema:"^[0-9A-Fa-f][02468ACEace](:[0-9A-Fa-f]{2}){5}$",parentSchema:schema45,data:data6};
if(vErrors === null){
vErrors = [err14];
}
else {
vErrors.push(err14);
}
errors++;
}
}
else {
const err15 = {instancePath:instancePath+"/mac",schemaPath:"#/$defs/mac/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema45.type,parentSchema:schema45,data:data6};
if(vErrors === null){
vErrors = [err15];
}
else {
vErrors.push(err15);
}
errors++;
}
}
if(data.addresses !== undefined){
let data7 = data.addresses;
if(Array.isArray(data7)){
if(data7.length < 1){
const err16 = {instancePath:instancePath+"/addresses",schemaPath:"#/properties/addresses/minItems",keyword:"minItems",params:{limit: 1},message:"must NOT have fewer than 1 items",schema:1,parentSchema:schema143.properties.addresses,data:data7};
if(vErrors === null){
vErrors = [err16];
}
else {
vErrors.push(err16);
}
errors++;
}
const len0 = data7.length;
for(let i0=0; i0<len0; i0++){
let data8 = data7[i0];
if(typeof data8 === "string"){
if(!pattern11.test(data8)){
const err17 = {instancePath:instancePath+"/addresses/" + i0,schemaPath:"#/$defs/ipCidr/pattern",keyword:"pattern",params:{pattern: "^[0-9A-Fa-f.:]+/[0-9]{1,3}$"},message:"must match pattern \""+"^[0-9A-Fa-f.:]+/[0-9]{1,3}$"+"\"",schema:"^[0-9A-Fa-f.:]+/[0-9]{1,3}$",parentSchema:schema49,data:data8};
if(vErrors === null){
vErrors = [err17];
}
else {
vErrors.push(err17);
}
errors++;
}
}
else {
const err18 = {instancePath:instancePath+"/addresses/" + i0,schemaPath:"#/$defs/ipCidr/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema49.type,parentSchema:schema49,data:data8};
if(vErrors === null){
vErrors = [err18];
}
else {
vErrors.push(err18);
}
errors++;
}
}
}
else {
const err19 = {instancePath:instancePath+"/addresses",schemaPath:"#/properties/addresses/type",keyword:"type",params:{type: "array"},message:"must be array",schema:schema143.properties.addresses.type,parentSchema:schema143.properties.addresses,data:data7};
if(vErrors === null){
vErrors = [err19];
}
else {
vErrors.push(err19);
}
errors++;
}
}
if(data.gateway !== undefined){
let data9 = data.gateway;
if(typeof data9 === "string"){
if(!pattern12.test(data9)){
const err20 = {instancePath:instancePath+"/gateway",schemaPath:"#/$defs/ip/pattern",keyword:"pattern",params:{pattern: "^[0-9A-Fa-f.:]*[.:][0-9A-Fa-f.:]*$"},message:"must match pattern \""+"^[0-9A-Fa-f.:]*[.:][0-9A-Fa-f.:]*$"+"\"",schema:"^[0-9A-Fa-f.:]*[.:][0-9A-Fa-f.:]*$",parentSchema:schema50,data:data9};
if(vErrors === null){
vErrors = [err20];
}
else {
vErrors.push(err20);
}
errors++;
}
}
else {
const err21 = {instancePath:instancePath+"/gateway",schemaPath:"#/$defs/ip/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema50.type,parentSchema:schema50,data:data9};
if(vErrors === null){
vErrors = [err21];
}
else {
vErrors.push(err21);
}
errors++;
}
}
if(data.ipv6Gateway !== undefined){
let data10 = data.ipv6Gateway;
if(typeof data10 === "string"){
if(!pattern41.test(data10)){
const err22 = {instancePath:instancePath+"/ipv6Gateway",schemaPath:"#/$defs/ipv6/pattern",keyword:"pattern",params:{pattern: "^[0-9A-Fa-f.]*:[0-9A-Fa-f.:]*$"},message:"must match pattern \""+"^[0-9A-Fa-f.]*:[0-9A-Fa-f.:]*$"+"\"",schema:"^[0-9A-Fa-f.]*:[0-9A-Fa-f.:]*$",parentSchema:schema93,data:data10};
if(vErrors === null){
vErrors = [err22];
}
else {
vErrors.push(err22);
}
errors++;
}
}
else {
const err23 = {instancePath:instancePath+"/ipv6Gateway",schemaPath:"#/$defs/ipv6/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema93.type,parentSchema:schema93,data:data10};
if(vErrors === null){
vErrors = [err23];
}
else {
vErrors.push(err23);
}
errors++;
}
}
if(data.ipam !== undefined){
let data11 = data.ipam;
if(typeof data11 === "string"){
if(data11.length < 1){
const err24 = {instancePath:instancePath+"/ipam",schemaPath:"#/properties/ipam/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters",schema:1,parentSchema:schema143.properties.ipam,data:data11};
if(vErrors === null){
vErrors = [err24];
}
else {
vErrors.push(err24);
}
errors++;
}
}
else {
const err25 = {instancePath:instancePath+"/ipam",schemaPath:"#/properties/ipam/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema143.properties.ipam.type,parentSchema:schema143.properties.ipam,data:data11};
if(vErrors === null){
vErrors = [err25];
}
else {
vErrors.push(err25);
}
errors++;
}
}
if(data.routes !== undefined){
let data12 = data.routes;
if(Array.isArray(data12)){
const len1 = data12.length;
for(let i1=0; i1<len1; i1++){
if(!(validate102(data12[i1], {instancePath:instancePath+"/routes/" + i1,parentData:data12,parentDataProperty:i1,rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate102.errors : vErrors.concat(validate102.errors);
errors = vErrors.length;
}
}
}
else {
const err26 = {instancePath:instancePath+"/routes",schemaPath:"#/properties/routes/type",keyword:"type",params:{type: "array"},message:"must be array",schema:schema143.properties.routes.type,parentSchema:schema143.properties.routes,data:data12};
if(vErrors === null){
vErrors = [err26];
}
else {
vErrors.push(err26);
}
errors++;
}
}
if(data.dns !== undefined){
if(!(validate54(data.dns, {instancePath:instancePath+"/dns",parentData:data,parentDataProperty:"dns",rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate54.errors : vErrors.concat(validate54.errors);
errors = vErrors.length;
}
}
if(data.bandwidth !== undefined){
if(!(validate105(data.bandwidth, {instancePath:instancePath+"/bandwidth",parentData:data,parentDataProperty:"bandwidth",rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate105.errors : vErrors.concat(validate105.errors);
errors = vErrors.length;
}
}
if(data.added !== undefined){
let data16 = data.added;
if(typeof data16 === "string"){
if(!pattern70.test(data16)){
const err27 = {instancePath:instancePath+"/added",schemaPath:"#/$defs/time/pattern",keyword:"pattern",params:{pattern: "^[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\\.[0-9]{1,3})?Z$"},message:"must match pattern \""+"^[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\\.[0-9]{1,3})?Z$"+"\"",schema:"^[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\\.[0-9]{1,3})?Z$",parentSchema:schema157,data:data16};
if(vErrors === null){
vErrors = [err27];
}
else {
vErrors.push(err27);
}
errors++;
}
}
else {
const err28 = {instancePath:instancePath+"/added",schemaPath:"#/$defs/time/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema157.type,parentSchema:schema157,data:data16};
if(vErrors === null){
vErrors = [err28];
}
else {
vErrors.push(err28);
}
errors++;
}
}
if(data.missing !== undefined){
let data17 = data.missing;
if(typeof data17 === "string"){
if(!pattern70.test(data17)){
const err29 = {instancePath:instancePath+"/missing",schemaPath:"#/$defs/time/pattern",keyword:"pattern",params:{pattern: "^[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\\.[0-9]{1,3})?Z$"},message:"must match pattern \""+"^[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\\.[0-9]{1,3})?Z$"+"\"",schema:"^[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\\.[0-9]{1,3})?Z$",parentSchema:schema157,data:data17};
if(vErrors === null){
vErrors = [err29];
}
else {
vErrors.push(err29);
}
errors++;
}
}
else {
const err30 = {instancePath:instancePath+"/missing",schemaPath:"#/$defs/time/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema157.type,parentSchema:schema157,data:data17};
if(vErrors === null){
vErrors = [err30];
}
else {
vErrors.push(err30);
}
errors++;
}
}
if(data.leaving !== undefined){
let data18 = data.leaving;
if(typeof data18 === "string"){
if(!pattern70.test(data18)){
const err31 = {instancePath:instancePath+"/leaving",schemaPath:"#/$defs/time/pattern",keyword:"pattern",params:{pattern: "^[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\\.[0-9]{1,3})?Z$"},message:"must match pattern \""+"^[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\\.[0-9]{1,3})?Z$"+"\"",schema:"^[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\\.[0-9]{1,3})?Z$",parentSchema:schema157,data:data18};
if(vErrors === null){
vErrors = [err31];
}
else {
vErrors.push(err31);
}
errors++;
}
}
else {
const err32 = {instancePath:instancePath+"/leaving",schemaPath:"#/$defs/time/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema157.type,parentSchema:schema157,data:data18};
if(vErrors === null){
vErrors = [err32];
}
else {
vErrors.push(err32);
}
errors++;
}
}
}
else {
const err33 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema143.type,parentSchema:schema143,data};
if(vErrors === null){
vErrors = [err33];
}
else {
vErrors.push(err33);
}
errors++;
}
validate101.errors = vErrors;
return errors === 0;
}
validate101.evaluated = {"props":true,"dynamicProps":false,"dynamicItems":false};


function validate20(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
/*# sourceURL="https://vnet.azure/schemas/v2/vnet.schema.json" */;
let vErrors = null;
let errors = 0;
const evaluated0 = validate20.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.apiVersion === undefined){
const err0 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "apiVersion"},message:"must have required property '"+"apiVersion"+"'",schema:schema31.required,parentSchema:schema31,data};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if(data.kind === undefined){
const err1 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "kind"},message:"must have required property '"+"kind"+"'",schema:schema31.required,parentSchema:schema31,data};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
if(data.metadata === undefined){
const err2 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "metadata"},message:"must have required property '"+"metadata"+"'",schema:schema31.required,parentSchema:schema31,data};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
if(data.networks === undefined){
const err3 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "networks"},message:"must have required property '"+"networks"+"'",schema:schema31.required,parentSchema:schema31,data};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
for(const key0 in data){
if(!(func1.call(schema31.properties, key0))){
const err4 = {instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0},message:"must NOT have additional properties",schema:false,parentSchema:schema31,data};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
if(data.apiVersion !== undefined){
let data0 = data.apiVersion;
if(typeof data0 !== "string"){
const err5 = {instancePath:instancePath+"/apiVersion",schemaPath:"#/properties/apiVersion/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema31.properties.apiVersion.type,parentSchema:schema31.properties.apiVersion,data:data0};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
if("vnet.azure/v2" !== data0){
const err6 = {instancePath:instancePath+"/apiVersion",schemaPath:"#/properties/apiVersion/const",keyword:"const",params:{allowedValue: "vnet.azure/v2"},message:"must be equal to constant",schema:"vnet.azure/v2",parentSchema:schema31.properties.apiVersion,data:data0};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
}
if(data.kind !== undefined){
let data1 = data.kind;
if(typeof data1 !== "string"){
const err7 = {instancePath:instancePath+"/kind",schemaPath:"#/properties/kind/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema31.properties.kind.type,parentSchema:schema31.properties.kind,data:data1};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
if("NodeNetwork" !== data1){
const err8 = {instancePath:instancePath+"/kind",schemaPath:"#/properties/kind/const",keyword:"const",params:{allowedValue: "NodeNetwork"},message:"must be equal to constant",schema:"NodeNetwork",parentSchema:schema31.properties.kind,data:data1};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
}
if(data.metadata !== undefined){
let data2 = data.metadata;
if(data2 && typeof data2 == "object" && !Array.isArray(data2)){
if(data2.node === undefined){
const err9 = {instancePath:instancePath+"/metadata",schemaPath:"#/properties/metadata/required",keyword:"required",params:{missingProperty: "node"},message:"must have required property '"+"node"+"'",schema:schema31.properties.metadata.required,parentSchema:schema31.properties.metadata,data:data2};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
}
if(data2.generation === undefined){
const err10 = {instancePath:instancePath+"/metadata",schemaPath:"#/properties/metadata/required",keyword:"required",params:{missingProperty: "generation"},message:"must have required property '"+"generation"+"'",schema:schema31.properties.metadata.required,parentSchema:schema31.properties.metadata,data:data2};
if(vErrors === null){
vErrors = [err10];
}
else {
vErrors.push(err10);
}
errors++;
}
for(const key1 in data2){
if(!((((key1 === "node") || (key1 === "generation")) || (key1 === "bootId")) || (key1 === "machine"))){
const err11 = {instancePath:instancePath+"/metadata",schemaPath:"#/properties/metadata/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key1},message:"must NOT have additional properties",schema:false,parentSchema:schema31.properties.metadata,data:data2};
if(vErrors === null){
vErrors = [err11];
}
else {
vErrors.push(err11);
}
errors++;
}
}
if(data2.node !== undefined){
let data3 = data2.node;
if(typeof data3 === "string"){
if(data3.length > 253){
const err12 = {instancePath:instancePath+"/metadata/node",schemaPath:"#/properties/metadata/properties/node/maxLength",keyword:"maxLength",params:{limit: 253},message:"must NOT have more than 253 characters",schema:253,parentSchema:schema31.properties.metadata.properties.node,data:data3};
if(vErrors === null){
vErrors = [err12];
}
else {
vErrors.push(err12);
}
errors++;
}
if(!pattern4.test(data3)){
const err13 = {instancePath:instancePath+"/metadata/node",schemaPath:"#/properties/metadata/properties/node/pattern",keyword:"pattern",params:{pattern: "^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$"},message:"must match pattern \""+"^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$"+"\"",schema:"^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$",parentSchema:schema31.properties.metadata.properties.node,data:data3};
if(vErrors === null){
vErrors = [err13];
}
else {
vErrors.push(err13);
}
errors++;
}
}
else {
const err14 = {instancePath:instancePath+"/metadata/node",schemaPath:"#/properties/metadata/properties/node/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema31.properties.metadata.properties.node.type,parentSchema:schema31.properties.metadata.properties.node,data:data3};
if(vErrors === null){
vErrors = [err14];
}
else {
vErrors.push(err14);
}
errors++;
}
}
if(data2.generation !== undefined){
let data4 = data2.generation;
if(!(((typeof data4 == "number") && (!(data4 % 1) && !isNaN(data4))) && (isFinite(data4)))){
const err15 = {instancePath:instancePath+"/metadata/generation",schemaPath:"#/properties/metadata/properties/generation/type",keyword:"type",params:{type: "integer"},message:"must be integer",schema:schema31.properties.metadata.properties.generation.type,parentSchema:schema31.properties.metadata.properties.generation,data:data4};
if(vErrors === null){
vErrors = [err15];
}
else {
vErrors.push(err15);
}
errors++;
}
if((typeof data4 == "number") && (isFinite(data4))){
if(data4 > 9007199254740991 || isNaN(data4)){
const err16 = {instancePath:instancePath+"/metadata/generation",schemaPath:"#/properties/metadata/properties/generation/maximum",keyword:"maximum",params:{comparison: "<=", limit: 9007199254740991},message:"must be <= 9007199254740991",schema:9007199254740991,parentSchema:schema31.properties.metadata.properties.generation,data:data4};
if(vErrors === null){
vErrors = [err16];
}
else {
vErrors.push(err16);
}
errors++;
}
if(data4 < 0 || isNaN(data4)){
const err17 = {instancePath:instancePath+"/metadata/generation",schemaPath:"#/properties/metadata/properties/generation/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0},message:"must be >= 0",schema:0,parentSchema:schema31.properties.metadata.properties.generation,data:data4};
if(vErrors === null){
vErrors = [err17];
}
else {
vErrors.push(err17);
}
errors++;
}
}
}
if(data2.bootId !== undefined){
let data5 = data2.bootId;
if(typeof data5 === "string"){
if(!pattern5.test(data5)){
const err18 = {instancePath:instancePath+"/metadata/bootId",schemaPath:"#/properties/metadata/properties/bootId/pattern",keyword:"pattern",params:{pattern: "^[0-9a-f-]{36}$"},message:"must match pattern \""+"^[0-9a-f-]{36}$"+"\"",schema:"^[0-9a-f-]{36}$",parentSchema:schema31.properties.metadata.properties.bootId,data:data5};
if(vErrors === null){
vErrors = [err18];
}
else {
vErrors.push(err18);
}
errors++;
}
}
else {
const err19 = {instancePath:instancePath+"/metadata/bootId",schemaPath:"#/properties/metadata/properties/bootId/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema31.properties.metadata.properties.bootId.type,parentSchema:schema31.properties.metadata.properties.bootId,data:data5};
if(vErrors === null){
vErrors = [err19];
}
else {
vErrors.push(err19);
}
errors++;
}
}
if(data2.machine !== undefined){
let data6 = data2.machine;
if(typeof data6 === "string"){
if(!pattern6.test(data6)){
const err20 = {instancePath:instancePath+"/metadata/machine",schemaPath:"#/properties/metadata/properties/machine/pattern",keyword:"pattern",params:{pattern: "^[0-9a-f]{32}/[0-9a-f-]{36}$"},message:"must match pattern \""+"^[0-9a-f]{32}/[0-9a-f-]{36}$"+"\"",schema:"^[0-9a-f]{32}/[0-9a-f-]{36}$",parentSchema:schema31.properties.metadata.properties.machine,data:data6};
if(vErrors === null){
vErrors = [err20];
}
else {
vErrors.push(err20);
}
errors++;
}
}
else {
const err21 = {instancePath:instancePath+"/metadata/machine",schemaPath:"#/properties/metadata/properties/machine/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema31.properties.metadata.properties.machine.type,parentSchema:schema31.properties.metadata.properties.machine,data:data6};
if(vErrors === null){
vErrors = [err21];
}
else {
vErrors.push(err21);
}
errors++;
}
}
}
else {
const err22 = {instancePath:instancePath+"/metadata",schemaPath:"#/properties/metadata/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema31.properties.metadata.type,parentSchema:schema31.properties.metadata,data:data2};
if(vErrors === null){
vErrors = [err22];
}
else {
vErrors.push(err22);
}
errors++;
}
}
if(data.policy !== undefined){
if(!(validate21(data.policy, {instancePath:instancePath+"/policy",parentData:data,parentDataProperty:"policy",rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate21.errors : vErrors.concat(validate21.errors);
errors = vErrors.length;
}
}
if(data.networks !== undefined){
let data8 = data.networks;
if(data8 && typeof data8 == "object" && !Array.isArray(data8)){
for(const key2 in data8){
const _errs20 = errors;
if(typeof key2 === "string"){
if(key2.length > 128){
const err23 = {instancePath:instancePath+"/networks",schemaPath:"#/properties/networks/propertyNames/maxLength",keyword:"maxLength",params:{limit: 128},message:"must NOT have more than 128 characters",schema:128,parentSchema:schema31.properties.networks.propertyNames,data:key2,propertyName:key2};
if(vErrors === null){
vErrors = [err23];
}
else {
vErrors.push(err23);
}
errors++;
}
if(!pattern7.test(key2)){
const err24 = {instancePath:instancePath+"/networks",schemaPath:"#/properties/networks/propertyNames/pattern",keyword:"pattern",params:{pattern: "^[A-Za-z0-9][A-Za-z0-9_.-]*$"},message:"must match pattern \""+"^[A-Za-z0-9][A-Za-z0-9_.-]*$"+"\"",schema:"^[A-Za-z0-9][A-Za-z0-9_.-]*$",parentSchema:schema31.properties.networks.propertyNames,data:key2,propertyName:key2};
if(vErrors === null){
vErrors = [err24];
}
else {
vErrors.push(err24);
}
errors++;
}
}
var valid2 = _errs20 === errors;
if(!valid2){
const err25 = {instancePath:instancePath+"/networks",schemaPath:"#/properties/networks/propertyNames",keyword:"propertyNames",params:{propertyName: key2},message:"property name must be valid",schema:schema31.properties.networks.propertyNames,parentSchema:schema31.properties.networks,data:data8};
if(vErrors === null){
vErrors = [err25];
}
else {
vErrors.push(err25);
}
errors++;
}
}
for(const key3 in data8){
if(!(validate23(data8[key3], {instancePath:instancePath+"/networks/" + key3.replace(/~/g, "~0").replace(/\//g, "~1"),parentData:data8,parentDataProperty:key3,rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate23.errors : vErrors.concat(validate23.errors);
errors = vErrors.length;
}
}
}
else {
const err26 = {instancePath:instancePath+"/networks",schemaPath:"#/properties/networks/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema31.properties.networks.type,parentSchema:schema31.properties.networks,data:data8};
if(vErrors === null){
vErrors = [err26];
}
else {
vErrors.push(err26);
}
errors++;
}
}
if(data.networkPolicies !== undefined){
let data10 = data.networkPolicies;
if(data10 && typeof data10 == "object" && !Array.isArray(data10)){
for(const key4 in data10){
const _errs25 = errors;
if(typeof key4 === "string"){
if(!pattern46.test(key4)){
const err27 = {instancePath:instancePath+"/networkPolicies",schemaPath:"#/$defs/podName/pattern",keyword:"pattern",params:{pattern: "^[^/\\s]+/[^/\\s]+$"},message:"must match pattern \""+"^[^/\\s]+/[^/\\s]+$"+"\"",schema:"^[^/\\s]+/[^/\\s]+$",parentSchema:schema103,data:key4,propertyName:key4};
if(vErrors === null){
vErrors = [err27];
}
else {
vErrors.push(err27);
}
errors++;
}
}
else {
const err28 = {instancePath:instancePath+"/networkPolicies",schemaPath:"#/$defs/podName/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema103.type,parentSchema:schema103,data:key4,propertyName:key4};
if(vErrors === null){
vErrors = [err28];
}
else {
vErrors.push(err28);
}
errors++;
}
var valid4 = _errs25 === errors;
if(!valid4){
const err29 = {instancePath:instancePath+"/networkPolicies",schemaPath:"#/properties/networkPolicies/propertyNames",keyword:"propertyNames",params:{propertyName: key4},message:"property name must be valid",schema:schema31.properties.networkPolicies.propertyNames,parentSchema:schema31.properties.networkPolicies,data:data10};
if(vErrors === null){
vErrors = [err29];
}
else {
vErrors.push(err29);
}
errors++;
}
}
for(const key5 in data10){
if(!(validate88(data10[key5], {instancePath:instancePath+"/networkPolicies/" + key5.replace(/~/g, "~0").replace(/\//g, "~1"),parentData:data10,parentDataProperty:key5,rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate88.errors : vErrors.concat(validate88.errors);
errors = vErrors.length;
}
}
}
else {
const err30 = {instancePath:instancePath+"/networkPolicies",schemaPath:"#/properties/networkPolicies/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema31.properties.networkPolicies.type,parentSchema:schema31.properties.networkPolicies,data:data10};
if(vErrors === null){
vErrors = [err30];
}
else {
vErrors.push(err30);
}
errors++;
}
}
if(data.namespaces !== undefined){
let data12 = data.namespaces;
if(data12 && typeof data12 == "object" && !Array.isArray(data12)){
for(const key6 in data12){
const _errs32 = errors;
if(typeof key6 === "string"){
if(key6.length > 63){
const err31 = {instancePath:instancePath+"/namespaces",schemaPath:"#/properties/namespaces/propertyNames/maxLength",keyword:"maxLength",params:{limit: 63},message:"must NOT have more than 63 characters",schema:63,parentSchema:schema31.properties.namespaces.propertyNames,data:key6,propertyName:key6};
if(vErrors === null){
vErrors = [err31];
}
else {
vErrors.push(err31);
}
errors++;
}
if(!pattern60.test(key6)){
const err32 = {instancePath:instancePath+"/namespaces",schemaPath:"#/properties/namespaces/propertyNames/pattern",keyword:"pattern",params:{pattern: "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"},message:"must match pattern \""+"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"+"\"",schema:"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$",parentSchema:schema31.properties.namespaces.propertyNames,data:key6,propertyName:key6};
if(vErrors === null){
vErrors = [err32];
}
else {
vErrors.push(err32);
}
errors++;
}
}
var valid7 = _errs32 === errors;
if(!valid7){
const err33 = {instancePath:instancePath+"/namespaces",schemaPath:"#/properties/namespaces/propertyNames",keyword:"propertyNames",params:{propertyName: key6},message:"property name must be valid",schema:schema31.properties.namespaces.propertyNames,parentSchema:schema31.properties.namespaces,data:data12};
if(vErrors === null){
vErrors = [err33];
}
else {
vErrors.push(err33);
}
errors++;
}
}
for(const key7 in data12){
let data13 = data12[key7];
if(data13 && typeof data13 == "object" && !Array.isArray(data13)){
for(const key8 in data13){
if(!(key8 === "labels")){
const err34 = {instancePath:instancePath+"/namespaces/" + key7.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/properties/namespaces/additionalProperties/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key8},message:"must NOT have additional properties",schema:false,parentSchema:schema31.properties.namespaces.additionalProperties,data:data13};
if(vErrors === null){
vErrors = [err34];
}
else {
vErrors.push(err34);
}
errors++;
}
}
if(data13.labels !== undefined){
let data14 = data13.labels;
if(data14 && typeof data14 == "object" && !Array.isArray(data14)){
for(const key9 in data14){
let data15 = data14[key9];
if(typeof data15 === "string"){
if(data15.length > 63){
const err35 = {instancePath:instancePath+"/namespaces/" + key7.replace(/~/g, "~0").replace(/\//g, "~1")+"/labels/" + key9.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/$defs/labels/additionalProperties/maxLength",keyword:"maxLength",params:{limit: 63},message:"must NOT have more than 63 characters",schema:63,parentSchema:schema132.additionalProperties,data:data15};
if(vErrors === null){
vErrors = [err35];
}
else {
vErrors.push(err35);
}
errors++;
}
}
else {
const err36 = {instancePath:instancePath+"/namespaces/" + key7.replace(/~/g, "~0").replace(/\//g, "~1")+"/labels/" + key9.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/$defs/labels/additionalProperties/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema132.additionalProperties.type,parentSchema:schema132.additionalProperties,data:data15};
if(vErrors === null){
vErrors = [err36];
}
else {
vErrors.push(err36);
}
errors++;
}
}
}
else {
const err37 = {instancePath:instancePath+"/namespaces/" + key7.replace(/~/g, "~0").replace(/\//g, "~1")+"/labels",schemaPath:"#/$defs/labels/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema132.type,parentSchema:schema132,data:data14};
if(vErrors === null){
vErrors = [err37];
}
else {
vErrors.push(err37);
}
errors++;
}
}
}
else {
const err38 = {instancePath:instancePath+"/namespaces/" + key7.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/properties/namespaces/additionalProperties/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema31.properties.namespaces.additionalProperties.type,parentSchema:schema31.properties.namespaces.additionalProperties,data:data13};
if(vErrors === null){
vErrors = [err38];
}
else {
vErrors.push(err38);
}
errors++;
}
}
}
else {
const err39 = {instancePath:instancePath+"/namespaces",schemaPath:"#/properties/namespaces/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema31.properties.namespaces.type,parentSchema:schema31.properties.namespaces,data:data12};
if(vErrors === null){
vErrors = [err39];
}
else {
vErrors.push(err39);
}
errors++;
}
}
if(data.endpoints !== undefined){
let data16 = data.endpoints;
if(data16 && typeof data16 == "object" && !Array.isArray(data16)){
for(const key10 in data16){
const _errs45 = errors;
if(typeof key10 === "string"){
if(!pattern61.test(key10)){
const err40 = {instancePath:instancePath+"/endpoints",schemaPath:"#/$defs/endpointId/pattern",keyword:"pattern",params:{pattern: "^(?=.{5,512}$)[A-Za-z0-9][A-Za-z0-9_.-]*/[A-Za-z0-9][A-Za-z0-9_.-]*/[^/:\\s]{1,15}$"},message:"must match pattern \""+"^(?=.{5,512}$)[A-Za-z0-9][A-Za-z0-9_.-]*/[A-Za-z0-9][A-Za-z0-9_.-]*/[^/:\\s]{1,15}$"+"\"",schema:"^(?=.{5,512}$)[A-Za-z0-9][A-Za-z0-9_.-]*/[A-Za-z0-9][A-Za-z0-9_.-]*/[^/:\\s]{1,15}$",parentSchema:schema142,data:key10,propertyName:key10};
if(vErrors === null){
vErrors = [err40];
}
else {
vErrors.push(err40);
}
errors++;
}
}
else {
const err41 = {instancePath:instancePath+"/endpoints",schemaPath:"#/$defs/endpointId/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema142.type,parentSchema:schema142,data:key10,propertyName:key10};
if(vErrors === null){
vErrors = [err41];
}
else {
vErrors.push(err41);
}
errors++;
}
var valid12 = _errs45 === errors;
if(!valid12){
const err42 = {instancePath:instancePath+"/endpoints",schemaPath:"#/properties/endpoints/propertyNames",keyword:"propertyNames",params:{propertyName: key10},message:"property name must be valid",schema:schema31.properties.endpoints.propertyNames,parentSchema:schema31.properties.endpoints,data:data16};
if(vErrors === null){
vErrors = [err42];
}
else {
vErrors.push(err42);
}
errors++;
}
}
for(const key11 in data16){
if(!(validate101(data16[key11], {instancePath:instancePath+"/endpoints/" + key11.replace(/~/g, "~0").replace(/\//g, "~1"),parentData:data16,parentDataProperty:key11,rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate101.errors : vErrors.concat(validate101.errors);
errors = vErrors.length;
}
}
}
else {
const err43 = {instancePath:instancePath+"/endpoints",schemaPath:"#/properties/endpoints/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema31.properties.endpoints.type,parentSchema:schema31.properties.endpoints,data:data16};
if(vErrors === null){
vErrors = [err43];
}
else {
vErrors.push(err43);
}
errors++;
}
}
if(data.released !== undefined){
let data18 = data.released;
if(data18 && typeof data18 == "object" && !Array.isArray(data18)){
for(const key12 in data18){
const _errs52 = errors;
if(typeof key12 === "string"){
if(!pattern73.test(key12)){
const err44 = {instancePath:instancePath+"/released",schemaPath:"#/$defs/leaseId/pattern",keyword:"pattern",params:{pattern: "^(?=.{3,256}$)[A-Za-z0-9][A-Za-z0-9_.-]*/(?:(?:(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])\\.){3}(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])|[0-9a-f.]*:[0-9a-f.:]*)$"},message:"must match pattern \""+"^(?=.{3,256}$)[A-Za-z0-9][A-Za-z0-9_.-]*/(?:(?:(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])\\.){3}(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])|[0-9a-f.]*:[0-9a-f.:]*)$"+"\"",schema:"^(?=.{3,256}$)[A-Za-z0-9][A-Za-z0-9_.-]*/(?:(?:(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])\\.){3}(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])|[0-9a-f.]*:[0-9a-f.:]*)$",parentSchema:schema160,data:key12,propertyName:key12};
if(vErrors === null){
vErrors = [err44];
}
else {
vErrors.push(err44);
}
errors++;
}
}
else {
const err45 = {instancePath:instancePath+"/released",schemaPath:"#/$defs/leaseId/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema160.type,parentSchema:schema160,data:key12,propertyName:key12};
if(vErrors === null){
vErrors = [err45];
}
else {
vErrors.push(err45);
}
errors++;
}
var valid15 = _errs52 === errors;
if(!valid15){
const err46 = {instancePath:instancePath+"/released",schemaPath:"#/properties/released/propertyNames",keyword:"propertyNames",params:{propertyName: key12},message:"property name must be valid",schema:schema31.properties.released.propertyNames,parentSchema:schema31.properties.released,data:data18};
if(vErrors === null){
vErrors = [err46];
}
else {
vErrors.push(err46);
}
errors++;
}
}
for(const key13 in data18){
let data19 = data18[key13];
if(typeof data19 === "string"){
if(!pattern70.test(data19)){
const err47 = {instancePath:instancePath+"/released/" + key13.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/$defs/time/pattern",keyword:"pattern",params:{pattern: "^[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\\.[0-9]{1,3})?Z$"},message:"must match pattern \""+"^[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\\.[0-9]{1,3})?Z$"+"\"",schema:"^[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\\.[0-9]{1,3})?Z$",parentSchema:schema157,data:data19};
if(vErrors === null){
vErrors = [err47];
}
else {
vErrors.push(err47);
}
errors++;
}
}
else {
const err48 = {instancePath:instancePath+"/released/" + key13.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/$defs/time/type",keyword:"type",params:{type: "string"},message:"must be string",schema:schema157.type,parentSchema:schema157,data:data19};
if(vErrors === null){
vErrors = [err48];
}
else {
vErrors.push(err48);
}
errors++;
}
}
}
else {
const err49 = {instancePath:instancePath+"/released",schemaPath:"#/properties/released/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema31.properties.released.type,parentSchema:schema31.properties.released,data:data18};
if(vErrors === null){
vErrors = [err49];
}
else {
vErrors.push(err49);
}
errors++;
}
}
}
else {
const err50 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object",schema:schema31.type,parentSchema:schema31,data};
if(vErrors === null){
vErrors = [err50];
}
else {
vErrors.push(err50);
}
errors++;
}
validate20.errors = vErrors;
return errors === 0;
}
validate20.evaluated = {"props":true,"dynamicProps":false,"dynamicItems":false};
