/** Reads files and folders of the node; what can't be read is not there. */
import { readdirSync, readFileSync } from 'node:fs';

/** Returns the text of the file, undefined when it can't be read. */
export function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** Returns the names in the folder, sorted by code units as programs do; none when it can't be read. */
export function listFolder(path: string): readonly string[] {
  try {
    return readdirSync(path).toSorted();
  } catch {
    return [];
  }
}
