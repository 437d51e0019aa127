import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createSys, loadResidentExtras } from '#sys';
import { watchDocument } from '../../reconciler/daemon/document-watcher.ts';

const sys = createSys();
const tools = { sys, inotify: (await loadResidentExtras(sys)).inotify };
let folder = '';
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'vnet-watcher-'))));
afterEach(() => rmSync(folder, { recursive: true }));

/** Resolves at the next reported change; without one, the test's own timeout applies. */
function ears(
  path: string,
  by = tools,
): { readonly next: () => Promise<void>; readonly close: () => Promise<void> } {
  let heard = (): void => undefined;
  const close = watchDocument(by, path, () => heard());
  return { next: () => new Promise((resolve) => void (heard = resolve)), close };
}

describe('the watcher of the document', () => {
  const saves: readonly (readonly [string, (path: string) => void])[] = [
    ['is written in place', (path) => writeFileSync(path, 'b')],
    [
      'is another file that takes its place',
      (path) => (writeFileSync(`${path}.tmp`, 'b'), renameSync(`${path}.tmp`, path)),
    ],
    ['is taken away', (path) => rmSync(path)],
  ];
  it.each(saves)('notifies when it %s', async (_, save) => {
    const path = join(folder, 'vnet.yaml');
    writeFileSync(path, 'a');
    const { next, close } = ears(path);
    await next();
    const told = next();
    save(path);
    await expect(told).resolves.toBeUndefined();
    await close();
  });

  it.each(saves)('notifies without inotify, whose instances are used up, when it %s', async (_, save) => {
    const path = join(folder, 'vnet.yaml');
    writeFileSync(path, 'a');
    const { next, close } = ears(path, { sys, inotify: { ...tools.inotify, init: () => -24 } });
    await next();
    const told = next();
    save(path);
    await expect(told).resolves.toBeUndefined();
    await close();
  });

  it('notifies of the first document', async () => {
    const path = join(folder, 'vnet.yaml');
    const { next, close } = ears(path);
    await next();
    const told = next();
    writeFileSync(path, 'a');
    await expect(told).resolves.toBeUndefined();
    await close();
  });

  it('notifies of changes to the target of a symbolic link', async () => {
    const path = join(folder, 'vnet.yaml');
    mkdirSync(join(folder, 'real'));
    writeFileSync(join(folder, 'real/document'), 'a');
    symlinkSync('real/document', path);
    const { next, close } = ears(path);
    await next();
    const told = next();
    writeFileSync(join(folder, 'real/document'), 'b');
    await expect(told).resolves.toBeUndefined();
    await close();
  });

  it('is silent about other files beside it', async () => {
    const path = join(folder, 'vnet.yaml');
    let count = 0;
    const close = watchDocument(tools, path, () => void (count += 1));
    // Once at the start.
    await vi.waitUntil(() => count === 1, { timeout: 300_000 });
    writeFileSync(join(folder, 'other'), 'a');
    const { next, close: end } = ears(join(folder, 'last'));
    await next();
    const told = next();
    writeFileSync(join(folder, 'last'), 'a');
    await told;
    expect(count).toBe(1);
    await close();
    await end();
  });
});
