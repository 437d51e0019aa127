/** `vnet watch`. */
import { addressForms, parseLocalAddress } from '../../../os/local-http/address.ts';
import { intervalOption, outputOption, readWith } from '../../options.ts';
import type { Verb } from '../../verb.ts';
import type { WatchChoice } from './run-watch.ts';

const ADDRESS_FORMS = addressForms('metrics', 9468);

type Options = Omit<WatchChoice, 'intervalMs' | 'format'> & {
  readonly interval: number;
  readonly output: WatchChoice['format'];
};

/** Runs as the resident process that repairs drift. */
export const watchVerb: Verb<WatchChoice> = {
  describe: (command, choose) =>
    command
      .description('run as a daemon: repair drift as it happens and log each event')
      .addOption(intervalOption(command))
      .addOption(outputOption(command, ['text', 'jsonl']))
      .option(
        '--metrics <address>',
        `serve Prometheus metrics at this address: ${ADDRESS_FORMS}`,
        readWith(parseLocalAddress, `an address of this machine: ${ADDRESS_FORMS}`),
      )
      .option(
        '--metrics-file <path>',
        'write metrics to a file for node_exporter (PATH.prom)',
        readWith(parsePromPath, 'an absolute path that ends in .prom'),
      )
      .action(({ interval: intervalMs, output: format, ...metrics }: Options) =>
        choose({ intervalMs, format, ...metrics }),
      ),
  run: async (context, choice) => (await import('./run-watch.ts')).watch(context, choice),
  manual: {
    group: 'Converge',
    writes: 'as vnet reconcile, on every change',
    examples: [
      ['vnet watch', 'repair drift within milliseconds'],
      ['vnet watch --interval 5m -o jsonl', 'a full scan every five minutes, events as JSON lines'],
    ],
    exits: ['done', 'tryAgain'],
  },
};

/** The node exporter reads no other files; a relative path would depend on the working directory. */
function parsePromPath(text: string): string | undefined {
  return /^\/.*\.prom$/.test(text) ? text : undefined;
}
