/** The pure plan of an installation, and its execution broken off at every step. */
import { describe, expect, it } from 'vitest';
import { conflistItem } from '../../../../reconciler/cli/verbs/install/install-items.ts';
import {
  digestsOf,
  type FoundFile,
  type InstallRecord,
  type InstallStep,
  planItems,
  planRemoval,
  recordAfter,
} from '../../../../reconciler/cli/verbs/install/install-plan.ts';
import { digestOf, inspectFile, missingFolders } from '../../../../reconciler/cli/verbs/install/inspect.ts';
import { performSteps } from '../../../../reconciler/cli/verbs/install/perform.ts';
import { err, failure } from '../../../../reconciler/model/result.ts';
import { type InstallHost, makeInstallHost } from './host.ts';

describe('the name of the CNI configuration', () => {
  const files = (...names: readonly string[]) =>
    names.map((name) => ({ path: `/etc/cni/net.d/${name}`, plugins: ['other'] }));
  it.each([
    [[], '10-azure.conflist'],
    [['87-podman.conflist', '99-loopback.conf'], '10-azure.conflist'],
    [['10-aws.conflist'], '05-azure.conflist'],
    [['05-cilium.conflist', '10-x.conf'], '05-azure.conflist'],
    [['01-a.conflist'], '00-azure.conflist'],
    [['00-multus.conf'], '00-azure.conflist'],
  ])('sorts before %j: %s', (names, wanted) => {
    const choice = conflistItem('{}', files(...names));
    expect(choice).toMatchObject({ kind: 'item', item: { path: `/etc/cni/net.d/${wanted}` } });
  });

  it('is refused if none sorts first, and none is needed beside a first one of azure-vnet', () => {
    expect(conflistItem('{}', files('00-aws.conflist'))).toMatchObject({ kind: 'blocked' });
    const own = { path: '/etc/cni/net.d/10-azure.conflist', plugins: ['azure-vnet', 'portmap'] };
    expect(conflistItem('{}', [own, ...files('15-x.conf')])).toMatchObject({ kind: 'kept' });
    expect(conflistItem('{}', [...files('05-x.conf'), own])).toMatchObject({ kind: 'item' });
  });
});

const ITEMS = [
  { kind: 'file', path: '/etc/sysctl.d/90-vnet-ip-forward.conf', text: 'a\n', label: '' },
  { kind: 'sysctl', path: '/proc/sys/net/ipv4/ip_forward', value: '1', label: '' },
  { kind: 'file', path: '/opt/cni/bin/azure-vnet', text: 'ours\n', label: '' },
  { kind: 'hard-link', path: '/opt/cni/bin/azure-vnet-ipam', to: '/opt/cni/bin/azure-vnet', label: '' },
  { kind: 'link', path: '/usr/local/bin/reconcile', target: '/opt/cni/bin/vnet', label: '' },
  { kind: 'file', path: '/etc/cni/net.d/10-azure.conflist', text: '{}\n', label: '' },
] as const;

const missing = () => ({ kind: 'missing' }) as const;
const inspect = (host: InstallHost, paths: readonly string[]): ReadonlyMap<string, FoundFile> =>
  new Map(paths.map((path) => [path, inspectFile(host.root, path, missing)]));

function plan(
  host: InstallHost,
  record: InstallRecord | undefined,
): { readonly steps: readonly InstallStep[]; readonly record: InstallRecord } {
  const paths = ITEMS.map(({ path }) => path);
  const digests = digestsOf(ITEMS, digestOf);
  const found = inspect(host, paths);
  const steps = planItems({ items: ITEMS, found, record, digests, backupFolder: '/var/lib/vnet/install' });
  const now = { version: '1.0.0', time: '', service: 'none', digests } as const;
  const folders = missingFolders(host.root, paths);
  const sysctls = { '/proc/sys/net/ipv4/ip_forward': '0' };
  return { steps, record: recordAfter(steps, record, { ...now, folders, sysctls }) };
}

const placeOf = (host: InstallHost) => ({ root: host.root, note: () => undefined });
const withoutOwn = (lines: readonly string[]): readonly string[] =>
  lines.filter((line) => !/^(var\/lib\/vnet|run\/vnet)/.test(line));

async function uninstall(host: InstallHost, record: InstallRecord): Promise<boolean> {
  const found = inspect(host, Object.keys(record.files));
  const folders = { stateDirectory: '/var/lib/vnet', runDirectory: '/run/vnet' };
  const steps = planRemoval({ record, found, runs: [], hasRunningSystemd: false, purge: true, ...folders });
  return (await performSteps(steps, placeOf(host))).ok;
}

const COUNT = 6;

describe.each(Array.from({ length: COUNT + 1 }, (_, index) => index))('after %d steps', (done) => {
  it('a failure puts every file back', async () => {
    const host = makeInstallHost();
    const before = host.list();
    const { steps } = plan(host, undefined);
    expect(steps).toHaveLength(COUNT);
    const failing: readonly InstallStep[] = [...steps.slice(0, done), { kind: 'clear', label: '' }];
    const clear = () => Promise.resolve(err(failure('io', 'clear', 'fails')));
    const result = await performSteps(failing, { ...placeOf(host), clear });
    expect(result).toMatchObject({ ok: false, error: { hint: 'The node is as before.' } });
    const made = ['etc/sysctl.d', 'var/lib/vnet'];
    const isMade = (line: string): boolean => made.some((folder) => line.startsWith(folder));
    expect(host.list().filter((line) => !isMade(line))).toEqual(before.filter((line) => !isMade(line)));
    host.remove();
  });

  it('a kill is finished by the next installation, and removal leaves every file as before', async () => {
    const host = makeInstallHost();
    const before = host.list();
    const first = plan(host, undefined);
    await performSteps(first.steps.slice(0, done), placeOf(host));
    const second = plan(host, first.record);
    expect((await performSteps(second.steps, placeOf(host))).ok).toBe(true);
    expect(plan(host, second.record).steps).toEqual([]);
    expect(host.read('/opt/cni/bin/azure-vnet-ipam')).toBe('ours\n');
    expect(await uninstall(host, second.record)).toBe(true);
    expect(withoutOwn(host.list())).toEqual(before);
    host.remove();
  });
});
