import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sentencesOf } from '../support/sentences.ts';
import { readSources } from '../support/sources.ts';

const TOP = join(import.meta.dirname, '../..');

/** The pages, and the folders whose sentences they list. */
const PAGES: Readonly<Record<string, readonly string[]>> = {
  plan: ['reconciler/model', 'reconciler/plan'],
  document: ['reconciler/document'],
  kernel: ['reconciler/os', 'reconciler/kernel'],
  loop: ['reconciler/loop'],
  app: [
    'reconciler/app',
    'reconciler/daemon',
    'reconciler/fabric',
    'reconciler/azure',
    'reconciler/graph',
    'reconciler/cni',
  ],
  cli: ['reconciler/cli'],
  plugin: ['plugin'],
};

/** Text in other languages than English: rules, scripts, style sheets, C declarations. */
const OTHER_LANGUAGES =
  /rules\.ts|nft-table\.ts|koffi\.ts|completion\/scripts\.ts|graph\/(?:style|html|page-script|live-page|live-script|live-views|dot|mermaid|svg)\.ts|roff\.ts/;

/** Words from the last column of docs/glossary.md, and relative clauses for which English has a noun. */
const UNUSED =
  /\b(?:nobody|somebody|anybody|everybody|whoever|mend|mended|rests|anew|taken back|put back|gives? back|what (?:is|was|it|the|others)|as it (?:is|was)|way back|is told|that is none|the world|again and again|by itself)\b/i;

/** Returns the page: every sentence once, in alphabetical order, so that moved code changes nothing. */
function pageOf(folders: readonly string[]): string {
  const sources = readSources(folders).filter(({ path }) => !OTHER_LANGUAGES.test(path));
  const sentences = new Set(sources.flatMap(({ text }) => sentencesOf(text)));
  return [...sentences].toSorted((left, right) => left.localeCompare(right, 'en')).join('\n') + '\n';
}

describe('the sentences of the program', () => {
  it.each(Object.entries(PAGES))(
    'are those of %s.txt; VNET_UPDATE_GOLDEN=1 writes it: read the difference',
    (name, folders) => {
      const path = join(TOP, 'test/messages', `${name}.txt`);
      const page = pageOf(folders);
      expect(page.split('\n').length).toBeGreaterThan(10);
      if (process.env['VNET_UPDATE_GOLDEN'] === '1') writeFileSync(path, page);
      expect(page).toBe(readFileSync(path, 'utf8'));
    },
  );

  it('have no word that the glossary excludes', () => {
    const all = pageOf(Object.values(PAGES).flat()).split('\n');
    expect(all.length).toBeGreaterThan(800);
    expect(all.filter((sentence) => UNUSED.test(sentence))).toEqual([]);
  });
});

describe('the reader of sentences', () => {
  it.each([
    ["fail('no such file');", ['no such file']],
    ['`lock ${path}: held by ${who ?? `process ${pid}`} now`', ['process …', 'lock …: held by … now']],
    ["text.replace(/'a b/, 'x'); say('two words')", ['two words']],
    ["// 'not this one'\n/* 'nor this' */ say(\"it's this one\")", ["it's this one"]],
    ["const mode = 'bridge'; import x from './a b.ts';", []],
    ['if (a / b > c / d) say(`one ${word}`)', ['one …']],
  ])('reads %s', (text, sentences) => {
    expect(sentencesOf(text)).toEqual(sentences);
  });
});
