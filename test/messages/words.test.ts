/** The words of comments and documents: terms of docs/glossary.md, and nouns instead of relative clauses. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readSources } from '../support/sources.ts';

const TOP = join(import.meta.dirname, '../..');

/** Words of the glossary's last column, and clauses for which English has a noun. */
const UNUSED =
  /\b(?:nobody|somebody|anybody|everybody|whoever|mend|mended|rests|anew|taken back|put back|gives? back|way back|is told|that is none|again and again|what (?:is|was|others))\b/i;

/** A docstring that begins with a relative clause. */
const CLAUSE = /\/\*\* What\b|^\s*\* What\b|\b(?:Returns|Resolves to|Ensures|Reads|Collects|Gathers) what\b/;

/** These name the words in order to exclude them, or list the changes of earlier versions. */
const ABOUT_WORDS = ['docs/glossary.md', 'CONTRIBUTING.md', 'CHANGELOG.md'];

/** Returns the documents and the samples for users, from the top. */
function listPages(): readonly string[] {
  const below = ['docs', 'plugin', 'examples', 'deploy', 'bench'].flatMap((folder) =>
    readdirSync(join(TOP, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
  );
  return [...readdirSync(TOP), ...below].filter(
    (page) => /\.(?:md|yaml)$/.test(page) && !ABOUT_WORDS.includes(page),
  );
}

/** Returns the comments of a source file, by line. */
function commentsOf(text: string): readonly string[] {
  return text.split('\n').filter((line) => /^\s*(?:\/?\*|\/\/)| \/\/ /.test(line));
}

function wordsIn(lines: readonly string[], pattern: RegExp): readonly string[] {
  return lines.filter((line) => pattern.test(line));
}

describe('the words', () => {
  const sources = readSources(['reconciler', 'plugin', 'scripts', 'test', 'bench']);
  const pages = listPages();

  it('of comments are terms of the glossary', () => {
    // This file quotes the words.
    const others = sources.filter(({ path }) => path !== 'test/messages/words.test.ts');
    const comments = others.flatMap(({ text }) => commentsOf(text));
    expect(comments.length).toBeGreaterThan(5000);
    expect(wordsIn(comments, UNUSED)).toEqual([]);
    expect(wordsIn(comments, CLAUSE)).toEqual([]);
    const planted = '/** What the loop knows. */\n  // Nobody reads it.\n/** Returns what was read. */\n';
    expect(wordsIn(commentsOf(planted), CLAUSE)).toHaveLength(2);
    expect(wordsIn(commentsOf(planted), UNUSED)).toHaveLength(2);
  });

  it('of documents are terms of the glossary', () => {
    expect(pages.length).toBeGreaterThan(40);
    for (const page of pages)
      expect([page, wordsIn(readFileSync(join(TOP, page), 'utf8').split('\n'), UNUSED)]).toEqual([page, []]);
  });
});
