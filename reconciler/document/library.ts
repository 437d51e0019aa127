/**
 * Code that few runs need, loaded on demand to keep CNI calls small: document creation (`creation`),
 * checkpoints and refused edits (`archive`), full YAML support (`recovery`), and documents with an owner, mode or
 * ACL of their own (`attributes`). Work is synchronous, loading
 * is not: work that needs a missing part returns a Failure that names it, and has changed nothing.
 */
import { err, failure, type Failure, ok, type Result } from '../model/result.ts';
import type { Problem } from './snapshot.ts';
import type { LibraryLoader, LibraryPart } from './store/current.ts';

const PARTS: readonly LibraryPart[] = ['creation', 'archive', 'recovery', 'attributes'];

/**
 * The Failure of work that needs a missing part.
 * Shape: `needs` is the part to load before repeating the work.
 */
export type NotLoaded = Failure & { readonly needs: LibraryPart };

/** Returns the Failure of work that needs this part. */
export function notLoaded(step: string, needs: LibraryPart): NotLoaded {
  return { ...failure('interrupted', step, `it needs code that is not loaded: ${needs}`), needs };
}

/** Resolves once the whole library is loaded. */
export async function loadWhole(library: Pick<LibraryLoader, 'load'>): Promise<void> {
  for (const part of PARTS) await library.load(part);
}

/** Succeeds if the whole library is loaded. Errors: NotLoaded. */
export function requireLibrary(library: Pick<LibraryLoader, 'loaded'>, step: string): Result<void> {
  const missing = PARTS.find((part) => library.loaded()[part] === undefined);
  return missing === undefined ? ok(undefined) : err(notLoaded(step, missing));
}

/** Returns true if the problem is a missing part of the library. */
export function isNotLoaded(problem: Problem): problem is NotLoaded {
  return 'needs' in problem;
}

/**
 * Resolves to the result of the work; loads each missing part and repeats the work.
 * Law: `work` must be repeatable from its start.
 */
export async function whenLoaded<T>(
  library: Pick<LibraryLoader, 'load'>,
  work: () => Result<T, Problem> | Promise<Result<T, Problem>>,
): Promise<Result<T, Problem>> {
  for (;;) {
    const done = await work();
    if (done.ok || !isNotLoaded(done.error)) return done;
    await library.load(done.error.needs);
  }
}
