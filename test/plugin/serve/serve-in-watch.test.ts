import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createSys } from '#sys';
import { callSocketPath } from '../../../plugin/serve/call-message.ts';
import { takeServeLock } from '../../../plugin/serve/call-socket.ts';
import { serveBeside } from '../../../plugin/serve/serve-in-watch.ts';
import { startWatch } from '../../node/live-watch.ts';
import { hasLiveNodes, makeLiveNode } from '../live-node.ts';

const sys = createSys();
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vnet-serve-'));
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(folder, { recursive: true, force: true });
});

const start = (): ReturnType<typeof serveBeside> => {
  const hooks = { onCall: () => undefined, noteCall: () => () => undefined };
  return serveBeside({ sys, programPath: process.execPath, environment: {} }, folder, hooks);
};

/** Whether a caller finds a server on the socket. */
const isServed = (): Promise<boolean> =>
  new Promise((resolve) => {
    const caller = connect(callSocketPath(folder));
    caller.on('error', () => resolve(false));
    caller.on('connect', () => {
      caller.destroy();
      resolve(true);
    });
  });

it.each([
  ['the socket alone', () => rmSync(callSocketPath(folder))],
  ['the socket and its lock', () => rmSync(folder, { recursive: true })],
])('vnet watch serves again after others removed %s', async (_what, remove) => {
  const server = await start();
  expect(await isServed()).toBe(true);
  vi.advanceTimersByTime(10_000);
  expect(await isServed()).toBe(true);
  remove();
  expect(await isServed()).toBe(false);
  vi.advanceTimersByTime(10_000);
  await expect.poll(isServed, { timeout: 300_000 }).toBe(true);
  await server.close();
  const free = takeServeLock(sys, folder, 'test', 0);
  expect(free.ok).toBe(true);
  if (free.ok) free.value();
});

it('vnet watch serves again once another server that came meanwhile has left', async () => {
  const server = await start();
  rmSync(folder, { recursive: true });
  const other = takeServeLock(sys, folder, 'another server', 0);
  vi.advanceTimersByTime(10_000);
  vi.advanceTimersByTime(10_000);
  // Both checks are over before the lock is free.
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(await isServed()).toBe(false);
  if (!other.ok) expect.unreachable(other.error.message);
  other.value();
  vi.advanceTimersByTime(10_000);
  await expect.poll(isServed, { timeout: 300_000 }).toBe(true);
  await server.close();
});

it.skipIf(!hasLiveNodes)('the executable answers calls again whose socket others removed', async () => {
  vi.useRealTimers();
  const node = makeLiveNode();
  expect((await node.call({ verb: 'ADD', pod: node.addPod() })).code).toBe(0);
  const watch = await startWatch(node);
  try {
    const run = join(node.root, 'run/vnet');
    const socket = callSocketPath(run);
    rmSync(socket);
    await expect.poll(() => existsSync(socket), { timeout: 300_000 }).toBe(true);
    const { code } = await node.call({ verb: 'ADD', pod: node.addPod() });
    expect([code, existsSync(socket)]).toEqual([0, true]);
    expect(readFileSync(join(run, 'serve.lock'), 'utf8')).toContain('vnet watch');
  } finally {
    await watch.end('SIGKILL');
    node.remove();
  }
});
