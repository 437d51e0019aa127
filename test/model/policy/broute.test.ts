import { describe, expect, it } from 'vitest';
import { PORT_RULES, uplinkRules } from '../../../reconciler/model/modes/bridge/rules.ts';
import type { NftFragment } from '../../../reconciler/model/nft-table.ts';
import { brouteRules } from '../../../reconciler/model/policy/table/broute.ts';

/** Returns the chains that a frame goes to from prerouting, and does not return from. */
function endsOf({ chains }: NftFragment): readonly string[] {
  const rules = Object.values(chains['prerouting']?.rules ?? {});
  return rules.flatMap((rule) => /\bgoto (\w+)$/.exec(rule)?.[1] ?? []);
}

describe('frames of policed pods', () => {
  it('are sent to the IP layer at the end of every chain that they may end in', () => {
    const uplink = { name: 'eth0', mac: '00:0d:3a:51:c4:90', mtu: 1500, addresses: [], routes: [] };
    const ends = [PORT_RULES, uplinkRules({ uplink, bridge: { name: 'azure0' } })].flatMap(endsOf);
    expect(new Set(ends)).toEqual(new Set(['from_pod', 'from_pod6', 'from_uplink']));
    const { chains } = brouteRules(true);
    for (const chain of ['prerouting', ...ends])
      expect([chain, Object.keys(chains[chain]?.rules ?? {})]).toEqual([chain, ['lift']]);
  });
});
