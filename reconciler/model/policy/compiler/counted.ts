/** Values with the number of their uses. Pure. */

/** A key whose value has changed. Shape: undefined where it was, or is, in no use. */
export type CountChange<T> = {
  readonly key: string;
  readonly before: T | undefined;
  readonly now: T | undefined;
};

/** Counts uses of values by key. Shape: of several values with one key, the last one counts. */
export class Counted<T> {
  readonly #entries = new Map<string, { readonly value: T; readonly count: number }>();
  /** The values when changes were taken last; only of keys used or dropped since. */
  #before = new Map<string, T | undefined>();

  /** Counts a use that begins (1) or ends (-1). */
  count(key: string, value: T, by: 1 | -1): void {
    const entry = this.#entries.get(key);
    if (!this.#before.has(key)) this.#before.set(key, entry?.value);
    const count = (entry?.count ?? 0) + by;
    if (count > 0) this.#entries.set(key, { value: by === 1 ? value : (entry?.value ?? value), count });
    else this.#entries.delete(key);
  }

  has(key: string): boolean {
    return this.#entries.has(key);
  }

  /** The number of keys in use. */
  get size(): number {
    return this.#entries.size;
  }

  /** Returns the values in use. */
  get all(): readonly T[] {
    return Array.from(this.#entries.values(), ({ value }) => value);
  }

  /** Returns the changes since the last call. */
  takeChanges(): readonly CountChange<T>[] {
    if (this.#before.size === 0) return [];
    const changes = Array.from(this.#before, ([key, before]) => {
      return { key, before, now: this.#entries.get(key)?.value };
    });
    this.#before = new Map();
    return changes.filter(({ before, now }) => before !== now);
  }
}
