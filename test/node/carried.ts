/** The settings that a takeover carries: a table of uplinks. */

/** Commands that configure the NIC, and the resulting lines of the document. */
export const CARRIED: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  [
    'a default route of several next hops',
    [
      'route del default',
      'route add default metric 100 nexthop via 10.240.0.1 dev eth0 nexthop via 10.240.0.2 dev eth0 weight 3',
    ],
    ['nextHops:', 'weight: 3'],
  ],
  [
    'several next hops of IPv6',
    [
      'addr add fd00::35/64 dev eth0',
      '-6 route add fd0b::/64 nexthop via fd00::1 dev eth0 nexthop via fd00::2 dev eth0 weight 3',
    ],
    ['weight: 3'],
  ],
  [
    'several next hops, one of them through another NIC',
    [
      'link add eth1 type veth peer name fab1',
      'link set fab1 up',
      'link set eth1 up',
      'addr add 10.250.0.4/24 dev eth1',
      'route add 10.9.0.0/16 nexthop via 10.250.0.1 dev eth1 nexthop via 10.240.0.1 dev eth0',
    ],
    ['dev: eth1'],
  ],
  [
    'nexthop objects, a group of them, and routes that use them',
    [
      'nexthop add id 10 via 10.240.0.1 dev eth0 proto static',
      'nexthop add id 11 via 10.240.0.2 dev eth0',
      'nexthop add id 12 dev eth0',
      'nexthop add id 20 group 10/11,3',
      'route add 10.80.0.0/16 nhid 10',
      'route add 10.81.0.0/16 nhid 20 metric 7',
      'route add 10.82.0.0/16 nhid 12',
    ],
    ['nextHopId: 20', '11,3'],
  ],
  [
    'a nexthop object with an encapsulation',
    [
      'nexthop add id 9 encap ip id 5 dst 10.240.0.9 via 10.240.0.1 dev eth0',
      'route add 10.81.0.0/16 nhid 9',
    ],
    ['nextHopId: 9'],
  ],
  [
    'a prefix route with another metric than that of the address',
    [
      'route del 10.240.0.0/16 dev eth0',
      'route add 10.240.0.0/16 dev eth0 proto kernel scope link src 10.240.0.35 metric 100',
    ],
    ['prefixRoute: false'],
  ],
  [
    'a prefix without a route',
    ['route add 10.240.0.1 dev eth0', 'route del 10.240.0.0/16 dev eth0'],
    ['prefixRoute: false'],
  ],
  [
    'the first route to a prefix that another NIC has too',
    [
      'link add eth1 type veth peer name fab1',
      'link set fab1 up',
      'link set eth1 up',
      'addr add 10.240.0.77/16 dev eth1',
    ],
    [],
  ],
  ['an IPv4-mapped address of IPv6', ['addr add ::ffff:1.2.3.4/120 dev eth0'], ['::ffff:1.2.3.4/120']],
  [
    'routes of other types, and of table local',
    [
      'route add local 10.99.0.0/16 dev eth0',
      'route add multicast 239.1.0.0/16 dev eth0',
      'route add broadcast 10.98.255.255 dev eth0 table 77',
      'route add blackhole 10.77.0.0/16',
      'route add prohibit 10.78.0.0/16',
      'route add unreachable 10.79.0.0/16 metric 5',
      'route add throw 10.76.0.0/16 table 200',
    ],
    ['type: local', 'type: multicast', 'type: broadcast'],
  ],
  [
    'a type of service, realms, a table, a source, and a gateway of the other family',
    [
      'route add 10.9.0.0/16 via 10.240.0.1 dev eth0 tos 0x10',
      'route add 10.9.0.0/16 via 10.240.0.2 dev eth0 realms 5/7',
      'route add default via 10.240.0.2 dev eth0 table 1000 src 10.240.0.35',
      '-4 route add default via inet6 fe80::1 dev eth0 metric 7',
    ],
    ['tos: 16', 'realms 5/7', 'table: 1000', 'to: 0.0.0.0/0', 'via: fe80::1'],
  ],
  [
    'metrics of a route',
    [
      'route change default via 10.240.0.1 dev eth0 proto dhcp src 10.240.0.35 metric 100 mtu lock 1400 initcwnd 32 initrwnd 33 quickack 1 advmss 1360 congctl reno rto_min 300ms features ecn',
    ],
    ['initcwnd 32', 'advmss 1360', 'congctl reno', 'lock 8196'],
  ],
  [
    'encapsulations',
    [
      'addr add fd00::35/64 dev eth0',
      'route add 10.82.0.0/16 encap ip id 100 dst 10.240.0.9 via 10.240.0.1 dev eth0',
      '-6 route add fd0a::/64 encap seg6 mode encap segs fd00::9 via fd00::1 dev eth0',
    ],
    ['21 0200'],
  ],
  [
    'IPv6 routes with a source prefix, a preference, and a lifetime',
    [
      'addr add fd00::35/64 dev eth0',
      '-6 route add fd09::/64 from fd00::35 via fd00::1 dev eth0',
      '-6 route add fd0c::/64 via fd00::1 dev eth0 expires 600 pref high proto ra',
      '-6 route add default dev eth0 metric 5',
    ],
    ['from: fd00::35/128', 'dynamic: true', 'pref 1', 'to: "::/0"'],
  ],
  [
    'point-to-point addresses',
    ['addr add 10.250.0.1 peer 10.250.0.2/32 dev eth0', 'addr add 10.250.0.1 peer 10.250.0.3/32 dev eth0'],
    ['peer: 10.250.0.2', 'peer: 10.250.0.3'],
  ],
  [
    'lifetimes of addresses',
    [
      'addr add 10.240.7.200/16 dev eth0 valid_lft 600 preferred_lft 300',
      'addr add fd00::35/64 dev eth0 valid_lft 600 preferred_lft 300',
      'addr add fd00::36/64 dev eth0 preferred_lft 0',
    ],
    ['dynamic: true'],
  ],
  [
    'addresses in their order, with secondary ones, labels, scopes, flags and metrics',
    [
      'addr add 10.100.0.5/24 dev eth0 label eth0:1',
      'addr add 10.240.0.9/16 dev eth0',
      'addr add 9.9.9.9/24 dev eth0 scope link',
      'addr add 10.100.0.4/24 dev eth0 noprefixroute',
      'addr add 8.8.0.1/16 brd 8.8.255.255 dev eth0 metric 50',
      'addr add fd00::9/64 dev eth0',
      'addr add fd00::1/64 dev eth0 nodad',
      'addr add fd01::5/64 dev eth0 noprefixroute mngtmpaddr',
    ],
    ['noDad: true', 'flags 256'],
  ],
  [
    'permanent neighbours, those without ARP, and proxy entries',
    [
      'addr add fd00::35/64 dev eth0',
      'neigh add 10.240.0.9 lladdr 02:00:00:00:00:09 nud permanent router dev eth0',
      'neigh add 10.240.0.11 lladdr 02:00:00:00:00:11 nud noarp dev eth0',
      'neigh add 10.240.0.12 lladdr 03:bf:0a:f0:00:0c nud permanent dev eth0',
      'neigh add fd00::13 lladdr 03:bf:0a:f0:00:0d nud noarp dev eth0',
      'neigh add fd00::9 lladdr 02:00:00:00:00:09 nud permanent dev eth0 protocol static',
      'neigh add proxy 10.240.0.10 dev eth0',
      'neigh add proxy fd00::10 dev eth0',
    ],
    ['flags: 128', 'state: noarp', 'proxy: true'],
  ],
  [
    'neighbours that a program set and the kernel confirms',
    [
      'addr add fd00::35/64 dev eth0',
      'neigh add 10.240.0.9 lladdr 02:00:00:00:00:09 nud stale extern_learn dev eth0',
      'neigh add 10.240.0.12 lladdr 02:00:00:00:00:0c nud reachable extern_learn router dev eth0',
      'neigh add fd00::9 lladdr 02:00:00:00:00:09 nud stale extern_learn protocol zebra dev eth0',
      'neigh add 10.240.0.13 lladdr 02:00:00:00:00:0d nud noarp extern_learn dev eth0',
      'neigh add 10.240.0.14 managed extern_learn dev eth0',
    ],
    ['state: stale', 'flags: 144', 'flags_ext'],
  ],
];
