/** The port to the kernel's log of packets that network policies denied. */
import type { DeniedCounts, DeniedPacket, JudgedCounts } from '../policy/denial.ts';
import type { Result } from '../result.ts';
import type { ResidentSys, Sys } from './sys.ts';

/** The log of a namespace. The kernel logs a few packets in a second, and counts all. */
export interface DenialLog {
  /** Returns the packets logged since the last call. */
  drain(): readonly DeniedPacket[];
  close(): void;
}

/** The sources of counts and logs of denied packets. */
export type DenialSources = {
  readonly counts: (sys: Sys) => Result<DeniedCounts | undefined>;
  /** Returns the packets by the chain of the profile. */
  readonly judged: (sys: Sys) => Result<ReadonlyMap<string, JudgedCounts>>;
  readonly log: (sys: ResidentSys, ready: () => void) => Result<DenialLog>;
};
