/** The documentation site, as `npm run docs` makes it. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GROUPS, linkTargets, siteLink } from '../../scripts/site/links.ts';
import { mustExec } from '../support/exec.ts';

const root = join(import.meta.dirname, '../..');

describe('links', () => {
  it('lead to pages of the site, with their anchors', () => {
    expect(siteLink('../a/b.md#c')).toBe('../a/b.html#c');
    expect(siteLink('https://example.org/x.md')).toBe('https://example.org/x.md');
    const text = '[a](../x/y.md#z) ![b](c.svg) [d](https://e) [f](#g)';
    expect(linkTargets('docs/how-to/page.md', text)).toEqual(['docs/x/y.md', 'docs/how-to/c.svg']);
  });
});

describe('the site', () => {
  let out: string;
  beforeAll(() => {
    out = mkdtempSync(join(tmpdir(), 'vnet-site-'));
    mustExec(
      [process.execPath, join(root, 'node_modules/tsx/dist/cli.mjs'), 'scripts/docs.ts', '--out', out],
      {
        cwd: root,
      },
    );
  });
  afterAll(() => rmSync(out, { recursive: true }));

  it('has every page of the navigation', () => {
    for (const page of GROUPS.flatMap(({ pages }) => pages)) {
      expect([page, existsSync(join(out, page.replace(/\.md$/, '.html')))]).toEqual([page, true]);
    }
  });

  it('has no broken link, style sheet or picture', () => {
    const pages = readdirSync(out, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.html'),
    );
    expect(pages.length).toBeGreaterThan(25);
    const broken = pages.flatMap((page) => {
      const text = readFileSync(join(out, page), 'utf8').replaceAll(/<pre>[\s\S]*?<\/pre>/g, '');
      const links = [...text.matchAll(/ (?:href|src)="([^"#]+)(?:#[^"]*)?"/g)].map(
        ([, target = '']) => target,
      );
      return links
        .filter((target) => !/^[a-z]+:/.test(target) && !existsSync(join(out, dirname(page), target)))
        .map((target) => `${page}: ${target}`);
    });
    expect(broken).toEqual([]);
  });
});
