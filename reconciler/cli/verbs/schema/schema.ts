/** `vnet schema`. */
import type { Format } from '../../../app/print.ts';
import { formatOption, type WithFormat } from '../../options.ts';
import type { Verb } from '../../verb.ts';

/** Explains a field of the document. Shape: without a path, those at its top. */
export const schemaVerb: Verb<{ readonly path: string | undefined; readonly format: Format }> = {
  describe: (command, choose) =>
    command
      .description(
        'what a field of vnet.yaml means: type, default, allowed values, who may change it, an example',
      )
      .argument('[path]', 'as networks.azure.bridge.mtu, bridge.mtu, or nothing for the top')
      .addOption(formatOption(command))
      .action((path: string | undefined, { output: format }: WithFormat) => choose({ path, format })),
  run: async ({ output }, { path, format }) =>
    (await import('./field-report.ts')).schema(path, format, output),
  manual: {
    group: 'View',
    writes: 'nothing',
    examples: [
      ['vnet schema', 'the fields at the top of vnet.yaml'],
      ['vnet schema bridge.mtu', 'type, default, allowed values, who may change it, an example'],
    ],
    exits: ['done', 'noInput'],
    more: ['The whole of it is in vnet.yaml(5).'],
  },
  completes: { path: { node: 'fields' } },
};
