/** `vnet fleet`. */
import { formatOption, kubeconfigOption, type WithFormat } from '../../options.ts';
import type { Verb } from '../../verb.ts';
import type { FleetChoice } from './fleet-actions.ts';

/** The actions of `vnet fleet`. */
const FLEET_ACTIONS = ['nodes', 'status', 'history', 'diff', 'pause', 'resume'] as const;

type Options = WithFormat & { readonly kubeconfig?: string };

/** Shows the nodes and rollouts of a cluster, and pauses rollouts. */
export const fleetVerb: Verb<FleetChoice> = {
  describe: (command, choose) => {
    const fail = (message: string): never => command.error(`error: ${message}`);
    command
      .description('the nodes of a cluster, its revisions and rollouts')
      .argument('<action>', `one of ${FLEET_ACTIONS.join(', ')}`)
      .argument('[name]', 'a node (nodes), a rollout (status, pause, resume) or a revision (diff)')
      .argument('[other]', 'the other revision (diff)')
      .addOption(kubeconfigOption(command))
      .addOption(formatOption(command))
      .action((word: string, name: string | undefined, other: string | undefined, options: Options) => {
        const action = FLEET_ACTIONS.find((each) => each === word);
        if (action === undefined) return fail(`unknown action ${word}; actions: ${FLEET_ACTIONS.join(', ')}`);
        const needed = action === 'pause' || action === 'resume' || action === 'diff';
        if (needed && name === undefined) return fail(`${action} needs a name`);
        if (action === 'diff' && other === undefined) return fail('diff needs two revisions');
        choose({ action, name, other, kubeconfig: options.kubeconfig, format: options.output });
      });
  },
  run: async (context, choice) => (await import('./fleet-actions.ts')).fleet(context, choice),
  manual: {
    group: 'Cluster',
    writes: 'pause and resume: spec.paused of a NetworkRollout; the others nothing',
    examples: [
      ['vnet fleet nodes', 'every node: revisions, conditions, free addresses, drift'],
      ['vnet fleet status mtu', 'the rollout mtu, with the nodes that failed'],
      ['vnet fleet pause mtu', 'no further node gets the revision'],
      ['vnet fleet diff v7 v8', 'the fields that differ between two revisions; exit 2 if there are any'],
      ['vnet fleet history', 'all rollouts, newest first'],
    ],
    exits: ['done', 'differences', 'noInput'],
  },
  completes: { action: FLEET_ACTIONS, '--kubeconfig': 'files' },
};
