/** Combines the hand-edited part of an older text with the latest CNI part. Pure. */
import { findTail } from '../text/scan.ts';

/** The digits of the generation, in a document whose metadata is in block style. */
const GENERATION =
  /^(metadata:[^\S\n]*(?:#.*)?\r?\n(?:[ \t]+.*\r?\n|[ \t]*#.*\r?\n|\r?\n)*?[ \t]+generation:[ \t]*)\d+/m;

/**
 * Returns the older text with the latest endpoints and released addresses, as an edit begun at `generation`.
 * Undefined if one of the texts is not in block style: the networks must then be edited instead.
 */
export function restoreText(older: string, latest: string, generation: number): string | undefined {
  const [headEnd, tailStart] = [findTail(older), findTail(latest)];
  if (headEnd === undefined || tailStart === undefined) return undefined;
  const head = older.slice(0, headEnd);
  if (!GENERATION.test(head)) return undefined;
  return head.replace(GENERATION, `$1${generation}`) + latest.slice(tailStart);
}

/** Returns the hand-edited part of the text with its comments, without the number of the generation. */
export function handEdited(text: string): string {
  return text.slice(0, findTail(text) ?? text.length).replace(/^( +generation:) *\d+/m, '$1');
}
