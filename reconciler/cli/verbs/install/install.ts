/** `vnet install`. */
import { formatOption, type WithFormat } from '../../options.ts';
import type { Verb } from '../../verb.ts';
import { SERVICES } from './install-items.ts';
import { dryRunOption, fromOption, type InstallOptions } from './install-options.ts';

type InstallChoice = Omit<InstallOptions, 'verb'>;

/** Installs vnet on this node. */
export const installVerb: Verb<InstallChoice> = {
  describe: (command, choose) =>
    command
      .description('install vnet on this node: plugins, commands, units and, last, the CNI configuration')
      .addOption(dryRunOption(command))
      .option('--fix', 'include the safe fixes of vnet doctor', false)
      .addOption(fromOption(command))
      .addOption(
        command
          .createOption('--service <name>', 'resident process, timer, or neither')
          .choices(SERVICES)
          .default('watch'),
      )
      .option('--conflist <file>', 'the CNI configuration (default: that of an AKS node)')
      .option('--no-conflist', 'install no CNI configuration: the runtime keeps the present one')
      .addOption(formatOption(command))
      .action(
        ({
          conflist,
          output: format,
          ...rest
        }: WithFormat & Pick<InstallChoice, 'dryRun' | 'fix' | 'from' | 'service'> & { conflist: unknown }) =>
          choose({
            ...rest,
            format,
            from: rest.from,
            conflist: typeof conflist === 'string' ? conflist : undefined,
            hasConflist: conflist !== false,
          }),
      ),
  run: async (context, choice) =>
    (await import('./run-install.ts')).install(context, { ...choice, verb: 'install' }),
  manual: {
    group: 'Install',
    writes:
      '/opt/cni/bin, /usr/local/bin, /etc/systemd/system, /etc/cni/net.d, the record of it; with --fix also drop-ins',
    examples: [
      ['vnet install --dry-run', 'every file, unit and command, in order'],
      ['vnet install', 'install this build, start its services, then write the CNI configuration'],
      [
        'vnet install --service timer --no-conflist',
        'no resident process; the runtime keeps its configuration',
      ],
    ],
    exits: ['done', 'differences', 'refused', 'rolledBack'],
    more: [
      'Executables are complete before they get their names. A file of another program (Azure CNI has executables of the same ' +
        'names) is copied to install/ beside the document, and vnet uninstall restores it. A failed step undoes all earlier ones.',
      'The CNI configuration gets a name that sorts before those of all other files, since a runtime uses the first; a first file ' +
        'that already uses azure-vnet is kept.',
    ],
  },
  completes: { '--from': 'folders', '--conflist': 'files' },
};
