import { spawn } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CliNode, makeCliNode } from '../simulated-node.ts';

/** Time that a loaded machine may need to start a process. Units: milliseconds. */
const PATIENCE_MS = 300_000;

async function until(isSo: () => boolean): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (!isSo()) {
    if (Date.now() > deadline) throw new Error('it did not come about');
    await pause(50);
  }
}

describe('the window of an apply', () => {
  let node: CliNode;
  let text: string;
  beforeEach(() => {
    node = makeCliNode();
    text = node.read();
  });
  afterEach(() => node.remove());

  const OLD = 'mtu: 1500 # as the fabric has it';
  const NEW = 'mtu: 1400 # overlay';
  const newer = (): string => node.file('new.yaml', text.replace(OLD, NEW));
  const isBack = (): boolean => node.read() === text.replace('generation: 7', 'generation: 9');
  const bridgeMtu = (): number | undefined => {
    const seen = node.kernel.observe({ whole: true, devices: [], pods: [], sysctls: [], entries: [] });
    const bridge = seen.ok ? seen.value.state.get('link azure0') : undefined;
    return bridge?.kind === 'link' ? bridge.mtuBytes : undefined;
  };

  it('expires although the shell and all its children were killed', async () => {
    const [program = '', ...args] = node.command('apply', '-f', newer(), '--confirm-within', '8s');
    const shell = spawn('sh', ['-c', '"$@"; sleep 100', 'sh', program, ...args], {
      env: node.env,
      detached: true,
    });
    await until(() => node.exists('tentative.json') && node.read('tentative.json').includes('"open"'));
    expect([node.read().includes(NEW), bridgeMtu()]).toEqual([true, 1400]);
    // The whole session of the shell, as after the loss of a terminal or of an ssh connection.
    process.kill(-(shell.pid ?? 0), 'SIGHUP');
    process.kill(-(shell.pid ?? 0), 'SIGKILL');
    await until(() => !node.exists('tentative.json'));
    expect([isBack(), bridgeMtu()]).toEqual([true, 1500]);
    expect(node.vnet('confirm').code).toBe(66);
  });

  it('leaves things as they are when they are confirmed in time', async () => {
    expect(node.vnet('apply', '-f', newer(), '--confirm-within', '10s').code).toBe(0);
    expect(node.vnet('apply', '-f', newer()).code).toBe(5);
    expect(node.vnet('confirm', '99').code).toBe(4);
    expect(node.vnet('confirm', '8').code).toBe(0);
    await pause(11_000);
    expect(node.vnet('reconcile').code).toBe(0);
    expect([node.read().includes(NEW), bridgeMtu()]).toEqual([true, 1400]);
  });

  it('can be reverted at once, byte for byte except for the generation', () => {
    expect(node.vnet('apply', '-f', newer(), '--confirm-within', '10m').code).toBe(0);
    const reverted = node.vnet('revert');
    expect([reverted.code, node.read()]).toEqual([0, expect.stringContaining('generation: 9\n')]);
    expect([isBack(), bridgeMtu()]).toEqual([true, 1500]);
  });

  it('rolls back fields outside all networks, too', () => {
    const policy = text.replace('networks:\n', 'policy: { routes: report }\nnetworks:\n');
    const file = node.file('new.yaml', policy);
    expect(node.vnet('apply', '-f', file, '--confirm-within', '10m').code).toBe(0);
    expect(node.read()).toContain('policy:');
    expect([node.vnet('revert').code, isBack()]).toEqual([0, true]);
  });

  it('ends with a reboot: the first reconcile rolls it back before anything else', () => {
    expect(node.vnet('apply', '-f', newer(), '--confirm-within', '10m').code).toBe(0);
    node.reboot();
    const first = node.vnet('reconcile');
    expect([first.code, first.stderr]).toEqual([0, expect.stringContaining('rebooted')]);
    expect([node.read().includes(OLD), node.exists('tentative.json'), bridgeMtu()]).toEqual([
      true,
      false,
      1500,
    ]);
  });

  it('is rolled back by the next reconcile when apply itself was killed half-way', async () => {
    const apply = node.start('apply', '-f', newer());
    await until(() => node.exists('tentative.json') && node.read().includes(NEW));
    apply.kill('SIGKILL');
    await until(() => apply.signalCode !== null);
    const next = node.vnet('reconcile');
    expect([next.code, next.stderr]).toEqual([0, expect.stringContaining('was interrupted')]);
    expect([isBack(), bridgeMtu(), node.exists('tentative.json')]).toEqual([true, 1500, false]);
  });

  it('is not opened by an interrupted apply: 130, and nothing is changed', async () => {
    const apply = node.start('apply', '-f', newer(), '--confirm-within', '10m');
    await until(() => node.exists('tentative.json') && node.read().includes(NEW));
    apply.kill('SIGINT');
    await until(() => apply.exitCode !== null);
    expect([apply.exitCode, isBack(), bridgeMtu(), node.exists('tentative.json')]).toEqual([
      130,
      true,
      1500,
      false,
    ]);
  });
});
