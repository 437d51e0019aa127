import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { isLong } from '../support/long.ts';
import { hasNamespaces } from '../support/namespaces.ts';

const START = join(import.meta.dirname, 'start.ts');

/** A lab started as by a user, and its output so far. */
type Started = { readonly child: ChildProcess; readonly text: () => string };

function start(...args: readonly string[]): Started {
  const argv = ['--import', import.meta.resolve('tsx'), START, ...args];
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  return { child, text: () => text };
}

async function until(holds: () => boolean, limitMs: number): Promise<boolean> {
  const end = Date.now() + limitMs;
  while (!holds() && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 50));
  return holds();
}

/** Returns the IDs of all descendants of this process. */
function descendants(pid: number): readonly number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry)))
    parents.set(Number(name), parentOf(name));
  const found: number[] = [pid];
  for (const ancestor of found)
    for (const [child, parent] of parents)
      if (parent === ancestor && !found.includes(child)) found.push(child);
  return found.slice(1);
}

/** The fourth field of /proc/PID/stat, counted behind the name, which may contain anything. */
function parentOf(pid: string): number {
  try {
    return Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[1]);
  } catch {
    return 0;
  }
}

function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

describe.skipIf(!hasNamespaces)('npm start', () => {
  const running: Started[] = [];
  afterEach(() => {
    for (const { child } of running.splice(0)) child.kill('SIGKILL');
  });

  it('plays all steps, and every check passes', async () => {
    // One mode is a third of the checks; the long form plays all, as a user does.
    const lab = start(...(isLong ? [] : ['--mode', 'transparent']));
    running.push(lab);
    const [code] = await once(lab.child, 'close');
    const failed = lab
      .text()
      .split('\n')
      .filter((line) => line.includes('NOT OK'));
    expect(failed).toEqual([]);
    expect(lab.text()).toMatch(/(\d+) of \1 checks hold/);
    expect(code).toBe(0);
  });

  // The lab cannot clean up after SIGKILL: the short form takes the hardest.
  it.each(isLong ? (['SIGINT', 'SIGTERM', 'SIGKILL'] as const) : (['SIGKILL'] as const))(
    'leaves no process behind on %s',
    async (signal) => {
      const lab = start();
      running.push(lab);
      expect(await until(() => lab.text().includes('CNI ADD'), 300_000)).toBe(true);
      const processes = descendants(lab.child.pid ?? 0);
      expect(processes.length).toBeGreaterThan(2);
      lab.child.kill(signal);
      await until(() => !processes.some(isRunning), 300_000);
      expect(processes.filter(isRunning)).toEqual([]);
    },
    600_000,
  );
});
