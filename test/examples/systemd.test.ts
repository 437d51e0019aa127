import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { callSocketPath } from '../../plugin/serve/call-message.ts';
import { requestOf } from '../cli/request.ts';
import { execNow } from '../support/exec.ts';
import { isSkipped, whyWithout } from '../support/skip.ts';

const folder = join(import.meta.dirname, '../../examples/systemd');
const units = readdirSync(folder);
const services = units.filter((name) => name.endsWith('.service'));
const noAnalyze = isSkipped('units', whyWithout('systemd-analyze'));

/** Settings unknown to older versions of systemd, and the version that introduced each. */
const NEWER = [
  ['RestartSteps', 254],
  ['RestartMaxDelaySec', 254],
] as const;

function systemdVersion(): number {
  return Number(/\d+/.exec(execNow(['systemd-analyze', '--version']).stdout)?.[0] ?? 0);
}

function read(unit: string): string {
  return readFileSync(join(folder, unit), 'utf8');
}

/** The settings of a unit, as written. */
function settingsOf(unit: string): ReadonlyMap<string, string> {
  return new Map(
    read(unit)
      .split('\n')
      .flatMap((line) => {
        const [, key, value] = /^([A-Z]\w+)=(.*)$/.exec(line) ?? [];
        return key === undefined || value === undefined ? [] : [[key, value] as const];
      }),
  );
}

let copy: string;
beforeEach(() => {
  copy = mkdtempSync(join(tmpdir(), 'vnet-units-'));
  cpSync(folder, copy, { recursive: true });
});
afterEach(() => rmSync(copy, { recursive: true }));

/** Verifies a copy in which ExecStart names a program that exists on this machine. */
function verify(name: string): { readonly code: number; readonly complaints: readonly string[] } {
  for (const unit of units) {
    const text = readFileSync(join(copy, unit), 'utf8');
    writeFileSync(join(copy, unit), text.replaceAll('/usr/local/bin/vnet', '/bin/true'));
  }
  const { code, stdout, stderr } = execNow(['systemd-analyze', 'verify', '--man=no', join(copy, name)], {
    env: { SYSTEMD_LOG_LEVEL: 'warning' },
  });
  // Complaints about the machine's own units are not ours to fix.
  const complaints = `${stdout}${stderr}`.split('\n').filter((line) => line.includes('vnet-'));
  // Settings of a newer systemd are ignored by this one, as their comment says.
  const old = NEWER.filter(([, since]) => systemdVersion() < since).map(([key]) => `Unknown key '${key}'`);
  return { code, complaints: complaints.filter((line) => !old.some((known) => line.includes(known))) };
}

describe('the systemd units', () => {
  it('are found', () => {
    expect(units.toSorted()).toEqual([
      'vnet-boot.service',
      'vnet-reconcile.service',
      'vnet-reconcile.timer',
      'vnet-watch.service',
      'vnet-watch.socket',
    ]);
  });

  it.skipIf(noAnalyze).each(units)('%s passes systemd-analyze verify', (name) => {
    expect(verify(name)).toEqual({ code: 0, complaints: [] });
  });

  it.skipIf(noAnalyze)('would not pass with a misspelt key', () => {
    const unit = join(copy, 'vnet-reconcile.timer');
    writeFileSync(unit, readFileSync(unit, 'utf8').replace('OnBootSec', 'OnBootSecs'));
    expect(verify('vnet-reconcile.timer').complaints).toHaveLength(1);
  });

  it.each(services)('%s runs a command that vnet has', async (name) => {
    const command = /^ExecStart=\/usr\/local\/bin\/vnet (.*)$/m.exec(read(name))?.[1];
    const request =
      name === 'vnet-watch.service'
        ? { verb: 'watch', intervalMs: 60_000 }
        : { verb: 'reconcile', dryRun: false, limit: 'hitless' };
    expect(await requestOf((command ?? '').split(' '))).toMatchObject({ kind: 'request', request });
  });

  it.each(['vnet-boot.service', 'vnet-watch.service'])(
    '%s comes before every container runtime and kubelet at boot',
    (name) => {
      const before = settingsOf(name).get('Before')?.split(' ') ?? [];
      expect(before.toSorted()).toEqual([
        'containerd.service',
        'crio.service',
        'docker.service',
        'kubelet.service',
      ]);
    },
  );

  it("pass the plugin's socket to the service, for root only", () => {
    const settings = Object.fromEntries(settingsOf('vnet-watch.socket'));
    expect(settings).toMatchObject({ Accept: 'no', SocketMode: '0600', FileDescriptorName: 'calls' });
    expect(settings['ListenStream']).toBe(callSocketPath('/run/vnet'));
    expect(Object.fromEntries(settingsOf('vnet-watch.service'))).toMatchObject({
      Wants: 'vnet-watch.socket',
      Also: 'vnet-watch.socket',
    });
  });

  it('starts after the uplink has its addresses, for any network manager', () => {
    const after = settingsOf('vnet-boot.service').get('After')?.split(' ') ?? [];
    expect(after).toEqual(
      expect.arrayContaining(['network-online.target', 'systemd-networkd.service', 'cloud-init.service']),
    );
  });

  it('lets the watchdog wait longer than the loop may be silent', async () => {
    const watchdogMs = Number(settingsOf('vnet-watch.service').get('WatchdogSec')) * 1000;
    const parsed = await requestOf(['watch']);
    const intervalMs = parsed.kind === 'request' ? Number(parsed.request['intervalMs']) : Infinity;
    expect(intervalMs).toBeLessThan(watchdogMs);
  });

  it('keeps the loop able to see the namespaces of pods, to compile itself, and to be started for ever', () => {
    const settings = settingsOf('vnet-watch.service');
    expect(Object.fromEntries(settings)).toMatchObject({
      Type: 'notify',
      Restart: 'always',
      StartLimitIntervalSec: '0',
      RuntimeDirectoryPreserve: 'yes',
      MountFlags: 'slave',
      MemoryDenyWriteExecute: 'no',
      NoNewPrivileges: 'yes',
      ProtectSystem: 'strict',
    });
    for (const unwanted of ['PrivateNetwork', 'ProtectHostname', 'ProtectKernelTunables', 'PrivateUsers']) {
      expect([unwanted, settings.get(unwanted)]).toEqual([unwanted, undefined]);
    }
  });

  it.skipIf(noAnalyze).each(services)('%s has no more exposure than its tasks require', (name) => {
    const argv = ['systemd-analyze', 'security', '--offline=true', '--no-pager', '--threshold=35'];
    const { code, stdout } = execNow([...argv, join(folder, name)]);
    const level = /Overall exposure level for vnet-\w+.service: ([\d.]+)/.exec(stdout)?.[1];
    // Older versions have no --offline.
    if (level !== undefined) console.log(`systemd-analyze security ${name}: exposure ${level} of 10`);
    expect(level === undefined || code === 0).toBe(true);
  });

  it.each(services)('%s has the sandbox of the resident process', (name) => {
    const sandbox = (unit: string): readonly string[] =>
      Array.from(settingsOf(unit), ([key, value]) => `${key}=${value}`).filter((line) =>
        /^(State|Runtime|Protect|ReadWrite|Private|Restrict(?!art)|SystemCall|Lock|Capab|NoNew|MountF|UMask)/.test(
          line,
        ),
      );
    expect(sandbox('vnet-watch.service').length).toBeGreaterThan(20);
    expect(sandbox(name)).toEqual(sandbox('vnet-watch.service'));
  });

  it('does not let a missing document end the timer', () => {
    expect(readFileSync(join(folder, 'vnet-reconcile.service'), 'utf8')).not.toMatch(/^Condition/m);
  });
});
