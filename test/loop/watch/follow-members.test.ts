/** Changes of the cluster's pods reach the kernel with the notification: neither a timer nor the end of a call comes before. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSys } from '#sys';
import { afterEach, describe, expect, it } from 'vitest';
import type { MembersChange } from '../../../reconciler/document/members-lines.ts';
import {
  appendMembers,
  readMembers,
  withMembers,
  writeMembers,
} from '../../../reconciler/document/members-file.ts';
import { createMemorySession } from '../../support/memory-session.ts';
import { bootedKernel, documentOf } from '../../support/node.ts';
import { play, type Played } from './watch-support.ts';

const EVERYTHING = { whole: true, devices: [], pods: [], sysctls: [], entries: [] };

const FIRST: MembersChange = {
  policies: { 'default/p': { podSelector: {}, ingress: [{ from: [{ podSelector: {} }] }] } },
  pods: [0, 1].map((at) => ({ namespace: 'default', name: `web-${at}`, labels: {} })),
};

const far = (address: string): MembersChange => ({
  pods: [{ namespace: 'default', name: 'far', labels: {}, addresses: [address] }],
});

describe('members of network policies', () => {
  const ends: (() => void)[] = [];
  afterEach(() => {
    for (const end of ends.splice(0)) end();
  });

  /** A converged node, the notification of its file, and the peers in its kernel. */
  const watched = async () => {
    const directory = mkdtempSync(join(tmpdir(), 'vnet-follow-'));
    ends.push(() => rmSync(directory, { recursive: true }));
    const files = { sys: createSys(), directory };
    expect(writeMembers(files, FIRST).ok).toBe(true);
    const document = { ...documentOf([0, 1]), policy: { enforce: true } };
    const session = createMemorySession(bootedKernel([0, 1]), document);
    const { observe } = withMembers({ observe: session.kernel.observe }, () => readMembers(files));
    let changed = (): void => undefined;
    const played: Played = await play({
      session: { ...session, kernel: { ...session.kernel, observe }, files },
      ports: {
        watchMembers: (call) => {
          changed = call;
          // Nothing was written before: there is no scan yet.
          call();
          return () => Promise.resolve();
        },
      },
    });
    await played.pass(2000);
    const peers = (): readonly string[] => {
      const seen = session.kernel.observe(EVERYTHING);
      const table = seen.ok ? seen.value.state.get('nft-table inet vnet_policy') : undefined;
      return table?.kind === 'nft-table' ? Object.keys(table.sets?.['peer_in4'] ?? {}) : [];
    };
    const append = (change: MembersChange): void => {
      expect(appendMembers(files, change).ok).toBe(true);
      changed();
    };
    return { played, peers, append };
  };

  it('are in the kernel at once, also during a call', async () => {
    const { played, peers, append } = await watched();
    expect(peers()).toHaveLength(2);
    const rounds = played.reports.length;
    append(far('10.9.0.1'));
    expect(peers()).toContain('10.9.0.1');
    const end = played.call();
    append(far('10.9.0.2'));
    expect(peers()).toContain('10.9.0.2');
    expect(peers()).not.toContain('10.9.0.1');
    end();
    await played.pass(1000);
    expect(played.reports).toHaveLength(rounds);
    expect(played.status()?.conditions.find(({ type }) => type === 'PolicyEnforced')?.status).toBe(true);
    expect([played.failures, played.events.filter(({ type }) => type === 'Drift')]).toEqual([[], []]);
  });

  it('wait while repairs are paused', async () => {
    const { played, peers, append } = await watched();
    const time = played.now().toISOString();
    played.pauses.push({ until: '2030-01-01T00:00:00.000Z', who: 'ana', time });
    append(far('10.9.0.1'));
    expect(peers()).not.toContain('10.9.0.1');
    played.pauses.length = 0;
    await played.pass(1000);
    expect(peers()).toContain('10.9.0.1');
  });
});
