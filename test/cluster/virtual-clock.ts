/** A clock that a test moves. */
import type { ApiClock } from '../../reconciler/cluster/api/transport.ts';

type Sleeper = { readonly atMs: number; readonly order: number; readonly wake: () => void };

export class VirtualClock implements ApiClock {
  #nowMs = 0;
  #order = 0;
  #sleepers: Sleeper[] = [];
  readonly #chance: () => number;
  readonly #quantumMs: number;

  /** All timers due within a quantum fire together at its end: many agents need fewer steps. Units: milliseconds. */
  constructor(chance: () => number = () => 0.5, quantumMs = 1) {
    this.#chance = chance;
    this.#quantumMs = quantumMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  chance(): number {
    return this.#chance();
  }

  sleep(durationMs: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true) return Promise.resolve();
    return new Promise((resolve) => {
      this.#order += 1;
      const wake = (): void => {
        signal?.removeEventListener('abort', end);
        resolve();
      };
      const sleeper: Sleeper = { atMs: this.#nowMs + Math.max(durationMs, 0), order: this.#order, wake };
      const end = (): void => {
        this.#sleepers = this.#sleepers.filter((each) => each !== sleeper);
        wake();
      };
      signal?.addEventListener('abort', end);
      this.#insert(sleeper);
    });
  }

  /** Moves the time on, from wake-up to wake-up; all work due in between is done. */
  async advance(durationMs: number): Promise<void> {
    const untilMs = this.#nowMs + durationMs;
    await settle();
    for (let next = this.#sleepers[0]; next !== undefined && next.atMs <= untilMs; next = this.#sleepers[0]) {
      const endMs = Math.ceil(next.atMs / this.#quantumMs) * this.#quantumMs;
      this.#nowMs = this.#quantumMs === 1 ? next.atMs : Math.min(untilMs, endMs);
      while (this.#sleepers[0] !== undefined && this.#sleepers[0].atMs <= this.#nowMs)
        this.#sleepers.shift()?.wake();
      await settle();
    }
    this.#nowMs = untilMs;
  }

  #insert(sleeper: Sleeper): void {
    let [low, high] = [0, this.#sleepers.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#sleepers[middle]?.atMs ?? 0) <= sleeper.atMs) low = middle + 1;
      else high = middle;
    }
    this.#sleepers.splice(low, 0, sleeper);
  }
}

/** Resolves when no work is ready to run: none of it waits for anything but this clock. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 4; turn += 1) await new Promise((resolve) => void setImmediate(resolve));
}
