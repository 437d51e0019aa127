/** The order of the test files: the longest first, so that none of them runs alone at the end. */
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The files that take several seconds, longest first, as `npm test` reported them. */
export const LONGEST: readonly string[] = [
  'test/lab/start.test.ts',
  'test/kernel/contract/real.test.ts',
  'test/kernel/bun.test.ts',
  'test/node/bandwidth.test.ts',
  'test/node/ipv6-modes.test.ts',
  'test/lab/transcripts.test.ts',
  'test/node/policy/cases.test.ts',
  'test/node/live-changes.test.ts',
  'test/cli/verbs/window.test.ts',
  'test/node/reboot.test.ts',
  'test/model/modes/made-up.test.ts',
  'test/node/watch.test.ts',
  'test/node/policy/enforce.test.ts',
  'test/kernel/simulated/random.test.ts',
  'test/scripts/build.test.ts',
  'test/node/same-node-fabric.test.ts',
  'test/kernel/kinds/made-up.test.ts',
  'test/document/store/faults.test.ts',
  'test/node/foreign-rules.test.ts',
  'test/plugin/crash.test.ts',
  'test/node/interruptions.test.ts',
  'test/plugin/serve.test.ts',
  'test/node/policy/flood.test.ts',
  'test/node/watch-process.test.ts',
  'test/node/transparent.test.ts',
  'test/node/dual-stack.test.ts',
  'test/cluster/agent/local-node.test.ts',
  'test/plugin/shim/client.test.ts',
  'test/node/networkd.test.ts',
  'test/upgrade/documents.test.ts',
  'test/node/soak.test.ts',
  'test/node/routed.test.ts',
  'test/plugin/serve/temporary.test.ts',
  'test/fuzz/dispatch.test.ts',
  'test/node/takeover.test.ts',
  'test/node/import.test.ts',
  'test/upgrade/history.test.ts',
  'test/node/uplink-changes.test.ts',
  'test/lab/fabric.test.ts',
  'test/node/uplink-identity.test.ts',
  'test/document/store/processes.test.ts',
  'test/node/watch-storm.test.ts',
  'test/clients/chaining.test.ts',
  'test/node/reconcile-resident.test.ts',
  'test/cluster/bun.test.ts',
  'test/cli/exit-codes.test.ts',
  'test/node/watch-limits.test.ts',
  'test/cli/completion/shells.test.ts',
  'test/upgrade/changes.test.ts',
  'test/loop/takeover/lossless.test.ts',
  'test/cli/verbs/apply.test.ts',
  'test/loop/report/status-law.test.ts',
  'test/node/spoofing.test.ts',
  'test/document/store/cache.test.ts',
  'test/upgrade/records.test.ts',
  'test/node/odd-nodes.test.ts',
  'test/clients/changed-mac.test.ts',
  'test/docs/commands.test.ts',
  'test/cluster/agent/agent.test.ts',
  'test/node/route-via-host.test.ts',
  'test/plugin/budget.test.ts',
  'test/fuzz/executable.test.ts',
  'test/clients/containerd.test.ts',
  'test/node/look.test.ts',
  'test/node/metrics.test.ts',
  'test/document/laws.test.ts',
  'test/daemon/metrics/offer.test.ts',
  'test/node/mode-change.test.ts',
  'test/node/raw-frames.test.ts',
  'test/cluster/contract/fake.test.ts',
  'test/clients/delegates.test.ts',
];

/** Files with a process of their own first; those that share processes fill the rest of the time. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return files.toSorted((left, right) => this.#rankOf(left) - this.#rankOf(right));
  }

  #rankOf({ moduleId, project }: TestSpecification): number {
    const path = moduleId.slice(this.ctx.config.root.length + 1);
    const place = LONGEST.indexOf(path);
    const later = place < 0 ? LONGEST.length : place;
    return project.config.isolate ? later : later + LONGEST.length + 1;
  }
}
