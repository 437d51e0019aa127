/** The blocks of commands in the pages for people. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

/**
 * A block. Shape: `runner` is the word after `sh`, `title` the rest: the part of the page that a test runs, or the reason why none does.
 */
export type CommandBlock = {
  readonly page: string;
  readonly runner: string;
  readonly title: string;
  readonly lines: readonly string[];
};

const FOLDERS = ['docs', 'deploy', 'examples'];

/** The pages with commands: the README, and those of docs, deploy and examples. */
export const COMMAND_PAGES: readonly string[] = [
  'README.md',
  ...FOLDERS.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.md'))
      .map((name) => join(folder, name))
      .toSorted(),
  ),
];

/** Beginnings that a block without a language must not have: it is for pictures and output. */
const COMMAND = /^(vnet|kubectl|npm|npx|apt|ip|cp|mkdir|systemctl|dist\/bin\/vnet) /m;

/** Returns the blocks of commands, in order. Comments at the ends of lines are left out. */
export function commandBlocks(page: string): readonly CommandBlock[] {
  const text = readFileSync(join(root, page), 'utf8');
  return [...text.matchAll(/^```(.*)\n([\s\S]*?)^```/gm)].flatMap(([, info = '', block = '']) => {
    const [mark, runner = '', title = ''] = /^sh(?: (\S+)(?: (.*))?)?$/.exec(info) ?? [];
    if (mark === undefined && !(info === '' && COMMAND.test(block))) return [];
    const lines = block.split('\n').filter((line) => line.trim() !== '');
    return [{ page, runner, title, lines: lines.map((line) => line.replace(/ +# .*$/, '')) }];
  });
}
