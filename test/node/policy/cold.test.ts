/** Calls of processes that have just started: the table of policies is the one compiled from everything, whatever they found it by. */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { hasLiveNodes } from '../../plugin/live-node.ts';
import { endServer } from '../../support/end-server.ts';
import { makePolicyNode, type MembersText, type PolicyNode, type PolicyTestPod } from './policy-node.ts';

const podOf = (name: string, app: string, more: object = {}): MembersText['pods'][number] => ({
  namespace: 'shop',
  name,
  labels: { app },
  addresses: [],
  ...more,
});

const MEMBERS: MembersText = {
  policies: {
    'shop/db': {
      podSelector: { matchLabels: { app: 'db' } },
      ingress: [{ from: [{ podSelector: { matchLabels: { app: 'web' } } }], ports: [{ port: 80 }] }],
    },
    'shop/cache': {
      podSelector: { matchLabels: { app: 'cache' } },
      ingress: [{ from: [{ podSelector: { matchLabels: { app: 'far' } } }] }],
    },
  },
  namespaces: {},
  pods: [
    podOf('db1', 'db', { local: true }),
    podOf('db2', 'db', { local: true }),
    podOf('web', 'web', { local: true }),
    podOf('far', 'far', { addresses: ['10.240.9.1'] }),
    podOf('cache', 'cache'),
  ],
};

describe.skipIf(!hasLiveNodes)('calls without a server', () => {
  let node: PolicyNode;
  afterEach(() => node.remove());

  /** The differences from the table compiled from everything: kept sets are set aside. */
  const differences = (): unknown => {
    const kept = join(node.root, 'var/lib/vnet/policy.sets.json');
    if (existsSync(kept)) renameSync(kept, `${kept}.aside`);
    const status: { differences: unknown } = JSON.parse(node.vnet('status', '-o', 'json').stdout);
    if (existsSync(`${kept}.aside`)) renameSync(`${kept}.aside`, kept);
    return status.differences;
  };

  it('leave the table as compiled from everything', { timeout: 300_000 }, () => {
    node = makePolicyNode('routed', 'policy: { enforce: true }\n');
    const cache = join(node.root, 'var/lib/vnet/policy.cache.json');
    node.write(MEMBERS);
    expect(node.vnet('reconcile').code).toBe(0);
    const made = readFileSync(cache);
    const pods: PolicyTestPod[] = [];
    for (const name of ['db1', 'web', 'db2']) {
      endServer(node.root);
      pods.push(node.add('shop', name));
      expect([name, differences()]).toEqual([name, []]);
    }
    expect(readFileSync(cache).equals(made)).toBe(true);
    // The first pod with its grants: everything is compiled, and kept for the next.
    endServer(node.root);
    pods.push(node.add('shop', 'cache'));
    expect(differences()).toEqual([]);
    expect(readFileSync(cache).equals(made)).toBe(false);
    for (const pod of pods) {
      endServer(node.root);
      node.del(pod);
      expect([pod.name, differences()]).toEqual([pod.name, []]);
    }
    writeFileSync(cache, made.subarray(0, 500));
    endServer(node.root);
    node.add('shop', 'db1');
    expect(differences()).toEqual([]);
    expect(existsSync(cache)).toBe(true);
  });

  it('leave it so after rounds that compile nothing', { timeout: 300_000 }, () => {
    node = makePolicyNode('routed', 'policy: { enforce: true }\n');
    const kept = join(node.root, 'var/lib/vnet/policy.sets.json');
    const round = (): Buffer => {
      endServer(node.root);
      expect(node.vnet('reconcile').code).toBe(0);
      expect(differences()).toEqual([]);
      return readFileSync(kept);
    };
    const setsIn = (bytes: Buffer): unknown => {
      const body: { sets: unknown } = JSON.parse(bytes.toString().split('\n')[1] ?? '');
      return body.sets;
    };
    const removeTable = (): void => void node.netns.mustExec(['nft', 'delete table inet vnet_policy']);
    node.write(MEMBERS);
    const none = round();
    expect(round().equals(none)).toBe(true);
    const pods = ['db1', 'web'].map((name) => node.add('shop', name));
    const some = round();
    expect(some.equals(none)).toBe(false);
    // Made again from the kept sets.
    removeTable();
    expect(round().equals(some)).toBe(true);
    const [first] = pods;
    if (first !== undefined) node.del(first);
    removeTable();
    const less = round();
    expect(less.equals(some)).toBe(false);
    for (const damaged of [
      less.subarray(0, 500),
      Buffer.concat([less.subarray(0, 300), none.subarray(300)]),
    ]) {
      writeFileSync(kept, damaged);
      removeTable();
      expect(setsIn(round())).toEqual(setsIn(less));
    }
    node.write({ ...MEMBERS, policies: {} });
    expect(round().equals(less)).toBe(false);
  });
});
