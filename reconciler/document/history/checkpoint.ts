/** Paths of the generations that are stored as whole texts. Pure. */
import { historyOf } from './journal.ts';

/** Returns the path of the checkpoint of a generation. */
export function checkpointOf(document: string, generation: number): string {
  return `${historyOf(document)}/${generation}.yaml`;
}
