import { describe, expect, it } from 'vitest';
import { masqueradeConflicts, masqueradeRules } from '../../../reconciler/model/modes/parts/masquerade.ts';

const DIRECT = ['10.244.0.0/16', '10.240.0.0/17', '10.240.128.0/17', '10.240.5.0/24', 'fd00:244::/48'];

/** The texts of the rules. */
function texts(...args: Parameters<typeof masqueradeRules>): readonly string[] {
  return masqueradeRules(...args).flatMap(({ chains }) =>
    Object.values(chains).flatMap(({ rules }) => Object.values(rules)),
  );
}

describe('masquerade', () => {
  it('is one rule for each family of the pods, with the destinations of that family as disjoint ranges', () => {
    const masquerade = { enabled: true, direct: DIRECT };
    expect(texts('azure', masquerade, ['10.244.7.0/24', 'fd00:244:7::/64'])).toEqual([
      'ip saddr 10.244.7.0/24 fib saddr type != local ip daddr != { 10.240.0.0-10.240.255.255, 10.244.0.0-10.244.255.255 } fib daddr type != local masquerade fully-random',
      'ip6 saddr fd00:244:7::/64 fib saddr type != local ip6 daddr != { fd00:244::-fd00:244:0:ffff:ffff:ffff:ffff:ffff } fib daddr type != local masquerade fully-random',
    ]);
    expect(texts('azure', { ...masquerade, randomFully: false, direct: [] }, ['10.244.7.0/24'])).toEqual([
      'ip saddr 10.244.7.0/24 fib saddr type != local fib daddr type != local masquerade',
    ]);
  });

  it('has no rule for a family whose destinations are all direct', () => {
    const direct = ['0.0.0.0/0', 'fd00:244::/48'];
    const all = texts('azure', { enabled: true, direct }, ['10.244.7.0/24', 'fd00:244:7::/64']);
    expect(all).toEqual([expect.stringMatching(/^ip6 saddr fd00:244:7::\/64 /)]);
    expect(masqueradeRules('azure', { enabled: true, direct }, ['10.244.7.0/24'])).toEqual([]);
  });

  it('is nothing where the document does not enable it', () => {
    expect(masqueradeRules('azure', undefined, ['10.244.7.0/24'])).toEqual([]);
    expect(masqueradeRules('azure', { enabled: false, direct: [] }, ['10.244.7.0/24'])).toEqual([]);
    const prefixes = [{ path: ['pool', 'subnet'], value: '10.244.7.0/24' }];
    expect(masqueradeConflicts({ enabled: false, direct: [] }, prefixes)).toEqual([]);
  });

  it('conflicts with each prefix of pods that is not entirely in direct', () => {
    const of = (value: string) =>
      masqueradeConflicts({ enabled: true, direct: DIRECT }, [{ path: [], value }]);
    expect(['10.240.0.0/16', '10.244.0.0/16', 'fd00:244:0:1::/64'].flatMap(of)).toEqual([]);
    expect(['10.240.0.0/15', '10.245.0.0/24', 'fd00:243::/64'].map((value) => of(value).length)).toEqual([
      1, 1, 1,
    ]);
  });
});
