/** `vnet address`. */
import type { Verb } from '../../verb.ts';
import type { AddressChoice } from './address-ownership.ts';

/** Makes vnet the owner of an uplink's address, or leaves it to another program. */
export const addressVerb: Verb<AddressChoice> = {
  describe: (command, choose) =>
    command
      .description('own or disown an address of the uplink, such as a floating one (keepalived, kube-vip)')
      .argument('<action>', 'own: restore it when it is missing; disown: leave it to another program')
      .argument('<address>', 'the address, with or without its prefix length')
      .action((action: string, address: string) => choose({ action, address })),
  run: async ({ withSession, output }, choice) => {
    const { changeOwnership } = await import('./address-ownership.ts');
    return withSession((session) => changeOwnership(session, choice, output));
  },
  manual: {
    group: 'Change',
    writes: 'the document; the next round changes the kernel',
    examples: [
      ['vnet address disown 10.240.0.50', 'another program moves it between nodes'],
      ['vnet address own 10.240.0.50', 'it belongs to this node'],
    ],
    exits: ['done', 'noInput'],
  },
  completes: { action: ['own', 'disown'] },
};
