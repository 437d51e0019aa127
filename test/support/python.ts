/** Python scripts of tests: programs of one socket or another, of the standard library alone. */

/** Returns the command of a script. Without the site's packages, Python starts in half the processor time. */
export function python(script: string, ...args: readonly string[]): readonly string[] {
  return ['python3', '-I', '-S', '-c', script, ...args];
}
