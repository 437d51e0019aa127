/** Policy routing rules: the table to look up for a packet. Pure. */
import { normalisePrefix } from '../addresses/address.ts';
import { VNET_PROTOCOL } from '../names.ts';
import { HOST, type Kind, type NetnsPath, type RestAttributes } from './kind.ts';
import { protocolName, showProtocol } from './words/protocol.ts';

/**
 * A rule. The kernel's own (local, main, default) are never in a State.
 * Shape: `from` and `to` are prefixes, absent for any; `mark` and `mask` are those of fwmark; `table` is 0 and `action` present
 * if it does not look up a table; `inverted`: for packets that do not match.
 * Source: ip-rule(8), linux/fib_rules.h.
 */
export type RuleObject = {
  readonly kind: 'rule';
  readonly netns: NetnsPath;
  readonly family: 4 | 6;
  readonly priority: number;
  readonly from?: string;
  readonly to?: string;
  readonly mark?: number;
  readonly mask?: number;
  readonly tos?: number;
  readonly inverted?: boolean;
  readonly table: number;
  readonly action?: number;
  readonly protocol?: number;
  readonly rest?: RestAttributes;
};

/** Returns the packets that the rule is for, as in ip-rule(8). */
function selectorOf({ from, to, mark, mask, tos, inverted, rest }: RuleObject): string {
  return [
    ...(inverted === true ? ['not'] : []),
    `from ${from ?? 'all'}`,
    ...(to === undefined ? [] : [`to ${to}`]),
    ...(tos === undefined ? [] : [`tos ${tos}`]),
    ...(mark === undefined ? [] : [`fwmark 0x${mark.toString(16)}/0x${(mask ?? 0xffffffff).toString(16)}`]),
    ...(rest ?? []),
  ].join(' ');
}

function targetOf({ action, table }: RuleObject): string {
  return action === undefined ? `lookup ${table}` : `action ${action}`;
}

/** Rules. */
export const ruleKind: Kind<RuleObject> = {
  fields: { table: 'lookup', action: 'action', protocol: 'protocol' },
  policy: 'routes',
  serves: true,
  isEntry: true,
  list: {
    name: 'rules',
    headings: ['PRIORITY', 'FAMILY', 'PACKETS', 'TABLE', 'PROTOCOL'],
    cells: (rule) => [
      String(rule.priority),
      rule.family === 4 ? 'inet' : 'inet6',
      selectorOf(rule),
      rule.action === undefined ? String(rule.table) : targetOf(rule),
      protocolName(rule.protocol ?? 0),
    ],
  },
  key: (rule) => `rule ${rule.priority}${rule.family === 6 ? ' inet6' : ''} ${selectorOf(rule)}`,
  // The routes of its table come first: without them the packets would be looked up in the next table.
  rank: () => 45,
  normalise: (rule) => {
    const [from, to] = [rule.from, rule.to].map((prefix) => prefix && normalisePrefix(prefix));
    if (from === rule.from && to === rule.to) return rule;
    return { ...rule, ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
  },
  show: showProtocol,
  describe: (rule) => [`rule ${rule.priority}`, `${selectorOf(rule)} ${targetOf(rule)}`],
  isOurs: ({ netns, protocol }) => netns === HOST && protocol === VNET_PROTOCOL,
};
