import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { hasNamespaces } from '../support/namespaces.ts';
import { BIN, makeLiveNode, isBuilt } from '../plugin/live-node.ts';
import { startWatch } from './live-watch.ts';

/** Only Bun's executables have these engine settings. */
const isBun = isBuilt && readFileSync(join(BIN, 'vnet')).subarray(0, 4).toString('latin1') === '\u007fELF';

describe.skipIf(!hasNamespaces || !isBun)('the engine of vnet watch', () => {
  it('is tuned for a resident process: the same process, under its own name, for any program name', async () => {
    const node = makeLiveNode();
    const pod = node.addPod();
    for (const verb of ['ADD', 'DEL']) await node.call({ verb, pod });
    const watch = await startWatch(node);
    const [line] = /^.*\0watch\0/.exec(readFileSync(`/proc/${watch.pid}/cmdline`, 'utf8')) ?? [];
    const environment = readFileSync(`/proc/${watch.pid}/environ`, 'utf8').split('\0');
    expect(readFileSync(`/proc/${watch.pid}/comm`, 'utf8')).toBe('vnet\n');
    expect(line).toBe(`${join(BIN, 'vnet')}\0watch\0`);
    expect(environment).toEqual(
      expect.arrayContaining([
        'BUN_JSC_forceRAMSize=67108864',
        'BUN_JSC_largeHeapGrowthFactor=1.4',
        'BUN_JSC_minEdenToOldGenerationRatio=0.22',
        'BUN_GC_TIMER_DISABLE=1',
        'BUN_JSC_useFTLJIT=0',
        'BUN_JSC_thresholdForJITAfterWarmUp=50',
        'BUN_JSC_thresholdForJITSoon=20',
        'BUN_JSC_thresholdForOptimizeAfterWarmUp=200',
        'BUN_JSC_maximumOptimizationCandidateBytecodeCost=1000',
        'BUN_JSC_maximumFunctionForCallInlineCandidateBytecodeCostForDFG=30',
        'MIMALLOC_PURGE_HOLES_MIN_INTERVAL=20000',
      ]),
    );
    await watch.end('SIGTERM');
    node.remove();
  });
});

describe.skipIf(!hasNamespaces || !isBun)('the engine of vnet agent', () => {
  it('is that of rare work: nothing is compiled early', async () => {
    const node = makeLiveNode();
    const kubeconfig = join(node.root, 'kubeconfig');
    const cluster = { server: 'http://127.0.0.1:1' };
    const config = {
      'current-context': 'x',
      contexts: [{ name: 'x', context: { cluster: 'x' } }],
      clusters: [{ name: 'x', cluster }],
    };
    writeFileSync(kubeconfig, JSON.stringify(config));
    const words = ['agent', '--node', 'x', '--kubeconfig', kubeconfig];
    const agent = spawn('nsenter', [`--net=${node.netns.path}`, '--', join(BIN, 'vnet'), ...words], {
      env: { ...process.env, VNET_ROOT: node.root },
      stdio: 'ignore',
    });
    const settings = (): readonly string[] =>
      readFileSync(`/proc/${agent.pid}/environ`, 'utf8')
        .split('\0')
        .filter((variable) => variable.startsWith('BUN_JSC_'));
    while (settings().length === 0) await pause(20);
    expect(settings()).toContain('BUN_JSC_useFTLJIT=0');
    expect(settings().filter((name) => name.includes('threshold'))).toEqual([]);
    agent.kill('SIGKILL');
    await once(agent, 'exit');
    node.remove();
  });
});
