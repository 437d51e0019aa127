/** Upgrades the document to the present version of the format, without another change. */
import type { NameAuthor } from '../../../app/author.ts';
import { EXIT, type ExitCode } from '../../../app/exit-codes.ts';
import type { Output } from '../../../app/output.ts';
import type { SlowPath } from '../../../document/slow-path.ts';
import type { Problem, Store } from '../../../document/store/store.ts';
import { findTail } from '../../../document/text/scan.ts';
import { API_VERSION } from '../../../model/names.ts';
import { fail, ok, type Result } from '../../../model/result.ts';
import { diffTexts } from '../../terminal/line-diff.ts';

/** Dependencies. Shape: a preview only reads the store. */
export type MigrationPorts = {
  readonly store: Pick<Store, 'read'> & Partial<Pick<Store, 'submit'>>;
  readonly slow: SlowPath;
  readonly authorOf: NameAuthor;
};

/**
 * Ensures that the document is of the present version; without `submit` prints the difference instead.
 * Errors: `not-found` without a document; those of submit.
 */
export function migrate(
  { store, slow, authorOf }: MigrationPorts,
  output: Output,
): Result<ExitCode, Problem> {
  const read = store.read();
  if (!read.ok) return read;
  const { text, document } = read.value ?? {};
  if (text === undefined || document === undefined) {
    const hint = 'The first ADD writes one, in the present version.';
    return fail('not-found', 'migrate the document', 'there is no document', { hint });
  }
  const upgraded = slow.upgrade(text);
  const { generation } = document.metadata;
  if (upgraded === text) {
    output.print(`unchanged: generation ${generation} is ${API_VERSION}`);
    return ok(EXIT.done);
  }
  if (store.submit === undefined) {
    printDifference(text, upgraded, output);
    return ok(EXIT.differences);
  }
  const done = store.submit(authorOf('vnet migrate', `to ${API_VERSION}`), upgraded, {
    ifGeneration: generation,
  });
  if (!done.ok) return done;
  if (done.value.kind !== 'taken') return ok(EXIT.conflict);
  const { metadata } = done.value.snapshot.document;
  output.print(`Generation ${metadata.generation} is ${API_VERSION}; nothing else changed.`);
  return ok(EXIT.done);
}

/** The machine-written part is identical. */
function printDifference(before: string, after: string, output: Output): void {
  for (const hunk of diffTexts(headOf(before), headOf(after))) {
    output.print('@@');
    for (const { sign, text } of hunk) {
      const paint = sign === '-' ? 'delete' : sign === '+' ? 'create' : 'dim';
      output.print(output.paint(paint, `${sign}${text}`));
    }
  }
}

function headOf(text: string): string {
  return text.slice(0, findTail(text) ?? text.length);
}
