/** Writes a verb's product verbatim. */
import { failureOf } from '../../../os/errno.ts';
import { EPIPE } from '../../../app/output.ts';
import { writeFileSync } from 'node:fs';
import type { Sys } from '../../../model/ports/sys.ts';
import { err, fail, ok, type Result, thrownMessage } from '../../../model/result.ts';

/** Writes a text verbatim to the chosen output. Errors: the file cannot be written. */
export type Emit = (text: string) => Result<void>;

/** Returns a writer to the file, or to stdout without one. It appends no newline. */
export function emitTo(sys: Sys, out: string | undefined): Emit {
  return (text) => {
    if (out === undefined) {
      const code = sys.write(1, new TextEncoder().encode(text));
      return code < 0 && code !== -EPIPE ? err(failureOf(code, 'write the output')) : ok(undefined);
    }
    return withFile(`write ${out}`, () => writeFileSync(out, text), 'Name a writable file.');
  };
}

/** Returns the value of `work`, which reads or writes a file. Errors: `not-found` or `io` if it throws. */
export function withFile<T>(step: string, work: () => T, hint: string): Result<T> {
  try {
    return ok(work());
  } catch (error) {
    const message = thrownMessage(error);
    return fail(message.startsWith('ENOENT') ? 'not-found' : 'io', step, message, { hint });
  }
}
