/** Observes a node, and plans the installation of a build. */
import { existsSync, readFileSync } from 'node:fs';
import { rootOf } from '../../../app/paths.ts';
import type { Problem } from '../../../document/store/store.ts';
import { err, fail, ok, type Result } from '../../../model/result.ts';
import type { RunTool } from '../../../os/run-tool.ts';
import type { VerbContext } from '../../verb.ts';
import { textAt } from '../doctor/files.ts';
import { readCniFiles } from '../doctor/observe-files.ts';
import { findPrograms, versionOf, whyRefused } from './build-source.ts';
import { AZURE_CONFLIST, UNIT_FILES } from './generated/carried-files.ts';
import {
  CNI_CONF,
  conflistItem,
  type ConflistChoice,
  type InstallItem,
  installItems,
  PACKAGED_UNITS,
  type ServiceChoice,
  startedUnits,
} from './install-items.ts';
import {
  blockedPaths,
  digestsOf,
  type InstallRecord,
  type InstallStep,
  planItems,
  recordAfter,
} from './install-plan.ts';
import { digestOf, inspectFile, inspectSystemd, missingFolders, runningUnits } from './inspect.ts';
import type { InstallOptions } from './install-options.ts';
import { readInstallRecord } from './record-file.ts';
import { CHECKS } from '../doctor/run-doctor.ts';
import { observeNode } from '../doctor/observe.ts';

/** A plan, the record before and after it, and the remarks about it. */
export type PlannedInstall = {
  readonly steps: readonly InstallStep[];
  readonly before: InstallRecord | undefined;
  readonly record: InstallRecord;
  readonly remarks: readonly string[];
};

/**
 * Resolves to the plan from the files found to those of the build.
 * Errors: `refused` if a path is taken by something that is no file, or the build does not accept the document.
 */
export async function planInstallation(
  context: VerbContext,
  options: InstallOptions,
  run: RunTool,
): Promise<Result<PlannedInstall, Problem>> {
  const { sys, paths } = context;
  const root = rootOf(paths);
  const record = readInstallRecord(sys, paths.stateDirectory);
  if (!record.ok) return record;
  const programs = findPrograms(context, options);
  if (!programs.ok) return programs;
  const refused = whyRefused(context, options, programs.value, run);
  if (refused !== undefined) return err(refused);
  const chosen = chooseConflist(root, options);
  if (!chosen.ok) return chosen;
  const node = { root, run, record: record.value };
  const service = options.service ?? record.value?.service ?? enabledService(root);
  const facts = {
    programs: programs.value,
    service,
    units: UNIT_FILES,
    packaged: packagedUnits(root),
    hasSystemd: inspectSystemd(root).isThere,
    ipForward: options.verb === 'install' ? textAt(`${root}${IP_FORWARD}`)?.trim() : undefined,
    fixes: options.fix ? await safeFixes(context, run) : [],
  };
  const last = chosen.value?.kind === 'item' ? [chosen.value.item] : [];
  const plan = planSteps(node, installItems(facts), last, { service, state: paths.stateDirectory });
  if (plan.blocked.length > 0) {
    const hint = 'Move it elsewhere, then install again.';
    return fail('refused', options.verb, plan.blocked.join('; '), { hint });
  }
  const noUnits = facts.hasSystemd ? [] : ['no systemd here: no unit is installed'];
  const now = { version: versionOf(programs.value.vnet, run), time: new Date().toISOString(), service };
  return ok({
    steps: plan.steps,
    before: record.value,
    remarks: [...remarksOn(chosen.value, record.value), ...noUnits],
    record: recordAfter(plan.steps, record.value, {
      ...now,
      digests: plan.digests,
      folders: missingFolders(root, [...plan.digests.keys()]),
      sysctls: facts.ipForward === '0' ? { [IP_FORWARD]: '0' } : {},
    }),
  });
}

const IP_FORWARD = '/proc/sys/net/ipv4/ip_forward';

type PlannedNode = {
  readonly root: string;
  readonly run: RunTool;
  readonly record: InstallRecord | undefined;
};

function planSteps(
  { root, run, record }: PlannedNode,
  items: readonly InstallItem[],
  last: readonly InstallItem[],
  { service, state }: { readonly service: ServiceChoice; readonly state: string },
): {
  readonly steps: readonly InstallStep[];
  readonly digests: ReadonlyMap<string, string>;
  readonly blocked: readonly string[];
} {
  const all = [...items, ...last];
  const found = new Map(all.map(({ path }) => [path, inspectFile(root, path, run)]));
  const digests = digestsOf(all, digestOf);
  const backupFolder = `${state.slice(root.length)}/install`;
  const plan = (some: readonly InstallItem[]): readonly InstallStep[] =>
    planItems({ items: some, found, record, digests, backupFolder });
  const files = plan(items);
  const services = inspectSystemd(root).runs ? serviceSteps(files, service, run) : { before: [], after: [] };
  return {
    steps: [...services.before, ...files, ...services.after, ...plan(last)],
    digests,
    blocked: blockedPaths(found),
  };
}

function remarksOn(chosen: ConflistChoice | undefined, record: InstallRecord | undefined): readonly string[] {
  if (chosen?.kind === 'kept' && record?.files[chosen.path] === undefined)
    return [`${CNI_CONF}/${chosen.path.replace(/^.*\//, '')} already uses azure-vnet: kept`];
  if (chosen?.kind !== 'item' || chosen.precedes.length === 0) return [];
  return [`${chosen.item.path} comes before ${chosen.precedes.join(', ')}: the runtime uses the first`];
}

function chooseConflist(
  root: string,
  { hasConflist, conflist, verb }: InstallOptions,
): Result<ConflistChoice | undefined> {
  if (!hasConflist) return ok(undefined);
  if (conflist !== undefined && !existsSync(conflist)) {
    return fail('not-found', verb, `no file ${conflist}`, { hint: 'Name an existing one.' });
  }
  const text = conflist === undefined ? AZURE_CONFLIST : readFileSync(conflist, 'utf8');
  const choice = conflistItem(text, readCniFiles(`${root}${CNI_CONF}`));
  if (choice.kind !== 'blocked') return ok(choice);
  const hint = `Rename it, or use --no-conflist and name the configuration yourself.`;
  const message = `no name of a CNI configuration sorts before ${choice.path}`;
  return fail('refused', verb, message, { hint });
}

function packagedUnits(root: string): ReadonlySet<string> {
  return new Set(
    [...UNIT_FILES].flatMap(([name, text]) => {
      return textAt(`${root}${PACKAGED_UNITS}/${name}`) === text ? [name] : [];
    }),
  );
}

/** For an installation without a record. */
function enabledService(root: string): ServiceChoice {
  const has = (link: string): boolean => existsSync(`${root}/etc/systemd/system/${link}`);
  if (has('multi-user.target.wants/vnet-watch.service')) return 'watch';
  return has('timers.target.wants/vnet-reconcile.timer') ? 'timer' : 'none';
}

/** Resolves to the files, by their paths on the node; none if the node cannot be read. */
async function safeFixes(
  { sys, paths, withPast }: VerbContext,
  run: RunTool,
): Promise<readonly { readonly path: string; readonly text: string }[]> {
  const root = rootOf(paths);
  const found = await withPast((node) => {
    const facts = observeNode({ sys, paths, root, now: node.now(), run }, node.store.read(), node.kernel);
    return ok(CHECKS.flatMap(({ judge }) => judge(facts).fixes ?? []));
  });
  if (!found.ok) return [];
  return found.value.flatMap((fix) =>
    fix.kind === 'write' ? [{ path: fix.path.slice(root.length), text: fix.text }] : [],
  );
}

/**
 * Returns the steps before and after those of the files: a changed program or unit restarts running services, and again
 * on rollback.
 */
function serviceSteps(
  files: readonly InstallStep[],
  service: ServiceChoice,
  run: RunTool,
): { readonly before: readonly InstallStep[]; readonly after: readonly InstallStep[] } {
  const isChanged = files.some((step) => step.kind === 'put');
  const reload = systemctl('daemon-reload');
  const running = runningUnits(startedUnits(service), run);
  const restarted = isChanged ? running.filter((unit) => unit.endsWith('.service')) : [];
  return {
    before: [
      ...restarted.map(
        (unit): InstallStep => ({ kind: 'tool', undo: systemctl('restart', unit), label: '' }),
      ),
      ...(files.some(isUnit) ? [{ kind: 'tool', undo: reload, label: '' } as const] : []),
    ],
    after: [
      ...(files.some(isUnit) ? [{ kind: 'tool', argv: reload, label: 'units' } as const] : []),
      ...restarted.map(
        (unit): InstallStep => ({
          kind: 'tool',
          argv: systemctl('restart', unit),
          label: 'the new build; CNI calls wait at the socket',
        }),
      ),
      ...startedUnits(service)
        .filter((unit) => !running.includes(unit))
        .map(
          (unit): InstallStep => ({
            kind: 'tool',
            argv: systemctl('start', unit),
            undo: systemctl('stop', unit),
            label: 'service',
          }),
        ),
    ],
  };
}

function isUnit(step: InstallStep): boolean {
  return step.kind === 'put' && step.item.path.includes('/systemd/');
}

function systemctl(...args: readonly string[]): readonly string[] {
  return ['systemctl', ...args];
}
