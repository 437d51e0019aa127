/** All manual pages, and which of them somebody means. Pure. */
import type { Command } from 'commander';
import { documentPage } from './document-page.ts';
import type { Page } from '../../app/manual-page.ts';
import { programPage, verbPage } from './verb-page.ts';

/** Returns every page of the program; those of verbs that are hidden, or of no use alone, are left out. */
export function listPages(program: Command): readonly Page[] {
  const commands = program.createHelp().visibleCommands(program);
  const verbs = commands.filter((command) => command.name() !== 'help');
  return [programPage(program), ...verbs.map((command) => verbPage(program, command)), documentPage()];
}

/** Returns the page that goes by this name: its own, that of the verb, or another that leads to it. */
export function findPage(pages: readonly Page[], name: string): Page | undefined {
  return (
    pages.find((page) => namesOf(page).includes(name)) ?? pages.find((page) => page.name === `vnet-${name}`)
  );
}

function namesOf({ name, section, aliases }: Page): readonly string[] {
  return [name, `${name}.${section}`, `${name}(${section})`, ...aliases];
}
