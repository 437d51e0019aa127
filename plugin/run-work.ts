/** Runs calls: performs their effects and resumes them with the results. */
import { convergeEndpoints } from '../reconciler/loop/round/converge.ts';
import type { Session } from '../reconciler/loop/node/session.ts';
import { isNotLoaded, whenLoaded } from '../reconciler/document/library.ts';
import { Bug, err, ok } from '../reconciler/model/result.ts';
import type { ConvergeEffect, Effect, TransactEffect, Work } from './work.ts';
import { addToList } from '../reconciler/model/objects.ts';

/** Performs one effect of a call. */
export type Perform = (effect: Effect) => Promise<void>;

/** Resolves to the result of `work`. An exception from `perform` is thrown into `work` at its yield. */
export async function runWork<T>(work: Work<T>, perform: Perform): Promise<T> {
  let step = work.next();
  while (step.done !== true) {
    try {
      await perform(step.value);
    } catch (thrown) {
      step = work.throw(thrown);
      continue;
    }
    step = work.next();
  }
  return step.value;
}

/** Performs one effect immediately. */
export const performAlone: Perform = (effect) => {
  if (effect.kind === 'run') return effect.work();
  return effect.kind === 'transact' ? transactTogether([effect]) : convergeTogether([effect]);
};

/** Performs the transactions in as few writes as possible and settles each. */
export async function transactTogether(effects: readonly TransactEffect[]): Promise<void> {
  for (const [session, some] of bySession(effects)) {
    const waiting = [...some];
    await whenLoaded(session.library, () => {
      for (const result of session.store.transactAll(waiting.map(({ transaction }) => transaction))) {
        if (!result.ok && isNotLoaded(result.error)) return err(result.error);
        waiting.shift()?.settle(result);
      }
      return ok(undefined);
    });
    if (waiting.length > 0) throw new Bug('a transaction without a result');
  }
}

/** Converges the endpoints in one batch and settles each. */
export async function convergeTogether(effects: readonly ConvergeEffect[]): Promise<void> {
  for (const [session, some] of bySession(effects)) {
    // The newest document has the present desired state of every endpoint.
    const { document } = some.reduce((newest, one) =>
      generationOf(one) > generationOf(newest) ? one : newest,
    );
    const results = await convergeEndpoints(session, document, [...new Set(some.map(({ id }) => id))]);
    for (const { id, settle } of some) {
      const result = results.get(id);
      if (result === undefined) throw new Bug('an endpoint without a result');
      settle(result);
    }
  }
}

function generationOf({ document }: ConvergeEffect): number {
  return document.metadata.generation;
}

function bySession<T extends TransactEffect | ConvergeEffect>(
  effects: readonly T[],
): ReadonlyMap<Session, readonly T[]> {
  const groups = new Map<Session, T[]>();
  for (const effect of effects) addToList(groups, effect.session, effect);
  return groups;
}
