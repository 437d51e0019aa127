/** `vnet pause` and `vnet resume`: suspend repairs for a time. */
import type { VnetDocument } from '../../../../schemas/generated/vnet.ts';
import { appendEvents } from '../../../loop/files/event-log.ts';
import { addPause, endPauses, validPauses } from '../../../plan/pause.ts';
import { changePauses, readPauses } from '../../../loop/files/pause-file.ts';
import { podNameOf } from '../../../model/names.ts';
import { fail, ok, type Result } from '../../../model/result.ts';
import type { Sys } from '../../../model/ports/sys.ts';
import { EXIT, type ExitCode } from '../../../app/exit-codes.ts';
import type { Output } from '../../../app/output.ts';
import type { VerbContext } from '../../verb.ts';
import { authorText } from '../explain/timeline.ts';
import { requestScan } from '../../../daemon/watch-lock.ts';
import { omitUndefined } from '../../../model/objects.ts';

/** Options. Shape: without an object, everything. Units: milliseconds. */
export type PauseChoice = {
  readonly object: string | undefined;
  readonly forMs: number;
  readonly why: string | undefined;
};

/**
 * Context of a pause: where it is stored and who sets it.
 * Shape: `document` is undefined if absent or unreadable.
 */
type Pausing = {
  readonly sys: Sys;
  readonly runDirectory: string;
  readonly who: string;
  readonly now: () => Date;
  readonly document?: VnetDocument | undefined;
};

/** Returns the context for the verb of this session. */
export function openPausing({ sys, paths, who, authorOf }: VerbContext): Pausing {
  return {
    sys,
    runDirectory: paths.runDirectory,
    who: authorText(authorOf(who)),
    now: () => new Date(),
  };
}

/**
 * Ensures that rounds do not change the object, or anything, until the time is over.
 * Errors: `not-found` if no object has that name.
 */
export function pause(choice: PauseChoice, pausing: Pausing, output: Output): Result<ExitCode> {
  const { sys, runDirectory, who, now, document } = pausing;
  const { object, forMs, why } = choice;
  if (object !== undefined && document !== undefined && !canBePaused(object, document))
    return nothingOf(object);
  const time = now();
  const until = new Date(time.getTime() + forMs).toISOString();
  const wanted = {
    ...omitUndefined({ object }),
    until,
    ...omitUndefined({ reason: why }),
    who,
    time: time.toISOString(),
  };
  const changed = changePauses(sys, runDirectory, (pauses) => addPause(pauses, wanted, time));
  if (!changed.ok) return changed;
  const what = object ?? 'everything';
  const message = `${what} until ${until}, by ${who}${why === undefined ? '' : `: ${why}`}`;
  appendEvents(sys, runDirectory, [{ time: time.toISOString(), type: 'Paused', message }]);
  requestScan(sys, runDirectory);
  output.print(`Paused: ${what} is not repaired until ${until}. ADD and DEL continue.`);
  output.print(`End earlier with: vnet resume${object === undefined ? '' : ` '${object}'`}`);
  return ok(EXIT.done);
}

/** Returns true if the name can denote an object: a key (which has spaces), or a name in the document. */
function canBePaused(object: string, { networks, endpoints = {} }: VnetDocument): boolean {
  return (
    object.includes(' ') ||
    Object.hasOwn(networks, object) ||
    Object.hasOwn(endpoints, object) ||
    Object.entries(endpoints).some(([id, endpoint]) => podNameOf(id, endpoint) === object)
  );
}

function nothingOf(object: string): Result<never> {
  const hint =
    "Name a pod (default/web-0), an endpoint ID, a network, or an object as in vnet status ('link azure0').";
  return fail('not-found', `pause ${object}`, 'the document has no such object', { hint });
}

/**
 * Ensures that rounds repair the object, or everything, again.
 * Errors: `not-found` if there is no pause of that name.
 */
export function resume(object: string | undefined, pausing: Pausing, output: Output): Result<ExitCode> {
  const { sys, runDirectory, who, now } = pausing;
  const time = now();
  const known = readPauses(sys, runDirectory);
  if (!known.ok) return known;
  const valid = validPauses(known.value, time);
  if (object !== undefined && !valid.some((one) => one.object === object)) {
    const names = valid.map((one) => one.object ?? 'everything').join(', ');
    const hint = names === '' ? 'No pause.' : `Paused: ${names}; vnet resume ends all.`;
    return fail('not-found', `resume ${object}`, 'not paused', { hint });
  }
  const changed = changePauses(sys, runDirectory, (pauses) => endPauses(pauses, object, time));
  if (!changed.ok) return changed;
  const what = object ?? 'everything';
  if (valid.length > 0) {
    appendEvents(sys, runDirectory, [
      { time: time.toISOString(), type: 'Resumed', message: `${what}, by ${who}` },
    ]);
  }
  const isWatched = requestScan(sys, runDirectory);
  const next = isWatched ? 'vnet watch repairs drift now' : 'the next vnet reconcile repairs drift';
  output.print(valid.length === 0 ? 'Nothing was paused.' : `Resumed: ${what}; ${next}.`);
  return ok(EXIT.done);
}
