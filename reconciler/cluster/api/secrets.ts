/** Credentials that change on disk while a process runs: a projected token lives an hour. */
import type { SecretSource } from './access.ts';

/** Age at which a file is read again. Units: milliseconds. */
const MAX_AGE_MS = 60_000;

/** A credential: its present text, and a way to have it read again at the next use. */
export type Secret = { readonly text: () => string | undefined; readonly expire: () => void };

/** Reading of files and the time. Units: milliseconds. */
type SecretInputs = { readonly readText: (path: string) => string | undefined; readonly nowMs: () => number };

/** Returns the credential. A file is read again after a minute; one that is missing or empty then leaves the last text in use. */
export function openSecret(source: SecretSource | undefined, { readText, nowMs }: SecretInputs): Secret {
  if (source === undefined) return { text: () => undefined, expire: () => undefined };
  if ('text' in source) return { text: () => source.text, expire: () => undefined };
  let known: string | undefined;
  let readMs = Number.NEGATIVE_INFINITY;
  return {
    text: () => {
      if (nowMs() - readMs >= MAX_AGE_MS) {
        const text = readText(source.file)?.trim();
        if (text !== undefined && text !== '') known = text;
        readMs = nowMs();
      }
      return known;
    },
    expire: () => {
      readMs = Number.NEGATIVE_INFINITY;
    },
  };
}
