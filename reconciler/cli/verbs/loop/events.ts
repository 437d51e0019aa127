/** `vnet events`: what happened lately. */
import { readEvents } from '../../../loop/files/event-log.ts';
import { renderEvent } from '../../../loop/report/event.ts';
import { ok, type Result } from '../../../model/result.ts';
import type { Sys } from '../../../model/ports/sys.ts';
import { EXIT, type ExitCode } from '../../../app/exit-codes.ts';
import type { Output } from '../../../app/output.ts';

/** Which events, and how they are printed. Shape: without `since`, all that are kept. */
export type EventsChoice = { readonly since: Date | undefined; readonly format: 'text' | 'jsonl' };

/** Prints the events that are kept, oldest first. */
export function printEvents(
  sys: Sys,
  runDirectory: string,
  { since, format }: EventsChoice,
  output: Output,
): Result<ExitCode> {
  const events = readEvents(sys, runDirectory);
  const chosen = events.filter(({ time }) => since === undefined || Date.parse(time) >= since.getTime());
  for (const event of chosen) {
    if (format === 'jsonl') output.print(JSON.stringify(event));
    else output.print(`${event.time.slice(0, 10)} ${renderEvent(event)}`);
  }
  if (chosen.length === 0 && format === 'text') {
    output.warn(events.length === 0 ? 'No events: no round since the boot.' : 'No events in this time.');
  }
  return ok(EXIT.done);
}
