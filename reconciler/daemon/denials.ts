/** Tells of denied packets beside the loop: without it, they are only counted. */
import type { KernelAccess } from '../app/kernel/access.ts';
import type { VnetEvent } from '../loop/files/event.ts';
import type { Session } from '../loop/node/session.ts';
import type { DeniedCounts } from '../model/policy/denial.ts';
import type { ResidentSys } from '../model/ports/sys.ts';
import { DenialReporter } from './denial-events.ts';
import type { OnDenial } from './watch-hooks.ts';

/** The parts of the loop that are used. */
type Parts = {
  readonly sys: ResidentSys;
  readonly kernels: KernelAccess;
  readonly session: Session;
  readonly record: (events: readonly VnetEvent[]) => void;
  readonly onDenial: OnDenial;
};

/** Counts and logs of denied packets. Shape: `counts` returns undefined without policies in force. */
export type DenialReports = { readonly counts: () => DeniedCounts | undefined; readonly close: () => void };

/** Resolves once denials are told. Where another program reads the group of nflog, they are only counted. */
export async function reportDenials({
  sys,
  kernels,
  session,
  record,
  onDenial,
}: Parts): Promise<DenialReports> {
  const sources = await kernels.openDenials?.();
  const teller = new DenialReporter(session);
  const hear = (): void => {
    const told = log?.ok === true ? teller.tell(log.value.drain(), performance.now()) : [];
    if (told.length === 0) return;
    record(told.map(({ event }) => event));
    for (const one of told) onDenial(one);
  };
  const log = sources?.log(sys, hear);
  return {
    counts: () => {
      const counts = sources?.counts(sys);
      return counts?.ok === true ? counts.value : undefined;
    },
    close: () => {
      if (log?.ok === true) log.value.close();
    },
  };
}
