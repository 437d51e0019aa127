import { describe, expect, it } from 'vitest';
import { createSys } from '#sys';
import { completeWords } from '../../../reconciler/cli/completion/complete.ts';
import { CLI_VERBS } from '../../../reconciler/cli/verbs.ts';

/** Resolves to the candidates, without descriptions, and the directive. */
async function complete(line: string): Promise<readonly [words: readonly string[], directive: string]> {
  const text = await completeWords(
    { sys: createSys(), environment: { VNET_ROOT: '/nowhere' } },
    line.split(' '),
  );
  const lines = text.split('\n');
  return [lines.slice(0, -1).map((one) => one.split('\t')[0] ?? ''), lines.at(-1) ?? ''];
}

describe('vnet __complete', () => {
  it('offers verbs, with what each does, and none of them twice', async () => {
    const [words, directive] = await complete('');
    expect(words).toEqual([...Object.keys(CLI_VERBS), 'help']);
    expect(directive).toBe(':36');
    const text = await completeWords({ sys: createSys(), environment: {} }, ['stat']);
    expect(text).toMatch(/^status\tone screen: [^\n]+\n:36$/);
  });

  it('offers every option of a verb and of the program, and no hidden one', async () => {
    for (const name of Object.keys(CLI_VERBS)) {
      const [words] = await complete(`${name} --`);
      expect([name, words]).toEqual([name, expect.arrayContaining(['--help', '--root', '--document'])]);
      expect([name, words.includes('--at-deadline')]).toEqual([name, false]);
    }
    expect((await complete('apply --con'))[0]).toEqual(['--confirm-within']);
    expect((await complete('cni --cap'))[0]).toEqual(['--capability-args']);
  });

  it.each([
    ['--roo', ['--root'], ':36'],
    ['--root ', [], ':16'],
    ['--root /x --document', ['--document'], ':36'],
    ['--root /x --document ', [], ':0'],
    ['apply -f ', [], ':0'],
    ['apply --file=', [], ':0'],
    ['man --out ', [], ':16'],
    ['get -o js', ['json'], ':36'],
    ['get --output=y', ['--output=yaml'], ':36'],
    ['get endpoints --l', ['--live'], ':36'],
    ['cni add ', [], ':0'],
    ['help dri', ['drift'], ':36'],
    ['pause --for 1', ['10m', '1h', '1d'], ':36'],
    ['drift --accept link --fo', ['--for', '--forget'], ':36'],
    ['reconcile extra ', [], ':36'],
    ['nonsense ', [], ':36'],
    ['import --from a b', [], ':0'],
  ])('of "%s" offers %j', async (line, words, directive) => {
    expect(await complete(line)).toEqual([words, directive]);
  });
});
