/** `vnet validate`: every error of a document, at its place. */
import { readDocument } from '../../../document/yaml/read.ts';
import { renderIssues } from '../../../document/check/text.ts';
import { EXIT, type ExitCode } from '../../../app/exit-codes.ts';
import type { Output } from '../../../app/output.ts';
import { type Format, printValue } from '../../../app/print.ts';

/** Prints what is wrong with the text of `file`, or that it is valid. */
export function validate(text: string, file: string, format: Format, output: Output): ExitCode {
  const read = readDocument(text, file);
  if (format !== 'text') {
    printValue({ file, valid: read.ok, issues: read.ok ? [] : read.error }, format, output);
  } else if (read.ok) {
    const { metadata, networks, endpoints } = read.value;
    const counts = `${Object.keys(networks).length} networks, ${Object.keys(endpoints ?? {}).length} endpoints`;
    output.print(`${file}: valid (generation ${metadata.generation}, ${counts})`);
  } else output.warn(renderIssues(read.error, text));
  if (read.ok) return EXIT.done;
  return read.error.some((issue) => issue.code === 'newer-version') ? EXIT.unsupported : EXIT.invalidData;
}
