import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';

const BUSY = join(import.meta.dirname, '../../bench/busy.ts');

describe('busy loops', () => {
  it('end with their starter, even by kill -9', async () => {
    const script = `import(${JSON.stringify(BUSY)}).then((busy) => {
      console.log(busy.startBusyLoops(2).join(' '));
      setInterval(() => undefined, 1000);
    });`;
    const parent = spawn(process.execPath, ['--import', 'tsx', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [said] = (await once(parent.stdout, 'data')) as [Buffer];
    const pids = said.toString().trim().split(' ').map(Number);
    // An ended process that was not waited for still exists, but has no executable.
    const running = (): readonly number[] => pids.filter((pid) => existsSync(`/proc/${pid}/exe`));
    onTestFinished(() => {
      for (const pid of running()) process.kill(pid, 'SIGKILL');
    });
    expect(pids).toHaveLength(2);
    expect(running()).toEqual(pids);
    parent.kill('SIGKILL');
    await once(parent, 'exit');
    await vi.waitUntil(() => running().length === 0, { timeout: 300_000 });
    expect(running()).toEqual([]);
  });
});
