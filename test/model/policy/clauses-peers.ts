/** Clauses about isolation and peers. */
import { all, type Clause, toWeb } from './clause-world.ts';

export const PEER_CLAUSES: readonly Clause[] = [
  {
    clause: 'a pod that no policy selects is not isolated',
    policy: toWeb,
    allowed: ['web>db tcp/80', 'db>other icmp'],
  },
  {
    clause: 'a selected pod without rules receives no packet',
    policy: toWeb,
    denied: ['db>web tcp/80', 'other>web udp/53', '192.0.2.1>web icmp', 'db>web sctp/80'],
    allowed: ['web>other tcp/80'],
  },
  {
    clause: 'a policy selects in its own namespace only',
    policy: { 'y/p': all },
    allowed: ['other>web tcp/80'],
  },
  {
    clause: 'an empty podSelector selects the whole namespace',
    policy: all,
    denied: ['web>db tcp/80', 'db>web tcp/80'],
  },
  {
    clause: 'policyTypes Egress alone isolates egress',
    policy: { ...toWeb, policyTypes: ['Egress'] },
    denied: ['web>db tcp/80', 'web>192.0.2.1 tcp/443'],
    allowed: ['db>web tcp/80'],
  },
  {
    clause: 'without policyTypes, egress rules isolate egress too',
    policy: { ...toWeb, egress: [{ to: [{ podSelector: { matchLabels: { app: 'db' } } }] }] },
    denied: ['web>other tcp/80', 'db>web tcp/80'],
    allowed: ['web>db tcp/80'],
  },
  {
    clause: 'an empty list of policyTypes is as none',
    policy: {
      'x/web': { ...toWeb, policyTypes: [] },
      'x/db': {
        podSelector: { matchLabels: { app: 'db' } },
        policyTypes: [],
        egress: [{ ports: [{ port: 1 }] }],
      },
    },
    allowed: ['web>other tcp/80', 'db>other tcp/1'],
    denied: ['other>web tcp/80', 'db>other tcp/80', 'other>db tcp/80'],
  },
  {
    clause: 'without policyTypes, an empty list of egress rules does not',
    policy: { ...toWeb, egress: [] },
    allowed: ['web>db tcp/80'],
  },
  {
    clause: 'rules of a type that is not listed do nothing',
    policy: { ...toWeb, policyTypes: ['Egress'], ingress: [{}], egress: [] },
    denied: ['web>db tcp/80'],
  },
  {
    clause: 'an empty rule allows everything',
    policy: { ...toWeb, ingress: [{}] },
    allowed: ['db>web tcp/1', '192.0.2.1>web icmp'],
  },
  {
    clause: 'an empty list of peers means all of them',
    policy: { ...toWeb, ingress: [{ from: [] }] },
    allowed: ['192.0.2.1>web tcp/1'],
  },
  {
    clause: 'a rule without ports allows every protocol',
    policy: { ...toWeb, ingress: [{ from: [{ podSelector: {} }], ports: [] }] },
    allowed: ['db>web icmp', 'db>web sctp/9', 'db>web gre'],
    denied: ['other>web tcp/80', '192.0.2.1>web icmp'],
  },
  {
    clause: 'a podSelector selects in the namespace of the policy',
    policy: { ...toWeb, ingress: [{ from: [{ podSelector: { matchLabels: { app: 'web' } } }] }] },
    denied: ['other>web tcp/80'],
  },
  {
    clause: 'a namespaceSelector selects all pods there',
    policy: { ...toWeb, ingress: [{ from: [{ namespaceSelector: { matchLabels: { team: 'blue' } } }] }] },
    allowed: ['other>web tcp/80'],
    denied: ['db>web tcp/80'],
  },
  {
    clause: 'a namespace has its name as a label',
    policy: {
      ...toWeb,
      ingress: [{ from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'y' } } }] }],
    },
    allowed: ['other>web tcp/80'],
    denied: ['db>web tcp/80'],
  },
  {
    clause: 'both selectors in one peer must match',
    policy: {
      ...toWeb,
      ingress: [{ from: [{ namespaceSelector: {}, podSelector: { matchLabels: { app: 'db' } } }] }],
    },
    allowed: ['db>web tcp/80'],
    denied: ['other>web tcp/80'],
  },
  {
    clause: 'two peers are alternatives',
    policy: {
      ...toWeb,
      ingress: [
        {
          from: [
            { namespaceSelector: { matchLabels: { team: 'blue' } } },
            { podSelector: { matchLabels: { app: 'db' } } },
          ],
        },
      ],
    },
    allowed: ['db>web tcp/80', 'other>web tcp/80'],
    denied: ['192.0.2.1>web tcp/80'],
  },
  {
    clause: 'In and NotIn',
    policy: {
      ...toWeb,
      ingress: [
        {
          from: [
            {
              podSelector: { matchExpressions: [{ key: 'tier', operator: 'In', values: ['data', 'cache'] }] },
            },
          ],
          ports: [{ port: 1 }],
        },
        {
          from: [
            {
              namespaceSelector: { matchExpressions: [{ key: 'team', operator: 'NotIn', values: ['blue'] }] },
            },
          ],
          ports: [{ port: 2 }],
        },
      ],
    },
    allowed: ['db>web tcp/1', 'db>web tcp/2'],
    denied: ['other>web tcp/1', 'other>web tcp/2'],
  },
  {
    clause: 'Exists and DoesNotExist',
    policy: {
      ...toWeb,
      ingress: [
        {
          from: [
            {
              namespaceSelector: {},
              podSelector: { matchExpressions: [{ key: 'tier', operator: 'Exists' }] },
            },
          ],
          ports: [{ port: 1 }],
        },
        {
          from: [
            {
              namespaceSelector: {},
              podSelector: { matchExpressions: [{ key: 'tier', operator: 'DoesNotExist' }] },
            },
          ],
          ports: [{ port: 2 }],
        },
      ],
    },
    allowed: ['db>web tcp/1', 'other>web tcp/2'],
    denied: ['db>web tcp/2', 'other>web tcp/1'],
  },
];
