/** Tests that can't be run here say so, and why. */
import { findCommand } from './tools.ts';

/** Prints the reason, if there is one, and returns whether the tests of this subject are to be skipped. */
export function isSkipped(subject: string, reason: string | undefined): boolean {
  if (reason !== undefined) console.log(`${subject}: skipped: ${reason}`);
  return reason !== undefined;
}

/** Returns why what needs these commands can't be tried; undefined when all are there. */
export function whyWithout(...commands: readonly string[]): string | undefined {
  const missing = commands.filter((command) => findCommand(command) === undefined);
  return missing.length === 0 ? undefined : `not installed: ${missing.join(', ')}`;
}
