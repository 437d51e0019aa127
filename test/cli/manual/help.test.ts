import { describe, expect, it } from 'vitest';
import { describeProgram, parseArguments, VERBS } from '../../../reconciler/cli/commands.ts';
import { EXIT_NAMES, EXIT_TABLE } from '../../../reconciler/app/exit-codes.ts';
import { GROUPS } from '../../../reconciler/cli/manual/entry.ts';
import { FIRST_STEPS, entryOf } from '../../../reconciler/cli/manual/verbs.ts';
import { findLines, splitLine } from './command-lines.ts';

const program = describeProgram('1.2.3', () => undefined);

function helpOf(...args: readonly string[]): string {
  const parsed = parseArguments(args, '1.2.3');
  if (parsed.kind !== 'text') throw new Error(`${args.join(' ')} is a request`);
  return parsed.text;
}

/** Returns what the parser says against the line; undefined when it takes it. */
function refusal(line: string): string | undefined {
  const [name = '', ...args] = splitLine(line);
  const parsed = parseArguments(name === 'reconcile' ? [name, ...args] : args, '1.2.3');
  return parsed.kind === 'request' || !parsed.isError ? undefined : parsed.text;
}

describe('vnet --help', () => {
  const help = helpOf('--help');

  it('lists every verb under the heading of its group, in the order of the groups', () => {
    const headings = Array.from(help.matchAll(/^(\w+):$/gm), ([, heading = '']) => heading);
    const known: readonly string[] = GROUPS;
    const found = headings.filter((heading) => known.includes(heading));
    expect(found).toEqual(GROUPS.filter((group) => group !== 'Other'));
    for (const verb of VERBS) expect(help).toMatch(new RegExp(`^ {2}${verb} {2,}\\S`, 'm'));
    expect(help).not.toMatch(/^ {2}complete {2,}/m);
  });

  it('names every exit code', () => {
    for (const name of EXIT_NAMES) {
      expect(help.replaceAll(/\s+/g, ' ')).toContain(`${EXIT_TABLE[name].code} ${EXIT_TABLE[name].title}`);
    }
  });
});

describe.each(program.commands.map((command) => command.name()))('vnet %s --help', (verb) => {
  const help = helpOf(verb, '--help');
  const entry = entryOf(verb);

  it('says what it does, what it writes, and how it ends', () => {
    const [usage, , description = ''] = help.split('\n');
    expect(usage).toMatch(new RegExp(`^Usage: vnet ${verb}\\b`));
    expect(description.length).toBeGreaterThan(15);
    expect(help).toMatch(/^Writes: .+/m);
    expect(help).toMatch(/^Exit codes: 0 done/m);
  });

  if (verb === 'complete') return;

  it('is in the manual, with examples that are accepted', () => {
    expect(GROUPS.indexOf(entry.group)).toBeLessThan(GROUPS.indexOf('Other'));
    expect(entry.examples.length).toBeGreaterThan(0);
    const lines = findLines(help.slice(help.indexOf('Examples:')));
    expect(lines).toEqual(entry.examples.map(([line]) => line));
    for (const line of lines) {
      expect(splitLine(line)[1]).toBe(verb);
      expect([line, refusal(line)]).toEqual([line, undefined]);
    }
  });
});

describe('every help', () => {
  it.each(['', '--help', ...VERBS.map((verb) => `${verb} --help`)])(
    'is 100 columns wide at most: vnet %s',
    (line) => {
      const text = helpOf(...line.split(' ').filter((word) => word !== ''));
      const isExample = (row: string): boolean => /^ {2}vnet /.test(row);
      expect(text.split('\n').filter((row) => row.length > 100 && !isExample(row))).toEqual([]);
    },
  );

  it('says of what is wrong where help is', () => {
    expect(helpOf('drfit')).toMatch(/Did you mean drift\?[^]*vnet --help/);
    expect(helpOf('drift', '--nonsense')).toContain('(vnet drift --help shows options and examples)');
    expect(helpOf('drift', '--accept', 'a', '--forget', 'b')).toContain('vnet drift --help');
    expect(helpOf('help', 'drift')).toBe(helpOf('drift', '--help'));
  });
});

describe('vnet without arguments', () => {
  it('teaches the five verbs that are needed first, with lines that can be typed', () => {
    const text = helpOf();
    expect(FIRST_STEPS).toHaveLength(5);
    const lines = findLines(text);
    expect(lines.slice(0, 5)).toEqual(FIRST_STEPS.map(([line]) => line));
    expect(lines.map((line) => [line, refusal(line)])).toEqual(lines.map((line) => [line, undefined]));
    expect(text).toContain('vnet --help');
  });
});

describe('the reader of command lines', () => {
  it('splits as a shell does', () => {
    expect(splitLine(`vnet drift --accept 'link azure0' -m "a b" > file`)).toEqual([
      'vnet',
      'drift',
      '--accept',
      'link azure0',
      '-m',
      'a b',
    ]);
    expect(refusal('vnet drift --accept a --forget b')).toContain('two calls');
  });
});
