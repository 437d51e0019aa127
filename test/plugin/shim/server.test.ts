import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PROCESSORS } from './processors.ts';
import { answering, SAMPLE, SERVER, Stage } from './stage.ts';

describe.each(PROCESSORS)('a server that the shim starts on $name', (processor) => {
  let stage: Stage;
  beforeEach(() => {
    stage = new Stage(processor);
  });
  afterEach(() => stage.remove());

  it('starts a server that has nothing of the call: no variables, no pipes, no session', async () => {
    await stage.start({ env: { CNI_NETNS: '/proc/self/ns/uts', VNET_NODE: 'node-1', OTHER: 'x' } });
    const said = readFileSync(join(stage.folder, 'served'), 'utf8');
    const [pid, listenPid, ...given] = stage.servers()[0]?.split(' ') ?? [];
    expect([listenPid, given]).toEqual([pid, ['2', 'calls:lock']]);
    expect(said).toContain(`VNET_ROOT=${stage.folder}\n`);
    expect(said).toContain('VNET_NODE=node-1\n');
    expect(said).not.toMatch(/^(CNI_|OTHER=|VNET_CALLED_AS=)/m);
    // The shell has its script open as 10 or 255, and may have 5 from the test.
    expect(said).toMatch(
      new RegExp(`^0 1 (10 )?2 (255 )?3 4 (5 )?/dev/null /dev/null /dev/null ${pid}$`, 'm'),
    );
  });

  it('starts no server for the version', async () => {
    expect(await stage.start({ env: { CNI_COMMAND: 'VERSION' } })).toMatchObject(stage.byProgram('VERSION'));
    expect(stage.servers()).toEqual([]);
  });

  it('has one server for all concurrent callers, and starts another when it is killed', async () => {
    writeFileSync(join(stage.folder, 'bin/vnet'), SERVER, { mode: 0o755 });
    const answered = await Promise.all(Array.from({ length: 30 }, () => stage.start()));
    expect(answered.map(({ code }) => code)).toEqual(answered.map(() => 3));
    expect(new Set(answered.map(({ stdout }) => stdout))).toEqual(new Set([stage.servers()[0]]));
    expect(stage.servers()).toHaveLength(1);
    process.kill(Number(stage.servers()[0]), 'SIGKILL');
    const again = await Promise.all(Array.from({ length: 10 }, () => stage.start()));
    expect(new Set(again.map(({ stdout }) => stdout))).toEqual(new Set([stage.servers()[1]]));
    process.kill(Number(stage.servers()[1]), 'SIGKILL');
  });

  it('yields to a waiting server', async () => {
    const lock = join(stage.folder, 'run/vnet/serve.lock.queue');
    mkdirSync(dirname(lock), { recursive: true });
    const waiting = spawn('flock', [lock, 'sleep', '1000'], { stdio: 'ignore', detached: true });
    while (spawnSync('flock', ['--nonblock', lock, 'true']).status === 0) await delay(10);
    const ended = stage.start();
    await delay(200);
    expect(stage.servers()).toEqual([]);
    await stage.serve(answering(SAMPLE));
    expect(await ended).toMatchObject({ code: 3 });
    process.kill(-(waiting.pid ?? 0), 'SIGKILL');
  });
});
