/** Tells of denied packets beside the loop: without it, they are only counted. */
import type { KernelAccess } from '../app/kernel/access.ts';
import type { VnetEvent } from '../loop/files/event.ts';
import type { Session } from '../loop/node/session.ts';
import {
  type DeniedCounts,
  type DeniedPacket,
  type JudgedCounts,
  nameDenial,
} from '../model/policy/denial.ts';
import { countedSince, countsOfPolicies, type PolicyCount } from '../model/policy/packet-counts.ts';
import type { ResidentSys } from '../model/ports/sys.ts';
import type { OnDenial } from './watch-hooks.ts';
import { readMembers } from '../document/members-file.ts';
import { policiesByChain, policyInputOf } from '../model/policy/policy-input.ts';

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

/** Resolves once denials are reported. Where another program reads the group of nflog, they are only counted. */
export async function reportDenials({
  sys,
  kernels,
  session,
  record,
  onDenial,
}: Parts): Promise<DenialReports> {
  const sources = await kernels.openDenials?.();
  const reporter = new DenialReporter(session);
  const hear = (): void => {
    const reported = log?.ok === true ? reporter.report(log.value.drain(), performance.now()) : [];
    if (reported.length === 0) return;
    record(reported.map(({ event }) => event));
    for (const one of reported) onDenial(one);
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

/** Units: milliseconds. */
const SILENCE_MS = 60_000;

/** Events in a minute, for all denials together. */
const MAX_EVENTS = 30;

/** The event of a denial, with its direction and policies. */
export type ReportedDenial = {
  readonly event: VnetEvent;
  readonly direction: DeniedPacket['direction'];
  readonly policies: readonly string[];
};

/** Chooses the denials to report, and names their pods. Units: `nowMs` milliseconds on a monotonic clock. */
class DenialReporter {
  readonly #session: Session;
  readonly #reported = new Map<string, number>();

  constructor(session: Session) {
    this.#session = session;
  }

  /** Returns the events; none for a connection that was reported in the last minute. */
  report(packets: readonly DeniedPacket[], nowMs: number): readonly ReportedDenial[] {
    for (const [key, atMs] of this.#reported) if (atMs + SILENCE_MS <= nowMs) this.#reported.delete(key);
    const fresh = packets.filter((packet) => this.#isNews(packet, nowMs));
    const { store, files, now } = this.#session;
    const read = fresh.length === 0 ? undefined : store.read();
    const document = read?.ok === true ? read.value?.document : undefined;
    if (document === undefined) return [];
    const members = files === undefined ? undefined : readMembers(files);
    const input = policyInputOf(document, members?.ok === true ? members.value : undefined);
    const time = now().toISOString();
    return fresh.map((packet) => {
      const { message, policies } = nameDenial(input, packet);
      return { event: { time, type: 'Denied', message }, direction: packet.direction, policies };
    });
  }

  #isNews({ direction, source, destination, protocol, port }: DeniedPacket, nowMs: number): boolean {
    const key = [direction, source, destination, protocol, port].join();
    if (this.#reported.has(key) || this.#reported.size >= MAX_EVENTS) return false;
    this.#reported.set(key, nowMs);
    return true;
  }
}
