import { describe, expect, it } from 'vitest';
import { parseOptions, WORKLOADS } from '../../bench/options.ts';

describe('the command line of the benchmark', () => {
  it('measures everything by default', () => {
    expect(parseOptions([])).toEqual({
      workloads: WORKLOADS,
      runs: 25,
      isQuick: false,
      format: 'table',
      isWriting: false,
      peers: [],
      modes: ['bridge', 'tunnel', 'transparent', 'transparent-tunnel', 'routed'],
      isCalls: false,
      busyLoops: 0,
      bin: undefined,
    });
  });

  it('accepts its choices, workloads in their own order', () => {
    const argv = ['--only', 'packets', '--only', 'attach', '-n', '3', '-o', 'json', '--quick'];
    expect(parseOptions(argv)).toMatchObject({
      workloads: ['attach', 'packets'],
      runs: 3,
      format: 'json',
      isQuick: true,
    });
  });

  it('accepts other plugins by path', () => {
    const argv = ['--peer', 'azure=/opt/azure-vnet:conf/a:b.json'];
    expect(parseOptions(argv)).toMatchObject({
      peers: [{ name: 'azure', binary: '/opt/azure-vnet', conf: 'conf/a:b.json' }],
    });
  });

  it('accepts a number of busy loops', () => {
    expect(parseOptions(['--only', 'storm', '--busy', '4'])).toMatchObject({
      workloads: ['storm'],
      busyLoops: 4,
    });
  });

  it('writes a whole run, or the figures of modes by themselves', () => {
    expect(parseOptions(['--write'])).toMatchObject({ isWriting: true });
    expect(parseOptions(['--only', 'modes', '--write'])).toMatchObject({
      workloads: ['modes'],
      isWriting: true,
      modes: ['bridge', 'tunnel', 'transparent', 'transparent-tunnel', 'routed'],
    });
  });

  it('measures some modes, or calls alone', () => {
    const argv = ['--only', 'modes', '--mode', 'routed', '--mode', 'bridge', '--calls'];
    expect(parseOptions(argv)).toMatchObject({ modes: ['bridge', 'routed'], isCalls: true });
  });

  it.each([
    [['--only', 'modes', '--mode', 'brdge'], '--mode brdge'],
    [['--only', 'modes', '--calls', '--write'], '--write needs the whole'],
    [['--only', 'modes', '--mode', 'routed', '--write'], '--write needs the whole'],
    [['--only', 'modes', '--only', 'storm', '--write'], '--write needs the whole'],
    [['--only', 'nothing'], '--only nothing'],
    [['-n', '0'], '--runs 0'],
    [['-n', 'many'], '--runs many'],
    [['-o', 'xml'], '--output xml'],
    [['--peer', 'azure'], '--peer azure'],
    [['--busy', 'many'], '--busy many'],
    [['--busy=-1'], '--busy -1'],
    [['--write', '--quick'], '--write needs the whole'],
    [['--write', '--busy', '1'], '--write needs the whole'],
    [['--unknown'], '--unknown'],
  ])('refuses %j', (argv, problem) => {
    const parsed = parseOptions(argv);
    expect(parsed).toMatchObject({ isError: true });
    expect('usage' in parsed && parsed.usage).toContain(problem);
  });

  it('explains itself', () => {
    const parsed = parseOptions(['--help']);
    expect(parsed).toMatchObject({ isError: false });
    for (const workload of WORKLOADS) expect('usage' in parsed && parsed.usage).toContain(workload);
  });
});
