/** `vnet man`: shows or installs the manual. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nearestWord } from '../../../document/check/nearest.ts';
import type { Problem } from '../../../document/store/store.ts';
import { showManual } from '../../../os/tool.ts';
import { fail, ok, type Result, thrownMessage } from '../../../model/result.ts';
import type { CommandLine } from '../../verb.ts';
import { EXIT, type ExitCode } from '../../../app/exit-codes.ts';
import { helpOf } from '../../manual/help.ts';
import type { Page } from '../../../app/manual-page.ts';
import { findPage, listPages } from '../../manual/pages.ts';
import { renderPlain } from '../../manual/plain.ts';
import { renderAlias, renderRoff } from '../../manual/roff.ts';
import type { Output } from '../../../app/output.ts';
import { VERSION } from '../../../app/version.ts';

/** The page to show, or the directory to write all pages to. */
export type ManChoice = { readonly page: string | undefined; readonly out: string | undefined };

/**
 * Shows a page: in man(1) on a terminal, else as roff; or writes all pages. `more` are pages beyond the
 * command line's.
 * Errors: `not-found` with the nearest page; `io` if the pages cannot be written.
 */
export function man(
  line: CommandLine,
  more: readonly Page[],
  choice: ManChoice,
  output: Output,
): Result<ExitCode, Problem> {
  const pages = [...listPages(line), ...more];
  if (choice.out !== undefined) return writePages(pages, choice.out, output);
  const asked = choice.page ?? 'vnet';
  const page = findPage(pages, asked);
  if (page === undefined) {
    const names = pages.map(({ name }) => name.replace(/^vnet-/, ''));
    const nearest = nearestWord(asked, names);
    const hint = nearest === undefined ? `Pages: ${names.join(', ')}.` : `did you mean vnet man ${nearest}?`;
    return fail('not-found', 'man', `no page ${asked}`, { hint });
  }
  const roff = renderRoff(page, VERSION);
  if (!process.stdout.isTTY) output.print(roff.trimEnd());
  else if (showManual(roff).kind !== 'done') {
    output.print(renderPlain(page, helpOf(line.program)));
  }
  return ok(EXIT.done);
}

function writePages(pages: readonly Page[], folder: string, output: Output): Result<ExitCode, Problem> {
  try {
    for (const page of pages) {
      const { name, section, aliases } = page;
      const place = join(folder, `man${section}`);
      mkdirSync(place, { recursive: true });
      writeFileSync(join(place, `${name}.${section}`), renderRoff(page, VERSION));
      for (const alias of aliases) writeFileSync(join(place, `${alias}.${section}`), renderAlias(page));
    }
  } catch (error) {
    const hint = 'Name a writable directory: vnet man --out DIR';
    return fail('io', `write the manual to ${folder}`, thrownMessage(error), { hint });
  }
  output.print(`${pages.length} pages in ${folder}; read them with: man -M ${folder} vnet`);
  return ok(EXIT.done);
}
