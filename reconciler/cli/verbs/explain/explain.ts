/** `vnet explain`. */
import type { Format } from '../../../app/print.ts';
import { formatOption, type WithFormat } from '../../options.ts';
import type { Verb } from '../../verb.ts';

/** Explains one endpoint, by any of its names. */
export const explainVerb: Verb<{ readonly subject: string; readonly format: Format }> = {
  describe: (command, choose) =>
    command
      .description(
        'everything about one endpoint: the chain from pod to uplink, want and have of each item, history',
      )
      .argument(
        '<what>',
        'pod, namespace/pod, container ID (or a prefix), veth, MAC, address, netns, endpoint id',
      )
      .addOption(formatOption(command))
      .action((subject: string, { output: format }: WithFormat) => choose({ subject, format })),
  run: async ({ withPast, output }, { subject, format }) => {
    const { explain } = await import('./run-explain.ts');
    return withPast((node) => explain(node, subject, format, output));
  },
  manual: {
    group: 'View',
    writes: 'nothing',
    examples: [
      ['vnet explain 10.240.0.17', 'the pod with this address'],
      ['vnet explain shop/api', 'the same, by pod name; or by veth, MAC, container ID, namespace'],
    ],
    exits: ['done', 'noInput', 'usage'],
    more: [
      'The chain leads from the pod through its namespace, interface, host veth and bridge port to the uplink; each item shows want and have. Removed endpoints are found in the history.',
      'A name that matches several endpoints lists them and exits with 64.',
    ],
  },
  completes: { what: { node: 'endpoints' } },
};
