/** Every link of the documentation has a target, and every vnet command in it is accepted. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { splitLine } from '../cli/manual/command-lines.ts';
import { requestOf } from '../cli/request.ts';
import { COMMAND_PAGES, commandBlocks } from './blocks.ts';

const root = join(import.meta.dirname, '../..');
const docs = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.md'))
  .map((name) => join('docs', name));
const PAGES = [...docs, 'README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'plugin/ERRORS.md'];

/** Source: the rule of GitHub and of the site's generator. */
function anchorsOf(text: string): ReadonlySet<string> {
  const titles = [...text.matchAll(/^#+ (.*)$/gm)].map(([, title = '']) => title);
  return new Set(
    titles.map((title) =>
      title
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
        .trim()
        .replaceAll(' ', '-'),
    ),
  );
}

function brokenLinks(page: string): readonly string[] {
  const text = readFileSync(join(root, page), 'utf8').replaceAll(/```[\s\S]*?```|`[^`\n]*`/g, '');
  const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
  return links
    .filter((target) => !/^[a-z]+:/.test(target))
    .filter((target) => {
      const [path = '', anchor] = target.split('#');
      const file = path === '' ? join(root, page) : join(root, dirname(page), path);
      if (!existsSync(file)) return true;
      return anchor !== undefined && !anchorsOf(readFileSync(file, 'utf8')).has(anchor);
    });
}

describe.each(PAGES)('%s', (page) => {
  it('has no broken link', () => {
    expect(brokenLinks(page)).toEqual([]);
  });

  it('names only tests that exist', () => {
    const named = readFileSync(join(root, page), 'utf8').matchAll(/\btest\/[\w/.-]+\.test\.ts\b/g);
    expect([...named].map(([path]) => path).filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  it('names only sources that exist, below the project or reconciler/', () => {
    const named = readFileSync(join(root, page), 'utf8').matchAll(/`((?:[\w-]+\/)+[\w.-]+\.(?:ts|c))`/g);
    const isMissing = (path: string): boolean =>
      !['', 'reconciler'].some((folder) => existsSync(join(root, folder, path)));
    expect([...named].flatMap(([, path = '']) => (isMissing(path) ? [path] : []))).toEqual([]);
  });

  it('has only commands that vnet accepts', async () => {
    const blocks = [...readFileSync(join(root, page), 'utf8').matchAll(/^```sh.*\n([\s\S]*?)^```/gm)];
    const lines = blocks.flatMap(([, block = '']) => block.split('\n'));
    for (const line of lines) {
      const command = /^(?:\S*\/)?vnet (.*?)(?: +#.*| \|\| true)?$/.exec(line)?.[1];
      if (command === undefined) continue;
      const request = await requestOf(splitLine(command));
      expect([page, line, request.kind === 'request' || !request.isError]).toEqual([page, line, true]);
    }
  });
});

/** The tests that run blocks, by the word after `sh`; a test of several parts names each. */
const RUNNERS: Readonly<Record<string, string>> = {
  lab: 'test/docs/commands.test.ts',
  podman: 'test/clients/podman-page.test.ts',
  machine: 'test/docs/install-pages.test.ts',
};

it.each(COMMAND_PAGES)('each block of commands in %s is run by a test, or says why not', (page) => {
  const unknown = commandBlocks(page).filter(({ runner, title }) => {
    if (runner === 'unrun') return title.split(' ').length < 3;
    const test = RUNNERS[runner];
    if (test === undefined) return true;
    const text = readFileSync(join(root, test), 'utf8');
    return !text.includes(title === '' ? `\`\`\`sh ${runner}` : `linesOf('${title}')`);
  });
  expect(unknown).toEqual([]);
});

it('every page of docs is linked from docs/index.md', () => {
  const index = readFileSync(join(root, 'docs/index.md'), 'utf8');
  const missing = docs
    .map((page) => relative('docs', page))
    .filter((page) => page !== 'index.md' && !index.includes(`(${page})`));
  expect(missing).toEqual([]);
});
