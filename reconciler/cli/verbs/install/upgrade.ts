/** `vnet upgrade`. */
import { formatOption, type WithFormat } from '../../options.ts';
import type { Verb } from '../../verb.ts';
import { dryRunOption, fromOption, type InstallOptions } from './install-options.ts';

type UpgradeChoice = Pick<InstallOptions, 'dryRun' | 'from' | 'format'>;

/** Replaces the installed build by another one, newer or older. */
export const upgradeVerb: Verb<UpgradeChoice> = {
  describe: (command, choose) =>
    command
      .description('replace the installed build by this one, newer or older, while pods start and stop')
      .addOption(dryRunOption(command))
      .addOption(fromOption(command))
      .addOption(formatOption(command))
      .action(({ dryRun, from, output: format }: WithFormat & Omit<UpgradeChoice, 'format'>) =>
        choose({ dryRun, from, format }),
      ),
  run: async (context, choice) => {
    const { install } = await import('./run-install.ts');
    return install(context, {
      ...choice,
      verb: 'upgrade',
      fix: false,
      service: undefined,
      conflist: undefined,
      hasConflist: false,
    });
  },
  manual: {
    group: 'Install',
    writes: '/opt/cni/bin, /etc/systemd/system, the record of the installation',
    examples: [
      ['vnet upgrade --dry-run', 'what differs between the installed build and this one'],
      ['vnet upgrade --from /root/vnet-0.2.0', 'install that build; calls wait while the service restarts'],
    ],
    exits: ['done', 'differences', 'refused', 'rolledBack'],
    more: [
      'Before anything is changed, the new build must accept the document. CNI calls run without the service or wait at its socket ' +
        'while vnet-watch.service restarts; none is refused. If it does not start, the previous build is restored and started.',
    ],
  },
  completes: { '--from': 'folders' },
};
