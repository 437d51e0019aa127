/** Python scripts of tests: programs of one socket or another, of the standard library alone. */
import { existsSync } from 'node:fs';

/** A version manager's `python3` is a shell script that starts slower than these programs run. */
const SYSTEM = '/usr/bin/python3';

/** Returns the command of a script. Without the site's packages, Python starts in half the processor time. */
export function python(script: string, ...args: readonly string[]): readonly string[] {
  return [existsSync(SYSTEM) ? SYSTEM : 'python3', '-I', '-S', '-c', script, ...args];
}
