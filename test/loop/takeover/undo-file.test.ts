import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSys } from '#sys';
import { ensureNetworks } from '../../../reconciler/loop/takeover/takeover.ts';
import { createJournal } from '../../../reconciler/loop/takeover/undo-file.ts';
import type { Change } from '../../../reconciler/model/ports/kernel.ts';
import { renderFailure } from '../../../reconciler/model/result.ts';
import { createMemorySession, type MemorySession } from '../../support/memory-session.ts';
import { bootedKernel, documentOf } from '../../support/node.ts';

const LINK = { kind: 'link', netns: '', name: 'eth0', type: 'device' } as const;
const WAY_BACK: readonly Change[] = [
  { verb: 'update', want: { ...LINK, master: '' }, have: { ...LINK, master: 'azure0' }, fields: ['master'] },
  { verb: 'delete', have: { ...LINK, name: 'azure0', type: 'bridge' } },
  { verb: 'create', want: { kind: 'address', netns: '', dev: 'eth0', address: '10.240.0.35/16' } },
];

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vnet-undo-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const path = (): string => join(folder, 'run/takeover.journal');

describe('the undo plan of a takeover', () => {
  it('is on disk from open to close, and not before and after', () => {
    const journal = createJournal(createSys(), path());
    expect(journal.close()).toEqual({ ok: true, value: undefined });
    expect(journal.pending()).toEqual({ ok: true, value: undefined });
    expect(journal.open(WAY_BACK).ok).toBe(true);
    expect(createJournal(createSys(), path()).pending()).toEqual({ ok: true, value: WAY_BACK });
    expect(journal.close().ok).toBe(true);
    expect([journal.pending(), existsSync(path())]).toEqual([{ ok: true, value: undefined }, false]);
  });
});

describe('an unreadable undo plan', () => {
  const damaged = (text: string): MemorySession => {
    const document = documentOf([]);
    const journal = createJournal(createSys(), path());
    journal.open(WAY_BACK);
    writeFileSync(path(), text);
    const session = createMemorySession(bootedKernel([]), document);
    return { ...session, journal: { ...journal, wasOpened: () => true } };
  };

  it.each(['', '[{"verb":"upd', '{}', 'null', '[{"verb":"remove"}]', '[{"verb":"delete","have":7}]'])(
    'is no missing one: nothing is moved, and the message says what to do: %j',
    (text) => {
      const session = damaged(text);
      const before = session.kernel.dump();
      const refused = ensureNetworks(session, documentOf([]));
      expect(refused).toMatchObject({ ok: false, error: { code: 'invalid', step: `read ${path()}` } });
      expect(refused.ok ? '' : renderFailure(refused.error)).toContain(`rm ${path()}`);
      expect(session.kernel.dump()).toBe(before);
      expect(existsSync(path())).toBe(true);
    },
  );

  it('is not needed once the takeover is complete', () => {
    const session = damaged('{');
    const whole = createMemorySession(session.kernel, documentOf([]));
    expect(ensureNetworks(whole, documentOf([])).ok).toBe(true);
    expect(ensureNetworks(session, documentOf([]))).toEqual({ ok: true, value: [] });
    expect(existsSync(path())).toBe(false);
  });
});
