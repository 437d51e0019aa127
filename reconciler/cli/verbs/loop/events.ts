/** `vnet events`. */
import { EXIT } from '../../../app/exit-codes.ts';
import { ok } from '../../../model/result.ts';
import { outputOption, timeOption } from '../../options.ts';
import type { Verb } from '../../verb.ts';

/** Options. Shape: without `sinceMs`, all recorded events. Units: milliseconds. */
type EventsChoice = { readonly sinceMs: number | undefined; readonly format: 'text' | 'jsonl' };

/** Prints the recorded events, oldest first. */
export const eventsVerb: Verb<EventsChoice> = {
  describe: (command, choose) =>
    command
      .description('recent events: drift with its cause, repairs, contention, pauses')
      .addOption(timeOption(command, '--since <time>', 'only events newer than this: 90s, 10m, 2h, 1d'))
      .addOption(outputOption(command, ['text', 'jsonl']))
      .action(({ since: sinceMs, output: format }: { since?: number; output: EventsChoice['format'] }) =>
        choose({ sinceMs, format }),
      ),
  run: async ({ sys, paths: { runDirectory }, output }, { sinceMs, format }) => {
    const [{ readEvents }, { renderEvent }] = await Promise.all([
      import('../../../loop/files/event-log.ts'),
      import('../../../loop/files/event.ts'),
    ]);
    const events = readEvents(sys, runDirectory);
    const from = sinceMs === undefined ? -Infinity : Date.now() - sinceMs;
    const chosen = events.filter(({ time }) => Date.parse(time) >= from);
    for (const event of chosen) {
      if (format === 'jsonl') output.print(JSON.stringify(event));
      else output.print(`${event.time.slice(0, 10)} ${renderEvent(event)}`);
    }
    if (chosen.length === 0 && format === 'text') {
      output.warn(events.length === 0 ? 'No events: no round since the boot.' : 'No events in this time.');
    }
    return ok(EXIT.done);
  },
  manual: {
    group: 'View',
    writes: 'nothing',
    examples: [
      ['vnet events --since 10m', 'drift with its cause, repairs, contention, pauses'],
      ['vnet events -o jsonl', 'one JSON object per line'],
    ],
    exits: ['done'],
  },
};
