/** `vnet release`. */
import type { Verb } from '../../verb.ts';

/** Releases an uplink. Shape: without a network, all uplinks. */
export const releaseVerb: Verb<{ readonly network: string | undefined }> = {
  describe: (command, choose) =>
    command
      .description('restore the uplink to its state before the takeover; refused while pods are attached')
      .argument('[network]', 'only this network')
      .action((network: string | undefined) => choose({ network })),
  run: async ({ withSession, output }, { network }) => {
    const { release } = await import('./release-uplink.ts');
    return withSession((session) => release(session, network, output));
  },
  manual: {
    group: 'Move',
    writes: 'the kernel, and released: true in the document',
    examples: [['vnet release', 'move addresses and routes back to eth0, remove the bridge']],
    exits: ['done', 'partly', 'refused'],
  },
};
