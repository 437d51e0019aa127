/** Splits the command line of a variable, such as $EDITOR, into words without a shell. Pure. */

/**
 * Returns the words: separated by blanks, which both kinds of quotes protect; a backslash escapes
 * the next character, except between single quotes. Without expansion. Undefined for an unclosed quote or no word.
 * Source: git, split_cmdline() of alias.c.
 */
export function splitCommand(text: string): readonly [program: string, ...args: string[]] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  let quote: string | undefined;
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character === '\\' && quote !== "'") {
      at += 1;
      if (at === text.length) return undefined;
      word = (word ?? '') + text.charAt(at);
    } else if (character === quote) quote = undefined;
    else if (quote === undefined && (character === '"' || character === "'")) {
      quote = character;
      word ??= '';
    } else if (quote === undefined && /\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? '') + character;
  }
  if (quote !== undefined) return undefined;
  const [program, ...args] = word === undefined ? words : [...words, word];
  return program === undefined ? undefined : [program, ...args];
}
