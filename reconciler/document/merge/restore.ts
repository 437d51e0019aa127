/** The hand-edited part of an older text over what CNI has written since. Pure. */
import { findTail } from '../text/scan.ts';

/** The digits of the generation, in a document whose metadata are lines of a block. */
const GENERATION =
  /^(metadata:[^\S\n]*(?:#.*)?\r?\n(?:[ \t]+.*\r?\n|[ \t]*#.*\r?\n|\r?\n)*?[ \t]+generation:[ \t]*)\d+/m;

/**
 * Returns the older text with the latest endpoints and released addresses, as an edit that began from `generation`.
 * Undefined where one of the two is in another form than lines of a block: then the networks are edited instead.
 */
export function restoreText(older: string, latest: string, generation: number): string | undefined {
  const [headEnd, tailStart] = [findTail(older), findTail(latest)];
  if (headEnd === undefined || tailStart === undefined) return undefined;
  const head = older.slice(0, headEnd);
  if (!GENERATION.test(head)) return undefined;
  return head.replace(GENERATION, `$1${generation}`) + latest.slice(tailStart);
}

/** Returns the part of the text that people edit, with its comments; the number of the generation does not count. */
export function handEdited(text: string): string {
  return text.slice(0, findTail(text) ?? text.length).replace(/^( +generation:) *\d+/m, '$1');
}
