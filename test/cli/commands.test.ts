import { describe, expect, it } from 'vitest';
import { loadVerbs, CLI_VERBS } from '../../reconciler/cli/verbs.ts';
import { readSources, type Source } from '../support/sources.ts';
import { requestOf } from './request.ts';
import { resolvePaths } from '../../reconciler/app/paths.ts';

const LIGHT = /^reconciler\/(cli\/(verbs|terminal|\w+\.ts)|app|plan|model|os\/local-http\/address\.ts)/;

/** Returns the slow modules that this module loads eagerly. */
function heavyImports(
  path: string,
  sources: ReadonlyMap<string, Source>,
  seen = new Set<string>(),
): readonly string[] {
  if (seen.has(path)) return [];
  seen.add(path);
  if (!LIGHT.test(path)) return [path];
  const loaded = sources.get(path)?.imports.filter(({ isLazy, isTypeOnly }) => !isLazy && !isTypeOnly) ?? [];
  return loaded.flatMap(({ target }) => heavyImports(target, sources, seen));
}

describe('the list of verbs', () => {
  it('is in groups, one after the other', async () => {
    const verbs = await loadVerbs(Object.keys(CLI_VERBS));
    const groups = Array.from(verbs.values(), ({ manual }) => manual.group);
    expect(groups.filter((group, at) => group !== groups[at - 1])).toEqual([...new Set(groups)]);
  });

  it('loads only the description of a verb: the code of its run is loaded when it runs', () => {
    const sources = new Map(readSources(['reconciler']).map((source) => [source.path, source]));
    const verbs = sources.get('reconciler/cli/verbs.ts')?.imports.filter(({ isLazy }) => isLazy) ?? [];
    expect(verbs).toHaveLength(Object.keys(CLI_VERBS).length);
    expect(verbs.flatMap(({ target }) => heavyImports(target, sources))).toEqual([]);
    expect(heavyImports('reconciler/cli/verbs/look/overview.ts', sources)).not.toEqual([]);
  });

  it('reports the same usage error when a verb is described alone', async () => {
    expect(await requestOf(['reconcile', '--helpp'])).toMatchObject({
      kind: 'text',
      isError: true,
      text: expect.stringContaining('vnet reconcile --help shows options and examples'),
    });
    expect(await requestOf(['drift', '--help'])).toMatchObject({
      isError: false,
      text: expect.stringContaining('Exit codes:'),
    });
  });
});

describe('parseArguments', () => {
  it.each([
    [
      'reconcile',
      { verb: 'reconcile', dryRun: false, limit: 'hitless', override: false, full: false, format: 'text' },
    ],
    [
      'reconcile --dry-run -o json',
      { verb: 'reconcile', dryRun: true, limit: 'hitless', override: false, full: false, format: 'json' },
    ],
    [
      'reconcile --max-disruption pod-outage',
      { verb: 'reconcile', dryRun: false, limit: 'pod-outage', override: false, full: false, format: 'text' },
    ],
    ['--root /x status', { verb: 'status', root: '/x', format: 'text' }],
    [
      '--document /x.yaml get ep -o json',
      {
        verb: 'get',
        what: 'endpoints',
        name: undefined,
        side: undefined,
        document: '/x.yaml',
        format: 'json',
      },
    ],
    [
      'get neigh 10.0.0.9 --live -o wide',
      { verb: 'get', what: 'neighbours', name: '10.0.0.9', side: 'live', format: 'wide' },
    ],
    ['get', { verb: 'get', what: 'document', name: undefined, side: undefined, format: 'text' }],
    ['explain 10.0.0.9', { verb: 'explain', subject: '10.0.0.9', format: 'text' }],
    ['drift', { verb: 'drift', accept: undefined, forget: undefined, forMs: 2_592_000_000, format: 'text' }],
    [
      'drift --accept a b --for 2h -m why -o yaml',
      { verb: 'drift', accept: ['a', 'b'], forget: undefined, forMs: 7_200_000, why: 'why', format: 'yaml' },
    ],
    ['drift --accept', { verb: 'drift', accept: [], forMs: 2_592_000_000, format: 'text' }],
    ['drift --forget a', { verb: 'drift', forget: ['a'], forMs: 2_592_000_000, format: 'text' }],
    ['schema bridge.mtu', { verb: 'schema', path: 'bridge.mtu', format: 'text' }],
    ['doctor --fix', { verb: 'doctor', fix: true, format: 'text' }],
    ['validate', { verb: 'validate', file: undefined, format: 'text' }],
    ['validate other.yaml', { verb: 'validate', file: 'other.yaml', format: 'text' }],
    ['release azure', { verb: 'release', network: 'azure' }],
  ])('understands vnet %s', async (line, request) => {
    expect(await requestOf(line.split(' '))).toEqual({ kind: 'request', request });
  });

  it.each([
    '',
    'reconsile',
    'reconcile --max-disruption all',
    'get nonsense',
    'get routes --live --desired',
    'explain',
    'drift --accept a --forget a',
    'drift --accept --for soon',
    'drift --accept --for 0s',
    'status --nonsense',
    'validate a b',
  ])('refuses vnet %s with a text that helps', async (line) => {
    const parsed = await requestOf(line === '' ? [] : line.split(' '));
    expect(parsed).toMatchObject({ kind: 'text', isError: true });
    expect(parsed.kind === 'text' && parsed.text.length).toBeGreaterThan(20);
  });

  it('prints help with every verb, and the version', async () => {
    const help = await requestOf(['--help']);
    expect(help).toMatchObject({ kind: 'text', isError: false });
    for (const verb of Object.keys(CLI_VERBS)) expect(help.kind === 'text' ? help.text : '').toContain(verb);
    expect(await requestOf(['--version'])).toEqual({ kind: 'text', text: '1.2.3', isError: false });
  });
});

describe('resolvePaths', () => {
  it('prefers the option to the environment, and the environment to the default', () => {
    expect(resolvePaths({}, {}).document).toBe('/var/lib/vnet/vnet.yaml');
    expect(resolvePaths({}, { VNET_ROOT: '/n1/' })).toEqual({
      document: '/n1/var/lib/vnet/vnet.yaml',
      stateDirectory: '/n1/var/lib/vnet',
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
