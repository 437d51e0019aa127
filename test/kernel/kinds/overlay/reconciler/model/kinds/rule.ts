/** Policy routing rules: the table to look up for a packet. Pure. */
import { VNET_PROTOCOL } from '../names.ts';
import { HOST, type Kind, type NetnsPath } from './kind.ts';
import { protocolName, showProtocol } from './protocol.ts';

/** A rule. Shape: `from` is a prefix, absent for any source. Source: ip-rule(8). */
export type RuleObject = {
  readonly kind: 'rule';
  readonly netns: NetnsPath;
  readonly priority: number;
  readonly from?: string;
  readonly table: number;
  readonly protocol?: number;
};

/** Rules. */
export const ruleKind: Kind<RuleObject> = {
  fields: { from: 'from', table: 'lookup', protocol: 'protocol' },
  policy: 'routes',
  isEntry: true,
  list: {
    name: 'rules',
    headings: ['PRIORITY', 'FROM', 'TABLE', 'PROTOCOL'],
    cells: ({ priority, from = 'all', table, protocol = 0 }) => [
      String(priority),
      from,
      String(table),
      protocolName(protocol),
    ],
  },
  key: ({ priority }) => `rule ${priority}`,
  rank: () => 45,
  show: showProtocol,
  describe: ({ priority, from = 'all', table }) => [`rule ${priority}`, `from ${from} lookup ${table}`],
  isOurs: ({ protocol }) => protocol === VNET_PROTOCOL,
  isMoved: ({ netns }) => netns === HOST,
  disruptionOfDeletion: () => 'flow-reset',
};
