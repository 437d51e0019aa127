/** `vnet agent`. */
import { kubeconfigOption } from '../../options.ts';
import type { Verb } from '../../verb.ts';
import type { AgentChoice } from './running-agent.ts';

/** Brings the node the revision that the cluster wants, and reports. */
export const agentVerb: Verb<AgentChoice> = {
  describe: (command, choose) =>
    command
      .description(
        'run as a daemon: apply the revision that the cluster wants, report the node to Kubernetes',
      )
      .option('--node <name>', 'the name of this node in Kubernetes (default: NODE_NAME, else the host name)')
      .addOption(kubeconfigOption(command))
      .option('--network-unavailable', 'set the condition NetworkUnavailable of the Node')
      .option(
        '--extended-resource <name>',
        'publish the number of pod addresses under this name in the capacity of the Node',
      )
      .action(({ node, kubeconfig, networkUnavailable, extendedResource }: AgentChoice) =>
        choose({ node, kubeconfig, networkUnavailable, extendedResource }),
      ),
  run: async (context, choice) => (await import('./running-agent.ts')).agent(context, choice),
  manual: {
    group: 'Cluster',
    writes: 'as vnet apply --confirm-within, when the NodeNetwork of this node wants another revision',
    examples: [
      ['vnet agent --node "$NODE_NAME"', 'in a pod of the DaemonSet'],
      [
        'vnet agent --network-unavailable --extended-resource vnet.azure/pod-addresses',
        'the scheduler sees a node without network, and its addresses; needs deploy/kubernetes/node-status',
      ],
      ['vnet agent --kubeconfig /etc/kubernetes/vnet.conf', 'outside the cluster'],
    ],
    exits: ['done'],
    more: [
      'The author of its changes is kubernetes:REVISION. It confirms a change only over a new connection to the API server, when the node matches its document; otherwise the node rolls back at the deadline, with or without the agent. An object that cannot be read changes nothing, and pods start and stop without the agent.',
      'A field that was edited on the node stays, and is reported as LocallyEdited, unless the rollout overwrites. Of two agents on a node, the second one waits.',
    ],
  },
  completes: { '--kubeconfig': 'files' },
};
