/** `vnet validate`. */
import { count } from '../../../model/words.ts';
import { EXIT } from '../../../app/exit-codes.ts';
import { type Format, printValue } from '../../../app/print.ts';
import type { VnetDocument } from '../../../../schemas/generated/vnet.ts';
import { err, ok } from '../../../model/result.ts';
import { formatOption, type WithFormat } from '../../options.ts';
import type { Verb } from '../../verb.ts';

/** Checks a document. Shape: without a file, the one in force. */
export const validateVerb: Verb<{ readonly file: string | undefined; readonly format: Format }> = {
  describe: (command, choose) =>
    command
      .description('validate a document and show all errors with their place; exit 65 if there are any')
      .argument('[file]', 'the document to validate, - for stdin (default: the one in force)')
      .addOption(formatOption(command))
      .action((file: string | undefined, { output: format }: WithFormat) => choose({ file, format })),
  run: async ({ paths, output, sys }, { file = paths.document, format }) => {
    const [{ readInput }, { readDocument }, { renderIssues }, { notUtf8 }, { readRefused }, { adviseOn }] =
      await Promise.all([
        import('../../terminal/input.ts'),
        import('../../../document/yaml/read.ts'),
        import('../../../document/check/text.ts'),
        import('../../../document/text/utf8.ts'),
        import('../../../document/store/refused-edits.ts'),
        import('../../../document/check/advice.ts'),
      ]);
    const text = readInput(file);
    if (!text.ok && text.error.code !== 'invalid') return text;
    const read = text.ok ? readDocument(text.value, file) : err([notUtf8(file)]);
    const edits = file === paths.document ? readRefused(sys, file) : ok([]);
    const refused = edits.ok ? edits.value.map((edit) => edit.file) : [];
    const notes = read.ok ? adviseOn(read.value) : [];
    if (format !== 'text') {
      printValue({ file, valid: read.ok, issues: read.ok ? [] : read.error, notes, refused }, format, output);
    } else if (read.ok) output.print(summary(read.value, file));
    else output.warn(renderIssues(read.error, text.ok ? text.value : ''));
    if (format === 'text') for (const note of notes) output.warn(note);
    for (const edit of refused)
      output.warn(
        `A saved edit was refused and is not in force: ${edit}. Validate it by that name; finish it with vnet edit --resolve.`,
      );
    if (read.ok) return ok(EXIT.done);
    const isNewer = read.error.some((issue) => issue.code === 'newer-version');
    return ok(isNewer ? EXIT.unsupported : EXIT.invalidData);
  },
  manual: {
    group: 'Check',
    writes: 'nothing',
    examples: [
      ['vnet validate', 'the document in force'],
      ['vnet validate new.yaml', 'a document before you apply it'],
    ],
    exits: ['done', 'invalidData'],
    more: ['Reports all errors in one run, with line, column, excerpt and the nearest valid key.'],
  },
};

function summary({ metadata, networks, endpoints = {} }: VnetDocument, file: string): string {
  const counts = `${count(Object.keys(networks).length, 'network')}, ${count(Object.keys(endpoints).length, 'endpoint')}`;
  return `${file}: valid (generation ${metadata.generation}, ${counts})`;
}
