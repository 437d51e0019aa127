/** `vnet agent`. */
import { addressForms, parseLocalAddress } from '../../../os/local-http/address.ts';
import { kubeconfigOption, readWith } from '../../options.ts';
import type { Verb } from '../../verb.ts';
import type { AgentChoice } from './running-agent.ts';

const ADDRESS_FORMS = addressForms('page', 9469);

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
      .option(
        '--page <address>',
        `serve a live page of the cluster and of this node's pods: ${ADDRESS_FORMS}`,
        readWith(parseLocalAddress, `an address of this machine: ${ADDRESS_FORMS}`),
      )
      .action(({ node, kubeconfig, networkUnavailable, extendedResource, page }: AgentChoice) =>
        choose({ node, kubeconfig, networkUnavailable, extendedResource, page }),
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
      ['vnet agent --page 127.0.0.1:9469', 'nodes, rollouts, and the pods of this node, in a browser'],
    ],
    exits: ['done'],
    more: [
      'The author of its changes is kubernetes:REVISION. It confirms a change only over a new connection to the API server, when the node matches its document; otherwise the node rolls back at the deadline, with or without the agent. An object that cannot be read changes nothing, and pods start and stop without the agent.',
      'A field that was edited on the node stays, and is reported as LocallyEdited, unless the rollout overwrites. A second agent on the same node waits.',
    ],
  },
  completes: { '--kubeconfig': 'files' },
};
