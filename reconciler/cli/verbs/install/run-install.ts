/** `vnet install` and `vnet upgrade`: one plan from the files found to those of a build. */
import { rmSync } from 'node:fs';
import { toolRunner } from '#run-tool';
import { EXIT, type ExitCode } from '../../../app/exit-codes.ts';
import { rootOf } from '../../../app/paths.ts';
import { printValue } from '../../../app/print.ts';
import type { Problem } from '../../../document/store/store.ts';
import { err, fail, ok, renderFailure, type Result } from '../../../model/result.ts';
import { takeLock } from '../../../os/lock.ts';
import type { VerbContext } from '../../verb.ts';
import type { InstallOptions } from './install-options.ts';
import type { InstallRecord } from './install-plan.ts';
import { renderSteps, shownSteps, stepValues } from './install-text.ts';
import { performSteps } from './perform.ts';
import { planInstallation, type PlannedInstall } from './plan-installation.ts';
import { installRecordPath, writeInstallRecord } from './record-file.ts';

/**
 * Ensures that the node has the files of the build and runs its services, or that it is as before.
 * Errors: `refused`: the node cannot take the build; `permission`; those of the steps, all undone.
 */
export async function install(
  context: VerbContext,
  options: InstallOptions,
): Promise<Result<ExitCode, Problem>> {
  const { paths, output } = context;
  const planned = await planInstallation(context, options, toolRunner(context.environment));
  if (!planned.ok) return planned;
  const { steps, record, remarks } = planned.value;
  if (options.format === 'text') output.print(renderSteps(shownSteps(steps), output.paint));
  else printValue({ version: record.version, steps: stepValues(steps), remarks }, options.format, output);
  for (const remark of remarks) output.warn(`vnet: ${remark}`);
  const isChanging = steps.some(({ kind }) => kind !== 'keep');
  if (options.dryRun) return ok(isChanging ? EXIT.differences : EXIT.done);
  if (rootOf(paths) === '' && process.getuid?.() !== 0) {
    return fail('permission', options.verb, 'only root may change the node', { hint: 'Run as root.' });
  }
  const done = await carryOut(context, options, planned.value);
  if (!done.ok || done.value !== EXIT.done) return done;
  output.print(isChanging ? closing(record, options) : 'Nothing to do.');
  return done;
}

/** The record is on disk before the first change: after a kill, the next run knows which files it wrote. */
async function carryOut(
  { sys, paths, output }: VerbContext,
  { verb }: InstallOptions,
  { steps, record, before }: PlannedInstall,
): Promise<Result<ExitCode, Problem>> {
  const { stateDirectory, runDirectory } = paths;
  const path = `${runDirectory}/install.lock`;
  const lock = takeLock(sys, { path, mode: 'exclusive', who: `vnet ${verb}` });
  if (!lock.ok) return lock;
  try {
    const written = writeInstallRecord(sys, stateDirectory, record);
    if (!written.ok) return written;
    const done = await performSteps(steps, { root: rootOf(paths), note: output.warn });
    if (done.ok) return ok(EXIT.done);
    if (before === undefined) rmSync(installRecordPath(stateDirectory), { force: true });
    else writeInstallRecord(sys, stateDirectory, before);
    return rolledBack(done.error, output.warn);
  } finally {
    lock.value();
  }
}

function closing({ version, service }: InstallRecord, { verb, hasConflist }: InstallOptions): string {
  const next = hasConflist ? 'The next pod gets its network from vnet.' : '';
  const how = service === 'watch' ? 'vnet watch repairs drift and serves CNI calls.' : '';
  const done = `${verb === 'install' ? 'Installed' : 'Upgraded to'} ${version}.`;
  return [done, how, next, 'Check the node: vnet doctor.'].filter((text) => text !== '').join(' ');
}

/** Exit code 6 is for a change that failed and was undone. */
function rolledBack(problem: Problem, warn: (line: string) => void): Result<ExitCode, Problem> {
  if (problem.kind !== 'failure') return err(problem);
  warn(`vnet: ${renderFailure(problem)}`);
  return ok(problem.hint?.includes('Not undone') === true ? EXIT.rollBackIncomplete : EXIT.rolledBack);
}
