/** The cases of a public suite, with a truth table for each step, on every data path. Run where the file is: see PATH. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hasLiveNodes } from '../../plugin/live-node.ts';
import { longOr } from '../../support/long.ts';
import { isSkipped } from '../../support/skip.ts';
import {
  DATA_PATHS,
  type DataPath,
  makePolicyNode,
  type MembersText,
  type PolicyNode,
  type PolicyTestPod,
} from './policy-node.ts';
import { type Prober, type ProbeTry, startProber } from './probes.ts';

const PATH =
  process.env['VNET_NETPOL_CASES'] ?? join(import.meta.dirname, '../../../../shared/data/netpol-cases.json');
const PORTS = [80, 81];
const PROTOCOLS = ['TCP', 'UDP', 'SCTP'] as const;

type CasePod = {
  readonly Ns: string;
  readonly Name: string;
  readonly Labels: Readonly<Record<string, string>>;
};
type CasePolicy = {
  readonly metadata: { readonly namespace: string; readonly name: string };
  readonly spec: object;
};
type Step = {
  readonly Policies: readonly CasePolicy[] | null;
  readonly Namespaces: MembersText['namespaces'];
  readonly Pods: readonly CasePod[];
  readonly Allowed: Readonly<Record<string, readonly string[]>>;
};
type Case = {
  readonly Description: string;
  readonly Tags: readonly string[];
  readonly Steps: readonly Step[];
};

const reason = !existsSync(PATH) ? `no ${PATH}` : hasLiveNodes ? undefined : 'no namespaces, or not built';
const isOff = isSkipped('cases of a public suite of network policies', reason);
const all: readonly Case[] = isOff ? [] : JSON.parse(readFileSync(PATH, 'utf8'));
/** The short form takes every tenth case; all of them take a minute on each data path. */
const EVERY = longOr(10, 1);
const cases = all.filter((_, index) => index % EVERY === 0);

const keyOf = ({ Ns, Name }: CasePod): string => `${Ns}/${Name}`;

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

  at(pod: CasePod): { readonly path: string; readonly address: string } {
    const found = this.#pods.get(keyOf(pod));
    if (found === undefined) throw new Error(`no pod ${keyOf(pod)}`);
    return { path: found.pod.netns.path, address: found.address };
  }

  move(step: Step): void {
    const wanted = new Set(step.Pods.map(keyOf));
    for (const [key, { pod }] of this.#pods) {
      if (wanted.has(key)) continue;
      this.#node.del(pod);
      this.#pods.delete(key);
    }
    for (const pod of step.Pods) {
      if (this.#pods.has(keyOf(pod))) continue;
      const address = `10.240.1.${this.#next}`;
      this.#next = (this.#next % 50) + 1;
      this.#pods.set(keyOf(pod), { pod: this.#node.add(pod.Ns, pod.Name, { ip: address }), address });
    }
    this.#node.write({
      policies: Object.fromEntries(
        (step.Policies ?? []).map(({ metadata, spec }) => [`${metadata.namespace}/${metadata.name}`, spec]),
      ),
      namespaces: step.Namespaces,
      pods: step.Pods.map((pod) => ({
        namespace: pod.Ns,
        name: pod.Name,
        labels: pod.Labels,
        addresses: [this.at(pod).address],
        ports: PORTS.flatMap((port) =>
          PROTOCOLS.map((protocol) => ({ name: `serve-${port}-${protocol.toLowerCase()}`, port, protocol })),
        ),
      })),
    });
    const done = this.#node.vnet('reconcile');
    if (done.code !== 0) throw new Error(`reconcile: ${done.stdout}${done.stderr}`);
  }
}

type Expected = ProbeTry & { readonly isOpen: boolean; readonly name: string };

/** A pod that connects to itself does not leave its namespace. */
function expectedOf(step: Step, cluster: Cluster): readonly Expected[] {
  return Object.entries(step.Allowed).flatMap(([service, table]) => {
    const [name = '', port = ''] = service.split('/');
    const protocol = PROTOCOLS.find((one) => one === name);
    if (protocol === undefined) throw new Error(service);
    return step.Pods.flatMap((from, row) =>
      step.Pods.flatMap((to, column) => {
        if (row === column) return [];
        const { path, address } = { path: cluster.at(from).path, address: cluster.at(to).address };
        const isOpen = table[row]?.[column] === '1';
        return [
          {
            from: path,
            address,
            protocol,
            port: Number(port),
            isOpen,
            name: `${keyOf(from)}>${keyOf(to)} ${service}`,
          },
        ];
      }),
    );
  });
}

async function wrongIn(
  one: Case,
  cluster: Cluster,
  prober: Prober,
): Promise<{ readonly probes: number; readonly wrong: readonly string[] }> {
  const wrong: string[] = [];
  let probes = 0;
  for (const [index, step] of one.Steps.entries()) {
    cluster.move(step);
    const expected = expectedOf(step, cluster);
    probes += expected.length;
    const names = new Map(
      expected.map((item) => [
        JSON.stringify([item.from, item.address, item.protocol, item.port]),
        item.name,
      ]),
    );
    for (const { from, address, protocol, port, isOpen } of await prober.wrong(cluster.paths, expected)) {
      const name = names.get(JSON.stringify([from, address, protocol, port]));
      wrong.push(`${one.Description} step ${index + 1}: ${name} ${isOpen ? 'is denied' : 'is allowed'}`);
    }
  }
  return { probes, wrong };
}

describe.skipIf(isOff)('a public suite of network policies', () => {
  const only = process.env['VNET_NETPOL_PATH'];
  const paths = Object.keys(DATA_PATHS).filter(
    (path): path is DataPath => only === undefined || path === only,
  );
  it.each(paths)('has the right truth tables: %s', { timeout: 900_000 }, async (path) => {
    const node = makePolicyNode(path, 'policy: { enforce: true, unknownPods: deny }\n');
    const prober = startProber(PORTS);
    try {
      const cluster = new Cluster(node);
      const count = { steps: 0, probes: 0 };
      const wrong: string[] = [];
      for (const one of cases) {
        const result = await wrongIn(one, cluster, prober);
        count.steps += one.Steps.length;
        count.probes += result.probes;
        wrong.push(...result.wrong);
        if (wrong.length > 20) break;
      }
      console.log(
        `${path}: ${cases.length} cases, ${count.steps} steps, ${count.probes} probes, ${wrong.length} wrong`,
      );
      expect(wrong).toEqual([]);
    } finally {
      prober.end();
      node.remove();
    }
  });
});
