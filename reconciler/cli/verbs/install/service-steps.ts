/** The steps on the services of an installation. */
import type { RunTool } from '../../../os/run-tool.ts';
import { type ServiceChoice, startedUnits } from './install-items.ts';
import type { InstallStep } from './install-plan.ts';

/**
 * Returns the steps before and after those of the files: a changed program or unit restarts what runs, and on the way
 * back once more.
 */
export function serviceSteps(
  files: readonly InstallStep[],
  service: ServiceChoice,
  run: RunTool,
): { readonly before: readonly InstallStep[]; readonly after: readonly InstallStep[] } {
  const isChanged = files.some((step) => step.kind === 'put');
  const isActive = (unit: string): boolean =>
    run('systemctl', ['is-active', '--quiet', unit]).kind === 'done';
  const reload = systemctl('daemon-reload');
  const running = startedUnits(service).filter(isActive);
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
