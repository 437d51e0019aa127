/** Every place where a value may stand, under the names that a script looks it up by. Pure. */
import type { Shape, Slot } from './shape.ts';
import type { Source } from './sources.ts';

/**
 * One place.
 * Shape: keys are `VERB OPTION`, `VERB NUMBER` for the word of that number behind the verb, `VERB more` for those after it,
 * and `* OPTION` for an option of every verb.
 */
export type Place = { readonly keys: readonly string[]; readonly slot: Slot };

/** Returns every place of the command line. */
export function casesOf({ flags, verbs }: Shape): readonly Place[] {
  const everywhere = flags.flatMap(({ names, slot }) =>
    slot === undefined ? [] : [{ keys: names.map((name) => `* ${name}`), slot }],
  );
  const ofVerbs = verbs.flatMap((verb) => [
    ...verb.flags.flatMap(({ names, slot }) =>
      slot === undefined ? [] : [{ keys: names.map((name) => `${verb.name} ${name}`), slot }],
    ),
    ...verb.slots.map((slot, index) => ({
      keys: [`${verb.name} ${index + 1}`, ...(slot.isVariadic ? [`${verb.name} more`] : [])],
      slot,
    })),
  ]);
  return [...ofVerbs, ...everywhere];
}

/** Returns the source as the scripts read it: `words a b`, `ask WHAT`, `files`, `folders`, `none`. */
export function sourceWord(source: Source): string {
  if (source.kind === 'words') return `words ${source.words.join(' ')}`;
  return source.kind === 'ask' ? `ask ${source.what}` : source.kind;
}
