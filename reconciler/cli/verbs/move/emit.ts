/** Writes what a verb makes, whole and as it is. */
import { writeFileSync } from 'node:fs';
import type { Sys } from '../../../model/ports/sys.ts';
import { err, type Failure, failure, ok, type Result } from '../../../model/result.ts';

/** Writes a text, whole and as it is, where the verb was told to. Errors: the file can't be written. */
export type Emit = (text: string) => Result<void>;

/** Returns what writes to the file, or to stdout without one. No line break is added. */
export function emitTo(sys: Sys, out: string | undefined): Emit {
  return (text) => {
    if (out === undefined) {
      sys.write(1, new TextEncoder().encode(text));
      return ok(undefined);
    }
    try {
      writeFileSync(out, text);
      return ok(undefined);
    } catch (error) {
      return err(fileFailure(`write ${out}`, error, 'Name a writable file.'));
    }
  };
}

/** Returns why a file could not be read or written. */
export function fileFailure(step: string, error: unknown, hint: string): Failure {
  const message = error instanceof Error ? error.message : String(error);
  return failure(message.startsWith('ENOENT') ? 'not-found' : 'io', step, message, { hint });
}
