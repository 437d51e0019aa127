/** Colours for the lab's story; plain text if the output is no terminal or NO_COLOR is set. */
import colours from 'picocolors';

/** CreationQueue text into painted text. */
export type Paint = (text: string) => string;

/** The use of each colour. */
export const paint: Readonly<Record<'title' | 'prompt' | 'command' | 'quiet' | 'good' | 'bad', Paint>> = {
  title: (text) => colours.bold(colours.cyan(text)),
  prompt: colours.green,
  command: colours.bold,
  quiet: colours.dim,
  good: colours.green,
  bad: (text) => colours.bold(colours.red(text)),
};
