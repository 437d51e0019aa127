/** `vnet controller`. */
import { kubeconfigOption } from '../../options.ts';
import type { Verb } from '../../verb.ts';
import type { ControllerChoice } from './running-controller.ts';

/** Moves the desired revision of nodes in the steps of rollouts. */
export const controllerVerb: Verb<ControllerChoice> = {
  describe: (command, choose) =>
    command
      .description(
        'run as a daemon: roll out revisions to the nodes of the cluster, in steps that halt on failures',
      )
      .option(
        '--identity <name>',
        'the name of this process in the lease (default: POD_NAME, else the host name)',
      )
      .addOption(kubeconfigOption(command))
      .action(({ identity, kubeconfig }: ControllerChoice) => choose({ identity, kubeconfig })),
  run: async (context, choice) => (await import('./running-controller.ts')).controller(context, choice),
  manual: {
    group: 'Cluster',
    writes: 'NodeNetworks and the status of NetworkRollouts, through the API server; nothing on this machine',
    examples: [
      ['vnet controller --identity "$POD_NAME"', 'in a pod of the Deployment; one of several works'],
    ],
    exits: ['done'],
    more: [
      'A step is finished when its nodes confirmed the revision and soaked. A node that fails, or does not report within its confirm window, halts the rollout: no further node gets the revision. State is computed from the objects, so a restart changes nothing.',
    ],
  },
  completes: { '--kubeconfig': 'files' },
};
