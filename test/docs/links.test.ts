/** Every link of the documentation has a target, and every vnet command in it is accepted. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { splitLine } from '../cli/manual/command-lines.ts';
import { requestOf } from '../cli/request.ts';

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

  it('says of each block of commands where it runs', () => {
    const text = readFileSync(join(root, page), 'utf8');
    const marks = [...text.matchAll(/^```(sh\b.*)$/gm)].map(([, mark]) => mark);
    const known = ['sh lab', 'sh podman', 'sh node'];
    // The README, and pages beside docs/, are for a checkout.
    expect(page.startsWith('docs/') ? marks.filter((mark) => !known.includes(mark ?? '')) : []).toEqual([]);
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

it('every page of docs is linked from docs/index.md', () => {
  const index = readFileSync(join(root, 'docs/index.md'), 'utf8');
  const missing = docs
    .map((page) => relative('docs', page))
    .filter((page) => page !== 'index.md' && !index.includes(`(${page})`));
  expect(missing).toEqual([]);
});
