/** Random uplinks, as lines for ip(8) and sysctl(8). Lines that the kernel refuses are omitted. */
import * as fc from 'fast-check';

const pick = <T>(...values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);
/** Returns some of the words, or none. */
const maybe = (words: fc.Arbitrary<string>): fc.Arbitrary<string> => fc.oneof(fc.constant(''), words);
const line = (...parts: readonly fc.Arbitrary<string>[]): fc.Arbitrary<string> =>
  fc.tuple(...parts).map((words) => words.filter((word) => word !== '').join(' '));
const said = (word: string): fc.Arbitrary<string> => fc.constant(word);

const LIFETIME = 'valid_lft 3600 preferred_lft 1800';

const address4 = line(
  said('addr add'),
  pick(
    '10.240.0.200/16',
    '10.240.0.7/16',
    '10.100.0.5/24',
    '9.9.9.9/24',
    '10.7.0.0/31',
    '169.254.7.7/16',
    '240.5.5.5/24',
    '200.9.9.9/1',
    '10.240.0.50/32',
    '172.20.0.4/30',
    '10.250.0.1 peer 10.250.0.2/32',
    '10.250.0.1 peer 10.250.0.3/32',
    '10.251.0.1 peer 10.252.0.1/24',
    '10.250.0.1/32',
  ),
  maybe(pick('brd 10.240.255.255', 'brd +', 'brd 1.2.3.4')),
  said('dev eth0'),
  maybe(pick('metric 50', 'noprefixroute')),
  maybe(pick('scope link', 'scope host', 'scope 77', 'label eth0:1', 'label eth0:web')),
  maybe(pick(LIFETIME, 'preferred_lft 0')),
);

const address6 = line(
  said('-6 addr add'),
  pick('fd00::35/64', 'fd00::36/64', 'fd00::1:1/64', 'fd01::5/64', 'fd02::9/128', 'fd03::1 peer fd03::2/128'),
  said('dev eth0'),
  maybe(pick('nodad', 'home', 'mngtmpaddr', 'optimistic')),
  maybe(pick('noprefixroute', 'metric 77')),
  maybe(pick(LIFETIME, 'preferred_lft 0')),
);

const way4 = pick(
  'via 10.240.0.1 dev eth0',
  'via 10.240.0.2 dev eth0',
  'dev eth0',
  'via 192.0.2.1 dev eth0 onlink',
  'via inet6 fe80::1 dev eth0',
  'nexthop via 10.240.0.1 dev eth0 nexthop via 10.240.0.2 dev eth0 weight 3',
  'nexthop via 10.240.0.1 dev eth0 weight 9 nexthop via 192.0.2.1 dev eth0 onlink',
  'nexthop via 10.240.0.1 dev eth0 nexthop via 10.77.0.1 dev dummy0',
  'nhid 10',
  'nhid 20',
  'encap ip id 100 dst 10.240.0.9 via 10.240.0.1 dev eth0',
  'encap seg6 mode encap segs fd00::9 dev eth0',
  'nexthop encap ip id 5 dst 10.240.0.9 via 10.240.0.1 dev eth0 nexthop via 10.240.0.2 dev eth0 weight 200',
  'nexthop via 10.240.0.1 dev eth0 nexthop via 10.240.0.1 dev eth0 weight 256',
  'nexthop via inet6 fe80::1 dev eth0 nexthop via 10.240.0.1 dev eth0',
  'dev eth0 scope host',
  'dev eth0 scope 77',
);

const metrics = pick(
  'mtu 1400',
  'mtu lock 1400',
  'initcwnd 32 initrwnd 33',
  'advmss 1360 quickack 1',
  'rto_min 300ms congctl reno',
  'hoplimit 77 reordering 9',
  'realms 5/7',
  'rtt 100ms rttvar 50ms cwnd lock 12 ssthresh 10 window 5000',
  'features ecn fastopen_no_cookie 1',
);

const route4 = line(
  pick('-4 route add', '-4 route add', '-4 route append'),
  pick('10.9.0.0/16', '10.9.0.0/16', '203.0.113.9/32', 'default'),
  maybe(pick('tos 0x10', 'tos 8')),
  maybe(pick('metric 100', 'metric 50', 'metric 4294967295')),
  maybe(pick('table 77', 'table 1000', 'table 4294967290', 'table local')),
  maybe(pick('proto dhcp', 'proto static', 'proto bird')),
  maybe(pick('src 10.240.0.35')),
  maybe(metrics),
  maybe(metrics),
  way4,
);

const typed4 = line(
  said('-4 route add'),
  pick(
    'local 10.99.0.0/16 dev eth0',
    'multicast 239.1.0.0/16 dev eth0',
    'broadcast 10.98.255.255 dev eth0 table 77',
  ),
  maybe(pick('proto static', 'metric 7')),
);

const elsewhere = pick(
  'route add blackhole 10.77.1.0/24',
  'route add prohibit 10.78.0.0/16 metric 5',
  'route add throw 10.79.0.0/16 table 77',
  'route add unreachable default metric 9999',
  '-6 route add blackhole fd77::/64',
  '-6 route add anycast fd78::1/128 dev eth0',
  '-6 route add local fd79::/64 dev eth0',
  '-6 route add multicast ff0e::/16 dev eth0 table 77',
  'route add 10.66.0.0/16 via 10.77.0.1 dev dummy0',
  'rule add from 10.240.0.200 table 77',
  'rule add fwmark 7 table 1000 pref 500',
  'rule add uidrange 1000-2000 table 77 pref 400',
  'rule add ipproto udp sport 53 dport 100-200 table 77 pref 401',
  'rule add not from 10.0.0.0/8 tos 0x10 goto 32766 pref 404',
  'rule add table main suppress_prefixlength 0 pref 405',
  'rule add from all tun_id 7 table 77 pref 407',
  'rule add l3mdev pref 411',
  '-6 rule add from fd00::35 table 77',
);

const route6 = line(
  pick('-6 route add', '-6 route add', '-6 route append'),
  pick('fd09::/64', 'fd09::/64', 'default', 'fd09::/64 from fd00::35'),
  maybe(pick('metric 100', 'metric 7')),
  maybe(pick('table 77')),
  maybe(pick('proto ra', 'proto static')),
  maybe(pick('expires 600', 'pref high', 'src fd00::35')),
  maybe(pick('mtu 1400', 'advmss 1300 hoplimit 9', 'initcwnd 20')),
  pick(
    'via fd00::1 dev eth0',
    'via fe80::1 dev eth0',
    'dev eth0',
    'nexthop via fd00::1 dev eth0 nexthop via fd00::2 dev eth0 weight 2',
    'nexthop via fe80::1 dev eth0 nexthop via fe80::2 dev eth0',
    'encap seg6 mode encap segs fd00::9 via fd00::1 dev eth0',
    'encap ip6 id 7 dst fd00::9 via fd00::1 dev eth0',
    'encap seg6local action End dev eth0',
    'via fd77::1 dev eth0 onlink',
    'nhid 12',
    'nhid 21',
  ),
);

const nexthop = pick(
  'nexthop add id 10 via 10.240.0.1 dev eth0',
  'nexthop add id 10 via 192.0.2.9 dev eth0 onlink proto static',
  'nexthop add id 11 dev eth0',
  'nexthop add id 12 via fd00::1 dev eth0',
  'nexthop add id 13 via 10.77.0.1 dev dummy0',
  'nexthop add id 20 group 10/11',
  'nexthop add id 20 group 10,3/13',
  'nexthop add id 20 group 10/11 type resilient buckets 32 idle_timer 60 unbalanced_timer 300',
  'nexthop add id 14 via fe80::1 dev eth0',
  'nexthop add id 21 group 12,5/14,200',
  'nexthop add id 9 blackhole',
);

const neighbour = line(
  said('neigh add'),
  pick('10.240.0.9', '10.240.0.10', 'fd00::9'),
  pick('lladdr 02:00:00:00:00:09', 'lladdr 03:bf:0a:f0:00:09'),
  pick('nud permanent', 'nud noarp', 'nud stale extern_learn', 'nud reachable extern_learn'),
  maybe(pick('router', 'protocol static', 'extern_learn')),
  said('dev eth0'),
);

const proxy = pick('neigh add proxy 10.240.0.11 dev eth0', 'neigh add proxy fd00::11 dev eth0 router');

const setting = line(
  pick(
    'ipv4/conf/eth0/rp_filter',
    'ipv4/conf/eth0/promote_secondaries',
    'ipv4/conf/eth0/arp_announce',
    'ipv6/conf/eth0/accept_ra',
    'ipv6/conf/eth0/autoconf',
  ),
  pick('0', '1', '2'),
);

/** A random uplink. Shape: `lines` for ip(8), `settings` are a path below /proc/sys/net and a value. */
export type RandomUplink = { readonly lines: readonly string[]; readonly settings: readonly string[] };

/**
 * Returns any uplink: addresses first, then the prerequisites of routes, then routes, so that few lines are
 * refused.
 */
export const anyUplink: fc.Arbitrary<RandomUplink> = fc
  .tuple(
    fc.array(fc.oneof(address4, address6), { maxLength: 7, size: 'max' }),
    fc.array(nexthop, { maxLength: 4, size: 'max' }),
    fc.array(
      fc.oneof(
        { weight: 5, arbitrary: route4 },
        { weight: 1, arbitrary: typed4 },
        { weight: 4, arbitrary: route6 },
        { weight: 1, arbitrary: elsewhere },
        { weight: 1, arbitrary: neighbour },
        { weight: 1, arbitrary: proxy },
      ),
      { maxLength: 16, size: 'max' },
    ),
    fc.array(setting, { maxLength: 3 }),
  )
  .map(([addresses, nexthops, others, settings]) => ({
    // Most of the following lines need an IPv6 address.
    lines: [...addresses, '-6 addr add fd00::35/64 dev eth0', ...nexthops, ...others],
    settings,
  }));
