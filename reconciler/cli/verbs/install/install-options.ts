/** The options of `vnet install` and `vnet upgrade`. */
import type { Command, Option } from 'commander';
import type { Format } from '../../../app/print.ts';
import type { ServiceChoice } from './install-items.ts';

/** The choices for an installation. Shape: `service` undefined: unchanged. */
export type InstallOptions = {
  readonly verb: 'install' | 'upgrade';
  readonly dryRun: boolean;
  readonly fix: boolean;
  readonly from: string | undefined;
  readonly service: ServiceChoice | undefined;
  readonly conflist: string | undefined;
  readonly hasConflist: boolean;
  readonly format: Format;
};

/** Returns `--dry-run`. */
export function dryRunOption(command: Command): Option {
  const help = 'print each file, unit and command; change nothing; exit 2 if there are steps';
  return command.createOption('--dry-run', help).default(false);
}

/** Returns `--from`. */
export function fromOption(command: Command): Option {
  const help = 'directory of the executables vnet and azure-vnet (default: that of this program)';
  return command.createOption('--from <dir>', help);
}
