/** The resident loop as a service: when it is ready, how it is, that it still turns, that it ends. */
import { count } from '../plan/text.ts';
import { conditionOf } from '../loop/files/status-file.ts';
import type { RoundReport } from '../loop/watch/watch-ports.ts';
import type { Companion } from './companion.ts';
import type { Notify } from './notify.ts';

/** The loop is asked to turn, and looked at whether it did, so many times in the period of the watchdog. */
const LOOKS = 4;

/** What a service needs. Units: `watchdogMs` milliseconds; absent when nobody watches. */
export type Manager = { readonly notify: Notify; readonly watchdogMs: number | undefined };

/**
 * Returns what tells the manager. Ready is said after the first round, whatever came of it: only then has the loop
 * looked at the node. The watchdog hears nothing from a timer alone: only after a round that has really ended.
 */
export function tellManager({ notify, watchdogMs }: Manager): Companion {
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
      const status = renderState(report);
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

/** Returns how the loop is, in one line. Pure. */
export function renderState({ round, problem, status }: RoundReport): string {
  const ready = conditionOf(status, 'Ready');
  if (ready === undefined && problem === undefined) return 'no document yet: the first ADD writes it';
  const what = (ready?.message ?? 'no successful round yet').replaceAll(/\s*\n\s*/g, ' ');
  if (round === undefined) return what;
  return `${what}; ${count(Object.keys(round.document.endpoints ?? {}).length, 'endpoint')}`;
}
