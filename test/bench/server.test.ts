import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { countServer, endServer, findServer } from '../../bench/server.ts';

let root = '';
let lock = '';
let holder: ChildProcess | undefined;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'vnet-server-'));
  mkdirSync(join(root, 'run/vnet'), { recursive: true });
  lock = join(root, 'run/vnet/serve.lock');
});

afterEach(async () => {
  if (holder?.exitCode === null && holder.signalCode === null) {
    holder.kill('SIGKILL');
    await once(holder, 'exit');
  }
  holder = undefined;
  rmSync(root, { recursive: true, force: true });
});

/** Resolves to the process ID of a holder of the lock with this verb, which does nothing else. */
async function hold(verb = 'serve'): Promise<number> {
  const script = 'exec 9>>"$0" && flock 9 && echo ready && while :; do sleep 1; done';
  holder = spawn('sh', ['-c', script, lock, verb], { stdio: ['ignore', 'pipe', 'inherit'] });
  if (holder.stdout !== null) await once(holder.stdout, 'data');
  return holder.pid ?? 0;
}

describe('the temporary server of a node', () => {
  it('is absent without its file, and if its file is not locked', async () => {
    expect(findServer(root)).toBeUndefined();
    writeFileSync(lock, '1234\n');
    expect(findServer(root)).toBeUndefined();
    await endServer(root);
  });

  it('is the process named by the locked file, and absent after its end', async () => {
    const pid = await hold();
    writeFileSync(lock, `${pid} vnet serve\n`);
    expect(findServer(root)?.pid).toBe(pid);
    expect(findServer(root)?.cpuMs()).toBeGreaterThan(0);
    await endServer(root);
    expect(findServer(root)).toBeUndefined();
  });

  it('is not the resident process, which stays', async () => {
    const pid = await hold('watch');
    writeFileSync(lock, `${pid} vnet watch\n`);
    expect(findServer(root)).toBeUndefined();
    await endServer(root);
    expect(holder?.exitCode).toBeNull();
  });

  it('is not guessed if the locked file names no process', async () => {
    await hold();
    expect(() => findServer(root)).toThrow('no holder can be determined from');
  });
});

describe('the processor time of a server', () => {
  const serverOf = (pid: number, figures: number[]) => ({
    pid,
    cpuMs: () => figures.shift() ?? Number.NaN,
    settle: async () => {
      figures.shift();
    },
  });

  it('is its use since then, once it is idle', async () => {
    const server = serverOf(7, [100, 120, 150]);
    expect(await countServer(() => server)()).toBe(50);
  });

  it('is all that it used when it has only started since, in the place of another too', async () => {
    const later = [undefined, serverOf(8, [10, 30])];
    expect(await countServer(() => later.shift())()).toBe(30);
    const instead = [serverOf(7, [100]), serverOf(8, [10, 30])];
    expect(await countServer(() => instead.shift())()).toBe(30);
  });

  it('is nothing without one', async () => {
    expect(await countServer(() => undefined)()).toBe(0);
  });
});
