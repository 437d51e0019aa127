/** `vnet policy`. */
import { formatOption, type WithFormat } from '../../options.ts';
import type { Verb } from '../../verb.ts';
import type { PolicyChoice } from './policy-report.ts';

const ACTIONS = ['list', 'show', 'explain'] as const;

/** Shows network policies, and which of them decides about a connection. */
export const policyVerb: Verb<PolicyChoice> = {
  describe: (command, choose) =>
    command
      .description('network policies of this node, and who decides about a connection')
      .argument('<action>', 'list: all of them; show NAME: one; explain SRC DST PORT: who decides')
      .argument(
        '[words...]',
        'a policy (namespace/name); or two pods (namespace/name) or addresses, and a port',
      )
      .addOption(formatOption(command))
      .action((action: string, words: readonly string[], { output: format }: WithFormat) => {
        const known = ACTIONS.find((one) => one === action);
        if (known === undefined)
          return command.error(`error: unknown action ${action}: ${ACTIONS.join(', ')}`);
        const [first = '', second = '', port = ''] = words;
        if (known === 'show' && words.length !== 1) return command.error('error: show needs one policy');
        if (known === 'explain' && words.length !== 3) {
          return command.error(
            'error: explain needs a source, a destination and a port, such as 80, 53/udp or icmp',
          );
        }
        return choose({ action: known, first, second, port, format });
      }),
  run: async ({ sys, paths, kernels, withNode, output }, choice) => {
    const [{ reportPolicies }, { readMembers }] = await Promise.all([
      import('./policy-report.ts'),
      import('../../../document/members-file.ts'),
    ]);
    const denials = await kernels.openDenials?.();
    return withNode((node) => {
      const members = readMembers({ sys, directory: paths.stateDirectory });
      if (!members.ok) return members;
      const [denied, judged] = [denials?.counts(sys), denials?.judged(sys)];
      const known = {
        members: members.value,
        denied: denied?.ok === true ? denied.value : undefined,
        judged: judged?.ok === true ? judged.value : undefined,
      };
      return reportPolicies(node, known, choice, output);
    });
  },
  manual: {
    group: 'View',
    writes: 'nothing',
    examples: [
      ['vnet policy list', 'every policy, with the pods of this node that it isolates'],
      ['vnet policy show default/web', 'one policy'],
      ['vnet policy explain default/web default/db 5432', 'the policy and the rule that decide'],
      ['vnet policy explain 192.0.2.7 default/web 53/udp', 'the same for an address outside'],
    ],
    exits: ['done', 'noInput'],
    more: [
      'Policies are those of the document and of the cluster (policy.json beside it). They are enforced only with policy.enforce: true.',
      'Packets are counted for each policy and direction: those that begin a connection, and those of them that were denied. A packet counts for each policy that isolates its pod; replies are not counted. vnet watch tells of each denied connection once in a minute (vnet events), with its pods.',
      'explain decides for the first packet of a connection; replies to it always pass. Each end decides for itself, where it is a pod of this node. The port is a number of TCP, a number with /udp or /sctp, the name of a port of the destination, or another protocol, such as icmp.',
    ],
  },
  completes: { action: ACTIONS },
};
