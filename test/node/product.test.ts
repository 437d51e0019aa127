import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasLiveNodes } from '../plugin/live-node.ts';
import { renderOutcome } from '../support/exec.ts';
import { type BootLog, type BootNode, makeBootNode } from './boot/container.ts';
import { whyNoBoot } from './boot/root.ts';

const reason = hasLiveNodes ? whyNoBoot() : 'no private namespaces here';
if (reason !== undefined) console.log(`nothing is installed on a booted node: ${reason}`);

describe.skipIf(reason !== undefined)('a booted Debian on which vnet is installed and removed', () => {
  let node: BootNode;
  let log: BootLog | undefined;
  beforeAll(async () => {
    node = makeBootNode('product.sh');
    const outcome = await node.run();
    log = node.log(1);
    if (outcome.code !== 0 || log === undefined)
      throw new Error(`${renderOutcome(outcome)}\n${log?.text ?? ''}`);
    if (process.env['VNET_TEST_TRANSCRIPT'] !== undefined) console.log(log.text);
    const { said } = log;
    console.log(
      `calls: ${said['calls']} at ${said['calls-per-second']} per second, ${said['calls-failed']} failed`,
    );
  });
  afterAll(() => node.remove());

  it('previews the installation without a change, and installs a running network', () => {
    expect(log?.said).toMatchObject({ 'dry-run': '2', 'dry-run-writes': 'no', install: '0' });
    expect(log?.said).toMatchObject({ watch: 'active/active', enabled: 'enabled', add: '0', ping: '0' });
  });

  it("writes the configuration last, before those of other programs, and puts programs in the place of another's", () => {
    expect(log?.said).toMatchObject({
      'first-configuration': '/etc/cni/net.d/05-azure.conflist',
      'last-step': '/etc/cni/net.d/05-azure.conflist',
      configured: 'after-the-service',
      programs: 'ours',
    });
  });

  it('forwards packets, now and after the next boot; applies the safe fixes of doctor if asked', () => {
    expect(log?.said).toMatchObject({ forwarding: '1/1', unasked: '0', fix: '0', fixes: '2', doctor: '0' });
  });

  it('probes addresses from the sandbox of its service, once doctor has let it', () => {
    expect(log?.said).toMatchObject({
      sandbox: '1',
      second: '0',
      probed: '10.240.0.38/16',
      'second-gone': '0',
    });
  });

  it('is upgraded and downgraded under load: the resident process is handed over, no call fails', () => {
    expect(log?.said).toMatchObject({
      upgrade: '0',
      upgraded: 'yes',
      'handed-over': 'yes',
      'running-build': '2',
      renamed: 'vnet azure-vnet',
    });
    expect(log?.said).toMatchObject({ downgrade: '0', downgraded: 'yes', 'calls-failed': '0', leaks: '0' });
    expect(Number(log?.said['calls'])).toBeGreaterThan(100);
    expect(log?.said['pings-lost']).toBe('0');
  });

  it('goes back to the build that works when the new one does not start', () => {
    expect(log?.said).toMatchObject({ 'failed-upgrade': '6', back: 'yes/active' });
  });

  it('refuses removal while a pod is attached, and then leaves files and network as before', () => {
    expect(log?.said).toMatchObject({ refused: '5', drain: '5', del: '0', uninstall: '0', 'run-left': 'no' });
    expect(log?.said).toMatchObject({ released: '1/1', marks: '0' });
    expect(log?.said).toMatchObject({ files: 'same', others: 'same', network: 'same' });
  });
});
