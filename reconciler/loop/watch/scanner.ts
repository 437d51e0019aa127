/**
 * Scans the node for the resident loop, fully or partially, and runs the parts of a round around the scans.
 */
import type { VnetDocument } from '../../../schemas/generated/vnet.ts';
import type { Problem } from '../../document/store/store.ts';
import type { Observation, Observer } from '../../model/ports/kernel.ts';
import { ok, type Result } from '../../model/result.ts';
import type { ObjectKey } from '../../model/state.ts';
import type { RepairLimits } from '../../plan/admit.ts';
import type { Step } from '../../plan/step.ts';
import type { StepOutcome } from '../node/execute.ts';
import {
  beginRound,
  type BegunRound,
  carryOutRound,
  finishRound,
  isQuiet,
  planRound,
  type Round,
  type RoundOptions,
} from '../round/round.ts';
import type { Session } from '../node/session.ts';
import type { AnnouncementTracker } from './announcements.ts';
import { ownersOf, repairFast } from './fast-repair.ts';
import { scanPartially } from './partial-scan.ts';
import { ScanCache } from './scan-cache.ts';
import type { Clock } from './watch-ports.ts';

/**
 * A scan.
 * Shape: `isFull`: every pod was entered; `until` is the position up to which notifications were read before
 * it.
 */
type Look = { readonly observation: Observation; readonly isFull: boolean; readonly until: number };

/** A round, and whether any of its scans was a full one. */
export type ScannedRound = { readonly round: Round; readonly isFull: boolean };

/** The objects changed by the last round; absent for a full scan. */
export type Changed = ReadonlySet<ObjectKey> | undefined;

/** Scans, and records observations and changes. */
export class Scanner {
  readonly #session: Session;
  readonly #clock: Clock;
  readonly #tracker: AnnouncementTracker;
  readonly #changedMs = new Map<ObjectKey, number>();
  readonly cache = new ScanCache();

  constructor(
    { session, clock }: { readonly session: Session; readonly clock: Clock },
    tracker: AnnouncementTracker,
  ) {
    this.#session = session;
    this.#clock = clock;
    this.#tracker = tracker;
  }

  /** Returns when each object was changed since takeChanged(). Units: milliseconds. */
  get changedMs(): ReadonlyMap<ObjectKey, number> {
    return this.#changedMs;
  }

  /** Returns the objects changed since the last call. */
  takeChanged(): ReadonlySet<ObjectKey> {
    const changed = new Set(this.#changedMs.keys());
    this.#changedMs.clear();
    return changed;
  }

  /** Returns a partial scan of the present state, without changes: suspicions remain. */
  observer(document: VnetDocument | undefined): Observer {
    const { kernel } = this.#session;
    const { suspects } = this.#tracker.suspicion;
    const before = this.cache.previous;
    if (document === undefined || before === undefined || suspects === undefined) return kernel;
    return {
      observe: (scope) =>
        scope.whole ? scanPartially(kernel, scope, before, { document, suspects }) : kernel.observe(scope),
    };
  }

  /** Returns the result of the fast repair of announced endpoints and networks. */
  repair(document: VnetDocument, repairLimits: RepairLimits): Result<readonly StepOutcome[], Problem> {
    const before = this.cache.previous;
    if (before === undefined) return ok([]);
    const owners = ownersOf(this.#tracker.suspects, before.owners);
    const repaired = repairFast(this.#session, document, owners, repairLimits);
    if (!repaired.ok) return repaired;
    this.#noteChanged(repaired.value.tried);
    return ok(repaired.value.outcomes);
  }

  /** Returns the round, done in its parts; must be called inside holdRound(). */
  round(options: RoundOptions, changed: Changed): Result<ScannedRound | undefined, Problem> {
    const session = this.#session;
    const begun = beginRound(session, options);
    if (!begun.ok || begun.value === undefined) return begun.ok ? ok(undefined) : begun;
    const before = this.#look(begun.value, changed);
    const planned = before.ok ? planRound(session, begun.value, before.value.observation) : before;
    if (!planned.ok) return planned;
    if (!before.ok) return before;
    this.#tracker.read();
    const done = carryOutRound(session, planned.value);
    this.#noteChanged(planned.value.admission.todo);
    const after = isQuiet(planned.value) ? before : this.#look(planned.value, changed);
    if (!after.ok) return after;
    const round = finishRound(session, planned.value, done, after.value.observation);
    if (!round.ok) return round;
    this.#tracker.clearUntil(after.value.until);
    return ok({ round: round.value, isFull: before.value.isFull || after.value.isFull });
  }

  /** Returns the present observation. It covers every notification that arrived before, including our own changes. */
  #look({ found: document, scope }: Pick<BegunRound, 'found' | 'scope'>, changed: Changed): Result<Look> {
    const { kernel } = this.#session;
    this.#tracker.read();
    const { suspects: announced, until } = this.#tracker.suspicion;
    const before = this.cache.previous;
    const isFull = changed === undefined || announced === undefined || before === undefined;
    const seen = isFull
      ? kernel.observe(scope)
      : scanPartially(kernel, scope, before, { document, suspects: [...changed, ...announced] });
    return seen.ok ? ok({ observation: seen.value, isFull, until }) : seen;
  }

  #noteChanged(steps: readonly Step[]): void {
    const nowMs = this.#clock.nowMs();
    const keys = new Set(steps.map(({ key }) => key));
    for (const key of keys) this.#changedMs.set(key, nowMs);
    this.#tracker.readAfterChanging(keys);
  }
}
