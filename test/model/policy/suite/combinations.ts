/** Cases of every kind that public suites of network policies have, by combination: targets, peers, ports, conflicts, actions. */
import type { NetworkPolicy, PolicyPeer, PolicyPort } from '../../../../schemas/generated/vnet.ts';
import { START, type SuiteCase, type SuiteStep } from './world.ts';

type Side = 'ingress' | 'egress';
type Rule = { readonly peers?: PolicyPeer[]; readonly ports?: PolicyPort[] };

const expression = (key: string, operator: 'In' | 'NotIn', ...values: string[]) => ({
  matchExpressions: [{ key, operator, values }],
});
const label = (key: string, value: string) => ({ matchLabels: { [key]: value } });

/** In each direction one peer and one port. */
const BASE = {
  target: label('pod', 'a'),
  ingress: [
    {
      peers: [
        {
          podSelector: expression('pod', 'In', 'b', 'c'),
          namespaceSelector: expression('ns', 'In', 'x', 'y'),
        },
      ],
      ports: [{ port: 80 }],
    },
  ],
  egress: [
    {
      peers: [
        {
          podSelector: expression('pod', 'In', 'a', 'b'),
          namespaceSelector: expression('ns', 'In', 'y', 'z'),
        },
      ],
      ports: [{ port: 80 }],
    },
    { ports: [{ port: 53, protocol: 'UDP' as const }, { port: 53 }] },
  ],
} satisfies { readonly target: NetworkPolicy['podSelector'] } & Readonly<Record<Side, Rule[]>>;

type Parts = { target?: NetworkPolicy['podSelector'] } & { [S in Side]?: readonly Rule[] };

function policyOf(parts: Parts, types: readonly Side[] = ['ingress', 'egress']): NetworkPolicy {
  const { target: podSelector, ingress, egress } = { ...BASE, ...parts };
  const rest = ({ ports }: Rule) => (ports === undefined ? {} : { ports });
  const from = ingress.map((rule) => ({ ...rest(rule), ...(rule.peers && { from: rule.peers }) }));
  const to = egress.map((rule) => ({ ...rest(rule), ...(rule.peers && { to: rule.peers }) }));
  const names = { ingress: 'Ingress', egress: 'Egress' } as const;
  return {
    podSelector,
    policyTypes: types.map((type) => names[type]),
    ...(types.includes('ingress') ? { ingress: from } : {}),
    ...(types.includes('egress') ? { egress: to } : {}),
  };
}

const step = (policies: SuiteStep['policies'], more: Partial<SuiteStep> = {}): SuiteStep => ({
  ...START,
  ...more,
  policies,
});
const single = (name: string, parts: Parts, key = 'x/p'): SuiteCase => ({
  name,
  steps: [step({ [key]: policyOf(parts) })],
});

/** The base's rules of the direction, with these peers or ports in the first. */
function withRule(side: Side, rule: Rule): Parts {
  const [first, ...others] = BASE[side];
  return { [side]: [{ ...first, ...rule }, ...others] };
}

const SIDES = ['ingress', 'egress'] as const;

const TARGETS: readonly SuiteCase[] = [
  ...['x', 'y', 'z'].map((ns) => single(`a policy of namespace ${ns}`, {}, `${ns}/p`)),
  single('a policy of all pods', { target: {} }),
  single('a policy of pods by labels', { target: label('pod', 'b') }),
  single('a policy of pods by an expression', { target: expression('pod', 'In', 'a', 'b') }),
  single('a policy of other pods', { target: expression('pod', 'NotIn', 'a') }),
  single('a policy of no pod', { target: label('pod', 'd') }),
];

const RULES: readonly SuiteCase[] = SIDES.flatMap((side) => [
  single(`${side}: no rule`, { [side]: [] }),
  single(`${side}: an empty rule`, { [side]: [{}] }),
  single(`${side}: no peers`, withRule(side, { peers: [] })),
  single(`${side}: no ports`, withRule(side, { ports: [] })),
  single(`${side}: neither`, { [side]: [{ peers: [], ports: [] }] }),
  { name: `${side} alone`, steps: [step({ 'x/p': policyOf({}, [side]) })] },
]);

/** Shape: the addresses of the pods are in 10.240.1.0/24. */
const PEERS: Readonly<Record<string, PolicyPeer>> = {
  'all pods here': { podSelector: {} },
  'pods c here': { podSelector: label('pod', 'c') },
  'all namespaces': { namespaceSelector: {} },
  'all pods of all namespaces': { podSelector: {}, namespaceSelector: {} },
  'pods c of all namespaces': { podSelector: label('pod', 'c'), namespaceSelector: {} },
  'namespace y': { namespaceSelector: label('ns', 'y') },
  'all pods of y': { podSelector: {}, namespaceSelector: label('ns', 'y') },
  'pods c of y': { podSelector: label('pod', 'c'), namespaceSelector: label('ns', 'y') },
  'not a, not x': {
    podSelector: expression('pod', 'NotIn', 'a'),
    namespaceSelector: expression('ns', 'NotIn', 'x'),
  },
  'y by its name': { namespaceSelector: label('kubernetes.io/metadata.name', 'y') },
  'a block': { ipBlock: { cidr: '10.240.1.0/24' } },
  'a block with an exception': { ipBlock: { cidr: '10.240.1.0/24', except: ['10.240.1.0/29'] } },
  'a block with host bits': { ipBlock: { cidr: '10.240.1.3/24', except: ['10.240.1.5/30'] } },
};

const PEER_CASES: readonly SuiteCase[] = SIDES.flatMap((side) =>
  Object.entries(PEERS).flatMap(([name, peer], at) => [
    single(`${side}: ${name}`, withRule(side, { peers: [peer] })),
    ...Object.entries(PEERS)
      .slice(at + 1)
      .map(([other, second]) =>
        single(`${side}: ${name} or ${other}`, withRule(side, { peers: [peer, second] })),
      ),
  ]),
);

const PORTS: readonly PolicyPort[] = ([undefined, 'TCP', 'UDP', 'SCTP'] as const).flatMap((protocol) => {
  const of = protocol === undefined ? {} : { protocol };
  return [
    of,
    { ...of, port: 81 },
    { ...of, port: `serve-81-${(protocol ?? 'tcp').toLowerCase()}` },
    { ...of, port: 79, endPort: 80 },
  ];
});

const ODD_PORTS: readonly PolicyPort[] = [
  { port: 'serve-81-udp', protocol: 'TCP' },
  { port: 'serve-7981-tcp' },
  { port: 7981 },
  { port: 81, endPort: 81 },
  { port: 1, endPort: 65_535, protocol: 'UDP' },
];

const textOf = ({ port, endPort, protocol }: PolicyPort): string =>
  `${protocol ?? 'no protocol'} ${port ?? 'any'}${endPort === undefined ? '' : `-${endPort}`}`;

const PORT_CASES: readonly SuiteCase[] = SIDES.flatMap((side) =>
  [...PORTS, ...ODD_PORTS].flatMap((port, at, all) => [
    single(`${side}: ${textOf(port)}`, withRule(side, { ports: [port] })),
    ...all
      .slice(at + 1)
      // Every third pair: neighbours differ in protocol and form all the same.
      .filter((_, index) => (index + at) % 3 === 0)
      .map((other) =>
        single(`${side}: ${textOf(port)} and ${textOf(other)}`, withRule(side, { ports: [port, other] })),
      ),
  ]),
);

const GRANTS: Readonly<Record<string, readonly Rule[]>> = {
  nothing: [],
  everything: [{}],
  'every pod': [{ peers: [{ namespaceSelector: {} }] }],
  'every address': [{ peers: [{ ipBlock: { cidr: '0.0.0.0/0' } }] }],
  'no address': [{ peers: [{ ipBlock: { cidr: '0.0.0.0/31' } }] }],
  'no pod': [{ peers: [{ namespaceSelector: label('never', 'there') }] }],
};

const CONFLICTS: readonly SuiteCase[] = SIDES.flatMap((side) =>
  Object.entries(GRANTS).flatMap(([one, rules], at) => {
    const target = label('pod', 'b');
    const first = policyOf({ target, [side]: rules }, [side]);
    const others = Object.entries(GRANTS).slice(at);
    const opposite = side === 'ingress' ? 'egress' : 'ingress';
    return [
      ...others.map(([other, more]) => ({
        name: `${side}: ${one} and ${other}`,
        steps: [step({ 'x/one': first, 'x/two': policyOf({ target, [side]: more }, [side]) })],
      })),
      {
        name: `${side}: ${one}, and everything at the other end`,
        steps: [
          step({ 'x/one': first, 'y/two': policyOf({ target: {}, [opposite]: [{}] }, [opposite]) }),
          step({ 'x/one': first, 'y/two': policyOf({ target: {}, [opposite]: [] }, [opposite]) }),
        ],
      },
    ];
  }),
);

/** All cases but those of several steps. */
export const SUITE_CASES: readonly SuiteCase[] = [
  ...TARGETS,
  ...RULES,
  ...PEER_CASES,
  ...PORT_CASES,
  ...CONFLICTS,
];
