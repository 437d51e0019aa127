/** A headless Chromium, driven over its debugging pipe. Source: Chrome DevTools Protocol. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { execNow } from './exec.ts';
import { findCommand } from './tools.ts';

/** The browser; undefined without one. */
export const chromium = ((): string | undefined => {
  const found = ['chromium', 'chromium-browser', 'google-chrome']
    .map((name) => findCommand(name))
    .find(Boolean);
  return found !== undefined && execNow([found, '--headless', '--no-sandbox', '--version']).code === 0
    ? found
    : undefined;
})();

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--hide-scrollbars',
  '--remote-debugging-pipe',
];

/** Longer than any page takes on a busy machine. Units: milliseconds. */
const LONGEST_MS = 300_000;

export type BrowserPage = {
  /** Resolves to the value of the expression in the page. Errors: rejects with its exception. */
  readonly evaluate: (expression: string) => Promise<unknown>;
  /** Resolves once the expression is true. */
  readonly until: (expression: string) => Promise<void>;
  /** Resolves to a picture of the window as PNG. */
  readonly screenshot: () => Promise<Buffer>;
  readonly close: () => Promise<void>;
};

type Answer = { readonly id?: number; readonly result?: Record<string, unknown>; readonly error?: unknown };

/** Opens the page in a window of its own. */
export async function openPage(url: string, size = { width: 1400, height: 1000 }): Promise<BrowserPage> {
  const profile = mkdtempSync(join(tmpdir(), 'vnet-browser-'));
  const args = [...FLAGS, `--user-data-dir=${profile}`, `--window-size=${size.width},${size.height}`];
  const child = spawn(chromium ?? '', args, {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const [input, output] = [child.stdio[3] as Writable, child.stdio[4] as Readable];
  const waiting = new Map<number, (answer: Answer) => void>();
  let held = '';
  output.on('data', (chunk) => {
    const parts = `${held}${String(chunk)}`.split('\0');
    held = parts.pop() ?? '';
    for (const part of parts) {
      const answer = JSON.parse(part) as Answer;
      waiting.get(answer.id ?? 0)?.(answer);
    }
  });
  let last = 0;
  let sessionId: unknown;
  const call = (method: string, params: object = {}): Promise<Record<string, unknown>> => {
    last += 1;
    const id = last;
    input.write(
      `${JSON.stringify({ id, method, params, ...(sessionId === undefined ? {} : { sessionId }) })}\0`,
    );
    return new Promise((resolve, reject) => {
      waiting.set(id, ({ result, error }) => {
        waiting.delete(id);
        if (result === undefined) reject(new Error(`${method}: ${JSON.stringify(error)}`));
        else resolve(result);
      });
    });
  };
  const { targetId } = await call('Target.createTarget', { url: 'about:blank' });
  ({ sessionId } = await call('Target.attachToTarget', { targetId, flatten: true }));
  await call('Page.enable');
  await call('Page.navigate', { url });
  const evaluate = async (expression: string): Promise<unknown> => {
    const answer = await call('Runtime.evaluate', { expression, returnByValue: true });
    const { result, exceptionDetails } = answer as {
      result: { value?: unknown };
      exceptionDetails?: unknown;
    };
    if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails));
    return result.value;
  };
  return {
    evaluate,
    until: async (expression) => {
      const end = performance.now() + LONGEST_MS;
      while ((await evaluate(expression)) !== true) {
        if (performance.now() > end)
          throw new Error(`never: ${expression}\n${String(await evaluate('document.body.innerText'))}`);
        await pause(50);
      }
    },
    screenshot: async () => {
      const { data } = await call('Page.captureScreenshot', { format: 'png' });
      return Buffer.from(String(data), 'base64');
    },
    close: async () => {
      const ended = new Promise((resolve) => child.on('exit', resolve));
      const group = -(child.pid ?? 0);
      process.kill(group, 'SIGKILL');
      await ended;
      // The children of the browser end after it, and write to the profile until then.
      while (isThere(group)) await pause(20);
      rmSync(profile, { recursive: true, force: true });
    },
  };
}

function isThere(group: number): boolean {
  try {
    return process.kill(group, 0);
  } catch {
    return false;
  }
}
