/** Pods with interfaces in two networks: policies judge both, until the interface is gone. */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { linkLocalOf } from '../../../reconciler/model/addresses/address.ts';
import { hasLiveNodes } from '../../plugin/live-node.ts';
import { heardLinkOf } from '../hear-frames.ts';
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
  shop/db:
    podSelector: { matchLabels: { app: db } }
    policyTypes: [Ingress, Egress]
    ingress:
      - from: [{ podSelector: { matchLabels: { app: web } } }]
        ports: [{ port: 80 }]
`;

/** A second network behind a bridge of its own. */
const SECOND = `  second:
    mode: routed
    bridge: { name: cbr1, mac: "0a:58:0a:fa:00:01" }
    pools:
      ipv4: { source: static, subnet: 10.250.0.0/16, gateway: 10.250.0.1, addresses: [10.250.1.1-10.250.1.60] }
      ipv6: { source: static, subnet: "fd00:250::/64", gateway: "fd00:250::1", addresses: ["fd00:250::100-fd00:250::1ff"] }
`;

const PATHS = Object.keys(DATA_PATHS).filter((path): path is DataPath => path in DATA_PATHS);

describe.skipIf(!hasLiveNodes).each(PATHS)('pods with two interfaces, %s', (path) => {
  let node: PolicyNode;
  let prober: Prober;
  const pods = new Map<string, PolicyTestPod>();
  const pod = (name: string): PolicyTestPod => pods.get(name) ?? unmade();

  const call = (verb: 'ADD' | 'DEL', which: PolicyTestPod, network: 'azure' | 'second'): void => {
    const second = network === 'second' ? { name: 'second', mode: 'routed', bridge: 'cbr1' } : {};
    const labels = [{ key: 'app', value: which.name }];
    const { argv, env, input } = node.command(verb, which, { ...second, args: { cni: { labels } } });
    const name = network === 'second' ? { CNI_IFNAME: 'net1' } : {};
    const { code, stdout, stderr } = node.netns.execNow([...argv], { env: { ...env, ...name }, input });
    expect([code, code === 0 ? '' : `${stdout}${stderr}`]).toEqual([0, '']);
  };

  beforeAll(() => {
    node = makePolicyNode(path, HEAD, true);
    appendFileSync(join(node.root, 'var/lib/vnet/vnet.yaml'), SECOND);
    const made = node.vnet('reconcile');
    if (made.code !== 0) throw new Error(`reconcile: ${made.stdout}${made.stderr}`);
    prober = startProber([80, 81]);
    for (const name of ['db', 'web', 'other']) {
      pods.set(name, node.add(name === 'other' ? 'office' : 'shop', name, { labels: { app: name } }));
      call('ADD', pod(name), 'second');
    }
  });
  afterAll(() => {
    prober.end();
    node.remove();
  });

  const places = { eth0: addressesOf('eth0'), net1: addressesOf('net1') };

  /** Resolves to the connections that are not as they should be, to and from the pod `db` by these interfaces. */
  const wrong = (by: readonly (keyof typeof places)[]): Promise<readonly unknown[]> => {
    const tries = by.flatMap((name) =>
      ([0, 1] as const).flatMap((family) => {
        const at = (which: string): string => places[name](pod(which))[family];
        const to = (from: string, target: string, port: number, isOpen: boolean) => ({
          from: pod(from).netns.path,
          address: at(target),
          protocol: 'TCP' as const,
          port,
          isOpen,
        });
        return [
          to('web', 'db', 80, true),
          to('web', 'db', 81, false),
          to('other', 'db', 80, false),
          to('db', 'other', 80, false),
          to('other', 'web', 81, true),
        ];
      }),
    );
    return prober.wrong(
      ['db', 'web', 'other'].map((name) => pod(name).netns.path),
      tries,
    );
  };
  /** The isolated addresses. */
  const isolated = (): readonly string[] =>
    ['pod_in4', 'pod_in6', 'pod_eg4', 'pod_eg6'].flatMap((map) => {
      const { stdout } = node.netns.mustExec(['nft', 'list', 'map', 'inet', 'vnet_policy', map]);
      return Array.from(stdout.matchAll(/([0-9a-f.:]+) : (jump|goto)/g), ([, address = '']) => address);
    });
  /** The addresses of the pod there, once for each direction. */
  const addressesAt = (
    which: PolicyTestPod,
    ...names: readonly (keyof typeof places)[]
  ): readonly string[] => {
    const all = names.flatMap((name) => [
      ...places[name](which),
      linkLocalOf(heardLinkOf(which.netns, name).mac),
    ]);
    return [...all, ...all].toSorted();
  };

  it('are judged at both', async () => {
    const db = pod('db');
    expect(isolated().toSorted()).toEqual(addressesAt(db, 'eth0', 'net1'));
    expect(await wrong(['eth0', 'net1'])).toEqual([]);
  });

  it('are judged at the first without the second', async () => {
    const db = pod('db');
    call('DEL', db, 'second');
    expect(isolated().toSorted()).toEqual(addressesAt(db, 'eth0'));
    expect(await wrong(['eth0'])).toEqual([]);
    call('ADD', db, 'second');
    expect(await wrong(['eth0', 'net1'])).toEqual([]);
  });

  it('are judged at the second without the first', async () => {
    const db = pod('db');
    call('DEL', db, 'azure');
    expect(isolated().toSorted()).toEqual(addressesAt(db, 'net1'));
    expect(await wrong(['net1'])).toEqual([]);
    call('ADD', db, 'azure');
    expect(await wrong(['eth0', 'net1'])).toEqual([]);
    expect(node.vnet('reconcile', '--dry-run').stdout).toContain('No steps');
    for (const network of ['azure', 'second'] as const) call('DEL', db, network);
    expect(isolated()).toEqual([]);
  });
});

function addressesOf(device: string): (pod: PolicyTestPod) => readonly [string, string] {
  return ({ netns }) => [addressOf(netns, 4, device), addressOf(netns, 6, device)];
}

function unmade(): never {
  throw new Error('no such pod');
}
