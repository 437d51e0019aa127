/** `vnet release`. */
import type { Verb } from '../../verb.ts';

/** Gives the uplink back. Shape: without a network, all of them. */
export const releaseVerb: Verb<{ readonly network: string | undefined }> = {
  describe: (command, choose) =>
    command
      .description(
        'give the uplink back as it was before vnet took it into a bridge; refused while pods are attached',
      )
      .argument('[network]', 'only this network')
      .action((network: string | undefined) => choose({ network })),
  run: async ({ withWorld, output }, { network }) => {
    const { release } = await import('./release-uplink.ts');
    return withWorld((world) => release(world, network, output));
  },
  manual: {
    group: 'Move',
    writes: 'the kernel, and in the document that the uplink was given back',
    examples: [['vnet release', 'addresses and routes back on eth0, the bridge gone']],
    exits: ['done', 'partly', 'refused'],
  },
};
