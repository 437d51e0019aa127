/** azure-vnet's ipv6nat in mode bridge: refused unless the administrator has chosen. */
import { describe, expect, it } from 'vitest';
import {
  hasUnmarking,
  removalsOf,
  translationRules,
  withIpv6Nat,
} from '../../../reconciler/loop/import/ipv6-nat.ts';
import type { ImportOrigin } from '../../../reconciler/loop/import/proposal.ts';
import { ok } from '../../../reconciler/model/result.ts';

const PREFIX = 'fd00:244::/64';

function originOf(translated: readonly { network: string; prefix: string }[]): ImportOrigin {
  return {
    scope: { whole: true, devices: [], pods: [], sysctls: [], entries: [] },
    propose: () =>
      ok({
        networks: new Map(),
        endpoints: new Map(),
        released: new Map(),
        kept: new Set(),
        findings: [],
        translated,
      }),
    next: [],
  };
}

const OBSERVATION = { state: new Map(), namespaces: new Map() };
const NOW = new Date('2026-11-21T12:00:00.000Z');
const propose = (
  choice: Parameters<typeof withIpv6Nat>[1],
  translated: Parameters<typeof originOf>[0] = [{ network: 'azure', prefix: PREFIX }],
) => withIpv6Nat(originOf(translated), choice).propose(OBSERVATION, NOW);

describe('a network with ipv6nat', () => {
  it('is refused without a choice, which the hint names', () => {
    expect(propose(undefined)).toMatchObject({
      ok: false,
      error: { code: 'refused', hint: expect.stringContaining('--ipv6nat masquerade') },
    });
    expect(propose(undefined, [])).toMatchObject({ ok: true, value: { findings: [] } });
  });

  it.each([
    ['keep', `direct: 0.0.0.0/0, ${PREFIX}, ff00::/8`],
    ['masquerade', 'mode transparent and masquerade, and the rules of ip6tables are deleted'],
  ] as const)('is imported with %s, with a finding', (choice, text) => {
    expect(propose(choice)).toMatchObject({
      ok: true,
      value: {
        findings: [{ sort: 'note', subject: `azure ${PREFIX}`, message: expect.stringContaining(text) }],
      },
    });
  });

  it('has the rules of azure-vnet for its prefix, and no others', () => {
    const saved = [
      '*nat',
      '-A POSTROUTING -j KUBE-POSTROUTING',
      '-A POSTROUTING -s fd00:244::/64 -j SNAT --to-source fd00:240::35',
      '-A POSTROUTING -s fd00:99::/64 -j SNAT --to-source fd00:240::35',
      '-A POSTROUTING -s fd00:244::/64 -d fd01::/16 -j SNAT --to-source fd00:240::35',
      'COMMIT',
    ].join('\n');
    expect(translationRules(saved, ['FD00:244::/64', '10.240.0.0/16'])).toEqual([
      { prefix: PREFIX, words: ['-s', PREFIX, '-j', 'SNAT', '--to-source', 'fd00:240::35'] },
    ]);
  });

  it('leaves a rule that takes the mark of kube-proxy from all packets: it is deleted before that which tells of the rest', () => {
    const unmark = '-A POSTROUTING -j MARK --set-xmark 0x0/0xffffffff';
    expect(hasUnmarking(`*mangle\n${unmark}\nCOMMIT\n`)).toBe(true);
    for (const other of [`${unmark} -m comment`, unmark.replace('-j', '-o eth0 -j'), ''])
      expect([other, hasUnmarking(`*mangle\n${other}\nCOMMIT\n`)]).toEqual([other, false]);
    const words = ['-s', PREFIX, '-j', 'SNAT', '--to-source', 'fd00:240::35'];
    const removed = (isUnmarking: boolean): readonly string[] =>
      removalsOf({ prefix: PREFIX, words }, undefined, isUnmarking).map(({ undo }) => undo.join(' '));
    const snat = `ip6tables -t nat -A POSTROUTING ${words.join(' ')}`;
    expect(removed(false)).toEqual([snat]);
    expect(removed(true)).toEqual([
      'ip6tables -t mangle -I POSTROUTING -j MARK --set-xmark 0x0/0xffffffff',
      snat,
    ]);
  });
});
