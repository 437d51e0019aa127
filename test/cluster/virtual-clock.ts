/** A clock that a test moves. */
import type { ApiClock } from '../../reconciler/cluster/api/transport.ts';
import { type Sleeper, Sleepers } from './sleepers.ts';

export class VirtualClock implements ApiClock {
  #nowMs = 0;
  #order = 0;
  readonly #sleepers = new Sleepers();
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
      const atMs = this.#nowMs + Math.max(durationMs, 0);
      const sleeper: Sleeper = { atMs, order: this.#order, wake };
      const end = (): void => {
        sleeper.wake = undefined;
        wake();
      };
      signal?.addEventListener('abort', end);
      this.#sleepers.add(sleeper);
    });
  }

  /** Moves the time on, from wake-up to wake-up; all work due in between is done. */
  async advance(durationMs: number): Promise<void> {
    const untilMs = this.#nowMs + durationMs;
    await settle();
    const sleepers = this.#sleepers;
    for (let next = sleepers.first(); next !== undefined && next.atMs <= untilMs; next = sleepers.first()) {
      const endMs = Math.ceil(next.atMs / this.#quantumMs) * this.#quantumMs;
      this.#nowMs = this.#quantumMs === 1 ? next.atMs : Math.min(untilMs, endMs);
      for (
        let due = sleepers.takeUntil(this.#nowMs);
        due !== undefined;
        due = sleepers.takeUntil(this.#nowMs)
      )
        due.wake?.();
      await settle();
    }
    this.#nowMs = untilMs;
  }
}

/** Resolves when no work is ready to run: none of it waits for anything but this clock. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 4; turn += 1) await new Promise((resolve) => void setImmediate(resolve));
}
