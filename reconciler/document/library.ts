/**
 * Code that few runs need, so that no usual CNI call loads it: what creates a document (`creation`), checkpoints and refused edits
 * (`archive`), and everything that understands all of YAML (`recovery`). Work is synchronous and loading is not: work that turns out to need a part that is not
 * loaded returns a Failure that names the part, and has changed nothing.
 */
import { err, failure, type Failure, ok, type Result } from '../model/result.ts';
import type { Problem } from './snapshot.ts';
import type { LibraryLoader, LibraryPart } from './store/standing.ts';

const PARTS: readonly LibraryPart[] = ['creation', 'archive', 'recovery'];

/** Why work ended early. Shape: `needs` is the part to load before the work is done again. */
export type NotLoaded = Failure & { readonly needs: LibraryPart };

/** Returns the Failure of work that needs the part. */
export function notLoaded(step: string, needs: LibraryPart): NotLoaded {
  return { ...failure('interrupted', step, `it needs code that is not loaded: ${needs}`), needs };
}

/** Resolves when all of the library is loaded. */
export async function loadWhole(library: Pick<LibraryLoader, 'load'>): Promise<void> {
  for (const part of PARTS) await library.load(part);
}

/** Returns nothing when all of the library is loaded. Errors: NotLoaded. */
export function requireLibrary(library: Pick<LibraryLoader, 'loaded'>, step: string): Result<void> {
  const missing = PARTS.find((part) => library.loaded()[part] === undefined);
  return missing === undefined ? ok(undefined) : err(notLoaded(step, missing));
}

/** Returns true when the work only lacks a part of the library. */
export function isNotLoaded(problem: Problem): problem is NotLoaded {
  return 'needs' in problem;
}

/**
 * Resolves to the result of the work, with each part loaded that it turns out to need.
 * Law: `work` is idempotent; it is done again from its start.
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
