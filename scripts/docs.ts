/**
 * `npm run docs`: dist/site, a static site of docs/ and of the pages that they refer to, made by Eleventy. It needs no server: links are
 * relative. `--out DIR` writes elsewhere.
 */
import fs from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Eleventy } from '@11ty/eleventy';
import { GROUPS, linkTargets, siteLink } from './site/links.ts';

const root = join(import.meta.dirname, '..');
const { values } = parseArgs({ options: { out: { type: 'string' } } });
const out = resolve(values.out ?? join(root, 'dist/site'));
process.chdir(root);
const source = 'dist/.site';

/** Copies the pages and everything that they refer to, at the same places. */
function stage(): void {
  fs.rmSync(source, { recursive: true, force: true });
  const waiting = ['docs/index.md', ...GROUPS.flatMap(({ pages }) => pages)];
  const known = new Set<string>();
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (known.has(path) || !fs.existsSync(join(root, path))) continue;
    known.add(path);
    if (fs.statSync(join(root, path)).isDirectory()) continue;
    const target = join(source, path);
    fs.mkdirSync(dirname(target), { recursive: true });
    fs.copyFileSync(join(root, path), target);
    if (path.endsWith('.md')) waiting.push(...linkTargets(path, fs.readFileSync(join(root, path), 'utf8')));
  }
  fs.mkdirSync(join(source, '_includes'), { recursive: true });
  fs.copyFileSync(join(root, 'scripts/site/page.liquid'), join(source, '_includes/page.liquid'));
  fs.copyFileSync(join(root, 'scripts/site/style.css'), join(source, 'style.css'));
}

function headingOf(path: string): string {
  const text = fs.readFileSync(join(source, path), 'utf8');
  return (/^# (.*)$/m.exec(text)?.[1] ?? path).replaceAll('`', '');
}

stage();
fs.rmSync(out, { recursive: true, force: true });
const manifest: { readonly version: string } = JSON.parse(
  fs.readFileSync(join(root, 'package.json'), 'utf8'),
);
const groups = GROUPS.map(({ title, pages }) => ({
  title,
  links: pages.map((path) => ({ path: path.replace(/\.md$/, '.html'), title: headingOf(path) })),
}));
const site = new Eleventy(source, out, {
  quietMode: true,
  config: (config) => {
    config.setUseGitIgnore(false);
    config.setTemplateFormats(['md']);
    config.addPassthroughCopy({ [`${source}/style.css`]: 'style.css' });
    for (const name of fs.readdirSync(source, { recursive: true, encoding: 'utf8' })) {
      const isFile = fs.statSync(join(source, name)).isFile();
      if (isFile && !/\.(md|liquid|css)$/.test(name))
        config.addPassthroughCopy({ [`${source}/${name}`]: name });
    }
    config.addGlobalData('layout', 'page.liquid');
    config.addGlobalData('groups', groups);
    config.addGlobalData('version', manifest.version);
    config.addGlobalData('eleventyComputed', {
      permalink: (data: { page: { filePathStem: string } }) => `${data.page.filePathStem}.html`,
      own: (data: { page: { filePathStem: string } }) => `${data.page.filePathStem.slice(1)}.html`,
      heading: (data: { page: { filePathStem: string } }) =>
        headingOf(`${data.page.filePathStem.slice(1)}.md`),
      base: (data: { page: { filePathStem: string } }) =>
        '../'.repeat(data.page.filePathStem.split('/').length - 2),
    });
    config.addTransform('links', (content: string) =>
      content.replaceAll(
        /(href|src)="([^"]+)"/g,
        (_, name: string, target: string) => `${name}="${siteLink(target)}"`,
      ),
    );
    return { markdownTemplateEngine: false, dir: { includes: '_includes' } };
  },
});
await site.init();
await site.write();
fs.writeFileSync(
  join(out, 'index.html'),
  '<!doctype html><meta http-equiv="refresh" content="0; url=docs/index.html">\n',
);
fs.rmSync(source, { recursive: true, force: true });
console.log(
  `${out}: ${fs.readdirSync(out, { recursive: true }).filter((name) => String(name).endsWith('.html')).length} pages`,
);
