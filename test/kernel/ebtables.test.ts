import { describe, expect, it } from 'vitest';
import { createBridgeRules, parseRules } from '../../reconciler/kernel/ebtables.ts';
import type { ToolOutcome } from '../../reconciler/os/run-tool.ts';

const LISTING = `Bridge table: nat

Bridge chain: PREROUTING, entries: 2, policy: ACCEPT
-p ARP --arp-op Request --arp-ip-dst 10.0.0.1 -j arpreply --arpreply-mac 00:0d:3a:51:c4:90
-j CONTINUE

Bridge chain: OUTPUT, entries: 0, policy: ACCEPT

Bridge chain: POSTROUTING, entries: 1, policy: ACCEPT
-s Unicast -o eth0 -j snat --to-src 00:0d:3a:51:c4:90 --snat-arp --snat-target ACCEPT
`;

const NFT = 'ebtables 1.8.9 (nf_tables)';
const LEGACY = 'ebtables v2.0.11 (legacy) (December 2011)';

/** Returns a port whose programs answer with these versions, and the record of calls. */
function portOf(versions: Readonly<Record<string, string>>, listed: ToolOutcome, isLegacyLoaded = false) {
  const ran: string[] = [];
  const run = (name: string, args: readonly string[]): ToolOutcome => {
    ran.push([name, ...args].join(' '));
    const version = versions[name];
    if (version === undefined) return { kind: 'missing' };
    return args[0] === '-V' ? { kind: 'done', stdout: version } : listed;
  };
  return { ran, port: createBridgeRules(run, () => isLegacyLoaded) };
}

describe('ebtables', () => {
  it('lists its rules by chain, word by word', () => {
    expect(parseRules('ebtables', LISTING)).toEqual([
      {
        program: 'ebtables',
        chain: 'PREROUTING',
        spec: '-p ARP --arp-op Request --arp-ip-dst 10.0.0.1 -j arpreply --arpreply-mac 00:0d:3a:51:c4:90'.split(
          ' ',
        ),
      },
      { program: 'ebtables', chain: 'PREROUTING', spec: ['-j', 'CONTINUE'] },
      {
        program: 'ebtables',
        chain: 'POSTROUTING',
        spec: '-s Unicast -o eth0 -j snat --to-src 00:0d:3a:51:c4:90 --snat-arp --snat-target ACCEPT'.split(
          ' ',
        ),
      },
    ]);
  });

  it.each([
    ['two names of one sort are one program', { ebtables: NFT, 'ebtables-nft': NFT }, false, ['ebtables']],
    ['both sorts are asked', { ebtables: LEGACY, 'ebtables-nft': NFT }, false, ['ebtables', 'ebtables-nft']],
    [
      'the old sort is asked when its table is loaded',
      { ebtables: NFT, 'ebtables-legacy': LEGACY },
      true,
      ['ebtables', 'ebtables-legacy'],
    ],
    [
      'and not otherwise: asking would load it',
      { ebtables: NFT, 'ebtables-legacy': LEGACY },
      false,
      ['ebtables'],
    ],
    ['none is installed', {}, true, []],
  ])('%s', (_name, versions, isLegacyLoaded, programs) => {
    const { port } = portOf(versions, { kind: 'done', stdout: LISTING }, isLegacyLoaded);
    const listed = port.list();
    expect(listed).toMatchObject({ ok: true, value: { programs } });
    expect(listed.ok && listed.value.rules).toHaveLength(programs.length * 3);
  });

  it('treats a kernel without the table as one without rules, and anything else as a failure', () => {
    const none = portOf(
      { ebtables: LEGACY },
      { kind: 'failed', said: "The kernel doesn't support the ebtables 'nat' table." },
    );
    expect(none.port.list()).toMatchObject({ ok: true, value: { rules: [] } });
    const denied = portOf({ ebtables: NFT }, { kind: 'failed', said: 'Permission denied' });
    expect(denied.port.list()).toMatchObject({ ok: false, error: { message: 'Permission denied' } });
  });

  it('removes a rule in the words in which it was listed; one that is gone already is as wanted', () => {
    const rule = { program: 'ebtables', chain: 'PREROUTING', spec: ['-j', 'CONTINUE'] };
    const done = portOf({ ebtables: NFT }, { kind: 'done', stdout: '' });
    expect(done.port.remove(rule)).toEqual({ ok: true, value: 'changed' });
    expect(done.ran).toEqual(['ebtables -t nat -D PREROUTING -j CONTINUE']);
    const gone = portOf(
      { ebtables: NFT },
      { kind: 'failed', said: 'ebtables: Bad rule (does a matching rule exist in that chain?)' },
    );
    expect(gone.port.remove(rule)).toEqual({ ok: true, value: 'unchanged' });
    const busy = portOf({ ebtables: NFT }, { kind: 'timeout', timeoutMs: 10 });
    expect(busy.port.remove(rule)).toMatchObject({ ok: false, error: { code: 'timeout' } });
  });
});
