import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { wantsColor } from '../../reconciler/app/output.ts';
import { execNow, mustExec } from '../support/exec.ts';
import { must } from '../support/must.ts';
import { isSkipped, whyWithout } from '../support/skip.ts';
import { type CliNode, makeCliNode } from './simulated-node.ts';

describe('colours are wanted', () => {
  it.each([
    ['by default', [], {}, true],
    ['not with --no-color', ['drift', '--no-color'], {}, false],
    ['though a value behind -- reads so', ['complete', 'x', '--', '--no-color'], {}, true],
    ['not with NO_COLOR', [], { NO_COLOR: '1' }, false],
    ['with an empty NO_COLOR', [], { NO_COLOR: '' }, true],
    ['not with CLICOLOR=0', [], { CLICOLOR: '0' }, false],
    ['with CLICOLOR=1', [], { CLICOLOR: '1' }, true],
    ['not on a terminal that has none', [], { TERM: 'dumb' }, false],
  ])('%s', (_name, args, environment, wanted) => {
    expect(wantsColor(args, environment)).toBe(wanted);
  });
});

const ESCAPE = String.fromCharCode(27);

/** The verbs that colour their output; each shows drift here. */
const VERBS = ['drift', 'status', 'plan', 'diff 7'];

describe.skipIf(isSkipped('colours on a terminal', whyWithout('script')))('on a terminal', () => {
  let node: CliNode;
  beforeAll(() => {
    node = makeCliNode();
    const have = { kind: 'link', netns: '', name: 'azure0', type: 'bridge' } as const;
    const file = node.file('new.yaml', node.read().replace('mtu: 1500 #', 'mtu: 1400 #'));
    for (const args of [['apply', '-f', file], ['reconcile']])
      mustExec(node.command(...args), { env: node.env });
    const changed = node.kernel.play((kernel) =>
      kernel.tamper({ verb: 'update', have, want: { ...have, mtuBytes: 1300 }, fields: ['mtuBytes'] }),
    );
    must(must(changed));
  });
  afterAll(() => node.remove());

  /** Returns the output of the command lines on a terminal. */
  const onTerminal = (
    lines: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): readonly string[] => {
    const calls = lines.map((line) => `${node.command().join(' ')} ${line}; echo ==`);
    const clean = { NO_COLOR: undefined, CLICOLOR: undefined, FORCE_COLOR: undefined, TERM: 'xterm' };
    const done = execNow(['script', '-qec', calls.join('; '), '/dev/null'], {
      env: { ...node.env, ...clean, ...env },
    });
    return done.stdout.split('==').slice(0, -1);
  };

  it('every verb with colours uses them, and none with --no-color', () => {
    const painted = onTerminal(VERBS);
    expect(VERBS.map((verb, index) => [verb, painted[index]?.includes(ESCAPE)])).toEqual(
      VERBS.map((verb) => [verb, true]),
    );
    const plain = [
      ...onTerminal(VERBS, { NO_COLOR: '1' }),
      ...onTerminal(['drift'], { CLICOLOR: '0' }),
      ...onTerminal(['drift --no-color']),
    ];
    expect(plain).toHaveLength(VERBS.length + 2);
    expect(plain.filter((text) => text.includes(ESCAPE))).toEqual([]);
    expect(plain[0]).toContain('link azure0');
  });

  it('a pipe gets none, with any options', () => {
    const [program = '', ...args] = node.command('drift');
    const { stdout } = execNow([program, ...args], {
      env: { ...node.env, FORCE_COLOR: '1', CLICOLOR_FORCE: '1' },
    });
    expect(stdout).toContain('link azure0');
    expect(stdout).not.toContain(ESCAPE);
  });
});
