/** The users of the machine. */
import type { Sys } from '../model/ports/sys.ts';
import { readText } from './file.ts';

/** Returns the name of the user with this number; undefined if /etc/passwd has none. Source: passwd(5). */
export function readLoginName(sys: Sys, uid: string): string | undefined {
  const lines = (readText(sys, '/etc/passwd') ?? '').split('\n');
  return lines.map((line) => line.split(':')).find((fields) => fields[2] === uid)?.[0];
}
