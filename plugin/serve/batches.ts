/** Does together what calls wait for that are answered by one process at the same time. */
import { convergeTogether, type Perform, transactTogether } from '../drive.ts';
import type { ConvergeEffect, TransactEffect } from '../work.ts';

/** Nobody else gets at the document or the kernel while so many calls are done together: some tenths of a second. */
const MOST_TOGETHER = 128;

type Shared = TransactEffect | ConvergeEffect;

type Waiting<T> = {
  readonly effect: T;
  readonly done: () => void;
  readonly failed: (thrown: unknown) => void;
};

/** How long more calls of a burst are waited for, and how often it is looked whether some have come. Units: milliseconds. */
const GATHER = { longestMs: 8, lookMs: 1 } as const;

/**
 * Does what many calls wait for: one write for all transactions of a moment, one batch of changes for all endpoints.
 * Law: each call gets what performAlone() would have given it, one call after the other.
 */
export class Batches {
  readonly #transacts: Waiting<TransactEffect>[] = [];
  readonly #converges: Waiting<ConvergeEffect>[] = [];
  readonly #later: (work: () => void) => void;
  #isDue = false;
  /** How many calls have begun, and how many had when things were last done. */
  #begun = 0;
  #seen = 0;

  /** `later` runs its argument when all calls that have come in at this moment have been heard. */
  constructor(later: (work: () => void) => void) {
    this.#later = later;
  }

  /** Notes that a call has begun: while others follow it, a burst is gathered. */
  readonly noteCall = (): void => {
    this.#begun += 1;
  };

  readonly perform: Perform = (effect) => {
    if (effect.kind === 'run') return effect.work();
    return new Promise((done, failed) => {
      if (effect.kind === 'transact') this.#transacts.push({ effect, done, failed });
      else this.#converges.push({ effect, done, failed });
      this.#schedule();
    });
  };

  #schedule(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    this.#later(() => this.#gather(GATHER.longestMs));
  }

  /**
   * A single call is done at once. Where several wait, and more come, each write and each look at the kernel is for more of them. The
   * very first call may have a network to make, for which all others wait.
   */
  #gather(leftMs: number): void {
    const isComing = this.#seen > 0 && this.#begun > this.#seen;
    const isBurst = isComing && this.#transacts.length + this.#converges.length > 1;
    this.#seen = this.#begun;
    if (isBurst && leftMs > 0) setTimeout(() => this.#gather(leftMs - GATHER.lookMs), GATHER.lookMs);
    else void this.#flush();
  }

  async #flush(): Promise<void> {
    const converges = this.#converges.splice(0, MOST_TOGETHER);
    await settle(converges, convergeTogether);
    // Who has come while the kernel was at work for many is written of together with them.
    if (converges.length > 1) {
      this.#later(() => this.#gather(GATHER.longestMs));
      return;
    }
    await settle(this.#transacts.splice(0, MOST_TOGETHER), transactTogether);
    this.#isDue = false;
    if (this.#transacts.length > 0 || this.#converges.length > 0) this.#schedule();
  }
}

async function settle<T extends Shared>(
  waiting: readonly Waiting<T>[],
  together: (effects: readonly T[]) => Promise<void>,
): Promise<void> {
  if (waiting.length === 0) return;
  try {
    await together(waiting.map(({ effect }) => effect));
  } catch (thrown) {
    for (const { failed } of waiting) failed(thrown);
    return;
  }
  for (const { done } of waiting) done();
}
