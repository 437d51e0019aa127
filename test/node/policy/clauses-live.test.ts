/** The clauses of the specification on every data path, in both families, against the naive evaluator. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PolicyPod } from '../../../reconciler/model/policy/members.ts';
import { type Clause, NAMESPACES, PODS } from '../../model/policy/clause-world.ts';
import { BLOCK_CLAUSES } from '../../model/policy/clauses-blocks.ts';
import { CORNER_CLAUSES } from '../../model/policy/clauses-corners.ts';
import { PEER_CLAUSES } from '../../model/policy/clauses-peers.ts';
import { PORT_CLAUSES } from '../../model/policy/clauses-ports.ts';
import { mayConnect, type NaiveWorld } from '../../model/policy/naive.ts';
import type { NetworkPolicy } from '../../../schemas/generated/vnet.ts';
import { BIN } from '../../plugin/live-node.ts';
import { longOr } from '../../support/long.ts';
import { hasNamespaces } from '../../support/namespaces.ts';
import { addressOf } from '../mode-nodes.ts';
import {
  DATA_PATHS,
  type DataPath,
  makePolicyNode,
  type PolicyNode,
  type PolicyTestPod,
} from './policy-node.ts';
import { type Prober, type ProbeTry, startProber } from './probes.ts';

const isReady = hasNamespaces && existsSync(join(BIN, 'vnet'));
const PORTS = [1, 2, 53, 80, 82, 8080];
const KEYS = ['web', 'db', 'other'] as const;

/** The short form takes every sixth clause, another part on each data path. */
const EVERY = longOr(6, 1);
const CLAUSES: readonly Clause[] = [...PEER_CLAUSES, ...PORT_CLAUSES, ...BLOCK_CLAUSES, ...CORNER_CLAUSES];

function policiesOf({ policy }: Clause): NaiveWorld['policies'] {
  const isOne = (value: Clause['policy']): value is NetworkPolicy => 'podSelector' in value;
  return isOne(policy) ? { 'x/p': policy } : policy;
}

describe
  .skipIf(!isReady)
  .each(Object.keys(DATA_PATHS).filter((path): path is DataPath => path in DATA_PATHS))(
  'clauses of the specification, %s',
  (path) => {
    let node: PolicyNode;
    let prober: Prober;
    const live = new Map<string, PolicyTestPod>();
    const pods: PolicyPod[] = [];

    beforeAll(() => {
      node = makePolicyNode(path, 'policy: { enforce: true, unknownPods: allow }\n', true);
      prober = startProber(PORTS);
      for (const [at, key] of KEYS.entries()) {
        const { namespace, name, labels, ports } = PODS[key];
        const pod = node.add(namespace, name, { ip: `10.240.1.${at + 1}` });
        live.set(key, pod);
        const addresses = [addressOf(pod.netns), addressOf(pod.netns, 6)];
        pods.push({
          namespace,
          name,
          addresses,
          ...(labels === undefined ? {} : { labels }),
          ...(ports === undefined ? {} : { ports }),
          isLocal: true,
        });
      }
    });
    afterAll(() => {
      prober.end();
      node.remove();
    });

    const offset = Object.keys(DATA_PATHS).indexOf(path);
    const some = CLAUSES.filter((_, index) => index % EVERY === offset % EVERY);

    it.each(some)('$clause', async (clause) => {
      const policies = policiesOf(clause);
      const world = { policies, namespaces: NAMESPACES, pods };
      node.write({
        policies,
        namespaces: Object.fromEntries(NAMESPACES),
        pods: pods.map(({ isLocal: _isLocal, labels = {}, ...pod }) => ({ ...pod, labels })),
      });
      const done = node.vnet('reconcile');
      expect([done.code, done.stderr]).toEqual([0, '']);
      const tries = KEYS.flatMap((from, row) =>
        KEYS.flatMap((to, column) =>
          row === column ? [] : triesBetween(world, [from, to], [pods[row], pods[column]]),
        ),
      );
      const paths = Array.from(live.values(), ({ netns }) => netns.path);
      const wrong = await prober.wrong(paths, tries);
      expect(
        wrong.map(({ protocol, port, address, isOpen }) => `${protocol}/${port} ${address} ${isOpen}`),
      ).toEqual([]);
    });

    const triesBetween = (
      world: NaiveWorld,
      [from]: readonly [string, string],
      [source, target]: readonly [PolicyPod | undefined, PolicyPod | undefined],
    ): readonly (ProbeTry & { readonly isOpen: boolean })[] =>
      [0, 1].flatMap((family) =>
        (['TCP', 'UDP'] as const).flatMap((protocol) =>
          PORTS.map((port) => {
            const [own = '', address = ''] = [source?.addresses[family], target?.addresses[family]];
            const ends = [
              { pod: source, address: own },
              { pod: target, address },
            ] as const;
            const isOpen = mayConnect(world, ...ends, { protocol, port });
            return { from: live.get(from)?.netns.path ?? '', address, protocol, port, isOpen };
          }),
        ),
      );
  },
);
