import { describe, expect, it } from 'vitest';
import { describeAllVerbs } from '../../../reconciler/cli/parse.ts';
import { FIRST_STEPS } from '../../../reconciler/cli/manual/help.ts';
import { requestOf } from '../request.ts';
import { EXIT, EXIT_NAMES, EXIT_TABLE } from '../../../reconciler/app/exit-codes.ts';
import { findLines, splitLine } from './command-lines.ts';

const { verbs } = await describeAllVerbs('1.2.3');
const VERBS = [...verbs.keys()];

async function helpFor(...args: readonly string[]): Promise<string> {
  const parsed = await requestOf(args);
  if (parsed.kind !== 'text') throw new Error(`${args.join(' ')} is a request`);
  return parsed.text;
}

/** Returns the parser's error for the line; undefined if it is valid. */
async function refusal(line: string): Promise<string | undefined> {
  const [name = '', ...args] = splitLine(line);
  const parsed = await requestOf(name === 'reconcile' ? [name, ...args] : args);
  return parsed.kind === 'request' || !parsed.isError ? undefined : parsed.text;
}

describe('vnet --help', async () => {
  const help = await helpFor('--help');

  it('lists every verb under the heading of its group, in the order of the groups', () => {
    const headings = Array.from(help.matchAll(/^(\w+):$/gm), ([, heading = '']) => heading);
    const groups = [...new Set(Array.from(verbs.values(), ({ manual }) => manual.group))];
    const found = headings.filter((heading) => groups.some((group) => group === heading));
    expect(found).toEqual(groups);
    for (const verb of VERBS) expect(help).toMatch(new RegExp(`^ {2}${verb} {2,}\\S`, 'm'));
    expect(help).not.toContain('__complete');
  });

  it('names every exit code', () => {
    for (const name of EXIT_NAMES) {
      expect(help.replaceAll(/\s+/g, ' ')).toContain(`${EXIT[name]} ${EXIT_TABLE[name].title}`);
    }
  });
});

describe.each(Array.from(verbs))('vnet %s --help', async (verb, { manual }) => {
  const help = await helpFor(verb, '--help');

  it('states its purpose, its writes and its exit codes', () => {
    const [usage, , description = ''] = help.split('\n');
    expect(usage).toMatch(new RegExp(`^Usage: vnet ${verb}\\b`));
    expect(description.length).toBeGreaterThan(15);
    expect(help).toMatch(/^Writes: .+/m);
    expect(help).toMatch(/^Exit codes: 0 done/m);
  });

  it('has examples that are accepted', async () => {
    expect(manual.examples.length).toBeGreaterThan(0);
    const lines = findLines(help.slice(help.indexOf('Examples:')));
    expect(lines).toEqual(manual.examples.map(([line]) => line));
    for (const line of lines) {
      expect(splitLine(line)[1]).toBe(verb);
      expect([line, await refusal(line)]).toEqual([line, undefined]);
    }
  });
});

describe('every help', () => {
  it.each(['', '--help', ...VERBS.map((verb) => `${verb} --help`)])(
    'is 100 columns wide at most: vnet %s',
    async (line) => {
      const text = await helpFor(...line.split(' ').filter((word) => word !== ''));
      const isExample = (row: string): boolean => /^ {2}vnet /.test(row);
      expect(text.split('\n').filter((row) => row.length > 100 && !isExample(row))).toEqual([]);
    },
  );

  it('shows times as people write them', async () => {
    expect(await helpFor('pause', '--help')).toContain('(default: 1h)');
    expect(await helpFor('drift', '--help')).toContain('(default: 30d)');
  });

  it('points to the help on a usage error', async () => {
    expect(await helpFor('drfit')).toMatch(/Did you mean drift\?[^]*vnet --help/);
    expect(await helpFor('drift', '--nonsense')).toContain('(vnet drift --help shows options and examples)');
    expect(await helpFor('drift', '--accept', 'a', '--forget', 'b')).toContain('vnet drift --help');
    expect(await helpFor('help', 'drift')).toBe(await helpFor('drift', '--help'));
  });
});

describe('vnet without arguments', () => {
  it('teaches the five verbs that are needed first, with lines that can be typed', async () => {
    const text = await helpFor();
    expect(FIRST_STEPS).toHaveLength(5);
    const lines = findLines(text);
    expect(lines.slice(0, 5)).toEqual(FIRST_STEPS.map(([line]) => line));
    for (const line of lines) expect([line, await refusal(line)]).toEqual([line, undefined]);
    expect(text).toContain('vnet --help');
  });
});

describe('the reader of command lines', () => {
  it('splits as a shell does', async () => {
    expect(splitLine(`vnet drift --accept 'link azure0' -m "a b" > file`)).toEqual([
      'vnet',
      'drift',
      '--accept',
      'link azure0',
      '-m',
      'a b',
    ]);
    expect(await refusal('vnet drift --accept a --forget b')).toContain('either --accept or --forget');
  });
});
