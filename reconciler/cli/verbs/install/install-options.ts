/** The options of `vnet install` and `vnet upgrade`. Types only. */
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
