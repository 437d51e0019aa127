/** Compiling a thousand network policies with ten thousand pods: from nothing, then with one change each. */
import { PolicyCompiler } from '../reconciler/model/policy/compiler/compile.ts';
import type { PolicyPod } from '../reconciler/model/policy/members.ts';
import {
  CLUSTER_PODS,
  clusterPod,
  clusterPolicy,
  inputOf,
  LOCAL_PODS,
  makeCluster,
  MANY_POLICIES,
} from './policy-cluster.ts';
import type { Recorder } from './series.ts';
import { COMPILE_TASKS, POLICY_TASKS } from './tasks.ts';

/** Addresses that no pod of the cluster has. */
const FIRST_FREE = 70_000;

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
  const moved = (at: number, round: number): readonly PolicyPod[] =>
    input.pods.with(at, {
      ...clusterPod(at, FIRST_FREE + round),
      ...(at < LOCAL_PODS ? { isLocal: true as const } : {}),
    });
  const changed = (port: number) => ({ ...input.policies, 'ns3/p3': clusterPolicy(3, port) });
  const warm = new PolicyCompiler();
  warm.compile(input);
  for (let round = -2; round < runs; round += 1) {
    const more = round + 2;
    record(COMPILE_TASKS.nothing, round, () => new PolicyCompiler().compile(input));
    record(COMPILE_TASKS.peer, round, () => warm.compile({ ...input, pods: moved(500 + more, more) }));
    record(COMPILE_TASKS.local, round, () =>
      warm.compile({ ...input, pods: moved(more % LOCAL_PODS, more) }),
    );
    record(COMPILE_TASKS.policy, round, () => warm.compile({ ...input, policies: changed(60_000 + more) }));
  }
}
