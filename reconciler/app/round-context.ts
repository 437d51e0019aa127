/** Restraints and records of a single round: the state that rounds share through files. */
import type { Store } from '../document/store/store.ts';
import { createHistory } from '../document/history/history.ts';
import { ok } from '../model/result.ts';
import { library } from './library.ts';
import type { Sys } from '../model/ports/sys.ts';
import type { State } from '../model/state.ts';
import { readTentative } from './tentative-store.ts';
import type { NodePaths } from './paths.ts';
import { convergedDocument, lastConvergedState } from '../loop/report/causes.ts';
import { onDemand } from '../model/layered.ts';
import { readSilentSources } from '../loop/files/pool-query-file.ts';
import type { FilterProblem, PacketFilters } from '../model/filter/filter-problems.ts';
import { refusalOf, unconfirmedOf } from '../loop/report/condition-details.ts';
import { filterProblemsNow, silentSourcesNow } from '../loop/report/node-findings.ts';
import { digestRound, initialMemory, type RoundMemory } from '../loop/report/digest.ts';
import { appendEvents } from '../loop/files/event-log.ts';
import type { RepairLimitsFor } from '../loop/node/admission.ts';
import { repairLimitsOf } from '../loop/report/repair-limits.ts';
import { validPauses } from '../plan/pause.ts';
import { readPauses } from '../loop/files/pause-file.ts';
import type { Round } from '../loop/round/round.ts';
import { eventsOf } from '../loop/report/round-events.ts';
import { readFollowedMs } from '../loop/files/cluster-copy-file.ts';
import { readStatus, writeStatus } from '../loop/files/status-file.ts';

/** The inputs of a round besides its session. Shape: `repairLimits` are pauses and the document's policy. */
export type RoundContext = {
  readonly repairLimits: RepairLimitsFor;
  /** Returns the problems that cut pods off. */
  readonly record: (round: Round) => readonly FilterProblem[];
};

/** Where rounds are recorded. */
export type RecordPlace = {
  readonly sys: Sys;
  readonly paths: NodePaths;
  readonly store: Pick<Store, 'read'>;
  readonly packetFilters?: (() => PacketFilters) | undefined;
};

/**
 * Returns the repair limits of a single round and the function that records it in status.json and events.jsonl.
 * Backoff and contention are known to the resident loop only: a single round tries every step once.
 */
export function openRoundContext({ sys, paths, store, packetFilters }: RecordPlace): RoundContext {
  const history = createHistory(sys, paths.document, library);
  const { runDirectory } = paths;
  const silentSources = (names: readonly string[]) => readSilentSources(sys, runDirectory, names);
  const known = readPauses(sys, runDirectory);
  const now = new Date();
  const pauses = known.ok ? validPauses(known.value, now) : [];
  const nowMs = now.getTime();
  let memory: RoundMemory = initialMemory(readStatus(sys, runDirectory));
  return {
    repairLimits: (document, seen) => {
      const converged = convergedDocument(memory.status, document, history);
      if (!converged.ok) return converged;
      // No ADD is in progress while a round holds its lock.
      const then = { converged: converged.value, isBeingMade: () => false };
      // Needed only if there are steps: deriving the node again takes a tenth of a round without any.
      const wanted = then.converged && onDemand(() => lastConvergedState(document, then, seen) ?? NOTHING);
      memory = { ...memory, wanted: memory.wanted ?? wanted };
      return ok(repairLimitsOf({ document, pauses, memory, nowMs }));
    },
    record: (round) => {
      const saying = { nowMs: Date.now(), toTime: (ms: number) => new Date(ms).toISOString() };
      const snapshot = store.read();
      const node = packetFilters === undefined ? {} : { packetFilters };
      const filterProblems = filterProblemsNow(node, round.document);
      const digest = digestRound(memory, round, {
        ...saying,
        chance: Math.random,
        pauses: pauses.length,
        unconfirmed: unconfirmedOf(readTentative(sys, paths)),
        refused: refusalOf(snapshot.ok ? snapshot.value?.refused : undefined),
        filterProblems,
        silent: silentSourcesNow({ silentSources }, round.document),
        followedMs: readFollowedMs(sys, runDirectory),
      });
      appendEvents(sys, runDirectory, eventsOf(memory, round, digest, saying));
      if (digest.memory.status !== undefined) writeStatus(sys, runDirectory, digest.memory.status);
      return (filterProblems ?? []).filter(({ severity }) => severity === 'cut-off');
    },
  };
}

const NOTHING: State = new Map();
