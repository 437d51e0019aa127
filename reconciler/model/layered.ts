/** Lookups with a few changes over another one, without copying it. Pure. */

/** The read access that a lookup needs. */
export type Lookup<K, V> = Pick<ReadonlyMap<K, V>, 'get' | 'has'>;

/** Shape: an undefined value marks a removed key. */
export type Changes<K, V> = Iterable<readonly [K, V | undefined]>;

/** Returns the lookup with these changes. Law: equal to a changed copy; `base` is unchanged. */
export function layer<K, V>(base: Lookup<K, V>, changes: Changes<K, V>): Lookup<K, V> {
  return base instanceof Layered ? base.with(changes) : new Layered<K, V>(base, new Map(changes));
}

/** Returns the lookup that `make` returns, which is called at the first use. */
export function onDemand<K, V>(make: () => Lookup<K, V>): Lookup<K, V> {
  let made: Lookup<K, V> | undefined;
  const all = (): Lookup<K, V> => (made ??= make());
  return { get: (key) => all().get(key), has: (key) => all().has(key) };
}

class Layered<K, V> implements Lookup<K, V> {
  readonly #base: Lookup<K, V>;
  readonly #changes: ReadonlyMap<K, V | undefined>;

  constructor(base: Lookup<K, V>, changes: ReadonlyMap<K, V | undefined>) {
    this.#base = base;
    this.#changes = changes;
  }

  get(key: K): V | undefined {
    return this.#changes.has(key) ? this.#changes.get(key) : this.#base.get(key);
  }

  has(key: K): boolean {
    return this.#changes.has(key) ? this.#changes.get(key) !== undefined : this.#base.has(key);
  }

  /** Merges into one layer, however many changes follow. */
  with(changes: Changes<K, V>): Layered<K, V> {
    const joined = new Map(this.#changes);
    for (const [key, value] of changes) joined.set(key, value);
    return new Layered(this.#base, joined);
  }
}
