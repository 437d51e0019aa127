/** Command lines as they stand in help, manual and README: found, and split as a shell would. */

/** Returns the words of a command line; what redirects its output is left out. */
export function splitLine(line: string): readonly string[] {
  const [command = ''] = line.split(/ [|>] /);
  const words = command.match(/(?:[^\s'"]+|'[^']*'|"[^"]*")+/g) ?? [];
  return words.map((word) => word.replaceAll(/'([^']*)'|"([^"]*)"/g, '$1$2'));
}

/** Returns the lines of a text that call vnet, after an indent or a prompt; what is explained behind two spaces is left out. */
export function findLines(text: string): readonly string[] {
  const lines = text
    .split('\n')
    .flatMap((line) => /^(?: {2,}|\$ )((?:vnet|reconcile) .*)/.exec(line)?.[1] ?? []);
  return lines.map((line) => line.split(/ {2,}/)[0] ?? '');
}
