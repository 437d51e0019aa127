import { describe, expect, it } from 'vitest';
import { parseArguments, VERBS } from '../../reconciler/cli/commands.ts';
import { resolvePaths } from '../../reconciler/cli/paths.ts';

describe('parseArguments', () => {
  it.each([
    ['reconcile', { verb: 'reconcile', dryRun: false, limit: 'hitless', format: 'text' }],
    ['reconcile --dry-run -o json', { verb: 'reconcile', dryRun: true, limit: 'hitless', format: 'json' }],
    [
      'reconcile --max-disruption pod-outage',
      { verb: 'reconcile', dryRun: false, limit: 'pod-outage', format: 'text' },
    ],
    ['--root /x status', { verb: 'status', root: '/x', format: 'text' }],
    [
      '--document /x.yaml get ep -o json',
      { verb: 'get', what: 'endpoints', document: '/x.yaml', format: 'json' },
    ],
    ['validate', { verb: 'validate', file: undefined, format: 'text' }],
    ['validate other.yaml', { verb: 'validate', file: 'other.yaml', format: 'text' }],
    ['release azure', { verb: 'release', network: 'azure' }],
  ])('understands vnet %s', (line, request) => {
    expect(parseArguments(line.split(' '), '1.2.3')).toEqual({ kind: 'request', request });
  });

  it.each([
    '',
    'reconsile',
    'reconcile --max-disruption all',
    'get routes',
    'status --nonsense',
    'validate a b',
  ])('refuses vnet %s with a text that helps', (line) => {
    const parsed = parseArguments(line === '' ? [] : line.split(' '), '1.2.3');
    expect(parsed).toMatchObject({ kind: 'text', isError: true });
    expect(parsed.kind === 'text' && parsed.text.length).toBeGreaterThan(20);
  });

  it('prints help with every verb, and the version', () => {
    const help = parseArguments(['--help'], '1.2.3');
    expect(help).toMatchObject({ kind: 'text', isError: false });
    for (const verb of VERBS) expect(help.kind === 'text' ? help.text : '').toContain(verb);
    expect(parseArguments(['--version'], '1.2.3')).toEqual({ kind: 'text', text: '1.2.3', isError: false });
  });
});

describe('resolvePaths', () => {
  it('prefers the option to the environment, and the environment to the default', () => {
    expect(resolvePaths({}, {}).document).toBe('/var/lib/vnet/vnet.yaml');
    expect(resolvePaths({}, { VNET_ROOT: '/n1/' })).toEqual({
      document: '/n1/var/lib/vnet/vnet.yaml',
      runDirectory: '/n1/run/vnet',
      bootIds: ['/n1/proc/sys/kernel/random/boot_id', '/proc/sys/kernel/random/boot_id'],
    });
    expect(resolvePaths({ root: '/n2' }, { VNET_ROOT: '/n1' }).runDirectory).toBe('/n2/run/vnet');
    expect(resolvePaths({ root: '/n2', document: 'a.yaml' }, { VNET_DOCUMENT: 'b.yaml' }).document).toBe(
      'a.yaml',
    );
    expect(resolvePaths({}, { VNET_DOCUMENT: 'b.yaml' }).document).toBe('b.yaml');
  });
});
