/** Clauses about blocks of pods' and nodes' addresses, borders of exceptions, and what an absent field means. */
import { all, type Clause, toWeb } from './clause-world.ts';

export const BLOCK_CLAUSES: readonly Clause[] = [
  {
    clause: 'a block has pods, too',
    policy: {
      ...toWeb,
      ingress: [{ from: [{ ipBlock: { cidr: '10.0.0.2/32' } }, { ipBlock: { cidr: 'fd00::2/128' } }] }],
    },
    allowed: ['db>web tcp/80'],
    denied: ['other>web tcp/80'],
  },
  {
    clause: 'a block of the addresses of live pods, with one of them excepted',
    policy: {
      ...all,
      ingress: [
        { from: [{ ipBlock: { cidr: '10.240.1.0/24', except: ['10.240.1.1/32'] } }], ports: [{ port: 80 }] },
      ],
    },
    denied: ['db>web tcp/80'],
  },
  {
    clause: 'adjacent exceptions are one',
    policy: {
      ...toWeb,
      ingress: [
        {
          from: [
            { ipBlock: { cidr: '192.0.2.0/24', except: ['192.0.2.0/26', '192.0.2.64/26', '10.240.1.0/25'] } },
          ],
        },
      ],
    },
    allowed: ['192.0.2.128>web tcp/80'],
    denied: ['192.0.2.63>web tcp/80', '192.0.2.64>web tcp/80', '192.0.2.127>web tcp/80'],
  },
  {
    clause: 'exceptions that overlap, and one that is the whole block',
    policy: {
      'x/one': {
        ...toWeb,
        ingress: [{ from: [{ ipBlock: { cidr: '0.0.0.0/0', except: ['192.0.0.0/8', '192.0.2.0/24'] } }] }],
      },
      'x/two': {
        ...toWeb,
        ingress: [{ from: [{ ipBlock: { cidr: '192.0.2.0/24', except: ['192.0.2.0/24'] } }] }],
      },
    },
    allowed: ['10.0.0.2>web tcp/80', '193.0.0.1>web tcp/80'],
    denied: ['192.0.2.1>web tcp/80', 'fd99::1>web tcp/80'],
  },
  {
    clause: 'a block of all of IPv4 is none of IPv6',
    policy: { ...toWeb, ingress: [{ from: [{ ipBlock: { cidr: '0.0.0.0/0' } }] }] },
    allowed: ['192.0.2.1>web tcp/80', '10.0.0.2>web icmp'],
    denied: ['fd99::1>web tcp/80', 'fd00::2>web tcp/80'],
  },
  {
    clause: 'an egress block with a port, beside pods with another',
    policy: {
      ...toWeb,
      policyTypes: ['Egress'],
      egress: [
        { to: [{ ipBlock: { cidr: '10.0.0.0/8' } }, { ipBlock: { cidr: '::/0' } }], ports: [{ port: 80 }] },
        { to: [{ podSelector: {} }], ports: [{ port: 82 }, { protocol: 'UDP', port: 53 }] },
      ],
    },
    allowed: ['web>db tcp/80', 'web>db tcp/82', 'web>db udp/53', 'web>other tcp/80', 'db>web tcp/1'],
    denied: ['web>db tcp/81', 'web>other tcp/82', 'web>192.0.2.1 tcp/80'],
  },
  {
    clause: 'an absent peer is all, an empty podSelector the namespace, an empty namespaceSelector every pod',
    policy: {
      ...toWeb,
      ingress: [
        { ports: [{ port: 1 }] },
        { from: [{ podSelector: {} }], ports: [{ port: 2 }] },
        { from: [{ namespaceSelector: {} }], ports: [{ port: 80 }] },
      ],
    },
    allowed: ['192.0.2.1>web tcp/1', 'other>web tcp/1', 'db>web tcp/2', 'db>web tcp/80', 'other>web tcp/80'],
    denied: ['192.0.2.1>web tcp/2', 'other>web tcp/2', '192.0.2.1>web tcp/80'],
  },
  {
    clause: 'a selector that matches no pod allows nothing',
    policy: { ...toWeb, ingress: [{ from: [{ podSelector: { matchLabels: { app: 'none' } } }] }] },
    denied: ['db>web tcp/80', 'other>web tcp/80', '192.0.2.1>web tcp/80'],
  },
  {
    clause: 'an empty list of ingress rules isolates, beside a policy that allows egress only',
    policy: {
      'x/in': { ...toWeb, policyTypes: ['Ingress'], ingress: [] },
      'x/out': { ...toWeb, policyTypes: ['Egress'], egress: [{}] },
    },
    allowed: ['web>db tcp/80', 'web>192.0.2.1 udp/53'],
    denied: ['db>web tcp/80'],
  },
  {
    clause: 'ports of one rule are alternatives: ranges that touch and overlap, and another protocol',
    policy: {
      ...toWeb,
      ingress: [
        {
          from: [{ podSelector: {} }],
          ports: [
            { port: 79, endPort: 80 },
            { port: 81, endPort: 82 },
            { port: 82 },
            { protocol: 'UDP', port: 80 },
          ],
        },
      ],
    },
    allowed: ['db>web tcp/79', 'db>web tcp/81', 'db>web tcp/82', 'db>web udp/80'],
    denied: ['db>web tcp/83', 'db>web udp/82', 'db>web sctp/80'],
  },
  {
    clause: 'a name that one pod lacks, and the other has for another protocol',
    policy: {
      ...all,
      ingress: [
        {
          ports: [
            { port: 'dns', protocol: 'UDP' },
            { port: 'http', protocol: 'UDP' },
          ],
        },
      ],
    },
    allowed: ['db>web udp/53'],
    denied: ['db>web udp/80', 'web>db udp/53', 'web>db udp/8080', 'db>web tcp/53'],
  },
  {
    clause: 'expressions of a policy’s own pods: In with two values, NotIn, Exists',
    policy: {
      podSelector: {
        matchExpressions: [
          { key: 'app', operator: 'In', values: ['web', 'db'] },
          { key: 'tier', operator: 'NotIn', values: ['cache'] },
          { key: 'tier', operator: 'Exists' },
        ],
      },
    },
    allowed: ['db>web tcp/80'],
    denied: ['web>db tcp/80'],
  },
];
