/** Network policies on every data path: from the first packet of a pod on, in both families, until it is gone. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasLiveNodes } from '../../plugin/live-node.ts';
import { pendingIn } from '../../support/exec.ts';
import { addressOf } from '../mode-nodes.ts';
import {
  DATA_PATHS,
  type DataPath,
  makePolicyNode,
  type PolicyNode,
  type PolicyTestPod,
} from './policy-node.ts';
import { type Prober, startProber } from './probes.ts';

const HEAD = `policy: { enforce: true, unknownPods: allow }
networkPolicies:
  shop/deny-all: { podSelector: {} }
  shop/db:
    podSelector: { matchLabels: { app: db } }
    ingress:
      - from: [{ podSelector: { matchLabels: { app: web } } }]
        ports: [{ port: 80 }]
`;

type Name = 'web' | 'db' | 'other';

describe
  .skipIf(!hasLiveNodes)
  .each(Object.keys(DATA_PATHS).filter((path): path is DataPath => path in DATA_PATHS))(
  'network policies, %s',
  (path) => {
    let node: PolicyNode;
    let prober: Prober;
    const pods = new Map<Name, PolicyTestPod>();
    const pod = (name: Name): PolicyTestPod => pods.get(name) ?? unmade();
    const table = (): string => node.netns.execNow(['nft', 'list', 'table', 'inet', 'vnet_policy']).stdout;
    const pings = (from: PolicyTestPod['netns'], address: string): boolean =>
      from.execNow(['ping', '-c1', '-W2', address]).code === 0;
    const wrong = async (open: readonly string[]): Promise<readonly string[]> => {
      const tries = [...pods].flatMap(([from, { netns }]) =>
        [...pods].flatMap(([to, target]) =>
          ([4, 6] as const).flatMap((family) =>
            (
              [
                ['TCP', 80],
                ['TCP', 81],
                ['UDP', 80],
              ] as const
            ).flatMap(([protocol, port]) => {
              if (from === to) return [];
              const name = `${from}>${to} ${protocol}/${port}`;
              const address = addressOf(target.netns, family);
              return [
                {
                  from: netns.path,
                  address,
                  protocol,
                  port,
                  isOpen: open.includes(name),
                  name: `${name} ${address}`,
                },
              ];
            }),
          ),
        ),
      );
      const found = await prober.wrong(
        Array.from(pods.values(), ({ netns }) => netns.path),
        tries,
      );
      const names = new Map(
        tries.map((one) => [JSON.stringify([one.from, one.address, one.protocol, one.port]), one.name]),
      );
      return found.map(
        ({ from, address, protocol, port }) =>
          names.get(JSON.stringify([from, address, protocol, port])) ?? '',
      );
    };

    beforeAll(() => {
      node = makePolicyNode(path, HEAD, true);
      prober = startProber([80, 81]);
      pods.set('web', node.add('shop', 'web', { labels: { app: 'web' } }));
      pods.set('db', node.add('shop', 'db', { labels: { app: 'db' } }));
      pods.set('other', node.add('office', 'other', { labels: { app: 'web' } }));
    });
    afterAll(() => {
      prober.end();
      node.remove();
    });

    it('isolate a pod from its ADD on, without a round', () => {
      const isolated = node.netns.mustExec(['nft', 'list', 'map', 'inet', 'vnet_policy', 'pod_in4']).stdout;
      for (const name of ['web', 'db'] as const) expect(isolated).toContain(addressOf(pod(name).netns));
      expect(isolated).not.toContain(addressOf(pod('other').netns));
    });

    it('allow what a rule allows, and nothing else, in both families', async () => {
      const others = ['TCP/80', 'TCP/81', 'UDP/80'].flatMap((service) =>
        ['web', 'db'].map((from) => `${from}>other ${service}`),
      );
      expect(await wrong(['web>db TCP/80', ...others])).toEqual([]);
    });

    it('let the node reach its pods, and pods their node', () => {
      expect(pings(node.netns, addressOf(pod('db').netns))).toBe(true);
      expect(pings(pod('db').netns, path === 'routed' ? '10.240.0.1' : '10.240.0.4')).toBe(true);
      expect(pings(pod('web').netns, addressOf(pod('db').netns))).toBe(false);
    });

    it('leave nothing to plan, and repair what another program removes', async () => {
      const first = node.vnet('reconcile');
      expect([first.code, first.stderr]).toEqual([0, '']);
      expect(pendingIn(node.vnet('reconcile', '--dry-run'))).toBe('');
      const address = addressOf(pod('db').netns);
      node.netns.mustExec(['nft', `delete element inet vnet_policy pod_in4 { ${address} }`]);
      const drift = node.vnet('drift');
      expect([drift.code, drift.stdout]).toEqual([2, expect.stringContaining(`pod_in4 ${address}`)]);
      expect(node.vnet('reconcile').code).toBe(0);
      expect(table()).toContain(address);
      node.netns.mustExec(['nft', 'delete table inet vnet_policy']);
      expect(node.vnet('reconcile').code).toBe(0);
      expect(pendingIn(node.vnet('reconcile', '--dry-run'))).toBe('');
    });

    it('end with the pod', () => {
      const gone = addressOf(pod('db').netns);
      expect(table()).toContain(gone);
      node.del(pod('db'));
      pods.delete('db');
      expect(table()).not.toContain(`${gone} `);
      expect(node.netns.execNow(['nft', 'list', 'table', 'bridge', 'vnet']).stdout).not.toContain(gone);
      expect(pendingIn(node.vnet('reconcile', '--dry-run'))).toBe('');
    });
  },
);

function unmade(): never {
  throw new Error('no such pod');
}
