import { describe, expect, it } from 'vitest';
import type { Outcome } from '../support/exec.ts';
import { renderChecks, tellStory } from './story.ts';

const outcome = (stdout: string, code = 0): Outcome => ({
  argv: [],
  code,
  stdout,
  stderr: '',
  durationMs: 0,
});

/** Returns a story and its output so far, without colours. */
function listen(): { story: ReturnType<typeof tellStory>; heard: () => string } {
  const lines: string[] = [];
  const story = tellStory((line) => lines.push(line));
  const escape = new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, 'g');
  return { story, heard: () => lines.join('\n').replaceAll(escape, '') };
}

describe('the story', () => {
  it('shows commands with their output, cut to a length, and a code that is not 0', () => {
    const { story, heard } = listen();
    story.show('node1', 'ip route', outcome('one\ntwo\nthree\n', 2), 2);
    expect(heard()).toBe('node1 $ ip route\n    one\n    two\n    ... 1 more lines\n    exit 2');
  });

  it('succeeds only when there were checks and all held', () => {
    expect(listen().story.summarise()).toBe(false);
    const { story, heard } = listen();
    story.check('first', 0, 0);
    expect(story.summarise()).toBe(true);
    story.check('second', 'a', 'b');
    expect(story.summarise()).toBe(false);
    expect(heard()).toContain('NOT OK second: b, expected a');
    expect(heard()).toContain('1 of 2 checks hold');
  });

  it('ends with a table in columns', () => {
    const lines = renderChecks([
      { column: '', name: 'a long name', expected: '0', seen: '0', ok: true },
      { column: '', name: 'b', expected: 'answers', seen: 'x', ok: true },
    ]);
    const columns = lines.slice(1).map((line) => line.indexOf('ok'));
    expect(columns[0]).toBe(columns[1]);
    expect(lines[1]).toMatch(/^ {2}a long name {2}0 +0 +ok$/);
  });

  it('shows several modes side by side, with a dash for what one of them does not check', () => {
    const { story, heard } = listen();
    story.begin('one');
    story.check('ping', 'answers', 'answers');
    story.check('taken over', 'yes', 'yes');
    story.begin('other');
    story.check('ping', 'answers', 'no answer');
    expect(story.summarise()).toBe(false);
    const rows = heard()
      .slice(heard().indexOf('Summary'))
      .split('\n')
      .map((line) => line.trim().split(/ {2,}/));
    expect(rows.slice(1, 4)).toEqual([
      ['check', 'one', 'other'],
      ['ping', 'answers ok', 'no answer NOT OK, expected answers'],
      ['taken over', 'yes ok', '-'],
    ]);
    expect(heard()).toContain('2 of 3 checks hold');
  });
});
