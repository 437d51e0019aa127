/** Batches the effects of concurrent calls in one process. */
import { convergeTogether, type Perform, transactTogether } from '../run-work.ts';
import type { ConvergeEffect, TransactEffect } from '../work.ts';

/**
 * Bounds a batch: until it ends, some tenths of a second, no other call can use the document or the kernel.
 */
const MAX_TOGETHER = 128;

type Shared = TransactEffect | ConvergeEffect;

type Waiting<T> = {
  readonly effect: T;
  readonly done: () => void;
  readonly failed: (thrown: unknown) => void;
};

/** How long a burst is collected, and the polling interval for further calls. Units: milliseconds. */
const GATHER = { longestMs: 8, lookMs: 1 } as const;

/**
 * Performs the effects of many calls: one write for all pending transactions, one batch of kernel changes for
 * all endpoints.
 * Law: each call gets the result that performAlone() would give, one call after another.
 */
export class Batches {
  readonly #transacts: Waiting<TransactEffect>[] = [];
  readonly #converges: Waiting<ConvergeEffect>[] = [];
  readonly #later: (work: () => void) => void;
  #isDue = false;
  /** Number of calls begun, now and at the last flush. */
  #begun = 0;
  #seen = 0;

  /** `later` runs its argument after all input that has already arrived is processed. */
  constructor(later: (work: () => void) => void) {
    this.#later = later;
  }

  /** Counts a call; while calls keep arriving, a burst is collected. */
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
   * A single call is performed at once. In a burst, waiting lets each write and each kernel scan serve more
   * calls. Not before the first flush: the first call may be creating the network that all others wait for.
   */
  #gather(leftMs: number): void {
    const isComing = this.#seen > 0 && this.#begun > this.#seen;
    const isBurst = isComing && this.#transacts.length + this.#converges.length > 1;
    this.#seen = this.#begun;
    if (isBurst && leftMs > 0) setTimeout(() => this.#gather(leftMs - GATHER.lookMs), GATHER.lookMs);
    else void this.#flush();
  }

  async #flush(): Promise<void> {
    const converges = this.#converges.splice(0, MAX_TOGETHER);
    await settle(converges, convergeTogether);
    // After kernel work for several endpoints, collect again: the calls that arrived meanwhile share one write.
    if (converges.length > 1) {
      this.#later(() => this.#gather(GATHER.longestMs));
      return;
    }
    await settle(this.#transacts.splice(0, MAX_TOGETHER), transactTogether);
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
