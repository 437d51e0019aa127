/** All manual pages, and lookup by name. Pure. */
import { documentPage } from './document-page.ts';
import type { Page } from '../../app/manual-page.ts';
import type { CommandLine } from '../verb.ts';
import { programPage, verbPage } from './verb-page.ts';

/** Returns every page of the command line: of the program, of each verb, and of the document. */
export function listPages(line: CommandLine): readonly Page[] {
  return [
    programPage(line),
    ...line.program.commands.map((command) => verbPage(line, command)),
    documentPage(),
  ];
}

/** Returns the page of this name, of the verb of this name, or of an alias. */
export function findPage(pages: readonly Page[], name: string): Page | undefined {
  return (
    pages.find((page) => namesOf(page).includes(name)) ?? pages.find((page) => page.name === `vnet-${name}`)
  );
}

function namesOf({ name, section, aliases }: Page): readonly string[] {
  return [name, `${name}.${section}`, `${name}(${section})`, ...aliases];
}
