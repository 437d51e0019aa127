/** Corners of the specification: absent labels, and unions of policies. */
import { all, type Clause, toWeb } from './clause-world.ts';
import { CORNER_PORT_CLAUSES } from './clauses-corner-ports.ts';

const expression = (
  key: string,
  operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist',
  ...values: string[]
) => ({ key, operator, ...(values.length > 0 ? { values } : {}) });

const selected = (...matchExpressions: readonly ReturnType<typeof expression>[]) => ({
  podSelector: { matchExpressions: [...matchExpressions] },
});

const SELECTORS: readonly Clause[] = [
  {
    clause: 'NotIn selects a pod without the label',
    policy: selected(expression('tier', 'NotIn', 'data')),
    denied: ['db>web tcp/80', 'other>web icmp'],
    allowed: ['web>db tcp/80', 'other>db tcp/80'],
  },
  {
    clause: 'DoesNotExist selects a pod without the label, Exists one with it',
    policy: {
      'x/without': selected(expression('tier', 'DoesNotExist')),
      'x/with': { ...selected(expression('tier', 'Exists')), policyTypes: ['Egress'] },
    },
    denied: ['other>web tcp/80', 'db>other tcp/80'],
    allowed: ['other>db tcp/80', 'web>other tcp/80'],
  },
  {
    clause: 'all expressions must match: In of an absent label never does',
    policy: selected(expression('tier', 'In', 'data'), expression('color', 'In', 'red')),
    allowed: ['web>db tcp/80', 'other>db tcp/80'],
  },
  {
    clause: 'labels and expressions of one selector must match',
    policy: {
      podSelector: {
        matchLabels: { app: 'web' },
        matchExpressions: [expression('tier', 'Exists')],
      },
    },
    allowed: ['db>web tcp/80', 'other>web tcp/80'],
  },
  {
    clause: 'NotIn selects a namespace without labels',
    policy: {
      ...all,
      ingress: [
        { from: [{ namespaceSelector: { matchExpressions: [expression('team', 'NotIn', 'blue')] } }] },
      ],
    },
    allowed: ['db>web tcp/80', 'web>db udp/53'],
    denied: ['other>web tcp/80', 'other>db tcp/80'],
  },
  {
    clause: 'DoesNotExist of a namespace, with a podSelector',
    policy: {
      ...toWeb,
      ingress: [
        {
          from: [
            {
              namespaceSelector: { matchExpressions: [expression('team', 'DoesNotExist')] },
              podSelector: { matchExpressions: [expression('app', 'NotIn', 'web')] },
            },
          ],
        },
      ],
    },
    allowed: ['db>web tcp/80'],
    denied: ['other>web tcp/80', '192.0.2.1>web tcp/80'],
  },
  {
    clause: 'NotIn of the name of a namespace',
    policy: {
      ...toWeb,
      ingress: [
        {
          from: [
            {
              namespaceSelector: {
                matchExpressions: [expression('kubernetes.io/metadata.name', 'NotIn', 'x')],
              },
            },
          ],
        },
      ],
    },
    allowed: ['other>web tcp/80'],
    denied: ['db>web tcp/80'],
  },
];

const UNIONS: readonly Clause[] = [
  {
    clause: 'denial of all, beside one policy that allows its own namespace',
    policy: { 'x/deny': all, 'x/here': { ...all, ingress: [{ from: [{ podSelector: {} }] }] } },
    allowed: ['db>web tcp/80', 'web>db icmp'],
    denied: ['other>web tcp/80', '192.0.2.1>db tcp/80'],
  },
  {
    clause: 'denial of all egress, beside names for all pods',
    policy: {
      'x/deny': { ...all, policyTypes: ['Egress'] },
      'x/dns': {
        ...all,
        policyTypes: ['Egress'],
        egress: [{ to: [{ namespaceSelector: {} }], ports: [{ port: 53, protocol: 'UDP' }] }],
      },
    },
    allowed: ['web>db udp/53', 'web>other udp/53', 'other>web tcp/80'],
    denied: ['web>db tcp/53', 'web>192.0.2.1 udp/53', 'db>web udp/54'],
  },
  {
    clause: 'an exception of one policy is in the block of another',
    policy: {
      'x/some': {
        ...toWeb,
        ingress: [{ from: [{ ipBlock: { cidr: '192.0.2.0/24', except: ['192.0.2.0/25'] } }] }],
      },
      'x/port': {
        ...toWeb,
        ingress: [{ from: [{ ipBlock: { cidr: '192.0.2.0/24' } }], ports: [{ port: 80 }] }],
      },
    },
    allowed: ['192.0.2.1>web tcp/80', '192.0.2.200>web tcp/81'],
    denied: ['192.0.2.1>web tcp/81', '192.0.3.1>web tcp/80'],
  },
  {
    clause: 'a pod that a block excepts is allowed by its labels',
    policy: {
      ...toWeb,
      ingress: [
        {
          from: [
            { ipBlock: { cidr: '10.0.0.0/8', except: ['10.0.0.2/32'] } },
            { podSelector: { matchLabels: { app: 'db' } } },
          ],
          ports: [{ port: 80 }],
        },
      ],
    },
    allowed: ['10.9.9.9>web tcp/80', 'db>web tcp/80'],
    denied: ['db>web tcp/81', '192.0.2.1>web tcp/80'],
  },
  {
    clause: 'ports that both ends allow, of two ranges',
    policy: {
      'x/out': {
        podSelector: { matchLabels: { app: 'db' } },
        policyTypes: ['Egress'],
        egress: [{ ports: [{ port: 70, endPort: 80 }] }],
      },
      'x/in': { ...toWeb, ingress: [{ ports: [{ port: 80, endPort: 90 }] }] },
    },
    allowed: ['db>web tcp/80', 'other>web tcp/85', 'db>other tcp/70'],
    denied: ['db>web tcp/79', 'db>web tcp/81', 'other>web tcp/70'],
  },
  {
    clause: 'policies of one name in two namespaces are two',
    policy: {
      'x/p': { ...toWeb, ingress: [{ from: [{ podSelector: {} }] }] },
      'y/p': { ...all, policyTypes: ['Egress'], egress: [{ to: [{ podSelector: {} }] }] },
    },
    allowed: ['db>web tcp/80', 'web>other tcp/80'],
    denied: ['other>web tcp/80'],
  },
];

/** All of them. */
export const CORNER_CLAUSES: readonly Clause[] = [...SELECTORS, ...UNIONS, ...CORNER_PORT_CLAUSES];
