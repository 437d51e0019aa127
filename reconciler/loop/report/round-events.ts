/** The events of a round: one per change, or one for many of a kind. Pure. */
import { count } from '../../model/words.ts';
import { networkLinks } from '../../model/networks.ts';
import type { ObjectKey } from '../../model/state.ts';
import { subjectOf } from '../../model/ports/kernel.ts';
import type { Step } from '../../plan/step.ts';
import { renderAttribution } from './attribution.ts';
import { contended } from './contention.ts';
import type { Digest, Drift, RoundMemory } from './digest.ts';
import type { EventType, VnetEvent } from '../files/event.ts';
import { stepFingerprint } from './object-status.ts';
import { renderRemedy } from './remedy.ts';
import type { Round } from '../round/round.ts';
import { omitUndefined } from '../../model/objects.ts';

/** Up to this number, events of one type are separate; above, there is one per kind of object. */
const FEW = 10;

/**
 * The time of the round.
 * Shape: `toTime` as in DigestInputs; `doneMs` has the time of each object's change, if known.
 * Units: milliseconds.
 */
export type EventInputs = {
  readonly nowMs: number;
  readonly toTime: (ms: number) => string;
  readonly doneMs?: ReadonlyMap<ObjectKey, number>;
};

type PendingEvent = Omit<VnetEvent, 'time'> & { readonly atMs?: number };

/**
 * Returns the events of a round, oldest first. `before` is the memory before it.
 * Law: an unchanged state is reported once.
 */
export function eventsOf(
  before: RoundMemory,
  round: Round,
  digest: Digest,
  inputs: EventInputs,
): readonly VnetEvent[] {
  const isNew = (drift: Drift): boolean => isNewState(before, drift.step);
  const pending: readonly PendingEvent[] = [
    ...few([...digest.repaired, ...digest.drifted].filter(isNew), driftEvent),
    ...few(digest.repaired, (drift) => repairEvent(drift, inputs)),
    ...appliedEvents(round, digest.applied),
    ...few(backoffEvents(before, digest, inputs), withoutStep),
    ...few(reportedEvents(before, digest), withoutStep),
    ...contentionEvents(before, round, digest),
    ...round.missing.map((id) =>
      endpointEvent('Missing', id, 'its namespace is gone: released if still gone in the next scan'),
    ),
    ...round.released.map((id) =>
      endpointEvent('Released', id, 'its namespace is gone: its address is quarantined'),
    ),
  ];
  const now = inputs.toTime(inputs.nowMs);
  return pending.map(({ atMs, ...event }) => ({
    time: atMs === undefined ? now : inputs.toTime(atMs),
    ...event,
  }));
}

function isNewState({ tracking }: RoundMemory, step: Step): boolean {
  const known = tracking.get(step.key);
  return known === undefined || known.fingerprint !== stepFingerprint(step);
}

function driftEvent({ step, by }: Drift): PendingEvent {
  return {
    type: 'Drift',
    key: step.key,
    message: renderAttribution(by),
    cause: 'drift',
    by: by.by,
    ...omitUndefined({ atMs: by.atMs }),
  };
}

function repairEvent({ step, by }: Drift, { nowMs, doneMs }: EventInputs): PendingEvent {
  const took =
    by.atMs === undefined ? '' : ` in ${((doneMs?.get(step.key) ?? nowMs) - by.atMs).toFixed(1)} ms`;
  return { type: 'Repaired', key: step.key, message: `${verbOf(step)}${took}`, cause: 'drift' };
}

function verbOf({ change }: Step): string {
  if (change.verb === 'update') return `restored (${change.fields.join(', ')})`;
  return change.verb === 'create' ? 'recreated' : 'removed';
}

function appliedEvents({ document }: Round, applied: readonly Step[]): readonly PendingEvent[] {
  if (applied.length === 0) return [];
  const { generation } = document.metadata;
  const what = applied.length === 1 ? (applied[0]?.key ?? '') : count(applied.length, 'object');
  return [{ type: 'Applied', message: `generation ${generation}: ${what}`, cause: 'pending' }];
}

function backoffEvents(
  before: RoundMemory,
  { memory, left }: Digest,
  { nowMs }: EventInputs,
): readonly (PendingEvent & { readonly step: Step })[] {
  return left.remaining.flatMap((step) => {
    const now = memory.tracking.get(step.key);
    if (now?.state !== 'error' || now.attempts === before.tracking.get(step.key)?.attempts) return [];
    const wait = ((now.nextTryMs ?? nowMs) - nowMs) / 1000;
    const message = `${now.reason}; next try in ${wait.toFixed(1)} s (attempt ${now.attempts})`;
    return [{ type: 'Backoff' as const, key: step.key, message, step }];
  });
}

function reportedEvents(
  before: RoundMemory,
  { memory, left }: Digest,
): readonly (PendingEvent & { readonly step: Step })[] {
  const steps = [...left.withheld, ...left.held.map(({ step }) => step)];
  return steps.flatMap((step) => {
    const now = memory.tracking.get(step.key);
    const isReported = before.tracking.get(step.key)?.state === now?.state && !isNewState(before, step);
    if (now === undefined || isReported || (now.state !== 'reported' && now.state !== 'paused')) return [];
    const type = now.state === 'paused' ? 'Paused' : 'Reported';
    return [{ type, key: step.key, message: now.reason, step } as const];
  });
}

function contentionEvents(
  before: RoundMemory,
  round: Round,
  { memory, repaired }: Digest,
): readonly PendingEvent[] {
  const [known, now] = [new Set(contended(before.repairHistories)), contended(memory.repairHistories)];
  const ours = { bridges: networkLinks(round.document).flatMap(({ bridge }) => bridge?.name ?? []) };
  const begun = now.flatMap((key): readonly PendingEvent[] => {
    const drift = repaired.find(({ step }) => step.key === key);
    if (known.has(key) || drift === undefined) return [];
    const { by } = drift;
    const message = `repeatedly reverted by ${by.by}; backing off\n${renderRemedy(by, ours)}`;
    return [{ type: 'Contended', key, message, by: by.by }];
  });
  const ended = [...known].filter((key) => !now.includes(key));
  return [
    ...begun,
    ...ended.map((key): PendingEvent => ({ type: 'Calm', key, message: 'no longer reverted' })),
  ];
}

function endpointEvent(type: EventType, id: ObjectKey, message: string): PendingEvent {
  return { type, key: `endpoint ${id}`, message };
}

function withoutStep({ step, ...event }: PendingEvent & { readonly step: Step }): PendingEvent {
  return { ...event, key: step.key };
}

/** One event per kind of object if there are many; `render` is called only for events that are reported. */
function few<T extends { readonly step: Step }>(
  all: readonly T[],
  render: (one: T) => PendingEvent,
): readonly PendingEvent[] {
  if (all.length <= FEW) return all.map(render);
  const kinds = new Map<string, { readonly first: T; others: number }>();
  for (const one of all) {
    const { kind } = subjectOf(one.step.change);
    const known = kinds.get(kind);
    if (known === undefined) kinds.set(kind, { first: one, others: 0 });
    else known.others += 1;
  }
  return [...kinds.values()].map(({ first, others }) => {
    const pending = render(first);
    return others === 0
      ? pending
      : { ...pending, message: `and ${others} more of this kind: ${pending.message}` };
  });
}
