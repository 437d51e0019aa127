/** How the shim fails, in the small language: with a CNI error of its own, for it has read no configuration. Pure. */
import { CNI_CODES } from '../errors.ts';
import { call, run, type Statement, text } from './language.ts';

/** Returns statements that print the error and end with exit code 1. */
export function fail(msg: string, details: string): readonly Statement[] {
  const error = { cniVersion: '0.4.0', code: CNI_CODES.ioFailure, msg, details };
  const content = `${JSON.stringify(error, undefined, 4)}\n`;
  return [
    run(call('write', 1, text(content), new TextEncoder().encode(content).length)),
    run(call('exit_group', 1)),
  ];
}
