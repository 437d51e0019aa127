/** The bars of network policies. Pure. */
import { asRatio, asTime, type Bar } from './bar.ts';
import { CLUSTER_PODS, LOCAL_PODS } from './policy-cluster.ts';
import { findSeries, type Series } from './series.ts';
import { compare, median } from './statistics.ts';
import { COMPILE_TASKS, FOLLOW_TASKS, JUDGED_TASK, POLICY_TASKS } from './tasks.ts';

/** ADD and DEL by CPU time of the call and its server, packets by that of the sender: other load of the machine does not count. */
export const POLICY_BARS: readonly Bar[] = [
  ...[POLICY_TASKS.few, POLICY_TASKS.some, POLICY_TASKS.many].flatMap((contestant) => [
    againstNone(POLICY_TASKS['ADD usual'], contestant, 1.1),
    againstNone(POLICY_TASKS['DEL usual'], contestant, 1.1),
  ]),
  judged('1000 policies', 'conntrack alone', 1.4),
  judged('1000 policies', '100 policies', 1.05),
  within('one pod among 1000 policies, in the kernel', FOLLOW_TASKS.kernel, 1),
  within('one pod among 1000 policies, from event to rule', FOLLOW_TASKS.event, 10),
  within('1000 policies with 10 000 pods from nothing, CPU', COMPILE_TASKS.nothing, 1000),
  within('an update by a peer, CPU', COMPILE_TASKS.peer, 5),
  within('an update by a pod of this node, CPU', COMPILE_TASKS.local, 5),
  within('an update by a policy, CPU', COMPILE_TASKS.policy, 5),
];

function againstNone(task: string, contestant: string, limit: number): Bar {
  return {
    what: `${task}, ${contestant}, CPU`,
    limit: `≤ ${limit} × ${POLICY_TASKS.none}`,
    measure: (all) => cpuRatio(all, { task, contestant }, POLICY_TASKS.none, limit),
  };
}

function judged(contestant: string, other: string, limit: number): Bar {
  return {
    what: `CPU of a judged packet, ${contestant}`,
    limit: `≤ ${limit} × ${other}`,
    measure: (all) => cpuRatio(all, { task: JUDGED_TASK, contestant }, other, limit),
  };
}

function cpuRatio(
  all: readonly Series[],
  key: Pick<Series, 'task' | 'contestant'>,
  other: string,
  limit: number,
): ReturnType<Bar['measure']> {
  const own = findSeries(all, { ...key, endpoints: LOCAL_PODS });
  const theirs = findSeries(all, { ...key, endpoints: LOCAL_PODS, contestant: other });
  return own && theirs && asRatio(compare(own.cpu, theirs.cpu).paired, limit);
}

/** Shape: by CPU time, where it was measured. */
function within(what: string, task: string, limitMs: number): Bar {
  return {
    what,
    limit: `≤ ${limitMs} ms`,
    measure: (all) => {
      const series = findSeries(all, { task, endpoints: CLUSTER_PODS, contestant: POLICY_TASKS.many });
      return series && asTime(median(series.cpu.length > 0 ? series.cpu : series.values), limitMs);
    },
  };
}
