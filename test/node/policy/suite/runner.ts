/** Runs steps of a suite of network policies on a node: pods and members become those of the step, then each pair is asked. */
import {
  SUITE_NAMED_PORTS,
  SUITE_PORTS,
  SUITE_PROTOCOLS,
  type SuitePod,
  type SuiteStep,
} from '../../../model/policy/suite/world.ts';
import { type DataPath, makePolicyNode, type PolicyNode, type PolicyTestPod } from '../policy-node.ts';
import { type Prober, type ProbeTry, startProber } from '../probes.ts';

/** A pair of pods with a service. */
export type Question = {
  readonly from: SuitePod;
  readonly to: SuitePod;
  readonly protocol: (typeof SUITE_PROTOCOLS)[number];
  readonly port: number;
};

/** Returns whether a connection is to be open; addresses are by pod. */
export type Oracle = (question: Question, addressOf: (pod: SuitePod) => string) => boolean;

export type SuiteRunner = {
  /** Resolves to the connections of the step that are not as the oracle says. */
  readonly wrongIn: (step: SuiteStep, oracle: Oracle) => Promise<readonly string[]>;
  readonly counts: () => { readonly steps: number; readonly probes: number };
  readonly end: () => void;
};

export const keyOfPod = ({ namespace, name }: Pick<SuitePod, 'namespace' | 'name'>): string =>
  `${namespace}/${name}`;

/** The pods of a step on the node, and what the cluster knows of them. */
class Cluster {
  readonly #node: PolicyNode;
  readonly #pods = new Map<string, { readonly pod: PolicyTestPod; readonly address: string }>();
  #next = 1;

  constructor(node: PolicyNode) {
    this.#node = node;
  }

  get paths(): readonly string[] {
    return Array.from(this.#pods.values(), ({ pod }) => pod.netns.path);
  }

  at(pod: SuitePod): { readonly path: string; readonly address: string } {
    const found = this.#pods.get(keyOfPod(pod));
    if (found === undefined) throw new Error(`no pod ${keyOfPod(pod)}`);
    return { path: found.pod.netns.path, address: found.address };
  }

  move({ policies, namespaces, pods }: SuiteStep): void {
    const wanted = new Set(pods.map(keyOfPod));
    for (const [key, { pod }] of this.#pods) {
      if (wanted.has(key)) continue;
      this.#node.del(pod);
      this.#pods.delete(key);
    }
    for (const pod of pods) {
      if (this.#pods.has(keyOfPod(pod))) continue;
      const address = `10.240.1.${this.#next}`;
      this.#next = (this.#next % 50) + 1;
      const made = this.#node.add(pod.namespace, pod.name, { ip: address });
      this.#pods.set(keyOfPod(pod), { pod: made, address });
    }
    const known = pods.map((pod) => ({
      ...pod,
      addresses: [this.at(pod).address],
      ports: SUITE_NAMED_PORTS,
    }));
    this.#node.write({ policies, namespaces, pods: known });
    const done = this.#node.vnet('reconcile');
    if (done.code !== 0) throw new Error(`reconcile: ${done.stdout}${done.stderr}`);
  }
}

type Expected = ProbeTry & { readonly isOpen: boolean; readonly name: string };

/** A pod that connects to itself does not leave its namespace. */
function expectedOf({ pods }: SuiteStep, cluster: Cluster, oracle: Oracle): readonly Expected[] {
  const addressOf = (pod: SuitePod): string => cluster.at(pod).address;
  return pods.flatMap((from, row) =>
    pods.flatMap((to, column) => {
      if (row === column) return [];
      return SUITE_PROTOCOLS.flatMap((protocol) =>
        SUITE_PORTS.map((port) => ({
          from: cluster.at(from).path,
          address: addressOf(to),
          protocol,
          port,
          isOpen: oracle({ from, to, protocol, port }, addressOf),
          name: `${keyOfPod(from)}>${keyOfPod(to)} ${protocol}/${port}`,
        })),
      );
    }),
  );
}

/** Returns a runner on a new node of the data path. */
export function makeSuiteRunner(path: DataPath): SuiteRunner {
  const node = makePolicyNode(path, 'policy: { enforce: true, unknownPods: deny }\n');
  const prober: Prober = startProber(SUITE_PORTS);
  const cluster = new Cluster(node);
  const counts = { steps: 0, probes: 0 };
  return {
    counts: () => counts,
    wrongIn: async (step, oracle) => {
      cluster.move(step);
      const expected = expectedOf(step, cluster, oracle);
      counts.steps += 1;
      counts.probes += expected.length;
      const keyOf = ({ from, address, protocol, port }: ProbeTry): string =>
        JSON.stringify([from, address, protocol, port]);
      const names = new Map(expected.map((item) => [keyOf(item), item.name]));
      const found = await prober.wrong(cluster.paths, expected);
      return found.map((one) => `${names.get(keyOf(one))} ${one.isOpen ? 'is denied' : 'is allowed'}`);
    },
    end: () => {
      prober.end();
      node.remove();
    },
  };
}
