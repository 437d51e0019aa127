/** `vnet uninstall`: undoes the installation by its record. */
import { toolRunner } from '#run-tool';
import { EXIT, type ExitCode } from '../../../app/exit-codes.ts';
import { rootOf } from '../../../app/paths.ts';
import { type Format, printValue } from '../../../app/print.ts';
import type { Problem } from '../../../document/store/store.ts';
import { runRound } from '../../../loop/round/round.ts';
import type { Session } from '../../../loop/node/session.ts';
import { releasedNetwork, networksWith } from '../../../model/capabilities.ts';
import { podNameOf } from '../../../model/names.ts';
import { err, fail, failure, type Failure, ok, renderFailure, type Result } from '../../../model/result.ts';
import { takeLock } from '../../../os/lock.ts';
import { count } from '../../../model/words.ts';
import type { VnetDocument } from '../../../../schemas/generated/vnet.ts';
import type { VerbContext } from '../../verb.ts';
import { startedUnits } from './install-items.ts';
import { type InstallRecord, type InstallStep, planRemoval } from './install-plan.ts';
import { renderSteps, shownSteps, stepValues } from './install-text.ts';
import { inspectFile, inspectSystemd, runningUnits } from './inspect.ts';
import { performSteps } from './perform.ts';
import { readInstallRecord, installRecordPath } from './record-file.ts';

/** The choices for a removal. */
export type UninstallOptions = {
  readonly dryRun: boolean;
  readonly drain: boolean;
  readonly purge: boolean;
  readonly format: Format;
};

/**
 * Ensures that nothing of vnet is left on the node, apart from document and history without `purge`.
 * Errors: `not-found` without a record; `refused` while pods are attached; those of the steps, undone.
 */
export async function uninstall(
  context: VerbContext,
  options: UninstallOptions,
): Promise<Result<ExitCode, Problem>> {
  const { sys, paths, output, withNode } = context;
  const record = readInstallRecord(sys, paths.stateDirectory);
  if (!record.ok) return record;
  if (record.value === undefined) {
    const message = `no record ${installRecordPath(paths.stateDirectory)}`;
    const hint = 'vnet install writes one, also for files installed by hand.';
    return fail('not-found', 'uninstall', message, { hint });
  }
  const pods = await withNode((node) => {
    const read = node.store.read();
    return read.ok ? ok(podsOf(read.value?.document)) : read;
  });
  if (!pods.ok) return pods;
  if (options.drain) return explainDrain(pods.value, context);
  const steps = planFor(context, options, record.value);
  if (options.format === 'text') output.print(renderSteps(shownSteps(steps), output.paint));
  else printValue({ version: record.value.version, steps: stepValues(steps) }, options.format, output);
  if (pods.value.length > 0) return err(attached(pods.value));
  if (options.dryRun) return ok(EXIT.differences);
  return perform(context, options, steps);
}

async function perform(
  context: VerbContext,
  { purge }: UninstallOptions,
  steps: readonly InstallStep[],
): Promise<Result<ExitCode, Problem>> {
  const { sys, paths, output, withSession } = context;
  const root = rootOf(paths);
  if (root === '' && process.getuid?.() !== 0) {
    return fail('permission', 'uninstall', 'only root may change the node', { hint: 'Run as root.' });
  }
  const path = `${paths.runDirectory}/install.lock`;
  const lock = takeLock(sys, { path, mode: 'exclusive', who: 'vnet uninstall' });
  if (!lock.ok) return lock;
  try {
    const done = await performSteps(steps, {
      root,
      note: output.warn,
      clear: () => withSession(removeAllNetworks),
    });
    if (!done.ok) {
      if (done.error.kind !== 'failure' || done.error.code === 'refused') return done;
      output.warn(`vnet: ${renderFailure(done.error)}`);
      return ok(EXIT.rolledBack);
    }
  } finally {
    lock.value();
  }
  output.print(
    purge ? 'Removed vnet, its document and its history.' : `Removed vnet. Kept: ${paths.stateDirectory}.`,
  );
  return ok(EXIT.done);
}

function planFor(
  { paths, environment }: VerbContext,
  { purge }: UninstallOptions,
  record: InstallRecord,
): readonly InstallStep[] {
  const root = rootOf(paths);
  const run = toolRunner(environment);
  const { runs } = inspectSystemd(root);
  const own = (path: string): string => path.slice(root.length);
  const recordPath = own(installRecordPath(paths.stateDirectory));
  const recordRemoval: InstallStep = { kind: 'remove', path: recordPath, label: 'the record' };
  return [
    ...planRemoval({
      record,
      found: new Map(Object.keys(record.files).map((file) => [file, inspectFile(root, file, run)])),
      runs: runs ? runningUnits(startedUnits(record.service), run) : [],
      hasRunningSystemd: runs,
      stateDirectory: own(paths.stateDirectory),
      runDirectory: own(paths.runDirectory),
      purge,
    }),
    ...(purge ? [] : [recordRemoval]),
  ];
}

/**
 * Ensures that uplinks are as before their takeover and no object of ours is left: networks with an uplink stay
 * in the document as released, the others leave it.
 * Errors: `refused` while pods are attached; the first failure of the round.
 */
function removeAllNetworks(session: Session): Result<void, Problem> {
  const read = session.store.read();
  if (!read.ok || read.value === undefined) return read.ok ? ok(undefined) : read;
  const before = read.value.document;
  const written = session.store.transact({ who: 'vnet uninstall', why: 'vnet is removed' }, (snapshot) => {
    const document = snapshot?.document ?? before;
    const pods = podsOf(document);
    if (pods.length > 0) return err(attached(pods));
    const released = networksWith(document, 'takeover').map(
      (one) => [one.name, releasedNetwork(one)] as const,
    );
    const names = new Set(released.map(([name]) => name));
    const others = Object.keys(document.networks).filter((name) => !names.has(name));
    const networks = new Map([...others.map((name) => [name, undefined] as const), ...released]);
    return ok({ edit: { networks }, value: undefined });
  });
  if (!written.ok) return written;
  const round = runRound(session, { limit: 'node-outage', before });
  if (!round.ok) return round;
  const [problem] = round.value?.failures ?? [];
  if (problem !== undefined) return err(problem);
  const left = round.value?.remaining.length ?? 0;
  if (left === 0) return ok(undefined);
  const hint = 'vnet reconcile --dry-run --max-disruption node-outage lists them.';
  return fail('io', 'uninstall', `${count(left, 'object')} could not be removed`, { hint });
}

function podsOf(document: VnetDocument | undefined): readonly string[] {
  return Object.entries(document?.endpoints ?? {}).map(([id, endpoint]) => podNameOf(id, endpoint));
}

function attached(pods: readonly string[]): Failure {
  const message = `${count(pods.length, 'attached pod')}: ${pods.slice(0, 5).join(', ')}`;
  const hint = 'Move them away first: vnet uninstall --drain prints how.';
  return failure('refused', 'uninstall', message, { hint });
}

function explainDrain(pods: readonly string[], { output }: VerbContext): Result<ExitCode, Problem> {
  if (pods.length === 0) {
    output.print('No pod is attached: vnet uninstall can run.');
    return ok(EXIT.done);
  }
  output.print(
    [
      `${count(pods.length, 'attached pod')}: ${pods.join(', ')}`,
      '',
      '1. Keep new pods away, and move the others to other nodes:',
      '     kubectl cordon NODE',
      '     kubectl drain NODE --ignore-daemonsets --delete-emptydir-data',
      '   Pods of DaemonSets with a pod address stay: delete or exclude them (a node selector, a taint).',
      '   Without Kubernetes, stop the containers: crictl stopp $(crictl pods -q), or podman pod stop --all.',
      '2. Wait until no endpoint is left: vnet get endpoints',
      '   A runtime calls DEL for each. After a lost DEL, vnet reconcile releases an endpoint whose namespace is gone.',
      '3. vnet uninstall',
    ].join('\n'),
  );
  return ok(EXIT.refused);
}
