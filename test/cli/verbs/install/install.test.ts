/** Installation, upgrade and removal below `--root`, by the executable. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EXIT } from '../../../../reconciler/app/exit-codes.ts';
import { UNIT_FILES } from '../../../../reconciler/cli/verbs/install/generated/carried-files.ts';
import { BIN, SIMULATED_BIN } from '../../../plugin/live-node.ts';
import { type CliNode, makeCliNode } from '../../simulated-node.ts';
import { type InstallHost, makeInstallHost } from './host.ts';

const isBuilt = [BIN, SIMULATED_BIN].every((bin) => existsSync(join(bin, 'vnet')));

describe.skipIf(!isBuilt)('vnet install on a node with files of other programs', () => {
  let host: InstallHost;
  beforeEach(() => {
    host = makeInstallHost();
  });
  afterEach(() => host.remove());

  const install = (build: string, ...more: readonly string[]) =>
    host.vnet('install', '--from', host.build(build), ...more);

  it('shows each file, unit and link with --dry-run, and changes nothing', () => {
    const before = host.list();
    const { code, stdout } = install('one', '--dry-run');
    expect(code).toBe(EXIT.differences);
    for (const name of UNIT_FILES.keys()) expect(stdout).toContain(`/etc/systemd/system/${name}`);
    for (const name of ['vnet', 'azure-vnet', 'azure-vnet-ipam']) {
      expect(stdout).toMatch(new RegExp(`[+~] /opt/cni/bin/${name} `));
    }
    expect(stdout).toMatch(/\+ \/etc\/cni\/net\.d\/10-azure\.conflist/);
    expect(host.list()).toEqual(before);
  });

  it('gives the text of each file to programs', () => {
    const { stdout } = install('one', '--dry-run', '-o', 'json');
    const { steps } = JSON.parse(stdout) as { steps: { path: string; text?: string }[] };
    const watch = steps.find(({ path }) => path === '/etc/systemd/system/vnet-watch.service');
    expect(watch?.text).toBe(UNIT_FILES.get('vnet-watch.service'));
  });

  it('makes all files, with the CNI configuration first in the order of the runtime', () => {
    expect(install('one').code).toBe(EXIT.done);
    expect(host.read('/opt/cni/bin/vnet')).toContain('vnet of build one');
    expect(host.read('/opt/cni/bin/azure-vnet-ipam')).toContain('azure-vnet of build one');
    expect(host.read('/etc/cni/net.d/10-azure.conflist')).toContain('"azure-vnet"');
    expect(host.exists('/etc/systemd/system/sockets.target.wants/vnet-watch.socket')).toBe(true);
    expect(host.read('/proc/sys/net/ipv4/ip_forward')).toBe('1');
    expect(host.list().filter((line) => /\.(new|old|part) /.test(line))).toEqual([]);
  });

  it('has nothing to do the second time', () => {
    const from = host.build('one');
    host.vnet('install', '--from', from);
    const after = host.list();
    const second = host.vnet('install', '--from', from);
    expect(second.code).toBe(EXIT.done);
    expect(second.stdout).not.toMatch(/^ *[+~-] /m);
    const isOther = (line: string): boolean => !/^(var\/lib\/vnet|run\/vnet)\//.test(line);
    expect(host.list().filter(isOther)).toEqual(after.filter(isOther));
  });

  it('is undone by vnet uninstall --purge: every file is as before, those of other programs too', () => {
    const before = host.list();
    install('one');
    expect(host.read('/opt/cni/bin/azure-vnet')).toContain('of build one');
    expect(host.vnet('uninstall', '--purge').code).toBe(EXIT.done);
    expect(host.list().filter((line) => !before.includes(line))).toEqual([]);
    expect(host.list()).toEqual(before);
  });

  it('enables a timer instead of the resident process, and leaves the configuration alone', () => {
    expect(install('one', '--service', 'timer', '--no-conflist').code).toBe(EXIT.done);
    expect(host.exists('/etc/systemd/system/timers.target.wants/vnet-reconcile.timer')).toBe(true);
    expect(host.exists('/etc/systemd/system/multi-user.target.wants/vnet-watch.service')).toBe(false);
    expect(host.exists('/etc/cni/net.d/10-azure.conflist')).toBe(false);
  });

  it('keeps a first configuration that uses azure-vnet, on installation and removal', () => {
    const text = '{"name": "mine", "plugins": [{"type": "azure-vnet"}]}\n';
    host.write('/etc/cni/net.d/05-mine.conflist', text);
    const { code, stderr } = install('one');
    expect([code, stderr]).toEqual([EXIT.done, expect.stringContaining('05-mine.conflist')]);
    expect(host.exists('/etc/cni/net.d/10-azure.conflist')).toBe(false);
    expect(host.vnet('uninstall', '--purge').code).toBe(EXIT.done);
    expect(host.read('/etc/cni/net.d/05-mine.conflist')).toBe(text);
  });

  it('refuses a directory in the place of a file, before any change', () => {
    host.write('/opt/cni/bin/vnet/file', '');
    const before = host.list();
    const { code, stderr } = install('one');
    expect([code, stderr]).toEqual([EXIT.refused, expect.stringContaining('/opt/cni/bin/vnet ')]);
    expect(host.list()).toEqual(before);
  });

  it('includes the files of vnet doctor --fix on request, and removes them again', () => {
    host.write('/run/systemd/netif/x', '');
    const before = host.list();
    const dropIn = '/etc/systemd/networkd.conf.d/10-vnet.conf';
    expect(install('one', '--fix').code).toBe(EXIT.done);
    expect(host.read(dropIn)).toContain('ManageForeignRoutes=no');
    host.vnet('uninstall', '--purge');
    expect(host.list()).toEqual(before);
  });

  it('upgrades and downgrades programs, and keeps what the administrator has edited', () => {
    expect(host.vnet('upgrade', '--from', host.build('none')).code).toBe(EXIT.noInput);
    install('one');
    const unit = '/etc/systemd/system/vnet-watch.service';
    host.write(unit, `${host.read(unit)}# edited\n`);
    for (const build of ['two', 'three']) {
      const { code, stdout } = host.vnet('upgrade', '--from', host.build(build));
      expect([code, stdout]).toEqual([EXIT.done, expect.stringContaining(unit)]);
      expect(host.read('/opt/cni/bin/vnet')).toContain(`of build ${build}`);
      expect(host.read('/opt/cni/bin/azure-vnet-ipam')).toContain(`of build ${build}`);
      expect(host.read(unit)).toContain('# edited');
    }
    expect(host.vnet('uninstall').code).toBe(EXIT.done);
    expect(host.exists(unit)).toBe(false);
    expect(host.read('/var/lib/vnet/removed/etc-systemd-system-vnet-watch.service')).toContain('# edited');
    expect(host.read('/opt/cni/bin/azure-vnet')).toContain('Azure CNI');
  });
});

describe.skipIf(!isBuilt)('vnet install, upgrade and uninstall on a node with a pod', () => {
  let node: CliNode;
  beforeEach(() => {
    node = makeCliNode();
  });
  afterEach(() => node.remove());

  it('refuses a build that does not accept the document', () => {
    const host = makeInstallHost();
    const refused = node.vnet('install', '--from', host.build('broken'));
    host.remove();
    expect([refused.code, refused.stderr]).toEqual([
      EXIT.refused,
      expect.stringContaining(join(node.root, 'var/lib/vnet/vnet.yaml')),
    ]);
    expect(existsSync(join(node.root, 'opt'))).toBe(false);
  });

  it('refuses removal while the pod is attached, explains draining, and then gives the uplink back', () => {
    const install = ['install', '--from', SIMULATED_BIN, '--service', 'none'];
    expect(node.vnet(...install).code).toBe(EXIT.done);
    const refused = node.vnet('uninstall');
    expect([refused.code, refused.stderr]).toEqual([EXIT.refused, expect.stringContaining('default/web-0')]);
    const drain = node.vnet('uninstall', '--drain');
    expect([drain.code, drain.stdout]).toEqual([EXIT.refused, expect.stringContaining('kubectl drain')]);
    node.reboot();
    node.vnet('reconcile');
    const removed = node.vnet('uninstall');
    expect([removed.code, removed.stderr]).toEqual([EXIT.done, '']);
    const links = node.vnet('get', 'links', '--live', '-o', 'json').stdout;
    expect(links).not.toContain('azure0');
    expect(existsSync(join(node.root, 'opt'))).toBe(false);
    expect(node.read()).toContain('released: true');
  });
});
