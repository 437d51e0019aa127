/** Sleepers of a virtual clock. */

/** One of them. Shape: `order` counts them; `wake` is undefined once it was woken before its time: all that it holds is garbage. Units: milliseconds. */
export type Sleeper = {
  readonly atMs: number;
  readonly order: number;
  wake: (() => void) | undefined;
};

/** A binary heap, the earliest one first: of a fleet, a hundred thousand sleep at the same time. */
export class Sleepers {
  readonly #heap: Sleeper[] = [];

  add(sleeper: Sleeper): void {
    const heap = this.#heap;
    let at = heap.length;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const other = heap[above];
      if (other === undefined || isBefore(other, sleeper)) break;
      heap[at] = other;
      at = above;
    }
    heap[at] = sleeper;
  }

  /** The earliest one that still sleeps. */
  first(): Sleeper | undefined {
    for (let first = this.#heap[0]; first !== undefined; first = this.#heap[0]) {
      if (first.wake !== undefined) return first;
      this.#removeFirst();
    }
    return undefined;
  }

  /** Removes the earliest one, if it is due. */
  takeUntil(nowMs: number): Sleeper | undefined {
    const first = this.first();
    if (first === undefined || first.atMs > nowMs) return undefined;
    this.#removeFirst();
    return first;
  }

  #removeFirst(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      const [left, right] = [heap[2 * at + 1], heap[2 * at + 2]];
      const isRight = left !== undefined && right !== undefined && isBefore(right, left);
      const lower = isRight ? right : left;
      if (lower === undefined || isBefore(last, lower)) break;
      heap[at] = lower;
      at = 2 * at + (isRight ? 2 : 1);
    }
    heap[at] = last;
  }
}

function isBefore(left: Sleeper, right: Sleeper): boolean {
  return left.atMs < right.atMs || (left.atMs === right.atMs && left.order < right.order);
}
