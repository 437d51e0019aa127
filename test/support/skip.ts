/** Reports tests that cannot be run here, with the reason. */
import { findCommand } from './tools.ts';

/** Prints the reason, if any, and returns whether the tests of this subject are skipped. */
export function isSkipped(subject: string, reason: string | undefined): boolean {
  if (reason !== undefined) console.log(`${subject}: skipped: ${reason}`);
  return reason !== undefined;
}

/** Returns why tests with these commands cannot be run; undefined if all exist. */
export function whyWithout(...commands: readonly string[]): string | undefined {
  const missing = commands.filter((command) => findCommand(command) === undefined);
  return missing.length === 0 ? undefined : `not installed: ${missing.join(', ')}`;
}
