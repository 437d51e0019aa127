/** `vnet schema`. */
import type { Format } from '../../../app/print.ts';
import { formatOption, type WithFormat } from '../../options.ts';
import type { Verb } from '../../verb.ts';

/** Explains a field of the document. Shape: without a path, the top-level fields. */
export const schemaVerb: Verb<{ readonly path: string | undefined; readonly format: Format }> = {
  describe: (command, choose) =>
    command
      .description('explain a field of vnet.yaml: type, default, allowed values, writer, example')
      .argument('[path]', 'such as networks.azure.bridge.mtu or bridge.mtu (default: the top level)')
      .addOption(formatOption(command))
      .action((path: string | undefined, { output: format }: WithFormat) => choose({ path, format })),
  run: async ({ output }, { path, format }) =>
    (await import('./field-report.ts')).schema(path, format, output),
  manual: {
    group: 'View',
    writes: 'nothing',
    examples: [
      ['vnet schema', 'the top-level fields of vnet.yaml'],
      ['vnet schema bridge.mtu', 'type, default, allowed values, writer, example'],
    ],
    exits: ['done', 'noInput'],
    more: ['vnet.yaml(5) has all fields.'],
  },
  completes: { path: { node: 'fields' } },
};
