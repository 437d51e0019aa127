import { describe, expect, it } from 'vitest';
import { parseNftRuleset } from '../../../reconciler/kernel/filter/nft-ruleset.ts';
import { filterProblemsOf } from '../../../reconciler/model/filter/filter-problems.ts';
import type { Network } from '../../../schemas/generated/vnet.ts';
import { documentOf, NETWORK } from '../../support/node.ts';

const { uplink, pools } = NETWORK;
const TRANSPARENT: Network = { mode: 'transparent', uplink: { name: uplink.name, mac: uplink.mac }, pools };

const POLICY = [
  '--permanent --new-policy=vnet-pods',
  '--permanent --policy=vnet-pods --add-ingress-zone=ANY',
  '--permanent --policy=vnet-pods --add-egress-zone=trusted',
  '--permanent --policy=vnet-pods --set-target=ACCEPT',
];

/** Returns the remedies for a table that drops everything at the hook. */
function remediesOf(network: Network, name: string, hook: string): readonly string[] {
  const place = { family: 'inet', table: name };
  const chain = { ...place, name: `filter_${hook}`, type: 'filter', hook, policy: 'drop' };
  const text = JSON.stringify({ nftables: [{ table: { family: 'inet', name } }, { chain }] });
  const rules = { tables: parseNftRuleset(text), unread: [] };
  return filterProblemsOf(documentOf([0, 1], network), { rules, bridgeFilter: 'off' }).map(
    ({ remedy }) => remedy,
  );
}

/** Returns the part of the only remedy that lasts. */
function lastingIn(remedies: readonly string[]): string | undefined {
  expect(remedies).toHaveLength(1);
  return remedies[0]?.split('; to keep that: ')[1];
}

function commands(options: readonly string[]): string {
  return options.map((option) => `firewall-cmd ${option}`).join(' && ');
}

describe('packets that firewalld drops', () => {
  it('are accepted in its own configuration: in both directions, with all host veths as one pattern', () =>
    expect(lastingIn(remediesOf(TRANSPARENT, 'firewalld', 'forward'))).toBe(
      commands(['--permanent --zone=trusted --add-interface=azv+', ...POLICY, '--reload']),
    ));

  it('for the node need no policy', () =>
    expect(lastingIn(remediesOf(TRANSPARENT, 'firewalld', 'input'))).toBe(
      commands(['--permanent --zone=trusted --add-interface=azv+', '--reload']),
    ));

  it('by the filter of reverse paths need an option', () =>
    expect(lastingIn(remediesOf(TRANSPARENT, 'firewalld', 'prerouting'))).toContain('IPv6_rpfilter=no'));

  it('of a bridge have the bridge in that zone', () =>
    expect(lastingIn(remediesOf(NETWORK, 'firewalld', 'input'))).toBe(
      commands(['--permanent --zone=trusted --add-interface=azure0', '--reload']),
    ));

  it('are named without it for any other table', () =>
    expect(lastingIn(remediesOf(TRANSPARENT, 'filter', 'forward'))).toBeUndefined());
});
