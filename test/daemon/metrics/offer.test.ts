import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { listenForMetrics } from '../../../reconciler/daemon/metrics/listen.ts';
import { openMetricsFile } from '../../../reconciler/daemon/metrics/textfile.ts';

let folder: string;
const closing: (() => Promise<void>)[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vnet-metrics-'));
});
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
  rmSync(folder, { recursive: true });
});

const path = (): string => join(folder, 'metrics.sock');
const listen = async (page: () => Promise<string>): Promise<void> => {
  closing.push(await listenForMetrics({ kind: 'unix', path: path() }, page, 'text/plain; version=0.0.4'));
};

type Answer = { readonly code: number | undefined; readonly type: string | undefined; readonly text: string };

function ask(target: string, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath: path(), path: target, method }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      const type = response.headers['content-type'];
      response.on('end', () => resolve({ code: response.statusCode, type, text }));
    });
    asked.on('error', reject);
    asked.end();
  });
}

describe('metrics over HTTP', () => {
  it('are at /metrics, and other paths are not found', async () => {
    await listen(() => Promise.resolve('a 1\n'));
    expect(await ask('/metrics?x=1')).toEqual({
      code: 200,
      type: 'text/plain; version=0.0.4',
      text: 'a 1\n',
    });
    expect((await ask('/metrics', 'HEAD')).text).toBe('');
    expect((await ask('/')).code).toBe(404);
    expect((await ask('/metrics', 'POST')).code).toBe(405);
    expect(statSync(path()).mode & 0o777).toBe(0o660);
  });

  it('state the reason if they cannot be served', async () => {
    await listen(() => Promise.reject(new Error('the document is gone')));
    expect(await ask('/metrics')).toMatchObject({ code: 500, text: 'the document is gone\n' });
  });

  it('replace the socket of a dead process, and no other file', async () => {
    const left = createServer().listen(path());
    await new Promise((resolve) => left.once('listening', resolve));
    await listen(() => Promise.resolve('a 1\n'));
    expect((await ask('/metrics')).text).toBe('a 1\n');
    for (const close of closing.splice(0)) await close();
    await new Promise((resolve) => left.close(resolve));
    writeFileSync(path(), 'precious');
    await expect(listen(() => Promise.resolve(''))).rejects.toThrow(`unix:${path()}`);
    expect(readFileSync(path(), 'utf8')).toBe('precious');
  });
});

describe('metrics as a file', () => {
  const file = (): string => join(folder, 'vnet.prom');
  const written = (text: string) => vi.waitFor(() => expect(readFileSync(file(), 'utf8')).toBe(text), 5000);

  it('are replaced atomically, readable for others, and removed when they are no longer updated', async () => {
    let value = 1;
    const kept = openMetricsFile(file(), () => Promise.resolve(`a ${value}\n`), expect.fail);
    kept.renew();
    await written('a 1\n');
    const first = statSync(file());
    expect(first.mode & 0o777).toBe(0o644);
    value = 2;
    for (let index = 0; index < 10; index += 1) kept.renew();
    await written('a 2\n');
    expect(statSync(file()).ino).not.toBe(first.ino);
    expect(readdirSync(folder)).toEqual(['vnet.prom']);
    await kept.close();
    kept.renew();
    expect(existsSync(file())).toBe(false);
  });

  it('log a failed write once, and try again', async () => {
    const said: string[] = [];
    const kept = openMetricsFile(
      join(folder, 'missing', 'vnet.prom'),
      () => Promise.resolve('a 1\n'),
      (why) => said.push(why),
    );
    closing.push(kept.close);
    kept.renew();
    await vi.waitFor(() => expect(said).toHaveLength(1), 5000);
    kept.renew();
    await new Promise((resolve) => setTimeout(resolve, 1200));
    expect(said).toHaveLength(1);
    expect(said[0]).toContain('ENOENT');
  });
});
