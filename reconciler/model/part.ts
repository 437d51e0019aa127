/**
 * Parts of the program that few runs need: their code is loaded when one does. All work is synchronous and loading is
 * not, so a run that meets a part not loaded yet ends there, and is run again from its start. Pure.
 */

/** Returns the part. Throws PartNeeded while it is not loaded. */
export type Part<T> = () => T;

/** What a run throws that can't go on without a part. Never an error: withParts() catches it. */
class PartNeeded extends Error {
  readonly load: () => Promise<void>;

  constructor(load: () => Promise<void>) {
    super('a part of the program is not loaded: run this inside withParts()');
    this.load = load;
  }
}

/** Returns a part that `load` brings in, once, when it is first asked for. */
export function createPart<T>(load: () => Promise<T>): Part<T> {
  let loaded: { readonly part: T } | undefined;
  return () => {
    if (loaded !== undefined) return loaded.part;
    throw new PartNeeded(async () => {
      loaded = { part: await load() };
    });
  };
}

/**
 * Returns what `run` returns, with every part loaded that it asked for.
 * `run` must be idempotent: what it did before it met a missing part it meets done when it is run again. Locks that
 * it holds it must let go of on the way out.
 */
export async function withParts<T>(run: () => T | Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await run();
    } catch (thrown) {
      if (!(thrown instanceof PartNeeded)) throw thrown;
      await thrown.load();
    }
  }
}
