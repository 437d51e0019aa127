/** Corners of the specification: names and ranges of ports, other protocols, and blocks. */
import { all, type Clause, toWeb } from './clause-world.ts';

const PORTS: readonly Clause[] = [
  {
    clause: 'an empty list of ports is every protocol',
    policy: { ...toWeb, ingress: [{ from: [{ podSelector: {} }], ports: [] }] },
    allowed: ['db>web tcp/1', 'db>web sctp/9', 'db>web icmp', 'db>web gre'],
    denied: ['other>web tcp/1'],
  },
  {
    clause: 'a rule of ports has no protocol without ports',
    policy: {
      ...toWeb,
      ingress: [{ ports: [{}, { protocol: 'UDP' }, { protocol: 'SCTP' }] }],
    },
    allowed: ['db>web tcp/1', 'db>web udp/65535', 'db>web sctp/132'],
    denied: ['db>web icmp', 'db>web gre', '192.0.2.1>web icmp'],
  },
  {
    clause: 'a range of SCTP',
    policy: { ...toWeb, ingress: [{ ports: [{ port: 100, endPort: 200, protocol: 'SCTP' }] }] },
    allowed: ['db>web sctp/100', 'other>web sctp/200', '192.0.2.1>web sctp/150'],
    denied: ['db>web sctp/99', 'db>web sctp/201', 'db>web tcp/150', 'db>web udp/150'],
  },
  {
    clause: 'a range has the number behind a name, another rule the name',
    policy: {
      ...all,
      ingress: [
        { from: [{ podSelector: {} }], ports: [{ port: 8000, endPort: 8100 }] },
        { from: [{ namespaceSelector: { matchLabels: { team: 'blue' } } }], ports: [{ port: 'http' }] },
      ],
    },
    allowed: ['web>db tcp/8080', 'other>db tcp/8080', 'other>web tcp/80', 'db>web tcp/8000'],
    denied: ['db>web tcp/80', 'other>web tcp/8080', 'other>db tcp/8081'],
  },
  {
    clause: 'a name and a range that has it, of one rule of egress',
    policy: {
      ...all,
      policyTypes: ['Egress'],
      egress: [{ to: [{ podSelector: {} }], ports: [{ port: 'http' }, { port: 78, endPort: 82 }] }],
    },
    allowed: ['web>db tcp/8080', 'web>db tcp/80', 'db>web tcp/80'],
    denied: ['db>web tcp/8080', 'web>other tcp/80', 'web>db udp/80'],
  },
  {
    clause: 'a name of another protocol is none',
    policy: { ...toWeb, ingress: [{ ports: [{ port: 'dns' }, { port: 'http', protocol: 'SCTP' }] }] },
    denied: ['db>web tcp/53', 'db>web udp/53', 'db>web sctp/80', 'db>web tcp/80'],
  },
  {
    clause: 'a name that no pod has, beside one that some have',
    policy: { ...all, ingress: [{ ports: [{ port: 'none' }] }, { ports: [{ port: 'http' }] }] },
    allowed: ['other>web tcp/80', 'other>db tcp/8080'],
    denied: ['other>web tcp/8080', 'other>db tcp/80', 'web>db udp/8080'],
  },
  {
    clause: 'the first and the last port',
    policy: { ...toWeb, ingress: [{ ports: [{ port: 1 }, { port: 65_535 }] }] },
    allowed: ['db>web tcp/1', 'db>web tcp/65535'],
    denied: ['db>web tcp/2', 'db>web tcp/65534', 'db>web tcp/0'],
  },
];

const BLOCKS: readonly Clause[] = [
  {
    clause: 'all of IPv4 but the pods',
    policy: { ...toWeb, ingress: [{ from: [{ ipBlock: { cidr: '0.0.0.0/0', except: ['10.0.0.0/8'] } }] }] },
    allowed: ['192.0.2.1>web tcp/80', '203.0.113.5>web icmp'],
    denied: ['db>web tcp/80', 'other>web tcp/80', '2001:db8::1>web tcp/80'],
  },
  {
    clause: 'all of IPv6 but a prefix, to one port',
    policy: {
      ...toWeb,
      policyTypes: ['Egress'],
      egress: [{ to: [{ ipBlock: { cidr: '::/0', except: ['2001:db8::/32'] } }], ports: [{ port: 443 }] }],
    },
    allowed: ['web>2001:db9::1 tcp/443'],
    denied: ['web>2001:db8::1 tcp/443', 'web>192.0.2.1 tcp/443', 'web>2001:db9::1 tcp/80'],
  },
  {
    clause: 'a block in a block, each with its port',
    policy: {
      ...toWeb,
      ingress: [
        { from: [{ ipBlock: { cidr: '192.0.2.0/24' } }], ports: [{ port: 80 }] },
        { from: [{ ipBlock: { cidr: '192.0.2.7/32' } }], ports: [{ port: 443, endPort: 444 }] },
      ],
    },
    allowed: [
      '192.0.2.7>web tcp/80',
      '192.0.2.7>web tcp/444',
      '192.0.2.6>web tcp/80',
      '192.0.2.8>web tcp/80',
    ],
    denied: ['192.0.2.6>web tcp/443', '192.0.2.8>web tcp/444', '192.0.2.7>web tcp/445'],
  },
  {
    clause: 'one address with ranges of ports that overlap, of three policies',
    policy: {
      'x/a': {
        ...toWeb,
        ingress: [{ from: [{ ipBlock: { cidr: '192.0.2.7/32' } }], ports: [{ port: 10, endPort: 20 }] }],
      },
      'x/b': {
        ...toWeb,
        ingress: [{ from: [{ ipBlock: { cidr: '192.0.2.6/31' } }], ports: [{ port: 15, endPort: 30 }] }],
      },
      'x/c': {
        ...toWeb,
        ingress: [{ from: [{ ipBlock: { cidr: '192.0.2.7/32' } }], ports: [{ port: 25 }] }],
      },
    },
    allowed: ['192.0.2.7>web tcp/10', '192.0.2.7>web tcp/30', '192.0.2.6>web tcp/15', '192.0.2.6>web tcp/25'],
    denied: ['192.0.2.6>web tcp/14', '192.0.2.7>web tcp/9', '192.0.2.7>web tcp/31', '192.0.2.8>web tcp/25'],
  },
  {
    clause: 'a block of IPv4 and one of IPv6 in one rule',
    policy: {
      ...toWeb,
      ingress: [
        {
          from: [
            { ipBlock: { cidr: '192.0.2.0/24' } },
            { ipBlock: { cidr: '2001:db8::/64', except: ['2001:db8::/96'] } },
          ],
          ports: [{ port: 53, protocol: 'UDP' }],
        },
      ],
    },
    allowed: ['192.0.2.1>web udp/53', '2001:db8:0:0:1::1>web udp/53'],
    denied: ['2001:db8::1>web udp/53', '192.0.2.1>web tcp/53', '2001:db8:0:1::1>web udp/53'],
  },
  {
    clause: 'egress to a block that has a pod, whose ingress allows others only',
    policy: {
      'x/out': {
        podSelector: { matchLabels: { app: 'db' } },
        policyTypes: ['Egress'],
        egress: [{ to: [{ ipBlock: { cidr: '10.0.0.1/32' } }, { ipBlock: { cidr: 'fd00::1/128' } }] }],
      },
      'x/in': { ...toWeb, ingress: [{ from: [{ namespaceSelector: { matchLabels: { team: 'blue' } } }] }] },
    },
    allowed: ['other>web tcp/80'],
    denied: ['db>web tcp/80', 'db>other tcp/80'],
  },
  {
    clause: 'every exception is cut out of its block',
    policy: {
      ...toWeb,
      ingress: [
        {
          from: [
            {
              ipBlock: { cidr: '192.0.2.0/24', except: ['192.0.2.0/26', '192.0.2.32/27', '192.0.2.128/25'] },
            },
          ],
        },
      ],
    },
    allowed: ['192.0.2.64>web tcp/80', '192.0.2.127>web icmp'],
    denied: [
      '192.0.2.0>web tcp/80',
      '192.0.2.40>web tcp/80',
      '192.0.2.128>web tcp/80',
      '192.0.2.255>web tcp/80',
    ],
  },
];

/** Of ports and blocks. */
export const CORNER_PORT_CLAUSES: readonly Clause[] = [...PORTS, ...BLOCKS];
