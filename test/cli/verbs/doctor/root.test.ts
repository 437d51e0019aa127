import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSys } from '#sys';
import { doctor, type FixResult } from '../../../../reconciler/cli/verbs/doctor/run-doctor.ts';
import { EXIT } from '../../../../reconciler/app/exit-codes.ts';
import { resolvePaths } from '../../../../reconciler/app/paths.ts';
import { VERSION } from '../../../../reconciler/app/version.ts';
import type { ToolOutcome } from '../../../../reconciler/os/run-tool.ts';
import { ok } from '../../../../reconciler/model/result.ts';
import type { VnetDocument } from '../../../../schemas/generated/vnet.ts';
import { createMemoryStore } from '../../../support/memory-store.ts';
import { documentOf } from '../../../support/node.ts';
import { capture } from '../../../support/output.ts';

type Finding = {
  readonly id: string;
  readonly level: string;
  readonly message: string;
  readonly fixed: FixResult[];
};

/** The output of the tools on the simulated node. */
const SAID: Readonly<Record<string, string>> = {
  iptables: '-P FORWARD DROP\n',
  ebtables:
    'Bridge table: nat\n-p ARP -i eth0 --arp-op Request -j arpreply --arpreply-mac aa:bb:cc:dd:ee:ff\n',
  'azure-vnet': `azure-vnet ${VERSION} (vnet)\n`,
  'azure-vnet-ipam': 'azure-vnet-ipam 0.0.1 (vnet)\n',
};

function run(name: string): ToolOutcome {
  const said = SAID[name.slice(name.lastIndexOf('/') + 1)];
  return said === undefined ? { kind: 'missing' } : { kind: 'done', stdout: said };
}

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'vnet-doctor-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(path: string, text: string, mode = 0o644): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
  chmodSync(join(root, path), mode);
}

function ask(
  fix = false,
  policy: VnetDocument['policy'] = {},
): { readonly result: unknown; readonly found: ReadonlyMap<string, Finding> } {
  const output = capture();
  const store = createMemoryStore({ ...documentOf([0]), policy }, 'node-1');
  const session = { store, now: () => new Date('2026-11-21T12:00:00.000Z') };
  const place = { sys: createSys(), paths: resolvePaths({ root }, {}), run };
  const result = doctor(session, { fix, format: 'json' }, output, place);
  const findings = JSON.parse(output.out()) as readonly Finding[];
  return { result, found: new Map(findings.map((one) => [one.id, one])) };
}

/** A healthy node. */
function makeHealthy(): void {
  write('/proc/sys/kernel/osrelease', '6.1.0-test\n');
  write(
    '/lib/modules/6.1.0-test/modules.builtin',
    'kernel/net/bridge/bridge.ko\nkernel/drivers/net/veth.ko\n',
  );
  write('/lib/modules/6.1.0-test/modules.dep', 'kernel/net/netfilter/nf_tables.ko: a.ko\n');
  write('/boot/config-6.1.0-test', 'CONFIG_NF_TABLES=m\nCONFIG_NF_TABLES_BRIDGE=y\n');
  write('/proc/sys/net/bridge/bridge-nf-call-iptables', '0\n');
  write('/proc/sys/net/ipv4/ip_forward', '1\n');
  for (const name of ['all', 'azure0']) write(`/proc/sys/net/ipv4/conf/${name}/rp_filter`, '0\n');
  write('/etc/cni/net.d/10-azure.conflist', '{"plugins": [{"type": "azure-vnet"}, {"type": "portmap"}]}');
  for (const name of ['azure-vnet', 'azure-vnet-ipam', 'vnet'])
    write(`/opt/cni/bin/${name}`, '#!/bin/false\n', 0o755);
  mkdirSync(join(root, 'var/lib/vnet'), { recursive: true });
}

const levels = (found: ReadonlyMap<string, Finding>, ...ids: readonly string[]) =>
  ids.map((id) => found.get(id)?.level);

describe('doctor on a made-up node', () => {
  it('reads kernel, settings, runtime and files below the root', () => {
    makeHealthy();
    const { found } = ask();
    const notOk = [...found.values()].filter(({ level }) => level !== 'ok').map(({ id }) => id);
    // The tools' outputs are not part of the root directory.
    expect(notOk).toEqual(['forward-policy', 'version', 'ebtables']);
    expect(found.get('kernel-features')?.message).toContain('6.1.0-test');
  });

  it('knows the features that network policies need, where they are enforced', () => {
    makeHealthy();
    const verdict = (): Finding | undefined => ask(false, { enforce: true }).found.get('policy-features');
    expect(ask().found.get('policy-features')?.level).toBe('ok');
    expect(verdict()).toMatchObject({
      level: 'problem',
      message: expect.stringContaining('lacks nf_conntrack, nf_conntrack_netlink, nf_tables_inet, nft_ct'),
    });
    const modules = ['nf_conntrack', 'nft_ct', 'nft_limit', 'nft_log'];
    write(
      '/lib/modules/6.1.0-test/modules.dep',
      ['nf_tables', ...modules].map((name) => `kernel/net/netfilter/${name}.ko: a.ko\n`).join(''),
    );
    write(
      '/boot/config-6.1.0-test',
      'CONFIG_NF_TABLES=m\nCONFIG_NF_TABLES_BRIDGE=y\nCONFIG_NF_TABLES_INET=y\n',
    );
    expect(verdict()).toMatchObject({ level: 'warning', message: expect.stringContaining('a former pod') });
    write('/proc/modules', 'nf_conntrack_netlink 57344 0 - Live 0x0\n');
    expect(verdict()?.level).toBe('ok');
  });

  it('exits 2 and names the files of a node with many problems', () => {
    makeHealthy();
    write('/lib/modules/6.1.0-test/modules.builtin', '');
    write('/proc/sys/net/bridge/bridge-nf-call-iptables', '1\n');
    write('/etc/cni/net.d/05-cilium.conflist', '{"plugins": [{"type": "cilium-cni"}]}');
    chmodSync(join(root, 'opt/cni/bin/azure-vnet'), 0o644);
    write('/var/run/azure-vnet.json', '{}');
    write('/var/lib/vnet/.vnet.yaml.tmp', 'half of a');
    write('/var/lib/vnet/baseline.json', 'not JSON');
    const { result, found } = ask();
    expect(result).toEqual(ok(EXIT.differences));
    expect(levels(found, 'kernel-features', 'bridge-nf-call-iptables', 'conflist', 'binaries')).toEqual(
      Array.from({ length: 4 }, () => 'problem'),
    );
    expect(levels(found, 'azure-files', 'leftovers', 'baseline')).toEqual(
      Array.from({ length: 3 }, () => 'warning'),
    );
    expect(found.get('kernel-features')?.message).toContain('lacks bridge, veth');
    expect(found.get('conflist')?.message).toContain(`${root}/etc/cni/net.d/05-cilium.conflist`);
  });

  it('writes nothing without --fix', () => {
    mkdirSync(join(root, 'run/systemd/netif'), { recursive: true });
    ask();
    expect(existsSync(join(root, 'etc'))).toBe(false);
    expect(existsSync(join(root, 'var'))).toBe(false);
  });

  it('--fix writes the drop-ins, creates missing files, removes leftovers, and prints how to undo it', () => {
    mkdirSync(join(root, 'run/systemd/netif'), { recursive: true });
    mkdirSync(join(root, 'run/NetworkManager'), { recursive: true });
    write('/etc/systemd/network/10-all.network', '[Match]\nName=*\n[Network]\nDHCP=yes\n');
    write('/etc/NetworkManager/conf.d/50-own.conf', '[keyfile]\nunmanaged-devices=interface-name:wg0\n');
    const managers = ['networkd-foreign-routes', 'networkd-files', 'networkd-keep-master', 'network-manager'];
    expect(levels(ask().found, ...managers)).toEqual(managers.map(() => 'problem'));
    const { found } = ask(true);
    expect(levels(found, ...managers, 'directory')).toEqual(['ok', 'ok', 'ok', 'ok', 'ok']);
    const done = managers.flatMap((id) => found.get(id)?.fixed ?? []);
    expect(done.map(({ done: isDone }) => isDone)).toEqual([true, true, true, true]);
    for (const { text } of done) expect(text).toMatch(/To undo: rm \//);
    expect(readFileSync(join(root, 'etc/systemd/networkd.conf.d/10-vnet.conf'), 'utf8')).toContain(
      'ManageForeignRoutes=no',
    );
    expect(readFileSync(join(root, 'etc/systemd/network/05-vnet.network'), 'utf8')).toContain(
      'Name=azure0 azv*',
    );
    const conf = readFileSync(join(root, 'etc/NetworkManager/conf.d/90-vnet.conf'), 'utf8');
    expect(conf).toContain('unmanaged-devices=interface-name:wg0;interface-name:azure0;interface-name:azv*');
    expect(statSync(join(root, 'var/lib/vnet')).mode & 0o777).toBe(0o700);
    expect(ask(true).found.get('networkd-files')?.fixed).toEqual([]);
  });

  it('--fix never overwrites foreign files', () => {
    mkdirSync(join(root, 'run/systemd/netif'), { recursive: true });
    write('/etc/systemd/networkd.conf.d/10-vnet.conf', '# mine\n');
    const finding = ask(true).found.get('networkd-foreign-routes');
    expect(finding).toMatchObject({ level: 'problem', fixed: [{ done: false }] });
    expect(readFileSync(join(root, 'etc/systemd/networkd.conf.d/10-vnet.conf'), 'utf8')).toBe('# mine\n');
  });
});
