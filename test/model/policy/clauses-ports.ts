/** Clauses about blocks, ports and several policies. */
import { all, type Clause, toWeb } from './clause-world.ts';

export const PORT_CLAUSES: readonly Clause[] = [
  {
    clause: 'an ipBlock without its exceptions',
    policy: {
      ...toWeb,
      ingress: [{ from: [{ ipBlock: { cidr: '192.0.2.0/24', except: ['192.0.2.128/25'] } }] }],
    },
    allowed: ['192.0.2.1>web tcp/80'],
    denied: ['192.0.2.200>web tcp/80', 'fd99::1>web tcp/80'],
  },
  {
    clause: 'an exception of one block is no exception of another',
    policy: {
      ...toWeb,
      ingress: [
        { from: [{ ipBlock: { cidr: '192.0.2.0/24', except: ['192.0.2.128/25'] } }] },
        { from: [{ ipBlock: { cidr: '192.0.2.192/26' } }], ports: [{ port: 80 }] },
      ],
    },
    allowed: ['192.0.2.200>web tcp/80'],
    denied: ['192.0.2.200>web tcp/81', '192.0.2.129>web tcp/80'],
  },
  {
    clause: 'an ipBlock of IPv6',
    policy: { ...toWeb, ingress: [{ from: [{ ipBlock: { cidr: 'fd99::/64', except: ['fd99::2/128'] } }] }] },
    allowed: ['fd99::1>web tcp/80'],
    denied: ['fd99::2>web tcp/80', '192.0.2.1>web tcp/80'],
  },
  {
    clause: 'a port is of TCP unless said otherwise',
    policy: { ...toWeb, ingress: [{ ports: [{ port: 80 }] }] },
    allowed: ['db>web tcp/80'],
    denied: ['db>web udp/80', 'db>web sctp/80', 'db>web tcp/81', 'db>web icmp'],
  },
  {
    clause: 'a protocol without a port',
    policy: { ...toWeb, ingress: [{ ports: [{ protocol: 'UDP' }] }] },
    allowed: ['db>web udp/1', 'db>web udp/65535'],
    denied: ['db>web tcp/1', 'db>web icmp'],
  },
  {
    clause: 'SCTP is not TCP',
    policy: { ...toWeb, ingress: [{ ports: [{ protocol: 'SCTP', port: 80 }] }] },
    allowed: ['db>web sctp/80'],
    denied: ['db>web tcp/80'],
  },
  {
    clause: 'endPort ends a range',
    policy: { ...toWeb, ingress: [{ ports: [{ port: 80, endPort: 82 }] }] },
    allowed: ['db>web tcp/80', 'db>web tcp/82'],
    denied: ['db>web tcp/79', 'db>web tcp/83'],
  },
  {
    clause: 'single ports, a few in a row and many, of several rules for one peer',
    policy: {
      ...toWeb,
      ingress: [
        { from: [{ podSelector: {} }], ports: [{ port: 80 }, { port: 81 }, { port: 53, protocol: 'UDP' }] },
        { from: [{ podSelector: {} }], ports: [{ port: 82, endPort: 8080 }] },
      ],
    },
    allowed: ['db>web tcp/80', 'db>web tcp/81', 'db>web tcp/82', 'db>web tcp/8080', 'db>web udp/53'],
    denied: ['db>web tcp/79', 'db>web tcp/8081', 'db>web udp/82', 'db>web sctp/80', 'other>web tcp/80'],
  },
  {
    clause: 'single ports alone, also where they add up to many in a row',
    policy: {
      ...toWeb,
      ingress: [...Array(12).keys()].map((at) => ({
        from: [{ podSelector: {} }],
        ports: [{ port: 75 + at }],
      })),
    },
    allowed: ['db>web tcp/75', 'db>web tcp/80', 'db>web tcp/86'],
    denied: ['db>web tcp/74', 'db>web tcp/87', 'db>web udp/80'],
  },
  {
    clause: 'all ports of all protocols for one peer, one port for another',
    policy: {
      ...toWeb,
      ingress: [
        { from: [{ podSelector: {} }] },
        { from: [{ namespaceSelector: { matchLabels: { team: 'blue' } } }], ports: [{ port: 80 }] },
      ],
    },
    allowed: ['db>web tcp/1', 'db>web udp/65535', 'db>web icmp', 'other>web tcp/80'],
    denied: ['other>web tcp/1', 'other>web icmp', '192.0.2.1>web tcp/80'],
  },
  {
    clause: 'a port name of ingress is that of the selected pod, with its protocol',
    policy: { ...all, ingress: [{ ports: [{ port: 'http' }, { port: 'dns' }] }] },
    allowed: ['db>web tcp/80', 'web>db tcp/8080'],
    denied: ['db>web tcp/8080', 'web>db tcp/80', 'db>web udp/53', 'db>web tcp/53'],
  },
  {
    clause: 'a port name of egress is that of the destination',
    policy: {
      ...toWeb,
      policyTypes: ['Egress'],
      egress: [{ to: [{ podSelector: {} }], ports: [{ port: 'http' }] }],
    },
    allowed: ['web>db tcp/8080'],
    denied: ['web>db tcp/80', 'web>other tcp/80', 'web>192.0.2.1 tcp/80'],
  },
  {
    clause: 'a port name of egress without peers, and in a block',
    policy: {
      'x/all': { ...toWeb, policyTypes: ['Egress'], egress: [{ ports: [{ port: 'http' }] }] },
      'x/block': {
        podSelector: { matchLabels: { app: 'db' } },
        policyTypes: ['Egress'],
        egress: [
          {
            to: [{ ipBlock: { cidr: '10.0.0.1/32' } }, { ipBlock: { cidr: 'fd00::1/128' } }],
            ports: [{ port: 'http' }],
          },
        ],
      },
    },
    allowed: ['web>db tcp/8080', 'db>web tcp/80'],
    denied: ['web>db tcp/80', 'db>web tcp/8080', 'web>192.0.2.1 tcp/80'],
  },
  {
    clause: 'policies add up',
    policy: {
      'x/deny': toWeb,
      'x/one': { ...toWeb, ingress: [{ ports: [{ port: 1 }] }] },
      'x/two': { ...all, ingress: [{ ports: [{ port: 2 }] }] },
    },
    allowed: ['db>web tcp/1', 'db>web tcp/2', 'web>db tcp/2'],
    denied: ['web>db tcp/1', 'db>web tcp/3'],
  },
  {
    clause: 'both ends must allow a connection',
    policy: {
      'x/out': {
        podSelector: { matchLabels: { app: 'db' } },
        policyTypes: ['Egress'],
        egress: [{ ports: [{ port: 1 }, { port: 2 }] }],
      },
      'x/in': { ...toWeb, ingress: [{ ports: [{ port: 2 }, { port: 3 }] }] },
    },
    allowed: ['db>web tcp/2', 'db>other tcp/1', 'other>web tcp/3'],
    denied: ['db>web tcp/1', 'db>web tcp/3'],
  },
  {
    clause: 'a pod reaches itself',
    policy: { ...all, policyTypes: ['Ingress', 'Egress'] },
    allowed: ['web>web tcp/80'],
    denied: ['web>db tcp/80'],
  },
];
