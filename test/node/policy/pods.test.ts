/** The lives of pods on every data path: labels that come late or change, addresses that move, ports whose names differ, ended pods. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasLiveNodes } from '../../plugin/live-node.ts';
import { longOr } from '../../support/long.ts';
import {
  DATA_PATHS,
  type DataPath,
  makePolicyNode,
  type MembersText,
  type PolicyNode,
  type PolicyTestPod,
} from './policy-node.ts';
import { type Prober, type ProbeTry, startProber } from './probes.ts';

type Pod = MembersText['pods'][number];

const ADDRESSES = { db: '10.240.1.1', web: '10.240.1.2', other: '10.240.1.3', db2: '10.240.1.4' } as const;
type Name = keyof typeof ADDRESSES;

const http = (port: number): NonNullable<Pod['ports']> => [{ name: 'http', port, protocol: 'TCP' }];

/** The pods of the node in the cluster; both databases serve `http`, at ports of their own. */
const KNOWN: Readonly<Record<Name, Pod>> = {
  db: podOf('db', { labels: { app: 'db' }, ports: http(80) }),
  db2: podOf('db2', { labels: { app: 'db' }, ports: http(81) }),
  web: podOf('web', { labels: { app: 'web' } }),
  other: podOf('other', { labels: { app: 'other' } }),
};

function podOf(name: string, more: Partial<Pod>, address?: string): Pod {
  const [, own] = Object.entries(ADDRESSES).find(([key]) => key === name) ?? [];
  return { namespace: 'shop', name, labels: {}, addresses: [address ?? own ?? ''], ...more };
}

const fromApp = (app: string) => [{ podSelector: { matchLabels: { app } } }];
const fromTeam = (team: string) => [{ namespaceSelector: { matchLabels: { team } } }];
const policies = (from: object, ports: object = [{ port: 80 }]) => ({
  'shop/db': { podSelector: { matchLabels: { app: 'db' } }, ingress: [{ from, ports }] },
});

/** Shape: `open` are the connections to the databases that pass, of all from `web` and `other` to ports 80 and 81. */
type Situation = {
  readonly name: string;
  readonly members: Partial<MembersText>;
  readonly open: readonly string[];
};

const all = Object.values(KNOWN);
const but = (name: Name, ...instead: readonly Pod[]): readonly Pod[] => [
  ...all.filter((pod) => pod !== KNOWN[name]),
  ...instead,
];
const WEB_80 = ['web>db 80', 'web>db2 80'];

const SITUATIONS: readonly Situation[] = [
  { name: 'a peer with its labels', members: {}, open: WEB_80 },
  { name: 'a peer that the cluster does not know yet', members: { pods: but('web') }, open: [] },
  {
    name: 'a peer known without an address yet',
    members: { pods: but('web', { ...KNOWN.web, addresses: [] }) },
    open: WEB_80,
  },
  {
    name: 'a peer whose labels have changed',
    members: { pods: but('web', { ...KNOWN.web, labels: { app: 'other' } }) },
    open: [],
  },
  {
    name: 'another pod that got the labels',
    members: { pods: but('other', { ...KNOWN.other, labels: { app: 'web' } }) },
    open: [...WEB_80, 'other>db 80', 'other>db2 80'],
  },
  {
    name: 'an isolated pod that lost the label of its policy',
    members: { pods: but('db', { ...KNOWN.db, labels: { app: 'cache' } }) },
    open: ['web>db 80', 'web>db 81', 'other>db 80', 'other>db 81', 'web>db2 80'],
  },
  {
    name: 'a namespace without the label',
    members: { policies: policies(fromTeam('blue')) },
    open: [],
  },
  {
    name: 'a namespace that got the label',
    members: { policies: policies(fromTeam('blue')), namespaces: { shop: { team: 'blue' } } },
    open: [...WEB_80, 'other>db 80', 'other>db2 80'],
  },
  {
    name: 'a namespace whose label changed',
    members: { policies: policies(fromTeam('blue')), namespaces: { shop: { team: 'red' } } },
    open: [],
  },
  {
    name: 'ports of one name with different numbers',
    members: { policies: policies(fromApp('web'), [{ port: 'http' }]) },
    open: ['web>db 80', 'web>db2 81'],
  },
  {
    name: 'a named port that moved to another number',
    members: {
      policies: policies(fromApp('web'), [{ port: 'http' }]),
      pods: but('db', { ...KNOWN.db, ports: http(81) }),
    },
    open: ['web>db 81', 'web>db2 81'],
  },
  {
    name: 'named ports of egress, which are those of the destination',
    members: {
      policies: {
        'shop/web': {
          podSelector: { matchLabels: { app: 'web' } },
          policyTypes: ['Egress'],
          egress: [{ to: fromApp('db'), ports: [{ port: 'http' }] }],
        },
      },
    },
    open: ['web>db 80', 'web>db2 81', ...['db', 'db2'].flatMap((db) => [`other>${db} 80`, `other>${db} 81`])],
  },
  {
    name: 'an ended pod of another node, whose address a pod of this node has now',
    members: { pods: [...all, podOf('job', { labels: { app: 'web' } }, ADDRESSES.other)] },
    open: WEB_80,
  },
  {
    name: 'an ended pod whose address a pod of this node has, and that was allowed less',
    members: { pods: [...all, podOf('a-job', { labels: { app: 'other' } }, ADDRESSES.web)] },
    open: WEB_80,
  },
  {
    name: 'a pod of the network of its node, which has no address of its own',
    members: { pods: [...all, podOf('host', { labels: { app: 'web' }, addresses: [] })] },
    open: WEB_80,
  },
];

const EVERY = longOr(4, 1);

describe
  .skipIf(!hasLiveNodes)
  .each(Object.keys(DATA_PATHS).filter((path): path is DataPath => path in DATA_PATHS))(
  'the lives of pods, %s',
  (path) => {
    let node: PolicyNode;
    let prober: Prober;
    const pods = new Map<Name, PolicyTestPod>();

    const write = (members: Partial<MembersText>): void => {
      node.write({ policies: policies(fromApp('web')), namespaces: {}, pods: all, ...members });
      const done = node.vnet('reconcile');
      expect([done.code, done.stderr]).toEqual([0, '']);
    };
    const wrong = async (open: readonly string[]): Promise<readonly string[]> => {
      const tries = (['web', 'other'] as const).flatMap((from) =>
        (['db', 'db2'] as const).flatMap((to) =>
          [80, 81].map((port) => {
            const isOpen = open.includes(`${from}>${to} ${port}`);
            const start = pods.get(from)?.netns.path ?? '';
            const one: ProbeTry = { from: start, address: ADDRESSES[to], protocol: 'TCP', port };
            return { ...one, isOpen, name: `${from}>${to} ${port}` };
          }),
        ),
      );
      const paths = Array.from(pods.values(), ({ netns }) => netns.path);
      const found = await prober.wrong(paths, tries);
      const isIt = (one: ProbeTry, other: ProbeTry): boolean =>
        one.from === other.from && one.address === other.address && one.port === other.port;
      return found.map((one) => tries.find((other) => isIt(one, other))?.name ?? '');
    };

    beforeAll(() => {
      node = makePolicyNode(path, 'policy: { enforce: true, unknownPods: deny }\n');
      prober = startProber([80, 81]);
      for (const name of ['db', 'web', 'other', 'db2'] as const)
        pods.set(name, node.add('shop', name, { ip: ADDRESSES[name] }));
    });
    afterAll(() => {
      prober.end();
      node.remove();
    });

    // In the short form, each path has a quarter of them.
    const turn = Object.keys(DATA_PATHS).indexOf(path);
    const situations = SITUATIONS.filter((_, index) => index % EVERY === turn % EVERY);

    it.each(situations)('$name', async ({ members, open }) => {
      write(members);
      expect(await wrong(open)).toEqual([]);
    });

    it('an address that moves from one pod to the next', async () => {
      write({});
      const before = pods.get('other');
      if (before === undefined) throw new Error('no pod');
      node.del(before);
      // The cluster still has the former pod there, and knows the next one without an address.
      write({ pods: [...all, podOf('next', { labels: { app: 'web' }, addresses: [] })] });
      pods.set('other', node.add('shop', 'next', { ip: ADDRESSES.other }));
      expect(await wrong([...WEB_80, 'other>db 80', 'other>db2 80'])).toEqual([]);
      // It learns the address, then the end of the former one.
      write({ pods: [...all, podOf('next', { labels: { app: 'web' } }, ADDRESSES.other)] });
      expect(await wrong([...WEB_80, 'other>db 80', 'other>db2 80'])).toEqual([]);
      write({ pods: but('other', podOf('next', { labels: { app: 'other' } }, ADDRESSES.other)) });
      expect(await wrong(WEB_80)).toEqual([]);
    });
  },
);
