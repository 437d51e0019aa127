/** Reads files and directories of the node; an unreadable one counts as absent. */
import { readdirSync, readFileSync } from 'node:fs';

/** Returns the text of the file; undefined if it cannot be read. */
export function textAt(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/**
 * Returns the names in the directory in code unit order, as programs sort them; empty if it cannot be read.
 */
export function listFolder(path: string): readonly string[] {
  try {
    return readdirSync(path).toSorted();
  } catch {
    return [];
  }
}
