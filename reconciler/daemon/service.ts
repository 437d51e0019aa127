/** The resident loop as a systemd service: readiness, status, watchdog, end. */
import { count } from '../model/words.ts';
import { conditionOf } from '../loop/files/status-file.ts';
import type { RoundReport } from '../loop/watch/watch-ports.ts';
import type { WatchHooks } from './watch-hooks.ts';
import type { Notify } from './notify.ts';

/** Checks of the loop per watchdog period. */
const LOOKS = 4;

/** The service manager. Units: `watchdogMs` milliseconds; absent without a watchdog. */
export type Manager = { readonly notify: Notify; readonly watchdogMs: number | undefined };

/**
 * Returns the hooks that notify the manager. READY follows the first round, successful or not: before
 * it, the node has not been scanned. WATCHDOG follows only rounds that really ended, never a timer alone.
 */
export function notifyManager({ notify, watchdogMs }: Manager): WatchHooks {
  let [said, hasTurned] = ['', false];
  let timer: NodeJS.Timeout | undefined;
  return {
    started: ({ scan }) => {
      notify('STATUS=first full scan');
      if (watchdogMs === undefined) return;
      timer = setInterval(() => {
        const isWell = hasTurned;
        hasTurned = false;
        if (isWell) notify('WATCHDOG=1');
        else scan();
      }, watchdogMs / LOOKS);
      timer.unref();
    },
    onRound: (report) => {
      hasTurned = true;
      const status = renderServiceState(report);
      const isFirst = said === '';
      if (said === status) return;
      said = status;
      notify(`${isFirst ? 'READY=1\n' : ''}STATUS=${status}`);
    },
    stopping: () => {
      clearInterval(timer);
      notify('STOPPING=1\nSTATUS=ending');
    },
  };
}

/** Returns the state of the loop on one line. Pure. */
export function renderServiceState({ round, problem, status }: RoundReport): string {
  const ready = conditionOf(status, 'Ready');
  if (ready === undefined && problem === undefined) return 'no document yet: the first ADD writes it';
  const what = (ready?.message ?? 'no successful round yet').replaceAll(/\s*\n\s*/g, ' ');
  if (round === undefined) return what;
  return `${what}; ${count(Object.keys(round.document.endpoints ?? {}).length, 'endpoint')}`;
}
