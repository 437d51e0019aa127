import { describe, expect, it } from 'vitest';
import { splitCommand } from '../../reconciler/os/tool.ts';

describe('splitCommand', () => {
  it.each([
    ['vi', ['vi']],
    ['  code --wait ', ['code', '--wait']],
    [`"/opt/my editor/edit" -n`, ['/opt/my editor/edit', '-n']],
    [`sed -i -e 's/a b/c\\1/'`, ['sed', '-i', '-e', 's/a b/c\\1/']],
    [`a\\ b "c\\"d" ''`, ['a b', 'c"d', '']],
    [`ed "it's" 'say "x"'`, ['ed', "it's", 'say "x"']],
    ['vi; rm -rf $HOME `id` ~ *', ['vi;', 'rm', '-rf', '$HOME', '`id`', '~', '*']],
  ])('of %j are %j: nothing is expanded', (text, words) => {
    expect(splitCommand(text)).toEqual(words);
  });

  it.each(['', '  ', `vi "a`, `vi 'a`, 'vi \\'])('refuses %j', (text) => {
    expect(splitCommand(text)).toBeUndefined();
  });
});
