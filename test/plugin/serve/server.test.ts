import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { createSys } from '#sys';
import { serveCalls } from '../../../plugin/serve/server.ts';

it('a server of calls is woken by no timer while no caller waits', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vnet-server-'));
  const listener = join(folder, 'calls.sock');
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  try {
    const hooks = { onCall: () => undefined, noteCall: () => () => undefined };
    const tools = { sys: createSys(), programPath: process.execPath, environment: {} };
    const server = await serveCalls({ ...tools, listener, hooks });
    expect(vi.getTimerCount()).toBe(0);
    const caller = connect(listener);
    await expect.poll(() => vi.getTimerCount(), { timeout: 300_000 }).toBe(1);
    caller.destroy();
    await expect.poll(() => vi.getTimerCount(), { timeout: 300_000 }).toBe(0);
    await server.close();
  } finally {
    vi.useRealTimers();
    rmSync(folder, { recursive: true });
  }
});
