/** Tells of denied packets beside the loop: without it, they are only counted. */
import type { KernelAccess } from '../app/kernel/access.ts';
import type { VnetEvent } from '../loop/files/event.ts';
import type { Session } from '../loop/node/session.ts';
import { readMembers } from '../document/members-file.ts';
import type { DeniedCounts, JudgedCounts } from '../model/policy/denial.ts';
import { countedSince, countsOfPolicies, type PolicyCount } from '../model/policy/packet-counts.ts';
import { policiesByChain } from '../model/policy/world.ts';
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

/** Counts and logs of packets that policies judge. Shape: `counts` returns undefined without policies in force, `packets` those since its last call. */
export type DenialReports = {
  readonly counts: () => DeniedCounts | undefined;
  readonly packets: () => readonly PolicyCount[];
  readonly close: () => void;
};

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
  let last: ReadonlyMap<string, JudgedCounts> = new Map();
  return {
    packets: () => {
      const [read, stored] = [sources?.judged(sys), session.store.read()];
      const document = stored.ok ? stored.value?.document : undefined;
      if (read?.ok !== true || read.value.size === 0 || document === undefined) return [];
      const since = countedSince(read.value, last);
      last = read.value;
      const members = session.files === undefined ? undefined : readMembers(session.files);
      return countsOfPolicies(
        since,
        policiesByChain(document, members?.ok === true ? members.value : undefined),
      );
    },
    counts: () => {
      const counts = sources?.counts(sys);
      return counts?.ok === true ? counts.value : undefined;
    },
    close: () => {
      if (log?.ok === true) log.value.close();
    },
  };
}
