/** Command lines in help, manual and README: found, and split as in a shell. */

/** Returns the words of a command line, without redirections. */
export function splitLine(line: string): readonly string[] {
  const [command = ''] = line.split(/ [|>] /);
  const words = command.match(/(?:[^\s'"]+|'[^']*'|"[^"]*")+/g) ?? [];
  return words.map((word) => word.replaceAll(/'([^']*)'|"([^"]*)"/g, '$1$2'));
}

/**
 * Returns the lines of a text that call vnet, after an indentation or a prompt, without explanations after
 * two spaces.
 */
export function findLines(text: string): readonly string[] {
  const lines = text
    .split('\n')
    .flatMap((line) => /^(?: {2,}|\$ )((?:vnet|reconcile) .*)/.exec(line)?.[1] ?? []);
  return lines.map((line) => line.split(/ {2,}/)[0] ?? '');
}
