/** The documentation site, as `npm run docs` makes it. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GROUPS, linkTargets, siteLink } from '../../scripts/site/links.ts';
import { chromium, openPage } from '../support/browser.ts';
import { mustExec } from '../support/exec.ts';
import { isLong } from '../support/long.ts';
import { isSkipped } from '../support/skip.ts';

const noBrowser = isSkipped(
  'the site in a browser',
  isLong && chromium !== undefined ? undefined : `npm run test:long does it, with chromium`,
);
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

  describe.skipIf(noBrowser)('in a browser', () => {
    it.each([
      ['docs/index.html', 'vnet', 1400, 'grid'],
      ['docs/explanation/data-path.html', 'Data path', 1400, 'grid'],
      ['docs/reference/cli.html', 'Command line', 600, 'block'],
    ])(
      '%s has its style, its pictures, and nothing wider than the window',
      async (path, heading, width, display) => {
        const page = await openPage(pathToFileURL(join(out, path)).href, { width, height: 1000 });
        try {
          await page.until(
            "document.readyState === 'complete' && document.querySelector('main h1') !== null",
          );
          expect(await page.evaluate("document.querySelector('main h1').textContent")).toContain(heading);
          expect(await page.evaluate('getComputedStyle(document.body).display')).toBe(display);
          const broken =
            '[...document.images].filter(({ naturalWidth }) => naturalWidth === 0).map(({ src }) => src)';
          expect(await page.evaluate(broken)).toEqual([]);
          const overflow = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
          expect(await page.evaluate(overflow)).toBeLessThanOrEqual(0);
          const folder = process.env['VNET_TEST_PICTURES'];
          const name = `site-${path.replaceAll(/\W/g, '-')}.png`;
          if (folder !== undefined) writeFileSync(join(folder, name), await page.screenshot());
        } finally {
          await page.close();
        }
      },
    );
  });
});
