/** Compiling a thousand network policies with ten thousand pods: from nothing, then the differences of one change each, as a resident process finds them. */
import { PolicyCompiler, type PolicyFacts } from '../reconciler/model/policy/compiler/compile.ts';
import { nameOfPod, type PolicyPod } from '../reconciler/model/policy/members.ts';
import { changePods } from '../reconciler/model/policy/pod-lists.ts';
import {
  CLUSTER_PODS,
  clusterPod,
  clusterPolicy,
  clusterPolicyName,
  inputOf,
  LOCAL_PODS,
  makeCluster,
  MANY_POLICIES,
} from './policy-cluster.ts';
import type { Recorder } from './series.ts';
import { COMPILE_TASKS, POLICY_TASKS } from './tasks.ts';

/** Addresses that no pod of the cluster has. */
const FIRST_FREE = 70_000;

/** Rounds that are not recorded. */
const WARM_ROUNDS = 2;

/** Measures the compiler in this process; CPU is its own. */
export function measureCompile(runs: number, recorder: Recorder): void {
  const cluster = makeCluster(MANY_POLICIES);
  const input = inputOf(cluster);
  const record = (task: string, round: number, work: () => void): void => {
    const [startMs, start] = [performance.now(), process.cpuUsage()];
    work();
    const { user, system } = process.cpuUsage(start);
    const key = { task, endpoints: CLUSTER_PODS, contestant: POLICY_TASKS.many };
    // The engine has compiled our code by then.
    if (round >= 0) recorder.add(key, { value: performance.now() - startMs, cpu: (user + system) / 1000 });
  };
  const local = input.pods.filter(({ isLocal }) => isLocal === true);
  const others = input.pods.filter(({ isLocal }) => isLocal !== true);
  let facts: PolicyFacts = { ...input, local, others };
  const warm = new PolicyCompiler();
  warm.compileFacts(facts, []);
  const update = (task: string, round: number, to: PolicyFacts): void => {
    const before = facts;
    facts = to;
    record(task, round, () => {
      if (warm.change(before, to) === undefined) throw new Error('compiled as a whole');
    });
  };
  for (let round = -WARM_ROUNDS; round < runs; round += 1) {
    const more = round + WARM_ROUNDS;
    record(COMPILE_TASKS.nothing, round, () => new PolicyCompiler().compile(input));
    const peer = clusterPod(500 + more, FIRST_FREE + more);
    update(COMPILE_TASKS.peer, round, {
      ...facts,
      others: changePods(facts.others, new Map([[nameOfPod(peer), peer]])),
    });
    const at = more % LOCAL_PODS;
    const own: PolicyPod = { ...clusterPod(at, FIRST_FREE + 10_000 + more), isLocal: true };
    update(COMPILE_TASKS.local, round, { ...facts, local: facts.local.with(at, own) });
    const changed = clusterPolicy(3, 60_000 + (more % 5000));
    update(COMPILE_TASKS.policy, round, {
      ...facts,
      policies: { ...facts.policies, [clusterPolicyName(3)]: changed },
    });
  }
}
